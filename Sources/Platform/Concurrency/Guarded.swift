package import Synchronization

/// A value behind a lock that is held for a few instructions; `Mutex` with the rule of locks checked (`LockRule`).
package struct Guarded<Value: ~Copyable>: ~Copyable {
    @usableFromInline let mutex: Mutex<Value>

    /// Puts the value behind a lock.
    @inlinable package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls `body` with the lock held.
    @inlinable package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        LockRule.willLock()
        defer { LockRule.didUnlock() }
        return try mutex.withLock(body)
    }
}

extension Guarded: Sendable where Value: ~Copyable {}
