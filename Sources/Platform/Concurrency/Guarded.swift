#if LOCK_RULE
    internal import Glibc
#else
    package import Synchronization
#endif

#if LOCK_RULE
    /// A value behind a lock, as ThreadSanitizer can see it: a `Mutex` that another thread waits for is handed on by the kernel, and the
    /// sanitizer would call what its owners do one after the other a race.
    package struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        /// Puts the value behind a lock.
        package init(_ value: consuming sending Value) {
            mutex = .allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
            self.value = .allocate(capacity: 1)
            self.value.initialize(to: value)
        }

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        /// Calls `body` with the lock held.
        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            LockRule.willLock()
            pthread_mutex_lock(mutex)
            defer {
                pthread_mutex_unlock(mutex)
                LockRule.didUnlock()
            }
            return try body(&value.pointee)
        }
    }
#else
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
#endif
