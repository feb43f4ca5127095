extension Duration {
    /// Whole nanoseconds, cut towards zero; limited to about 292 years.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }

    /// Whole milliseconds, rounded up: a wait of this length is never too short.
    package var millisecondsRoundedUp: Int64 {
        let whole = wholeNanoseconds
        return whole / 1_000_000 + (whole % 1_000_000 > 0 ? 1 : 0)
    }

    /// Seconds as a floating-point number.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
