internal import Glibc
internal import Platform
internal import SystemPackage

/// Waits at a FIFO for a writer that has something to say. libav's own open(2) would wait in the kernel, where no stop reaches it.
final class WriterGate {
    private let descriptor: Int32

    /// Returns when there is something to read.
    ///
    /// - Throws: `MediaError` when the FIFO cannot be opened, or the wait is interrupted.
    init(_ location: MediaLocation, interrupter: Interrupter) throws(MediaError) {
        guard let file = location.file else {
            throw MediaError(.cannotOpen, source: location.name, reason: "it is no file")
        }
        descriptor = file.withPlatformString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw MediaError(.cannotOpen, source: location.name, reason: String(cString: strerror(errno)))
        }
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&request, 1, 0)
            if count > 0, request.revents & Int16(POLLIN) != 0 { return }
            // Without a writer poll(2) answers at once, so the pause is our own.
            guard interrupter.sleep(until: MonotonicClock.now() + 50_000_000), !interrupter.isOverdue else {
                throw MediaError(.interrupted, source: location.name, reason: "stopped while waiting for a writer")
            }
        }
    }

    // Also when the wait has failed.
    deinit { if descriptor >= 0 { close(descriptor) } }
}
