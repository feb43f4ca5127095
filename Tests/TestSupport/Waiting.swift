import Glibc
import Platform

/// Waits until something holds, looking again every few milliseconds.
///
/// - Returns: false when the time was over first, so that a test fails instead of hanging.
public func until(seconds: Int = 60, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = MonotonicClock.now() + Int64(seconds) * 1_000_000_000
    while MonotonicClock.now() < deadline {
        if try condition() { return true }
        usleep(2_000)
    }
    return try condition()
}
