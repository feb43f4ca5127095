/// The head of an HTTP/1 request, as far as a server of three pages must understand it. Pure.
struct HTTPRequest: Equatable {
    /// What became of the bytes so far.
    enum Progress: Equatable {
        /// The head is not complete.
        case more
        /// It is.
        case request(HTTPRequest)
        /// It will never be: the status to answer with.
        case refuse(status: Int)
    }

    /// Bytes that a head may have.
    static let limit = 4_096

    var isHead: Bool
    /// The target without its query.
    var path: String
    /// What stands in `Host`, as often as it does.
    var hosts: [String] = []

    /// Whether it means this machine by a name that no page of the Internet can have. Browsers always name one.
    var isForThisMachine: Bool { hosts.allSatisfy(HTTPHost.isLoopback) }

    /// Reads the bytes that have come so far.
    static func read(_ bytes: some Collection<UInt8>) -> Progress {
        let head = Array(bytes)
        guard let end = headEnd(head) else { return head.count < limit ? .more : .refuse(status: 431) }
        guard let line = String(validating: head[..<end].prefix { $0 != 13 && $0 != 10 }, as: UTF8.self) else {
            return .refuse(status: 400)
        }
        // Values may hold any bytes; only the first line must be text.
        let lines = String(decoding: head[..<end], as: UTF8.self).split(omittingEmptySubsequences: false) {
            $0 == "\n" || $0 == "\r\n" || $0 == "\r"
        }
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasPrefix("HTTP/1."), parts[1].hasPrefix("/") else {
            return .refuse(status: 400)
        }
        guard parts[0] == "GET" || parts[0] == "HEAD" else { return .refuse(status: 405) }
        let path = String(parts[1].prefix { $0 != "?" })
        let hosts = lines.dropFirst().compactMap { line -> String? in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "host" else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return String(value.prefix { $0 != " " && $0 != "\t" })
        }
        guard hosts.count <= 1 else { return .refuse(status: 400) }
        return .request(HTTPRequest(isHead: parts[0] == "HEAD", path: path, hosts: hosts))
    }

    /// Where the empty line ends.
    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        var previous: Int?
        for index in bytes.indices where bytes[index] == 10 {
            if let previous, index == previous + 1 || (index == previous + 2 && bytes[index - 1] == 13) { return index }
            previous = index
        }
        return nil
    }
}

/// An answer, which ends the connection.
public struct HTTPResponse: Sendable, Equatable {
    /// 200, 404, 503 and the like.
    public var status: Int
    /// Media type of the body.
    public var type: String
    /// The text.
    public var body: String

    /// Makes an answer.
    public init(status: Int, type: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.type = type
        self.body = body
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        421: "Misdirected Request",
        431: "Request Header Fields Too Large", 503: "Service Unavailable",
    ]

    func bytes(isHead: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n"
        head += "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
        if status == 405 { head += "Allow: GET, HEAD\r\n" }
        head += "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        return Array((isHead ? head : head + body).utf8)
    }
}
