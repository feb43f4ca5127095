internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import Platform
internal import SystemPackage

/// The live page of a server, which a reload may change.
final class PagePlace: Sendable {
    private let place = Guarded<LivePage?>(nil)

    /// The page; nil for none.
    var page: LivePage? {
        get { place.withLock { $0 } }
        set { place.withLock { $0 = newValue } }
    }
}

/// What is answered to requests.
struct HTTPService: Sendable {
    /// Requests come over a Unix socket.
    var isLocal: Bool
    /// The live page; nil for none.
    let live: PagePlace
    /// Makes the page of a path.
    var answer: @Sendable (String) -> HTTPResponse
}

/// Answers on a loopback address or a Unix socket, one request a connection.
///
/// One thread of SwiftNIO serves a bounded number of connections and never blocks: whoever sends too much, too slowly or nonsense is told
/// so and closed, so that nobody keeps others waiting.
public final class HTTPServer: Sendable {
    /// Connections at a time. One more ends the oldest.
    static let connectionLimit = 128
    /// How long a connection may last.
    static let timeLimit: TimeAmount = .seconds(5)
    /// How long nothing is accepted when the system has no descriptor left.
    private static let acceptPause: TimeAmount = .milliseconds(20)

    private let group: MultiThreadedEventLoopGroup
    private let place = PagePlace()
    /// The Unix socket, which removes its name when it goes.
    private let unix: Guarded<UnixListener?>
    /// The port that was given, for a wish of 0.
    public let port: UInt16?

    /// Starts to serve.
    ///
    /// - Parameter answer: makes the page of a path; called on the server's thread.
    /// - Throws: `HTTPServerError` that names the address.
    public init(
        _ address: HTTPAddress, answer: @escaping @Sendable (String) -> HTTPResponse
    ) throws(HTTPServerError) {
        let service = HTTPService(isLocal: address.isLocal, live: place, answer: answer)
        let unix = try Self.unixListener(address)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let channel = try Self.listen(address, unix, Self.bootstrap(group, service))
            port = channel.localAddress?.port.flatMap(UInt16.init(exactly:))
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPServerError(address: address.settingText, problem: Self.reason(error))
        }
        self.group = group
        self.unix = Guarded(unix)
    }

    /// The live page; nil for none.
    var page: LivePage? {
        get { place.page }
        set { place.page = newValue }
    }

    /// Ends; blocks until the thread has. May be called again.
    public func close() {
        // It fails only where it was shut down before.
        try? group.syncShutdownGracefully()
        let listener = unix.withLock { unix in
            defer { unix = nil }
            return unix
        }
        withExtendedLifetime(listener) {}
    }

    // MARK: Listening

    /// Unix sockets are made and cleared where all of ours are.
    private static func unixListener(_ address: HTTPAddress) throws(HTTPServerError) -> UnixListener? {
        guard case .unix(let path) = address else { return nil }
        do throws(ListenError) {
            return try UnixListener.bind(path: FilePath(path), mode: 0o660)
        } catch {
            throw HTTPServerError(address: address.settingText, problem: error.reason)
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ service: HTTPService
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(AcceptBackoffHandler { _ in acceptPause })
                    try pipeline.addHandler(HTTPConnections(limit: connectionLimit))
                }
            }
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: HTTPRequest.limit))
            // Who has closed its side after the request still gets an answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(HTTPHeadLimit())
                    try pipeline.addHandler(HTTPResponseEncoder())
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                    try pipeline.addHandler(HTTPConnection(service))
                }
            }
    }

    private static func listen(
        _ address: HTTPAddress, _ unix: UnixListener?, _ bootstrap: ServerBootstrap
    ) throws -> any Channel {
        // The library closes the descriptor that it is given.
        if let unix { return try bootstrap.withBoundSocket(unix.copy()).wait() }
        return try bootstrap.bind(to: socketAddress(address)).wait()
    }

    private static func socketAddress(_ address: HTTPAddress) throws -> SocketAddress {
        switch address {
        case .ip4(let host, let port): try SocketAddress(ipAddress: host, port: Int(port))
        case .ip6(let port): try SocketAddress(ipAddress: "::1", port: Int(port))
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "\(Errno(rawValue: error.errnoCode))"
        case let error as ListenError: error.reason
        default: "\(error)"
        }
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
