extension [UInt8] {
    /// Appends the decimal digits of a number, filled up with zeros on the left to `width` digits.
    package mutating func appendDecimal(_ value: UInt64, atLeast width: Int) {
        var count = 1
        var limit: UInt64 = 10
        while count < 20, value >= limit {
            count += 1
            // 10^20 is beyond 64 bits: no value reaches it, so the loop ends by the count.
            limit = count < 20 ? limit * 10 : limit
        }
        let total = Swift.max(count, width)
        let start = self.count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: total))
        var rest = value
        var index = start + total - 1
        while rest > 0 {
            self[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            index -= 1
        }
    }
    /// Appends a finite number with exactly `decimals` (0-9) decimals, rounded half to even.
    ///
    /// A magnitude of 2^62 / 10^decimals and beyond, where decimals mean nothing, is written in the shortest form that
    /// reads back as the same number (`1e+30`).
    package mutating func appendFixed(_ value: Double, decimals: Int) {
        let unit = powersOfTen[decimals]
        let scaled = (value * Double(unit)).rounded(.toNearestOrEven)
        guard scaled.magnitude < 0x1p62 else {
            var text = value.description
            text.withUTF8 { append(contentsOf: $0) }
            return
        }
        let magnitude = UInt64(scaled.magnitude)
        // A value that rounds to zero is written without a sign: "-0.0" would be a second spelling of one number.
        if scaled < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(magnitude / unit, atLeast: 1)
        if decimals > 0 {
            append(UInt8(ascii: "."))
            appendDecimal(magnitude % unit, atLeast: decimals)
        }
    }
}

private let powersOfTen: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
]
