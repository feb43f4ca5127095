internal import Platform

/// The cells of a row.
extension [UInt8] {
    mutating func comma() { append(UInt8(ascii: ",")) }

    mutating func appendInteger(_ value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(UInt64(value.magnitude), atLeast: 1)
    }

    mutating func appendNumber(_ value: Double, decimals: Int) {
        if value.isFinite { appendFixed(value, decimals: decimals) }
    }

    /// A comma, and the value if it is a number.
    mutating func appendValue(_ value: Float, decimals: Int) {
        comma()
        appendNumber(Double(value), decimals: decimals)
    }

    /// Each value with a comma before it.
    mutating func appendValues(_ values: [Float], decimals: Int) {
        for value in values { appendValue(value, decimals: decimals) }
    }

    /// A text, quoted where RFC 4180 asks for it. A line break or another control character becomes a space.
    mutating func appendCell(_ text: String) {
        let isQuoted = text.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }
        if isQuoted { append(UInt8(ascii: "\"")) }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { append(byte) }
            append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
        }
        if isQuoted { append(UInt8(ascii: "\"")) }
    }
}
