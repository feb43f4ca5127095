internal import Glibc

/// The clock of every deadline and rate: nanoseconds that never step, comparable across the process's threads.
public enum MonotonicClock {
    /// Nanoseconds since some fixed moment (`CLOCK_MONOTONIC`).
    public static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Microseconds of UTC since 1970 (`CLOCK_REALTIME`): for output only.
    public static func wallMicroseconds() -> Int64 { read(CLOCK_REALTIME) / 1000 }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
