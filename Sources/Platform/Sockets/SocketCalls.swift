import Glibc
package import SystemPackage

/// The system calls that the socket server makes for its subscribers, so that tests can script short and failing ones.
///
/// Each method is one call: nothing is retried here.
package protocol SocketCalls: Sendable {
    /// accept(2); the new descriptor does not block and is closed on exec.
    func accept(_ listener: Int32) throws(Errno) -> Int32
    /// send(2) without blocking and without SIGPIPE; may take fewer bytes than it is given.
    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int
    /// recv(2) without blocking; 0 when the peer has ended its side.
    func receive(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    /// What the peer has not read yet of what was sent, in the kernel's own measure; nil when it does not say.
    func unread(_ descriptor: Int32) -> Int?
    /// close(2).
    func close(_ descriptor: Int32)
}

/// The system calls themselves.
package struct RealSocketCalls: SocketCalls {
    /// Makes the calls available.
    package init() {}

    package func accept(_ listener: Int32) throws(Errno) -> Int32 {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    package func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        guard count >= 0 else { throw Errno(rawValue: errno) }
        return count
    }

    package func unread(_ descriptor: Int32) -> Int? {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : nil
    }

    package func receive(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let count = recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { throw Errno(rawValue: errno) }
        return count
    }

    package func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }
}
