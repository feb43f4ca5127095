internal import Glibc

/// The rule of locks, checked in debug builds and in those with LOCK_RULE (`Scripts/sanitize thread`): no lock is held while another is taken, a closure of the caller's runs, a file is closed
/// or a system call is made.
///
/// `Monitor` and `Guarded` tell it what the thread holds; what must not happen under a lock calls `mustHoldNone`. In other builds
/// nothing of it is left.
package enum LockRule {
    #if DEBUG || LOCK_RULE
        /// How many locks this thread holds, as the value of the key itself.
        private static let key: pthread_key_t = {
            var key = pthread_key_t()
            precondition(pthread_key_create(&key, nil) == 0, "no key for what belongs to a thread")
            return key
        }()

        private static var held: Int {
            get { Int(bitPattern: pthread_getspecific(key)) }
            set { pthread_setspecific(key, UnsafeRawPointer(bitPattern: newValue)) }
        }
    #endif

    /// A lock is about to be taken.
    package static func willLock() {
        #if DEBUG || LOCK_RULE
            precondition(held == 0, "a lock is taken while another is held")
            held += 1
        #endif
    }

    /// The lock was given back.
    package static func didUnlock() {
        #if DEBUG || LOCK_RULE
            held -= 1
        #endif
    }

    /// What is about to happen must not happen under a lock.
    ///
    /// - Parameter what: in words, for the message.
    package static func mustHoldNone(_ what: StaticString) {
        #if DEBUG || LOCK_RULE
            precondition(held == 0, "under a lock: \(what)")
        #endif
    }
}
