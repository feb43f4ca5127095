internal import Synchronization

/// A value behind a lock that is held for a few instructions; `Mutex` with the rule of locks checked in debug builds (`LockRule`).
package struct Guarded<Value>: ~Copyable {
    private let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls `body` with the lock held.
    package borrowing func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        LockRule.willLock()
        defer { LockRule.didUnlock() }
        return try mutex.withLock(body)
    }
}

extension Guarded: Sendable {}
