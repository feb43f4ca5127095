import Glibc

/// A thread of its own for work that blocks, which must not sit on a Dispatch queue or in the cooperative pool.
package final class WorkerThread: @unchecked Sendable {
    // @unchecked because `handle` is written once in `init`, and `isJoined` by the one caller of `join`.
    private var handle = pthread_t()
    private var isJoined = false

    /// Starts a thread that calls `body` once.
    ///
    /// - Parameter name: as `top -H` and debuggers show it; 15 bytes at most.
    package init(name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(name: name, body: body))
        let result = pthread_create(
            &handle, nil,
            { pointer in
                let box = Unmanaged<Box>.fromOpaque(pointer!).takeRetainedValue()
                WorkerThread.nameCurrentThread(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "no thread for \(name): \(String(cString: strerror(result)))")
    }

    deinit {
        // Nobody will ask for it any more: the system takes its stack back when it ends.
        if !isJoined { pthread_detach(handle) }
    }

    /// Waits until the thread has ended. To be called once at most.
    package func join() {
        pthread_join(handle, nil)
        isJoined = true
    }

    /// Names the thread through procfs: pthread_setname_np is not visible to Swift. A missing name is no failure.
    private static func nameCurrentThread(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(descriptor, bytes, bytes.count)
    }

    private final class Box {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
