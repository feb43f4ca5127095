internal import Platform

/// Reads a JSON text from its beginning to its end, value by value, without making a tree of it.
///
/// For long files of lines whose shape is known. It is as strict as `JSONValue(parsing:)`, except that the caller is the one who
/// looks for keys that stand twice. The bytes must stay in place while it is used.
package struct JSONCursor {
    /// What a value is, by its first character.
    package enum Kind: String {
        case object = "an object"
        case array = "an array"
        case string = "a string"
        case number = "a number"
        case bool = "true or false"
        case null = "null"
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let maximumDepth: Int
    private var depth = 0
    /// Whether the object or array that is being read has had no member yet.
    private var isFirst = false
    /// Offset of the next byte.
    package private(set) var position = 0

    /// Begins to read a text.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int = 32) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// What comes next; nil at the end, or where no value begins.
    package mutating func kind() -> Kind? {
        skipSpace()
        guard let current else { return nil }
        switch current {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: return nil
        }
    }

    /// Takes the beginning of an object; `nextKey` gives its keys one by one.
    package mutating func beginObject() throws(JSONSyntaxError) { try begin("{") }

    /// The next key with its quotes, as it stands in the text; nil when the object ends here. A value must be read after each.
    package mutating func nextKey() throws(JSONSyntaxError) -> UnsafeBufferPointer<UInt8>? {
        guard try hasNext("}") else { return nil }
        skipSpace()
        guard current == UInt8(ascii: "\"") else { throw failure("a key is expected") }
        let key = try rawString()
        skipSpace()
        guard take(":") else { throw failure("':' is expected") }
        return key
    }

    /// Takes the beginning of an array; an element must be read after each `nextElement` that is true.
    package mutating func beginArray() throws(JSONSyntaxError) { try begin("[") }

    /// Whether another element follows; false when the array ends here.
    package mutating func nextElement() throws(JSONSyntaxError) -> Bool { try hasNext("]") }

    /// Takes a string with its quotes and escapes, as it stands in the text. It is not looked at closely: `text(of:)` does that.
    package mutating func rawString() throws(JSONSyntaxError) -> UnsafeBufferPointer<UInt8> {
        skipSpace()
        let start = position
        guard take("\"") else { throw failure("a string is expected") }
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return part(start)
            case UInt8(ascii: "\\"): position += 1
            case 0..<0x20: throw failure("a control character in a string")
            default: break
            }
        }
        position = min(position, bytes.count)
        throw failure("the string does not end")
    }

    /// The text of a string or key that was taken with its quotes.
    package static func text(of raw: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> String {
        let inner = UnsafeBufferPointer(rebasing: raw.dropFirst().dropLast())
        if !inner.contains(UInt8(ascii: "\\")) {
            guard let text = String(validating: inner, as: UTF8.self) else {
                throw JSONSyntaxError(offset: 0, reason: "not UTF-8")
            }
            return text
        }
        guard let text = try JSONValue(parsing: raw).string else {
            throw JSONSyntaxError(offset: 0, reason: "a string is expected")
        }
        return text
    }

    /// Takes a number.
    package mutating func number() throws(JSONSyntaxError) -> Double {
        skipSpace()
        let start = position
        let isNegative = take("-")
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        if !take("0") { try digitRun(&mantissa, &digits) }
        if take(".") {
            let before = digits
            try digitRun(&mantissa, &digits)
            decimals = digits - before
        }
        var isPlain = true
        if take("e") || take("E") {
            isPlain = false
            if !take("+") { _ = take("-") }
            var (unused, count) = (UInt64(0), 0)
            try digitRun(&unused, &count)
        }
        // Both are exact as Double, so that one division rounds correctly (W. D. Clinger, "How to read floating point numbers
        // accurately", 1990, the fast case).
        if isPlain, digits <= 15, decimals < Self.powers.count {
            let value = Double(mantissa) / Self.powers[decimals]
            return isNegative ? -value : value
        }
        guard let value = Double(String(decoding: part(start), as: UTF8.self)), value.isFinite else {
            throw failure("the number is out of range")
        }
        return value
    }

    /// Takes `true` or `false`.
    package mutating func bool() throws(JSONSyntaxError) -> Bool {
        skipSpace()
        if word("true") { return true }
        guard word("false") else { throw failure("true or false is expected") }
        return false
    }

    /// Takes `null`, if that is what comes next.
    package mutating func takeNull() -> Bool {
        skipSpace()
        return word("null")
    }

    /// Passes over a value of any kind.
    package mutating func skip() throws(JSONSyntaxError) {
        switch kind() {
        case .object:
            try beginObject()
            while try nextKey() != nil { try skip() }
        case .array:
            try beginArray()
            while try nextElement() { try skip() }
        case .string: _ = try Self.text(of: rawString())
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: guard takeNull() else { throw failure("unknown word") }
        case nil: throw failure(position < bytes.count ? "a value is expected" : "the text ends")
        }
    }

    /// Makes sure that nothing follows.
    package mutating func end() throws(JSONSyntaxError) {
        skipSpace()
        guard position == bytes.count else { throw failure("text after the value") }
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func part(_ start: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[start..<position])
    }

    private func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, reason: reason) }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: UnicodeScalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func word(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        position += count
        return true
    }

    private mutating func begin(_ character: UnicodeScalar) throws(JSONSyntaxError) {
        skipSpace()
        guard depth < maximumDepth else { throw failure("nested deeper than \(maximumDepth)") }
        guard take(character) else { throw failure("'\(character)' is expected") }
        depth += 1
        isFirst = true
    }

    private mutating func hasNext(_ end: UnicodeScalar) throws(JSONSyntaxError) -> Bool {
        skipSpace()
        if take(end) {
            depth -= 1
            isFirst = false
            return false
        }
        guard isFirst || take(",") else {
            throw failure(position < bytes.count ? "',' or '\(end)' is expected" : "the text ends")
        }
        isFirst = false
        return true
    }

    private mutating func digitRun(_ mantissa: inout UInt64, _ digits: inout Int) throws(JSONSyntaxError) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            mantissa = mantissa &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            position += 1
        }
        guard position > start else { throw failure("a digit is expected") }
        digits += position - start
    }
}
