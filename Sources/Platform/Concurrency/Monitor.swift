import Glibc

/// A value behind a lock, with a condition to wait for.
///
/// `Synchronization.Mutex` has no condition, and a semaphore beside it would count wake-ups that nobody needs any more.
/// Waiting is timed by the monotonic clock. The rule of locks is checked in debug builds (`LockRule`).
package final class Monitor<State>: @unchecked Sendable {
    // @unchecked because `state` is reached only while the mutex is held; mutex and condition have stable addresses.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Calls `body` with the lock held.
    package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        LockRule.willLock()
        pthread_mutex_lock(mutex)
        defer {
            pthread_mutex_unlock(mutex)
            LockRule.didUnlock()
        }
        return try body(&state)
    }

    /// Calls `body` with the lock held, then wakes everyone who waits.
    package func signal<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        LockRule.willLock()
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
            LockRule.didUnlock()
        }
        return try body(&state)
    }

    /// Calls `body` with the lock held, now and after each wake-up, until it returns a value or the time is over.
    ///
    /// - Parameter deadline: on the clock of `MonotonicClock.time`; nil waits for ever.
    /// - Returns: nil if the time was over first.
    package func wait<Result>(until deadline: MonotonicTime?, _ body: (inout State) -> Result?) -> Result? {
        LockRule.willLock()
        pthread_mutex_lock(mutex)
        defer {
            pthread_mutex_unlock(mutex)
            LockRule.didUnlock()
        }
        while true {
            if let result = body(&state) { return result }
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            let nanoseconds = max(0, deadline.wholeNanoseconds)
            var time = timespec(
                tv_sec: time_t(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return body(&state) }
        }
    }
}
