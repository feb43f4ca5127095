internal import NIOHTTP1

/// An answer, which ends the connection.
public struct HTTPResponse: Sendable, Equatable {
    /// 200, 404, 503 and the like.
    public var status: Int
    /// Media type of the body.
    public var type: String
    /// The text.
    public var body: String
    /// What is sent in place of the text; nil for the text.
    var bytes: [UInt8]?

    /// What a page may load and do (Content-Security-Policy).
    var contentPolicy: String?

    /// Makes an answer.
    public init(status: Int, type: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.type = type
        self.body = body
    }

    /// The answer to what is refused.
    static func refusal(status: Int) -> HTTPResponse { HTTPResponse(status: status, body: "\(status)\n") }

    /// What is sent before a stream of events, which has no end.
    static let streamHead: HTTPResponseHead = {
        let headers: HTTPHeaders = [
            "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        ]
        return HTTPResponseHead(version: .http1_0, status: .ok, headers: headers)
    }()

    /// What is sent before the body.
    var head: HTTPResponseHead {
        var headers: HTTPHeaders = ["Content-Type": type, "Content-Length": String(bytes?.count ?? body.utf8.count)]
        if status == 204 { headers.remove(name: "Content-Length") }
        if status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if let contentPolicy { headers.add(name: "Content-Security-Policy", value: contentPolicy) }
        headers.add(name: "Connection", value: "close")
        return HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    }
}
