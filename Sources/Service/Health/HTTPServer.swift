internal import Glibc
internal import Media
public import Platform
internal import Sinks
internal import SystemPackage

/// Answers GET on a loopback address or a Unix socket, one request a connection.
///
/// One thread serves a bounded number of connections with poll(2) and never blocks: whoever sends too much, too slowly or
/// nonsense is told so and closed, and one more than there may be ends the oldest, so that nobody keeps others waiting.
public final class HTTPServer: @unchecked Sendable {
    // @unchecked because `thread` is written once in `init` and touched by the first caller of `close` only; everything else
    // belongs to the thread.

    /// Connections at a time. One more ends the oldest: whoever holds many open and says nothing keeps nobody else out.
    static let connectionLimit = 128
    /// Nanoseconds that a connection may last.
    static let timeLimit: Int64 = 5_000_000_000

    private final class Peer {
        let descriptor: Int32
        let deadline: Int64
        var input: [UInt8] = []
        var output: [UInt8] = []
        var sent = 0

        init(descriptor: Int32, deadline: Int64) {
            self.descriptor = descriptor
            self.deadline = deadline
        }
    }

    private let listener: Int32
    /// The Unix socket, which removes its name when it goes.
    private var unix: UnixListener?
    /// On a Unix socket any `Host` will do, as no browser can be led there.
    private let isLocal: Bool
    private let wake = WakePipe()
    private let answer: @Sendable (String) -> HTTPResponse
    private var thread: WorkerThread?
    private var peers: [Peer] = []
    /// The port that was given, for a wish of 0.
    public let port: UInt16?

    /// Starts to serve.
    ///
    /// - Parameter answer: makes the page of a path; called on the server's thread.
    /// - Throws: `HTTPServerError` that names the address.
    public init(_ address: HTTPAddress, answer: @escaping @Sendable (String) -> HTTPResponse) throws(HTTPServerError) {
        self.answer = answer
        (listener, port, unix) = try Self.listen(address)
        isLocal = unix != nil
        thread = WorkerThread(name: "http") { [self] in run() }
    }

    /// Ends; blocks until the thread has.
    public func close() {
        guard let thread else { return }
        self.thread = nil
        stop.withLock { $0 = true }
        wake.wake()
        thread.join()
        if isLocal { unix = nil } else { Glibc.close(listener) }
    }

    private let stop = Monitor(false)

    private func run() {
        var polls: [pollfd] = []
        while !stop.withLock({ $0 }) {
            polls.removeAll(keepingCapacity: true)
            polls.append(pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0))
            polls.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            for peer in peers {
                polls.append(
                    pollfd(
                        fd: peer.descriptor, events: Int16(peer.output.isEmpty ? POLLIN : POLLOUT), revents: 0))
            }
            let now = MonotonicClock.now()
            let wait = peers.map { max(0, $0.deadline - now) / 1_000_000 + 1 }.min() ?? -1
            guard poll(&polls, nfds_t(polls.count), Int32(min(wait, 60_000))) >= 0 || errno == EINTR else { continue }
            let served = peers
            for (peer, entry) in zip(served, polls.dropFirst(2)) where entry.revents != 0 { serve(peer) }
            let late = MonotonicClock.now()
            for peer in peers where peer.deadline <= late { drop(peer) }
            if polls[1].revents != 0 { accept() }
        }
        for peer in peers { drop(peer) }
    }

    private func accept() {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else {
            // Without descriptors the listener stays readable: wait a little rather than turn in circles.
            if errno == EMFILE || errno == ENFILE { usleep(10_000) }
            return
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        if peers.count >= Self.connectionLimit { drop(peers[0]) }
        peers.append(Peer(descriptor: descriptor, deadline: MonotonicClock.now() + Self.timeLimit))
    }

    private func serve(_ peer: Peer) {
        if peer.output.isEmpty { receive(peer) }
        guard !peer.output.isEmpty else { return }
        let count = peer.output.withUnsafeBytes {
            send(peer.descriptor, $0.baseAddress! + peer.sent, $0.count - peer.sent, Int32(MSG_NOSIGNAL))
        }
        if count < 0 {
            if errno != EAGAIN && errno != EINTR { drop(peer) }
            return
        }
        peer.sent += count
        if peer.sent == peer.output.count { finish(peer) }
    }

    private func receive(_ peer: Peer) {
        var block = [UInt8](repeating: 0, count: HTTPRequest.limit)
        let count = recv(peer.descriptor, &block, block.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { drop(peer) }
            return
        }
        peer.input += block[..<count]
        switch HTTPRequest.read(peer.input) {
        case .more: break
        case .request(let request) where !isLocal && !request.isForThisMachine:
            peer.output = HTTPResponse(status: 421, body: "421\n").bytes(isHead: request.isHead)
        case .request(let request): peer.output = answer(request.path).bytes(isHead: request.isHead)
        case .refuse(let status):
            peer.output = HTTPResponse(status: status, body: "\(status)\n").bytes(isHead: false)
        }
    }

    /// Closes after the last byte. What the client still sends is read off first, or the answer could be lost to a reset.
    private func finish(_ peer: Peer) {
        shutdown(peer.descriptor, Int32(SHUT_WR))
        var block = [UInt8](repeating: 0, count: HTTPRequest.limit)
        _ = recv(peer.descriptor, &block, block.count, Int32(MSG_DONTWAIT))
        drop(peer)
    }

    private func drop(_ peer: Peer) {
        guard let index = peers.firstIndex(where: { $0 === peer }) else { return }
        peers.remove(at: index)
        Glibc.close(peer.descriptor)
    }

    // MARK: Listening

    private static func listen(_ address: HTTPAddress) throws(HTTPServerError) -> (Int32, UInt16?, UnixListener?) {
        if case .unix(let path) = address {
            // Made and cleared where all our sockets are.
            do throws(ListenError) {
                let unix = try UnixListener.bind(path: FilePath(path), mode: 0o660)
                return (unix.descriptor, nil, unix)
            } catch {
                throw HTTPServerError(address: address.settingText, problem: error.reason)
            }
        }
        func check(_ result: Int32) throws(HTTPServerError) {
            guard result >= 0 else {
                throw HTTPServerError(address: address.settingText, problem: "\(Errno(rawValue: errno))")
            }
        }
        let family = if case .ip4 = address { AF_INET } else { AF_INET6 }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        try check(descriptor)
        do throws(HTTPServerError) {
            switch address {
            case .ip4(let host, let port):
                try check(reuse(descriptor))
                var target = sockaddr_in()
                target.sin_family = sa_family_t(AF_INET)
                target.sin_port = port.bigEndian
                inet_pton(AF_INET, host, &target.sin_addr)
                try check(bind(descriptor, &target))
            case .ip6(let port):
                try check(reuse(descriptor))
                var target = sockaddr_in6()
                target.sin6_family = sa_family_t(AF_INET6)
                target.sin6_port = port.bigEndian
                target.sin6_addr = in6addr_loopback
                try check(bind(descriptor, &target))
            case .unix: break
            }
            try check(Glibc.listen(descriptor, 128))
            return (descriptor, port(of: descriptor), nil)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static func reuse(_ descriptor: Int32) -> Int32 {
        var yes: Int32 = 1
        return setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        // The port stands in the same place in both families.
        guard result == 0 else { return nil }
        return withUnsafeBytes(of: &storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }
}

/// Why HTTP cannot be served.
public struct HTTPServerError: Fault {
    /// Where it should have been.
    public let address: String
    /// What the system said.
    public let problem: String

    /// The setting and the address.
    public var place: String? { "http.listen: \(address)" }
}
