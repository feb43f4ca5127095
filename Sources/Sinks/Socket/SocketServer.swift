public import Platform
public import Records
import Synchronization

/// How the server treats its subscribers.
public struct SocketOptions: Sendable, Equatable {
    /// How many may be there at a time.
    public var maximumSubscribers: Int
    /// Bytes of records that may wait for each.
    public var queueCapacity: Int
    /// How long one may read nothing while something waits.
    public var stallLimit: Duration
    /// Numbers of the users that may subscribe, beside the daemon's own and root; nil leaves it to the socket's mode.
    public var allowedUsers: [UInt32]?

    /// Makes options; the defaults are those of the daemon.
    public init(
        maximumSubscribers: Int = 64, queueCapacity: Int = 1 << 20, stallLimit: Duration = .seconds(10),
        allowedUsers: [UInt32]? = nil
    ) {
        self.maximumSubscribers = maximumSubscribers
        self.queueCapacity = queueCapacity
        self.stallLimit = stallLimit
        self.allowedUsers = allowedUsers
    }
}

/// What the server asks of the daemon; called on the server's thread, so the answers must be quick.
public struct SocketHandlers: Sendable {
    /// Makes the answer to a request for the daemon's status.
    public var status: @Sendable () -> EncodedLine
    /// A subscriber placed a marker; subscribers are told by the server, records are the daemon's to stamp.
    public var marker: @Sendable (String) -> Void

    /// Makes handlers.
    public init(
        status: @escaping @Sendable () -> EncodedLine, marker: @escaping @Sendable (String) -> Void
    ) {
        self.status = status
        self.marker = marker
    }
}

/// What the server has done, for metrics and the status.
public struct SocketStatistics: Sendable, Equatable {
    /// Subscribers now.
    public var subscribers = 0
    /// Bytes that wait for them.
    public var queuedBytes = 0
    /// Subscriptions that began.
    public var accepted = 0
    /// Subscriptions that ended, by reason.
    public var closed: [CloseReason: Int] = [:]
    /// Lines that subscribers did not get because they were too slow.
    public var dropped = 0

    /// As outputs tell it.
    var audience: Audience {
        Audience(
            subscribers: subscribers, queuedBytes: queuedBytes, accepted: accepted,
            closed: CloseReason.allCases.map { Audience.Ending(reason: $0.rawValue, count: closed[$0] ?? 0) },
            dropped: dropped)
    }
}

/// Gives live records to whoever connects to a Unix stream socket.
///
/// Every connection gets the run's description, then records and events as lines, without asking; one JSON object on a
/// line of its own changes what it gets (`SubscriberRequest`). One thread serves all of them with poll and never
/// blocks; producers only ever wait for a short lock.
public final class SocketServer: RecordSink, @unchecked Sendable {
    // @unchecked because `thread` is written once in `init` and touched by the first caller of `close` only.
    private let inbox: SocketInbox
    private let shared: SharedStatistics
    private let isClosed = Atomic(false)
    private var thread: WorkerThread?

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - run: what subscribers are told first.
    ///   - isAccepting: false leaves connections in the socket until `startAccepting`.
    public convenience init(
        listener: UnixListener, options: SocketOptions, run: RunInfo, handlers: SocketHandlers, isAccepting: Bool = true
    ) {
        self.init(
            listener: listener, options: options, run: run, handlers: handlers, isAccepting: isAccepting,
            calls: RealSocketCalls())
    }

    package init(
        listener: UnixListener, options: SocketOptions, run: RunInfo, handlers: SocketHandlers,
        isAccepting: Bool = true,
        calls: any SocketCalls
    ) {
        inbox = SocketInbox(greeting: run.line, isAccepting: isAccepting)
        shared = SharedStatistics()
        let encoder = JSONLinesEncoder(labels: run.labels)
        thread = WorkerThread(name: "subscribers") { [inbox, shared] in
            let loop = SubscriberLoop(
                listener: listener, options: options, inbox: inbox, statistics: shared, encoder: encoder,
                handlers: handlers, calls: calls)
            loop.run()
        }
    }

    /// Whether lines should carry their record, because a subscriber has chosen fields.
    public var wantsRecords: Bool {
        shared.wantsFields.load(ordering: .relaxed)
    }

    /// Hands a line to every subscriber that wants it. With `line.record`, subscribers may choose fields.
    public func write(_ line: EncodedLine) {
        inbox.publish(line)
    }

    /// Changes what new subscribers are told first.
    public func describe(_ run: RunInfo) {
        inbox.greet(with: run.line)
    }

    /// Takes connections, those that wait in the socket first.
    public func startAccepting() {
        inbox.accept(true)
    }

    /// Takes no more connections: when it returns, whoever connects stays in the socket for another server. Subscribers stay.
    public func stopAccepting() {
        inbox.accept(false)
        // The thread never blocks for long. One that has no processor is not waited for without end.
        _ = shared.isAccepting.wait(until: MonotonicClock.time + .seconds(5)) { $0 ? nil : () }
    }

    /// Takes connections from another socket in place of the one before, whose file is gone. Subscribers stay.
    public func listen(on listener: UnixListener) {
        inbox.listen(on: listener)
    }

    /// Does nothing: there is no file that could have been moved.
    public func reopen() {}

    /// Sends what waits for at most a second, tells subscribers that it is over, and ends. May be called again.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        inbox.stop(until: MonotonicClock.time + .seconds(1))
        thread?.join()
        thread = nil
    }

    /// What subscribers were sent and lost so far.
    public var status: SinkStatus {
        let counts = inbox.counts
        var status = SinkStatus()
        status.records = counts.published
        status.bytes = counts.bytes
        status.dropped = counts.lost
        status.audience = statistics.audience
        return status
    }

    /// What the server has done.
    public var statistics: SocketStatistics {
        shared.value.withLock { $0 }
    }
}

/// Statistics that the server's thread writes and others read.
final class SharedStatistics: Sendable {
    let value = Guarded(SocketStatistics())
    /// Whether a subscriber wants other fields than all.
    let wantsFields = Atomic(false)
    /// Whether the thread takes connections.
    let isAccepting = Monitor(false)
}
