package import Platform
package import Records

/// One subscriber as the server sees it, without its socket: what it wants, what waits for it, how long it may stay.
package struct Subscription: Sendable {
    /// What is to be done with the subscriber after something happened.
    package enum Verdict: Sendable, Equatable {
        case stay
        /// Send this as the last line and close.
        case close(CloseReason)
    }

    /// Bytes that a request may have.
    package static let requestLimit = 4_096

    package var queue: SubscriberQueue
    package var progress: ProgressPolicy
    private var requests = RequestPolicy()
    private var input: [UInt8] = []
    private var sources: Set<String>?
    /// The fields that its records are to have.
    package private(set) var fields: RecordFields = .all
    private var rate: RatePolicy?
    private var eventsOnly = false
    private var policy = SubscriberRequest.Policy.drop

    package init(capacity: Int, stallLimit: Duration) {
        queue = SubscriberQueue(capacity: capacity)
        progress = ProgressPolicy(limit: stallLimit)
    }

    /// Whether a published line is to be offered. Called once for each line, as it moves the rate's grid on.
    package mutating func wants(_ line: EncodedLine, at now: MonotonicTime) -> Bool {
        if let sources, let source = line.source, !sources.contains(source) { return false }
        guard line.kind == .record else { return true }
        if eventsOnly { return false }
        if let source = line.source, rate?.allows(source: source, at: now) == false {
            queue.skip(line)
            return false
        }
        return true
    }

    /// Queues a line.
    package mutating func offer(_ line: EncodedLine, at now: MonotonicTime) -> Verdict {
        let fits = queue.push(line)
        progress.update(isWaiting: true, hasProgressed: false, at: now)
        if !fits && policy == .disconnect { return .close(.queueFull) }
        return .stay
    }

    /// Takes bytes that came from the subscriber.
    ///
    /// - Parameter handle: is given each request that was understood.
    package mutating func receive(
        _ bytes: UnsafeRawBufferPointer, at now: MonotonicTime, _ handle: (SubscriberRequest) -> Void
    ) -> Verdict {
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                guard input.count < Subscription.requestLimit else {
                    return .close(.requestTooLong)
                }
                input.append(byte)
                continue
            }
            defer { input.removeAll(keepingCapacity: true) }
            if input.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            guard requests.allows(at: now) else { return .close(.tooManyRequests) }
            do throws(RequestError) {
                let request = try SubscriberRequest(parsing: input)
                apply(request)
                handle(request)
            } catch {
                _ = offer(EventRecord(.refused, reason: error.description).line, at: now)
                guard requests.refused() else { return .close(.nonsense) }
            }
        }
        return .stay
    }

    private mutating func apply(_ request: SubscriberRequest) {
        if let names = request.sources { sources = Set(names) }
        if let fields = request.fields { self.fields = fields }
        if let maximum = request.maximumRate { rate = RatePolicy(rate: maximum) }
        if let only = request.eventsOnly { eventsOnly = only }
        if let policy = request.policy { self.policy = policy }
    }
}
