public import Settings

/// Where the HTTP server listens: a loopback address, or a Unix socket.
public enum HTTPAddress: SettingValue {
    /// 127.0.0.0/8.
    case ip4(host: String, port: UInt16)
    /// `::1`.
    case ip6(port: UInt16)
    /// A path.
    case unix(String)

    /// What is expected, in words.
    public static var expected: String {
        "127.0.0.1:PORT, [::1]:PORT or the absolute path of a Unix socket"
    }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        if text.hasPrefix("/") {
            guard text.utf8.count <= 107 else { return nil }
            self = .unix(text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = String(text[..<colon])
        if host == "[::1]" {
            self = .ip6(port: port)
            return
        }
        let address = host == "localhost" ? "127.0.0.1" : host
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, parts[0] == 127, parts.allSatisfy({ $0 != nil }) else { return nil }
        self = .ip4(host: address, port: port)
    }

    /// True for a Unix socket.
    var isLocal: Bool { if case .unix = self { true } else { false } }

    /// The text that reads back as this value.
    public var settingText: String {
        switch self {
        case .ip4(let host, let port): "\(host):\(port)"
        case .ip6(let port): "[::1]:\(port)"
        case .unix(let path): path
        }
    }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? {
        if UInt16(text) != nil { return "write 127.0.0.1:\(text)" }
        guard text.contains(":") else { return nil }
        return "only loopback is served, as there is no access control: put a web server with one before it"
    }
}
