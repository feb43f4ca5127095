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
}
