import Glibc

/// Time as policies see it: how long a monotonic clock has run. Only differences mean something.
public typealias MonotonicTime = Duration

/// The clocks that drivers read; policies are given the time.
public enum SystemClock {
    /// CLOCK_MONOTONIC: for every deadline and rate. It does not stand still or jump when the date is set.
    public static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// UTC in microseconds since 1970: for output and file names only.
    public static var wallMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

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
