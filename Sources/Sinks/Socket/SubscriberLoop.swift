import Glibc
internal import Platform
import Records
import Synchronization
import SystemPackage

/// The server's thread: accepts, reads, sends and drops subscribers, and never blocks.
final class SubscriberLoop {
    /// A subscriber and its socket.
    final class Peer {
        let descriptor: Int32
        var subscription: Subscription
        /// What is waited for.
        var interest: Poller.Events = .readable
        /// It has sent everything that it will send.
        var hasEndedInput = false
        /// Set when the last line is queued: when it must be gone.
        var closeDeadline: MonotonicTime?
        var mustFlush = false
        /// What it had not read yet when it last made progress, in the kernel's measure.
        var unread: Int?

        init(descriptor: Int32, options: SocketOptions) {
            self.descriptor = descriptor
            subscription = Subscription(capacity: options.queueCapacity, stallLimit: options.stallLimit)
        }
    }

    /// Connections taken in one round, so that many at once do not hold up the subscribers that are there.
    private static let acceptBatch = 16
    /// Bytes sent to one subscriber in one round, for the same reason.
    private static let sendBatch = 256 << 10
    /// How long the last line may take.
    private static let lingerLimit: Duration = .seconds(1)

    private var listener: UnixListener
    private let options: SocketOptions
    private let inbox: SocketInbox
    private let shared: SharedStatistics
    private let encoder: JSONLinesEncoder
    private let handlers: SocketHandlers
    private let calls: any SocketCalls
    private let poller = Poller()
    private var peers: [Int32: Peer] = [:]
    private var lines: [EncodedLine] = []
    private var block = [UInt8](repeating: 0, count: Subscription.requestLimit)
    /// Whether connections are taken: not before a former server has let go of the socket, and not when this one has.
    private var isAccepting = false
    /// Set while the process has no descriptor left for another connection.
    private var acceptPause: MonotonicTime?
    private var stopDeadline: MonotonicTime?
    private var statistics = SocketStatistics()
    /// Lines lost by subscribers that have gone.
    private var lostByFormer = 0

    init(
        listener: UnixListener, options: SocketOptions, inbox: SocketInbox, statistics: SharedStatistics,
        encoder: JSONLinesEncoder, handlers: SocketHandlers, calls: any SocketCalls
    ) {
        self.listener = listener
        self.options = options
        self.inbox = inbox
        self.shared = statistics
        self.encoder = encoder
        self.handlers = handlers
        self.calls = calls
        poller.add(inbox.descriptor, .readable)
    }

    func run() {
        accept(inbox.isAccepting)
        while true {
            poller.wait(milliseconds: timeout(at: MonotonicClock.time)) { descriptor, events in
                handle(descriptor, events)
            }
            let now = MonotonicClock.time
            for peer in peers.values where peer.mustFlush { flush(peer, at: now) }
            if let acceptPause, now >= acceptPause {
                self.acceptPause = nil
                poller.change(listener.descriptor, to: .readable)
            }
            expire(at: now)
            publishStatistics()
            if let stopDeadline, peers.isEmpty || now >= stopDeadline {
                for peer in peers.values { drop(peer, nil) }
                publishStatistics()
                return
            }
        }
    }

    private func timeout(at now: MonotonicTime) -> Int32 {
        var deadline = [acceptPause, stopDeadline].compactMap { $0 }.min()
        for peer in peers.values {
            // One that is being seen off is not asked for progress any more: its old deadline would keep us awake.
            if let candidate = peer.closeDeadline ?? peer.subscription.progress.deadline {
                deadline = min(deadline ?? candidate, candidate)
            }
        }
        guard let deadline else { return -1 }
        return Int32(clamping: max(0, (deadline - now).millisecondsRoundedUp))
    }

    private func handle(_ descriptor: Int32, _ events: Poller.Events) {
        let now = MonotonicClock.time
        if descriptor == inbox.descriptor { return distribute(at: now) }
        // It may have been let go of in this round.
        if descriptor == listener.descriptor { return isAccepting ? accept(at: now) : () }
        guard let peer = peers[descriptor] else { return }
        if events.contains(.readable) { receive(peer, at: now) }
        // What was read may have been its end.
        guard peers[descriptor] === peer else { return }
        if !events.isDisjoint(with: .ended) { return drop(peer, .gone) }
        if events.contains(.writable) { flush(peer, at: now) }
    }

    /// Queues what was published for those who want it.
    private func distribute(at now: MonotonicTime) {
        let deadline = inbox.take(into: &lines)
        for line in lines { offerToAll(line, at: now) }
        lines.removeAll(keepingCapacity: true)
        if let next = inbox.takeListener() {
            accept(false)
            listener = next
        }
        accept(deadline == nil && inbox.isAccepting)
        if let deadline, stopDeadline == nil {
            stopDeadline = deadline
            for peer in peers.values where peer.closeDeadline == nil {
                _ = peer.subscription.offer(closing(.stopping), at: now)
                peer.closeDeadline = deadline
                peer.mustFlush = true
                statistics.closed[.stopping, default: 0] += 1
            }
        }
    }

    /// Begins or ends to take connections.
    private func accept(_ shallAccept: Bool) {
        guard shallAccept != isAccepting else { return }
        isAccepting = shallAccept
        acceptPause = nil
        if shallAccept {
            poller.add(listener.descriptor, .readable)
        } else {
            poller.remove(listener.descriptor)
        }
        shared.isAccepting.signal { $0 = shallAccept }
    }

    private func offerToAll(_ line: EncodedLine, at now: MonotonicTime) {
        var plain = line
        plain.record = nil
        // Each set of fields is encoded once, however many want it.
        var forms: [RecordFields: EncodedLine] = [.all: plain]
        for peer in peers.values where peer.closeDeadline == nil && peer.subscription.wants(line, at: now) {
            let fields = line.kind == .record && line.record != nil ? peer.subscription.fields : .all
            if forms[fields] == nil, let record = line.record { forms[fields] = encoder.line(record, fields: fields) }
            let verdict = peer.subscription.offer(forms[fields] ?? plain, at: now)
            if case .close(let reason) = verdict { conclude(peer, reason, at: now) }
            // A subscriber that is being waited for costs nothing but its queue.
            if !peer.interest.contains(.writable) { peer.mustFlush = true }
        }
    }

    private func accept(at now: MonotonicTime) {
        for _ in 0..<SubscriberLoop.acceptBatch {
            let descriptor: Int32
            do throws(Errno) {
                descriptor = try calls.accept(listener.descriptor)
            } catch {
                // A peer that has gone again already, or a signal: the next one may be there.
                if error == .connectionAbort || error == .interrupted { continue }
                if error != .wouldBlock {
                    // No descriptors or no memory: without a pause the listener would keep us awake.
                    acceptPause = now + .milliseconds(100)
                    poller.change(listener.descriptor, to: [])
                }
                return
            }
            if !isAllowed(descriptor) {
                turnAway(descriptor, .notAllowed)
            } else if peers.count >= options.maximumSubscribers {
                turnAway(descriptor, .tooManySubscribers)
            } else {
                welcome(descriptor, at: now)
            }
        }
    }

    private func welcome(_ descriptor: Int32, at now: MonotonicTime) {
        let peer = Peer(descriptor: descriptor, options: options)
        peers[descriptor] = peer
        statistics.accepted += 1
        poller.add(descriptor, peer.interest)
        _ = peer.subscription.offer(inbox.greeting, at: now)
        peer.mustFlush = true
    }

    /// Tells a connection why it cannot stay; the line fits into the empty buffer of a new socket.
    private func turnAway(_ descriptor: Int32, _ reason: CloseReason) {
        _ = closing(reason).bytes.withUnsafeBytes { bytes in try? calls.send(descriptor, bytes) }
        calls.close(descriptor)
        statistics.closed[reason, default: 0] += 1
    }

    private func isAllowed(_ descriptor: Int32) -> Bool {
        guard let allowed = options.allowedUsers else { return true }
        // struct ucred: pid, uid, gid.
        var credentials: (Int32, UInt32, UInt32) = (0, .max, .max)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return false }
        let user = credentials.1
        return user == 0 || user == geteuid() || allowed.contains(user)
    }

    private func receive(_ peer: Peer, at now: MonotonicTime) {
        let received = block.withUnsafeMutableBytes { bytes in
            Result { () throws(Errno) in try calls.receive(peer.descriptor, into: bytes) }
        }
        let count: Int
        switch received {
        case .success(let some): count = some
        case .failure(.wouldBlock), .failure(.interrupted): return
        case .failure: return drop(peer, .gone)
        }
        if count == 0 {
            // It may still want to read: `socat -u`, or a client that has nothing to ask.
            peer.hasEndedInput = true
            updateInterest(peer)
        }
        guard count > 0, peer.closeDeadline == nil else { return }
        var requests: [SubscriberRequest] = []
        let verdict = block.withUnsafeBytes { bytes in
            peer.subscription.receive(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: now) {
                requests.append($0)
            }
        }
        for request in requests { answer(request, of: peer, at: now) }
        if case .close(let reason) = verdict { conclude(peer, reason, at: now) }
        peer.mustFlush = true
    }

    private func answer(_ request: SubscriberRequest, of peer: Peer, at now: MonotonicTime) {
        if let marker = request.marker {
            handlers.marker(marker)
            let event = EventRecord(.marker, time: MonotonicClock.wallMicroseconds(), marker: marker)
            offerToAll(event.line, at: now)
        }
        if request.wantsStatus { _ = peer.subscription.offer(handlers.status(), at: now) }
    }

    private func flush(_ peer: Peer, at now: MonotonicTime) {
        peer.mustFlush = false
        var hasFailed = false
        let count = peer.subscription.queue.drain(limit: SubscriberLoop.sendBatch) { bytes in
            do throws(Errno) {
                return try calls.send(peer.descriptor, bytes)
            } catch {
                hasFailed = error != .wouldBlock && error != .interrupted
                return 0
            }
        }
        if hasFailed { return drop(peer, .gone) }
        let isWaiting = !peer.subscription.queue.isEmpty
        let hasRead = isWaiting && hasRead(peer)
        peer.subscription.progress.update(isWaiting: isWaiting, hasProgressed: count > 0 || hasRead, at: now)
        if !isWaiting, peer.closeDeadline != nil { return drop(peer, nil) }
        updateInterest(peer)
    }

    private func updateInterest(_ peer: Peer) {
        var interest: Poller.Events = []
        if !peer.hasEndedInput { interest.insert(.readable) }
        if !peer.subscription.queue.isEmpty { interest.insert(.writable) }
        guard interest != peer.interest else { return }
        peer.interest = interest
        poller.change(peer.descriptor, to: interest)
    }

    private func expire(at now: MonotonicTime) {
        for peer in peers.values {
            if let deadline = peer.closeDeadline {
                if now >= deadline { drop(peer, nil) }
            } else if peer.subscription.progress.isOver(at: now) {
                // The kernel calls a socket writable when most of its buffer is empty: a slow reader may read for long before that.
                flush(peer, at: now)
                guard peers[peer.descriptor] === peer, peer.subscription.progress.isOver(at: now) else { continue }
                conclude(peer, .stalled, at: now)
                flush(peer, at: now)
            }
        }
    }

    /// Whether the peer has read something since it was last asked, though there is no room for more yet.
    private func hasRead(_ peer: Peer) -> Bool {
        guard let unread = calls.unread(peer.descriptor) else { return false }
        defer { peer.unread = unread }
        return peer.unread.map { unread < $0 } ?? false
    }

    /// Makes the reason the last line that a subscriber gets.
    private func conclude(_ peer: Peer, _ reason: CloseReason, at now: MonotonicTime) {
        guard peer.closeDeadline == nil else { return }
        statistics.closed[reason, default: 0] += 1
        peer.closeDeadline = now + SubscriberLoop.lingerLimit
        peer.subscription.queue.conclude(with: closing(reason))
        peer.mustFlush = true
        // The buffer of one that does not read is full. Making it larger lets the last line in, to be found when it
        // reads at last.
        var size = Int32(1 << 20)
        setsockopt(peer.descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Closes the socket. What the kernel holds still reaches the subscriber.
    private func drop(_ peer: Peer, _ reason: CloseReason?) {
        if let reason, peer.closeDeadline == nil { statistics.closed[reason, default: 0] += 1 }
        lostByFormer += peer.subscription.queue.lost
        peers[peer.descriptor] = nil
        poller.remove(peer.descriptor)
        calls.close(peer.descriptor)
    }

    private func closing(_ reason: CloseReason) -> EncodedLine {
        EventRecord(.closed, reason: reason.text).line
    }

    private func publishStatistics() {
        statistics.subscribers = peers.count
        statistics.queuedBytes = peers.values.reduce(0) { $0 + $1.subscription.queue.bytes }
        statistics.dropped = peers.values.reduce(lostByFormer) { $0 + $1.subscription.queue.lost }
        shared.wantsFields.store(peers.values.contains { $0.subscription.fields != .all }, ordering: .relaxed)
        let current = statistics
        shared.value.withLock { $0 = current }
    }
}
