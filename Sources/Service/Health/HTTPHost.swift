/// The `Host` of a request: whom the client believes to speak to. Pure.
///
/// A page of the Internet may let its own name lead to 127.0.0.1 and have a browser on this machine read what is served here (DNS
/// rebinding). Such a request carries the page's name, and is refused.
enum HTTPHost {
    /// Whether a name and port (`localhost:9464`, `127.0.0.1`, `[::1]:9464`) is this machine's own. Any port is: it may be a tunnel's.
    static func isLoopback(_ host: String) -> Bool {
        var name = Substring(host)
        if let colon = name.lastIndex(of: ":"), name.last != "]" {
            let port = name[name.index(after: colon)...]
            guard UInt16(port) != nil, port.allSatisfy(\.isNumber) else { return false }
            name = name[..<colon]
        }
        if name == "[::1]" || name.lowercased() == "localhost" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.allSatisfy(\.isNumber) }
    }
}
