internal import Glibc
internal import JSON

/// Names that are expected in an order, found in a text without making strings of them.
struct KeyTable: Sendable {
    let names: [String]
    private let tokens: [[UInt8]]

    init(_ names: [String]) {
        self.names = names
        tokens = names.map(JSONWriter.token)
    }

    /// Which of the names a quoted string of a text is; nil if it is none of them.
    ///
    /// - Parameter last: the one that was found before: the one after it is tried first.
    func index(of raw: UnsafeBufferPointer<UInt8>, after last: Int) throws(JSONSyntaxError) -> Int? {
        let next = last + 1
        if next < tokens.count, isEqual(tokens[next], raw) { return next }
        for index in tokens.indices where isEqual(tokens[index], raw) { return index }
        // The same name may be written with other escapes.
        guard raw.contains(UInt8(ascii: "\\")) else { return nil }
        return names.firstIndex(of: try JSONCursor.text(of: raw))
    }

    private func isEqual(_ token: [UInt8], _ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        guard token.count == raw.count, let address = raw.baseAddress else { return false }
        return memcmp(token, address, token.count) == 0
    }
}
