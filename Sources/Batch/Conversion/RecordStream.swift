internal import Glibc
internal import Platform
internal import SystemPackage

/// A file, pipe or standard input that is read without being held up: a stop is heeded within a fifth of a second.
final class RecordStream {
    /// What errors name: the path.
    let name: String
    /// Bytes that there are, of a file.
    let size: Int64?
    /// Bytes read so far.
    private(set) var position: Int64 = 0
    private let descriptor: Int32
    private let isOwn: Bool

    /// Opens an input.
    ///
    /// - Throws: `Failure` with `noInput` where there is none of this name.
    init(_ input: Input) throws(Failure) {
        isOwn = input.location != "-"
        name = isOwn ? input.location : input.name
        guard isOwn else {
            descriptor = 0
            size = nil
            return
        }
        let path = input.path ?? FilePath(input.location)
        let facts = FileFacts(path)
        guard facts?.isFolder != true else { throw Failure(.noInput, "\(path) is a folder") }
        // A FIFO is opened without waiting for its writer: the reading waits.
        descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            let error = Errno(rawValue: errno)
            throw Failure(error == .noSuchFileOrDirectory ? .noInput : .inputOutput, "\(path): \(error)")
        }
        size = facts.flatMap { $0.isRegular ? $0.size : nil }
    }

    deinit {
        if isOwn { close(descriptor) }
    }

    /// Whether it can be read twice.
    var isFile: Bool { size != nil }

    /// Fills a buffer with what comes next.
    ///
    /// - Parameter isStopped: asked while nothing comes.
    /// - Returns: how many bytes; 0 at the end, and when it was stopped.
    func read(into buffer: UnsafeMutableRawBufferPointer, isStopped: () -> Bool) throws(Failure) -> Int {
        while !isStopped() {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 200) > 0 else { continue }
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                position += Int64(count)
                return count
            }
            guard errno == EINTR || errno == EAGAIN else {
                throw Failure(.inputOutput, "\(name): \(Errno(rawValue: errno))")
            }
        }
        return 0
    }
}
