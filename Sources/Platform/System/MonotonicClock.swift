internal import Glibc

/// Time as policies see it: how long a monotonic clock has run. Only differences mean something.
public typealias MonotonicTime = Duration

/// The clock of every deadline and rate: it never steps, and is the same for all of the process's threads.
public enum MonotonicClock {
    /// Nanoseconds since some fixed moment (`CLOCK_MONOTONIC`).
    public static func now() -> Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

    /// The same as a duration since that moment.
    public static var time: MonotonicTime { .nanoseconds(now()) }

    /// Microseconds of UTC since 1970 (`CLOCK_REALTIME`): for output and file names only.
    public static func wallMicroseconds() -> Int64 { nanoseconds(of: CLOCK_REALTIME) / 1000 }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
