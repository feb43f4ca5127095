/// Text without passwords: for logs, records, metrics and errors.
public enum RedactedURL {
    /// What stands where a secret stood.
    public static let mask = "***"

    /// Query keys whose values are secrets, compared in lower case.
    private static let secretKeys: Set<String> = [
        "password", "passwd", "pass", "pwd", "token", "access_token", "auth", "key", "apikey", "api_key", "secret",
        "signature", "sig", "passphrase",
    ]

    /// Hides the passwords of every URL in `text`, secret query values, and what follows `Authorization:`.
    ///
    /// `scheme://user:password@host` keeps the user; `scheme://token@host` keeps nothing. A password may itself hold `@`
    /// (the last one before the path counts, as in libav) or, wrongly, `/`.
    public static func scrub(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return text }
        var out = ""
        var rest = text[...]
        while let marker = rest.firstRange(of: "://") {
            out += rest[..<marker.upperBound]
            rest = rest[marker.upperBound...]
            let end =
                rest.firstIndex { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "<" || $0 == ">" }
                ?? rest.endIndex
            out += scrubURL(rest[..<end])
            rest = rest[end...]
        }
        return scrubHeaders(out + rest)
    }

    /// `body` is a URL after its `://`.
    private static func scrubURL(_ body: Substring) -> String {
        let authorityEnd = body.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? body.endIndex
        var out = ""
        var rest = body
        if let at = body[..<authorityEnd].lastIndex(of: "@") ?? strayAt(body, authorityEnd: authorityEnd) {
            let user = body[..<at]
            if let colon = user.firstIndex(of: ":") { out += user[...colon] }
            out += mask
            rest = body[at...]
        }
        guard let query = rest.firstIndex(of: "?") else { return out + rest }
        out += rest[...query]
        let pairs = rest[rest.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false)
        return out + pairs.map(scrubPair).joined(separator: "&")
    }

    /// The `@` that ends a password with an unescaped `/`: then what looks like the port is not a number.
    private static func strayAt(_ body: Substring, authorityEnd: Substring.Index) -> Substring.Index? {
        guard let colon = body[..<authorityEnd].firstIndex(of: ":") else { return nil }
        let port = body[body.index(after: colon)..<authorityEnd]
        // An IPv6 literal has colons of its own.
        guard !body.hasPrefix("["), !port.allSatisfy(\.isNumber) else { return nil }
        return body[authorityEnd...].lastIndex(of: "@")
    }

    private static func scrubPair(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "="), secretKeys.contains(pair[..<equals].lowercased()) else {
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
