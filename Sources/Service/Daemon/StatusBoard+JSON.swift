internal import Glibc
internal import Media
internal import Pipeline
internal import Records
internal import Setup
internal import Sinks
internal import Synchronization

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
        writer.beginObject()
        writer.key("v")
        writer.integer(FrameRecord.version)
        writer.key("event")
        writer.string("status")
        writer.key("program")
        writer.string("norfaced \(Program.version)")
        writer.key("pid")
        writer.integer(Int(getpid()))
        writer.key("started")
        writer.time(microseconds: started)
        writer.key("uptime")
        writer.fixed(uptime, decimals: 1)
        writer.key("sources")
        writer.beginArray()
        for line in lines() { write(line, to: &writer) }
        writer.endArray()
        let (outputs, socket, reload) = state.withLock {
            ($0.outputs, $0.socket, (count: $0.reloads, failed: $0.failedReloads, problem: $0.reloadProblem))
        }
        writer.key("outputs")
        writer.beginArray()
        for (name, status) in outputs { write(status, name: name, to: &writer) }
        writer.endArray()
        if let socket {
            writer.key("subscribers")
            writer.integer(socket.subscribers)
            writer.key("subscriber_lines_dropped")
            writer.integer(socket.dropped)
        }
        writer.key("reloads")
        writer.integer(reload.count)
        writer.key("reloads_failed")
        writer.integer(reload.failed)
        if let problem = reload.problem {
            writer.key("reload_problem")
            writer.string(RedactedURL.scrub(problem))
        }
        writer.endObject()
    }

    private func write(_ line: SourceLine, to writer: inout JSONWriter) {
        let counters = line.counters
        writer.beginObject()
        writer.key("name")
        writer.string(line.name)
        writer.key("input")
        writer.string(line.input)
        writer.key("state")
        writer.string(line.state)
        if let problem = line.problem {
            writer.key("problem")
            writer.string(RedactedURL.scrub(problem))
        }
        if let info = line.status?.info {
            writer.key("width")
            writer.integer(info.width)
            writer.key("height")
            writer.integer(info.height)
            writer.key("codec")
            writer.string(info.codec)
        }
        writer.key("epoch")
        writer.integer(line.status?.epoch ?? 0)
        writer.key("records")
        writer.integer(counters.records)
        writer.key("records_per_second")
        writer.fixed(line.rate, decimals: 1)
        writer.key("faces")
        writer.integer(counters.facesInFrame)
        writer.key("dropped")
        writer.beginObject()
        for cause in PipelineCounters.DropCause.allCases {
            writer.key(cause.rawValue)
            writer.integer(counters.dropped[cause] ?? 0)
        }
        writer.endObject()
        writer.key("thinning")
        writer.string("\(counters.thinning)")
        writer.key("reconnects")
        writer.integer(line.status?.reconnects.values.reduce(0, +) ?? 0)
        writer.key("latency_median")
        writer.fixed(counters.latency.quantile(0.5) ?? .nan, decimals: 4)
        writer.key("latency_p99")
        writer.fixed(counters.latency.quantile(0.99) ?? .nan, decimals: 4)
        writer.endObject()
    }

    private func write(_ status: SinkStatus, name: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("healthy")
        writer.bool(status.isHealthy)
        writer.key("records")
        writer.integer(status.records)
        writer.key("bytes")
        writer.integer(status.bytes)
        writer.key("dropped")
        writer.integer(status.dropped)
        if let error = status.lastError {
            writer.key("error")
            writer.string(error)
        }
        writer.endObject()
    }

    /// The page of a path.
    func page(_ path: String) -> HTTPResponse {
        switch path {
        case "/metrics":
            return HTTPResponse(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metrics())
        case "/healthz":
            let limits = state.withLock { $0.configuration?.limits } ?? LimitSettings()
            let still = WatchdogPolicy.stillHearts(hearts(limits: limits), now: MonotonicClock.now())
            return still.isEmpty
                ? HTTPResponse(status: 200, body: "ok\n")
                : HTTPResponse(status: 503, body: "stands still: \(still.joined(separator: ", "))\n")
        case "/readyz":
            let problems = problems()
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("ready")
            writer.bool(problems.isEmpty)
            writer.key("problems")
            writer.beginObject()
            for (name, problem) in problems {
                writer.key(name)
                writer.string(RedactedURL.scrub(problem))
            }
            writer.endObject()
            writer.endObject()
            writer.endLine()
            return HTTPResponse(
                status: problems.isEmpty ? 200 : 503, type: "application/json",
                body: String(decoding: writer.bytes, as: UTF8.self))
        default:
            return HTTPResponse(status: 404, body: "there are /metrics, /healthz and /readyz\n")
        }
    }
}
