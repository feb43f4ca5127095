internal import NIOHTTP1

/// What is asked for by the head of a request, as far as a server of three pages must know it. Pure.
enum HTTPRequest: Equatable {
    /// The page of a path, without its query.
    case page(String)
    /// Nothing that is served: the status to answer with.
    case refused(status: Int)

    /// Bytes that a head may have.
    static let limit = 4_096

    /// Judges a head.
    ///
    /// - Parameter isLocal: it came over a Unix socket, where any `Host` will do, as no browser can be led there.
    init(_ head: HTTPRequestHead, isLocal: Bool) {
        // Without the white space around them.
        let hosts = head.headers[canonicalForm: "host"].map(String.init)
        if head.version.major != 1 || !head.uri.hasPrefix("/") || hosts.count > 1 {
            self = .refused(status: 400)
        } else if head.method != .GET && head.method != .HEAD {
            self = .refused(status: 405)
        } else if !isLocal && !hosts.allSatisfy(HTTPHost.isLoopback) {
            // It means another machine: a page of the Internet has led a browser here. Browsers always name one.
            self = .refused(status: 421)
        } else {
            self = .page(String(head.uri.prefix { $0 != "?" }))
        }
    }
}
