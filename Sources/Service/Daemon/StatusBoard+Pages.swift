internal import JSON
internal import Media
internal import Platform
internal import Records

extension StatusBoard {
    /// The page of a path.
    func page(_ path: String) -> HTTPResponse {
        switch path {
        case "/metrics":
            return HTTPResponse(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metrics())
        case "/healthz":
            let limits = state.withLock { $0.configuration?.limits } ?? LimitSettings()
            let stalled = WatchdogPolicy.stalledHeartbeats(heartbeats(limits: limits), now: MonotonicClock.now())
            return stalled.isEmpty
                ? HTTPResponse(status: 200, body: "ok\n")
                : HTTPResponse(status: 503, body: "stands still: \(stalled.joined(separator: ", "))\n")
        case "/readyz":
            let problems = problems()
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("ready", problems.isEmpty)
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
