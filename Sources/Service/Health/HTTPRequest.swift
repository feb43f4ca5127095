internal import NIOHTTP1

/// What is asked for by the head of a request, as far as a server must know it. Pure.
enum HTTPRequest: Equatable {
    /// The page of a path, without its query.
    case page(String)
    /// A stream of events of some sources, or of all when none is named.
    case stream(sources: [String])
    /// The newest picture of a source.
    case picture(source: String)
    /// What a page of ours sends to a path; its body is still to come.
    case form(String)
    /// Nothing that is served: the status to answer with.
    case refused(status: Int)

    /// Bytes that a head may have.
    static let limit = 4_096

    /// Bytes that a body may have.
    static let bodyLimit = 4_096
    /// Where a stream of events is.
    private static let streamPath = "/events"
    /// Where the pictures are.
    private static let picturePath = "/picture"
    /// A header that no page of another origin can send unasked, so that none makes a browser here write to the daemon.
    private static let ownHeader = "x-norface"

    /// Judges a head.
    ///
    /// - Parameter isLocal: it came over a Unix socket, where any `Host` will do, as no browser can be led there.
    init(_ head: HTTPRequestHead, isLocal: Bool) {
        // Without the white space around them.
        let hosts = head.headers[canonicalForm: "host"].map(String.init)
        if head.version.major != 1 || !head.uri.hasPrefix("/") || hosts.count > 1 {
            self = .refused(status: 400)
        } else if ![.GET, .HEAD].contains(head.method)
            && !(head.method == .POST && head.headers.contains(name: Self.ownHeader))
        {
            self = .refused(status: 405)
        } else if !isLocal && !hosts.allSatisfy(HTTPHost.isLoopback) {
            // It means another machine: a page of the Internet has led a browser here. Browsers always name one.
            self = .refused(status: 421)
        } else {
            let path = String(head.uri.prefix { $0 != "?" })
            switch head.method {
            case .POST: self = .form(path)
            case .GET where path == Self.streamPath: self = .stream(sources: Self.values(of: "source", in: head.uri))
            case .GET where path == Self.picturePath:
                self = .picture(source: Self.values(of: "source", in: head.uri).first ?? "")
            default: self = .page(path)
            }
        }
    }

    /// The values of a name in a query, decoded.
    static func values(of name: String, in uri: String) -> [String] {
        guard let mark = uri.firstIndex(of: "?") else { return [] }
        return uri[uri.index(after: mark)...].split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && parts[0] == name ? decoded(parts[1]) : nil
        }
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let number = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(number)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
