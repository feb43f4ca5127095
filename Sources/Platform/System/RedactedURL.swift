/// Text without passwords: for logs, records, metrics and errors.
public enum RedactedURL {
    /// What stands where a secret stood.
    public static let mask = "***"

    /// Query keys whose values are secrets, in lower case; and parts of such keys: cameras know `loginpas` and `user_psw`.
    private static let secretKeys: Set<String> = ["key", "sig", "pw", "streamid"]
    private static let secretParts = [
        "pass", "pas=", "pwd", "psw", "token", "auth", "apikey", "api_key", "secret", "signature", "credential",
    ]

    /// Hides the passwords of every URL in `text`, secret query values, and what follows `Authorization:`.
    ///
    /// `scheme://user:password@host` keeps the user; `scheme://token@host` keeps nothing. A password may itself hold `@`
    /// and, wrongly, anything else. Of paths the stream keys of RTMP are hidden, and what looks like a token.
    public static func scrub(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return text }
        var out = ""
        var rest = text[...]
        while let marker = rest.firstRange(of: "://") {
            out += rest[..<marker.upperBound]
            let scheme = rest[..<marker.lowerBound].reversed().prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
            rest = rest[marker.upperBound...]
            let end = end(of: rest)
            out += scrubURL(rest[..<end], scheme: String(scheme.reversed()).lowercased())
            rest = rest[end...]
        }
        return scrubHeaders(out + rest)
    }

    /// Where the URL ends whose part after `://` begins the text.
    ///
    /// A password may wrongly hold blanks, quotes and slashes. libav goes to the last `@` before the first slash, whatever is
    /// between; where what looks like the port is no number, any `@` of the line may be meant.
    private static func end(of text: Substring) -> Substring.Index {
        let end = delimiter(in: text, from: text.startIndex)
        let body = text[..<end]
        let authority = authority(of: body)
        let line = text[end...].prefix { !$0.isNewline }
        let isStrange = hasStrangePort(authority)
        guard authority.contains("@") || isStrange else { return end }
        if isStrange && body.contains("@") { return end }
        let rest =
            isStrange
            ? line : authority.endIndex == end ? Self.authority(of: line) : line[line.startIndex..<line.startIndex]
        return rest.lastIndex(of: "@").map { delimiter(in: text, from: $0) } ?? end
    }

    private static func delimiter(in text: Substring, from start: Substring.Index) -> Substring.Index {
        text[start...].firstIndex { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "<" || $0 == ">" }
            ?? text.endIndex
    }

    private static func authority(of body: Substring) -> Substring {
        body[..<(body.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? body.endIndex)]
    }

    /// Whether user and password seem to go on behind the authority: what looks like its port is no number.
    private static func hasStrangePort(_ authority: Substring) -> Bool {
        // An IPv6 literal has colons of its own.
        guard !authority.contains("@"), !authority.hasPrefix("["), let colon = authority.firstIndex(of: ":") else {
            return false
        }
        let port = authority[authority.index(after: colon)...]
        return port.isEmpty || !port.allSatisfy(\.isNumber)
    }

    /// `body` is a URL after its `://`.
    ///
    /// Where there is a password, everything up to the last `@` is taken for it, a path with an `@` in it included.
    private static func scrubURL(_ body: Substring, scheme: String) -> String {
        let authority = authority(of: body)
        var out = ""
        var rest = body
        if authority.contains("@") || hasStrangePort(authority), let at = body.lastIndex(of: "@") {
            if let colon = body[..<at].firstIndex(of: ":") { out += body[...colon] }
            out += mask
            rest = body[at...]
        }
        let query = rest.firstIndex(of: "?")
        out += scrubPath(rest[..<(query ?? rest.endIndex)], scheme: scheme)
        guard let query else { return out }
        out += "?"
        let pairs = rest[rest.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false)
        return out + pairs.map(scrubPair).joined(separator: "&")
    }

    /// The host and the path of a URL, without the name of an RTMP stream, which is its key, and without what looks like a token.
    private static func scrubPath(_ text: Substring, scheme: String) -> String {
        guard scheme != "file" else { return String(text) }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.dropFirst() where isToken(parts[index]) { parts[index] = mask }
        // rtmp://host/application/key
        if scheme.hasPrefix("rtmp"), parts.count > 2, let last = parts.last, !last.isEmpty {
            parts[parts.count - 1] = mask
        }
        return parts.joined(separator: "/")
    }

    /// Whether a part of a path is like a token: long, of letters and digits that take turns as in no word.
    private static func isToken(_ part: String) -> Bool {
        let bytes = Array(part.utf8)
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
        guard bytes.count >= 16, bytes.allSatisfy({ isDigit($0) || isLetter($0) || "-_~=".utf8.contains($0) }) else {
            return false
        }
        let turns = zip(bytes, bytes.dropFirst()).count { isDigit($0) && isLetter($1) || isLetter($0) && isDigit($1) }
        return turns >= 3
    }

    private static func scrubPair(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return String(pair) }
        let key = pair[...equals].lowercased()
        guard secretKeys.contains(String(key.dropLast())) || secretParts.contains(where: { key.contains($0) }) else {
            return String(pair)
        }
        return pair[...equals] + mask
    }

    private static func scrubHeaders(_ text: String) -> String {
        guard let header = text.firstRange(of: "uthorization:") else { return text }
        return text[..<header.upperBound] + " " + mask
    }
}

extension StringProtocol {
    /// The first place where `needle` stands, by bytes. (The standard library's own search needs a newer runtime or regex.)
    fileprivate func firstRange(of needle: String) -> Range<Index>? {
        guard let first = needle.first else { return nil }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if self[found...].hasPrefix(needle) { return found..<index(found, offsetBy: needle.count) }
            start = index(after: found)
        }
        return nil
    }
}
