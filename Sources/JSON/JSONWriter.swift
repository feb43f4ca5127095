internal import Platform

/// Writes JSON text into a byte buffer of its own, without Foundation and without surprises.
///
/// The same calls give the same bytes on every machine: numbers have a fixed number of decimals, keys come in the order
/// of the calls, and what JSON cannot say (NaN, infinities) is written as `null`. The writer puts the commas; the caller
/// answers for the nesting. `removeAll()` keeps the memory, so that a writer that is reused allocates nothing once its
/// buffer has grown to the longest text.
public struct JSONWriter: Sendable {
    /// The UTF-8 text written so far.
    public private(set) var bytes: [UInt8] = []
    /// Whether the next value or key must be parted from the one before it.
    private var needsComma = false

    /// Makes an empty writer.
    public init() {}

    /// Makes a writer that goes on in `bytes`, at the start of a new text.
    public init(continuing bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Forgets the text and keeps the memory, unless somebody else still holds the bytes.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Ends a line: the next value starts a new text.
    public mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Opens an object as the next value.
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// Closes the innermost object.
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Opens an array as the next value.
    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// Closes the innermost array.
    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Writes a key; the next call writes its value.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a key that is known only at run time; the next call writes its value.
    public mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes bytes that were made by `JSONWriter.token(_:)`, as a key.
    package mutating func key(token: [UInt8]) {
        separate()
        bytes.append(contentsOf: token)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes bytes that were made by `JSONWriter.token(_:)`, as a value.
    package mutating func string(token: [UInt8]) {
        separate()
        bytes.append(contentsOf: token)
        needsComma = true
    }

    /// The quoted and escaped form of a string that is written often.
    package static func token(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }

    /// Writes a string, escaped as RFC 8259 section 7 demands.
    public mutating func string(_ text: String) {
        separate()
        appendQuoted(text)
        needsComma = true
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
        needsComma = true
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        append("null")
        needsComma = true
    }

    /// Writes an integer.
    public mutating func integer(_ value: Int) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude), atLeast: 1)
        needsComma = true
    }

    /// Writes a number with exactly `decimals` (0-9) decimals, rounded half to even; `null` if it is not finite.
    ///
    /// A magnitude of 2^62 / 10^decimals and beyond, where decimals mean nothing, is written in the shortest form that
    /// reads back as the same number (`1e+30`).
    public mutating func fixed(_ value: Double, decimals: Int) {
        guard value.isFinite else { return null() }
        separate()
        bytes.appendFixed(value, decimals: decimals)
        needsComma = true
    }

    /// Writes a number with exactly `decimals` (0-9) decimals; see `fixed(_:decimals:)` of `Double`.
    public mutating func fixed(_ value: Float, decimals: Int) {
        fixed(Double(value), decimals: decimals)
    }

    /// Writes a number in the shortest form that reads back as the same number; `null` if it is not finite.
    public mutating func shortest(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        var text = value.description
        text.withUTF8 { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a string of plain ASCII that needs no escapes, put down by `write`.
    package mutating func plainString(_ write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func appendDigits(_ value: UInt64, atLeast width: Int) {
        bytes.appendDecimal(value, atLeast: width)
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20, 0x7F:
                append("\\u00")
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
