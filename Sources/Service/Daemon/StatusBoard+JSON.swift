internal import Analysis
internal import Glibc
internal import JSON
internal import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks

extension StatusBoard {
    /// The answer to a subscriber that asks for the status.
    func statusLine() -> EncodedLine {
        var writer = JSONWriter()
        writeStatus(to: &writer)
        writer.endLine()
        return EncodedLine(kind: .event, source: nil, bytes: writer.bytes)
    }

    /// The same for the log.
    func statusText() -> String {
        var writer = JSONWriter()
        writeStatus(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func writeStatus(to writer: inout JSONWriter) {
        let (outputs, audience, reload, pictures) = state.withLock {
            (
                $0.outputs, $0.audience, (count: $0.reloads, failed: $0.failedReloads, problem: $0.reloadProblem),
                $0.configuration?.http.shownPictures ?? .none
            )
        }
        writer.beginObject()
        writer.member("v", FrameRecord.version)
        writer.member("event", "status")
        writer.member("program", "norfaced \(Program.version)")
        writer.member("pid", Int(getpid()))
        writer.key("started")
        writer.time(microseconds: started)
        writer.member("uptime", uptime, decimals: 1)
        writer.members("sources", lines()) { write($1, to: &$0) }
        writer.members("outputs", outputs) { write($1.status, name: $1.name, to: &$0) }
        if let audience {
            writer.member("subscribers", audience.subscribers)
            writer.member("subscriber_lines_dropped", audience.dropped)
        }
        if pictures != .none {
            writer.key("http")
            writer.beginObject()
            writer.member("pictures", pictures.rawValue)
            writer.endObject()
        }
        writer.member("reloads", reload.count)
        writer.member("reloads_failed", reload.failed)
        if let problem = reload.problem { writer.member("reload_problem", RedactedURL.scrub(problem)) }
        writer.endObject()
    }

    private func write(_ line: SourceLine, to writer: inout JSONWriter) {
        let counters = line.counters
        writer.beginObject()
        writer.member("name", line.name)
        writer.member("input", line.input)
        writer.member("state", line.state)
        if let problem = line.problem { writer.member("problem", RedactedURL.scrub(problem)) }
        if let info = line.status?.info {
            writer.member("width", info.width)
            writer.member("height", info.height)
            writer.member("codec", info.codec)
        }
        writer.member("epoch", line.status?.epoch ?? 0)
        writer.member("records", counters.records)
        writer.member("records_per_second", line.rate, decimals: 1)
        writer.member("faces", counters.facesInFrame)
        writer.key("dropped")
        writer.beginObject()
        for cause in PipelineCounters.DropCause.allCases {
            writer.key(cause.rawValue)
            writer.integer(counters.dropped[cause] ?? 0)
        }
        writer.endObject()
        writer.member("thinning", "\(counters.thinning)")
        writer.member("reconnects", line.status?.reconnects.values.reduce(0, +) ?? 0)
        writer.member("latency_median", counters.latency.quantile(0.5) ?? .nan, decimals: 4)
        writer.member("latency_p99", counters.latency.quantile(0.99) ?? .nan, decimals: 4)
        writer.endObject()
    }

    private func write(_ status: SinkStatus, name: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("healthy", status.isHealthy)
        writer.member("records", status.records)
        writer.member("bytes", status.bytes)
        writer.member("dropped", status.dropped)
        if let error = status.lastError { writer.member("error", error) }
        writer.endObject()
    }
}
