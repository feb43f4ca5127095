internal import Dispatch
internal import Glibc

/// A thread of its own for work that blocks, which must not sit on a Dispatch queue or in the cooperative pool.
///
/// Nobody has to wait for it: a thread that hangs in the kernel does not hold the process.
public final class WorkerThread: Sendable {
    private let running = DispatchGroup()

    /// Starts a thread that calls `body` once.
    ///
    /// - Parameter name: as `top -H` and debuggers show it; 15 bytes at most.
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        LockRule.mustHoldNone("a thread is started")
        running.enter()
        let start = Unmanaged.passRetained(Start(name: name, running: running, body: body))
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { pointer in
                guard let pointer else { return nil }
                let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                start.nameThread()
                start.body()
                start.running.leave()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            let reason = String(cString: strerror(status))
            Failure(.tryAgain, "no thread can be started (\(name)): \(reason); see ulimit -u and -v").end()
        }
        pthread_detach(handle)
    }

    /// Waits until `body` has returned.
    public func join() {
        LockRule.mustHoldNone("a thread is waited for")
        running.wait()
    }

    /// Waits until `body` has returned.
    ///
    /// - Parameter deadline: nanoseconds on `MonotonicClock`; nil waits for ever.
    /// - Returns: false when the time was over first.
    public func wait(until deadline: Int64? = nil) -> Bool {
        LockRule.mustHoldNone("a thread is waited for")
        return running.wait(until: deadline)
    }

    private final class Start {
        let name: String
        let running: DispatchGroup
        let body: @Sendable () -> Void

        init(name: String, running: DispatchGroup, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.running = running
            self.body = body
        }

        /// Names the thread through procfs: pthread_setname_np is not visible to Swift. A missing name is no failure.
        func nameThread() {
            let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            let bytes = Array(name.utf8.prefix(15))
            _ = write(descriptor, bytes, bytes.count)
        }
    }
}
