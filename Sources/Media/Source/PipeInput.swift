internal import CFFmpeg
internal import Glibc
internal import Platform
internal import SystemPackage

/// Reads a FIFO or standard input for libav, which would wait in open(2) for a writer and in read(2) for its bytes: in the kernel, where
/// no stop reaches it. Nor does a writer get lost that has gone again before libav comes to open what it wrote into.
///
/// Used by one thread only. It outlives the format context that reads from it.
final class PipeInput {
    /// How often a wait looks whether it shall end, in milliseconds; libav's own interval.
    private static let pollInterval: Int32 = 100
    private static let bufferSize = 32 * 1024

    private let descriptor: Int32
    private let isOwned: Bool
    private let interrupter: Interrupter
    /// What a format context reads from.
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Opens it. A FIFO's first writer is awaited, until it has something to say.
    ///
    /// - Throws: `MediaError` when it cannot be opened, or the wait is interrupted.
    init(_ location: MediaLocation, interrupter: Interrupter) throws(MediaError) {
        self.interrupter = interrupter
        isOwned = location.file != nil
        descriptor =
            location.file?.withPlatformString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else {
            throw MediaError(.cannotOpen, source: location.name, reason: String(cString: strerror(errno)))
        }
        if isOwned { try awaitWriter(location) }
        let buffer = av_malloc(Self.bufferSize)?.assumingMemoryBound(to: UInt8.self)
        context = avio_alloc_context(
            buffer, Int32(Self.bufferSize), 0, Unmanaged.passUnretained(self).toOpaque(),
            { opaque, bytes, count in
                guard let opaque, let bytes else { return nf_averror(EINVAL) }
                return Unmanaged<PipeInput>.fromOpaque(opaque).takeUnretainedValue().read(into: bytes, count)
            }, nil, nil)
        guard let context else {
            av_free(buffer)
            throw MediaError(.cannotOpen, source: location.name, reason: "out of memory")
        }
        context.pointee.seekable = 0
    }

    // Also when the wait has failed.
    deinit {
        if let context {
            // libav may have put another in the place of the first.
            av_free(context.pointee.buffer)
            context.pointee.buffer = nil
        }
        avio_context_free(&context)
        if isOwned, descriptor >= 0 { close(descriptor) }
    }

    private func awaitWriter(_ location: MediaLocation) throws(MediaError) {
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 0) > 0, request.revents & Int16(POLLIN) != 0 { return }
            // Without a writer poll(2) answers at once, so the pause is our own.
            guard interrupter.sleep(until: MonotonicClock.now() + 50_000_000), !interrupter.isOverdue else {
                throw MediaError(.interrupted, source: location.name, reason: "stopped while waiting for a writer")
            }
        }
    }

    /// Gives what is there, as soon as anything is; libav's error number at the end, or when it shall be given up.
    private func read(into bytes: UnsafeMutablePointer<UInt8>, _ count: Int32) -> Int32 {
        while true {
            interrupter.show()
            if interrupter.mustGiveUp { return nf_averror_exit() }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, Self.pollInterval) != 0 else { continue }
            let size = Glibc.read(descriptor, bytes, Int(count))
            if size > 0 { return Int32(size) }
            if size == 0 { return nf_averror_eof() }
            guard errno == EINTR || errno == EAGAIN else { return nf_averror(errno) }
        }
    }
}
