internal import JSON
internal import NIOCore
internal import Platform
internal import Records
internal import Sinks

/// The page that shows what the daemon sees, and the stream of records that it lives on: `http.page`.
///
/// It is an output like the others: it is handed every line and blocks nobody.
final class LivePage: RecordSink {
    /// Pages that may be open at the same time.
    static let streamLimit = 16

    /// What the page may ask of the daemon.
    struct Handlers: Sendable {
        /// The daemon's state as JSON.
        var status: @Sendable () -> String
        /// Has the next record of a source, or of all with nil, carry a marker; false when there is no such source.
        var marker: @Sendable (_ text: String, _ source: String?) -> Bool
        /// The newest picture of a source as JPEG; nil where there is none, or none is to be shown.
        var picture: @Sendable (_ source: String) -> [UInt8]? = { _ in nil }
    }

    private struct State {
        var greeting: EncodedLine?
        var streams: [ObjectIdentifier: EventStream] = [:]
        var lines = 0
        /// Lost by pages that have gone.
        var lost = 0
    }

    private let handlers: Handlers
    private let state = Guarded(State())

    init(_ handlers: Handlers) { self.handlers = handlers }

    // MARK: Lines

    func write(_ line: EncodedLine) {
        let streams = state.withLock { state in
            state.lines += 1
            return state.streams.isEmpty ? [] : Array(state.streams.values)
        }
        for stream in streams { stream.offer(line) }
    }

    func reopen() {}

    func close() { for stream in state.withLock({ Array($0.streams.values) }) { stream.end() } }

    /// Says what a page is told first: what the run is.
    func describe(_ run: RunInfo) {
        let line = run.line
        let streams = state.withLock { state in
            state.greeting = line
            return Array(state.streams.values)
        }
        for stream in streams { stream.offer(line) }
    }

    var status: SinkStatus {
        var status = SinkStatus()
        let (lines, streams, lost) = state.withLock { ($0.lines, Array($0.streams.values), $0.lost) }
        status.records = lines
        status.dropped = streams.reduce(lost) { $0 + $1.lost }
        return status
    }

    // MARK: Requests

    /// What is answered to GET; nil for what is not here.
    func page(_ path: String) -> HTTPResponse? {
        switch path {
        case "/":
            var response = HTTPResponse(
                status: 200, type: "text/html; charset=utf-8",
                body: String(decoding: PackageResources.page_html, as: UTF8.self))
            response.contentPolicy =
                "default-src 'none'; connect-src 'self'; img-src 'self'; style-src 'unsafe-inline'; "
                + "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            return response
        // Browsers ask for it by themselves.
        case "/favicon.ico": return HTTPResponse(status: 204, body: "")
        case "/status":
            return HTTPResponse(status: 200, type: "application/json", body: handlers.status() + "\n")
        default: return nil
        }
    }

    /// The newest picture of a source.
    func picture(of source: String) -> HTTPResponse {
        guard let bytes = handlers.picture(source) else {
            return HTTPResponse(status: 404, body: "there is no picture of it\n")
        }
        var response = HTTPResponse(status: 200, type: "image/jpeg", body: "")
        response.bytes = bytes
        return response
    }

    /// Opens a stream of records on a connection, which begins when its head is sent; nil when there are too many.
    ///
    /// - Parameter sources: whose records and events are wanted; empty wants all.
    func open(_ channel: any Channel, sources: [String]) -> EventStream? {
        let stream = EventStream(channel, sources: sources.isEmpty ? nil : Set(sources))
        let id = ObjectIdentifier(stream)
        let greeting = state.withLock { state -> EncodedLine?? in
            guard state.streams.count < Self.streamLimit else { return nil }
            state.streams[id] = stream
            return .some(state.greeting)
        }
        guard let greeting else { return nil }
        if let greeting { stream.offer(greeting) }
        channel.closeFuture.whenComplete { [weak self] _ in
            // Asked outside of the lock, as the stream has one of its own.
            let lost = stream.lost
            self?.state.withLock { state in
                state.streams[id] = nil
                state.lost += lost
            }
        }
        return stream
    }

    /// What is answered to POST; nil for what is not here.
    func take(_ path: String, _ body: [UInt8]) -> HTTPResponse? {
        guard path == "/marker" else { return nil }
        guard let value = try? JSONValue(parsing: body, maximumDepth: 4), let text = value["label"]?.string,
            !text.isEmpty, text.utf8.count <= SubscriberRequest.markerLimit
        else {
            return HTTPResponse(
                status: 400, body: "a label of 1-\(SubscriberRequest.markerLimit) bytes is expected\n")
        }
        let source = value["source"]?.string
        guard handlers.marker(text, source) else {
            return HTTPResponse(status: 404, body: "there is no source \(source ?? "at all")\n")
        }
        return HTTPResponse(status: 204, body: "")
    }
}
