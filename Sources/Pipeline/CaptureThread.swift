internal import Dispatch
internal import Glibc
internal import Media

/// A thread of its own for reading a source, which may block in libav or in the kernel for as long as it likes.
///
/// Nobody has to wait for it: a camera that hangs in the kernel must not hold the process.
public final class CaptureThread: Sendable {
    private let running = DispatchGroup()

    /// Starts a thread that calls `body` once.
    ///
    /// - Parameter name: as `top -H` and debuggers show it; 15 bytes at most.
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        running.enter()
        let box = Unmanaged.passRetained(Start(name: name, running: running, body: body))
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
            }, box.toOpaque())
        precondition(status == 0, "no thread for \(name): \(String(cString: strerror(status)))")
        pthread_detach(handle)
    }

    /// Waits until the thread has ended.
    ///
    /// - Parameter deadline: nanoseconds on `MonotonicClock`; nil waits for ever.
    /// - Returns: false when the time was over first.
    public func wait(until deadline: Int64? = nil) -> Bool {
        running.wait(until: deadline)
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

extension DispatchGroup {
    /// Waits on the clock of deadlines; false when the time was over first.
    func wait(until deadline: Int64?) -> Bool {
        guard let deadline else {
            wait()
            return true
        }
        let left = max(0, deadline - MonotonicClock.now())
        return wait(timeout: .now() + .nanoseconds(Int(left))) == .success
    }
}
