extension Int64 {
    /// The nearest whole number of units in so many seconds; the nearest number there is where that lies beyond, and 0 for what is no number.
    ///
    /// For times that a file or a peer chose: a plain conversion of such a number ends the program.
    package init(seconds: Double, unitsPerSecond: Double) {
        let value = (seconds * unitsPerSecond).rounded()
        if value.isNaN {
            self = 0
        } else {
            self = Int64(exactly: value) ?? (value < 0 ? .min : .max)
        }
    }

    /// The sum, held at the ends of the range.
    package func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, held at the ends of the range.
    package func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
