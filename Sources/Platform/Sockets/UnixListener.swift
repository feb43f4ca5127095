package import Glibc
public import SystemPackage

/// A listening Unix stream socket.
public final class UnixListener: Sendable {
    /// Non-blocking and close-on-exec.
    package let descriptor: Int32
    /// What was made and must be removed again; nil for a socket that somebody else made.
    private let created: (path: FilePath, status: FileFacts)?

    private init(descriptor: Int32, created: (path: FilePath, status: FileFacts)?) {
        self.descriptor = descriptor
        self.created = created
    }

    deinit {
        Glibc.close(descriptor)
        // Another daemon may have taken the name since: only our own socket is removed.
        if let created, let current = try? RealSystemCalls().facts(at: created.path),
            current.device == created.status.device, current.inode == created.status.inode
        {
            _ = created.path.withPlatformString { unlink($0) }
        }
    }

    /// Makes a socket at a path and listens.
    ///
    /// A socket that nobody listens on any more (its daemon was killed) is replaced; one that answers is not.
    /// - Parameters:
    ///   - mode: permissions of the socket: who may write to it may connect.
    ///   - group: name or number of the group that owns it; nil leaves the process's.
    /// - Throws: `ListenError` that names the path.
    public static func bind(path: FilePath, mode: UInt32 = 0o660, group: String? = nil) throws(ListenError)
        -> UnixListener
    {
        var address = try UnixAddress.make(path)
        try clear(path, address: address)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ListenError(path: path, problem: .system(Errno(rawValue: errno))) }
        do throws(ListenError) {
            try check(UnixAddress.with(&address) { Glibc.bind(descriptor, $0, $1) }, path)
            // Between bind and listen nobody can connect: permissions are right before the first peer.
            try check(path.withPlatformString { chmod($0, mode_t(mode)) }, path)
            if let group { try own(path, by: group) }
            try check(listen(descriptor, 128), path)
            try check(fcntl(descriptor, F_SETFL, O_NONBLOCK), path)
            let status: FileFacts
            do throws(Errno) {
                status = try RealSystemCalls().facts(at: path)
            } catch {
                throw ListenError(path: path, problem: .system(error))
            }
            return UnixListener(descriptor: descriptor, created: (path, status))
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Whether whoever connects to the path finds this socket: it was not removed, nor replaced. True for one that was made elsewhere.
    public var isInPlace: Bool {
        guard let created else { return true }
        guard let current = try? RealSystemCalls().facts(at: created.path) else { return false }
        return current.isSameFile(as: created.status)
    }

    /// Changes who may connect to a socket that was made here.
    ///
    /// - Throws: `ListenError` that names the path.
    public func allow(mode: UInt32, group: String? = nil) throws(ListenError) {
        guard let path = created?.path else { return }
        try Self.check(path.withPlatformString { chmod($0, mode_t(mode)) }, path)
        if let group { try Self.own(path, by: group) }
    }

    private static func own(_ path: FilePath, by group: String) throws(ListenError) {
        guard let id = groupNumber(group) else { throw ListenError(path: path, problem: .noSuchGroup(group)) }
        try check(path.withPlatformString { chown($0, uid_t.max, id) }, path)
    }

    /// Takes over a listening socket that the service manager made; its file is left alone at the end.
    ///
    /// - Throws: `ListenError` if the descriptor is not a listening Unix stream socket.
    public static func adopt(descriptor: Int32) throws(ListenError) -> UnixListener {
        let name: FilePath = FilePath("descriptor \(descriptor)")
        guard option(SO_DOMAIN, of: descriptor) == AF_UNIX,
            option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
            option(SO_ACCEPTCONN, of: descriptor) == 1
        else { throw ListenError(path: name, problem: .notListening) }
        try check(fcntl(descriptor, F_SETFL, O_NONBLOCK), name)
        try check(fcntl(descriptor, F_SETFD, FD_CLOEXEC), name)
        return UnixListener(descriptor: descriptor, created: nil)
    }

    /// Takes over a copy of a listening socket, so that the original can be taken over again later.
    ///
    /// - Throws: `ListenError` as `adopt(descriptor:)` does.
    public static func adopt(copyOf descriptor: Int32) throws(ListenError) -> UnixListener {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            throw ListenError(path: FilePath("descriptor \(descriptor)"), problem: .system(Errno(rawValue: errno)))
        }
        do throws(ListenError) {
            return try adopt(descriptor: copy)
        } catch {
            Glibc.close(copy)
            throw error
        }
    }

    /// Another descriptor of the same socket, for who closes what it is given.
    ///
    /// - Throws: `ListenError` when there is none left.
    public func copy() throws(ListenError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            throw ListenError(
                path: created?.path ?? FilePath("descriptor \(descriptor)"), problem: .system(Errno(rawValue: errno)))
        }
        return copy
    }

    /// Removes a socket that nobody answers on.
    private static func clear(_ path: FilePath, address: sockaddr_un) throws(ListenError) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ListenError(path: path, problem: .notASocket) }
        let probe = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw ListenError(path: path, problem: .system(Errno(rawValue: errno))) }
        defer { Glibc.close(probe) }
        var address = address
        let result = UnixAddress.with(&address) { connect(probe, $0, $1) }
        // EAGAIN: somebody listens and is too busy to accept.
        guard result != 0, errno == ECONNREFUSED else { throw ListenError(path: path, problem: .inUse) }
        try check(path.withPlatformString { unlink($0) }, path)
    }

    private static func groupNumber(_ name: String) -> gid_t? {
        if let number = gid_t(name) { return number }
        return getgrnam(name)?.pointee.gr_gid
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    @discardableResult
    private static func check(_ result: Int32, _ path: FilePath) throws(ListenError) -> Int32 {
        guard result >= 0 else { throw ListenError(path: path, problem: .system(Errno(rawValue: errno))) }
        return result
    }
}

/// Why a socket cannot be listened on.
public struct ListenError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Equatable {
        /// The path is longer than the 107 bytes that a Unix address holds.
        case pathTooLong
        /// Another process listens there.
        case inUse
        /// Something that is no socket stands there; it is not removed.
        case notASocket
        /// An adopted descriptor is no listening Unix stream socket.
        case notListening
        case noSuchGroup(String)
        case system(Errno)
    }

    /// Path of the socket.
    public let path: FilePath
    /// What is wrong with it.
    public let problem: Problem

    /// Makes an error.
    public init(path: FilePath, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// The path and what is wrong, in one sentence.
    public var description: String { "\(path): \(reason)" }

    /// What is wrong, without the path.
    public var reason: String {
        switch problem {
        case .pathTooLong: "the path of a Unix socket has 107 bytes at most"
        case .inUse: "another process listens there"
        case .notASocket: "something that is no socket stands there"
        case .notListening: "not a listening Unix stream socket"
        case .noSuchGroup(let group): "there is no group \(group)"
        case .system(let error): "\(error)"
        }
    }
}

/// Addresses of Unix sockets.
package enum UnixAddress {
    /// The address of a path.
    package static func make(_ path: FilePath) throws(ListenError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { throw ListenError(path: path, problem: .pathTooLong) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// Calls `body` with the address as the system wants it.
    package static func with<Result>(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
