package import Platform

/// Decides when a subscriber that does not read is dropped.
package struct ProgressPolicy: Sendable {
    private let limit: Duration
    /// Since when something waits without a byte having gone; nil while nothing waits.
    private var since: MonotonicTime?

    /// - Parameter limit: how long something may wait without progress.
    package init(limit: Duration) {
        self.limit = limit
    }

    /// Lines were added, or an attempt to send them ended.
    ///
    /// - Parameters:
    ///   - isWaiting: whether something is still to be sent.
    ///   - hasProgressed: whether bytes have gone.
    package mutating func update(isWaiting: Bool, hasProgressed: Bool, at now: MonotonicTime) {
        if !isWaiting {
            since = nil
        } else if since == nil || hasProgressed {
            since = now
        }
    }

    /// When the subscriber is to be dropped if nothing moves; nil while nothing waits.
    package var deadline: MonotonicTime? {
        since.map { $0 + limit }
    }

    /// Whether it is to be dropped.
    package func isOver(at now: MonotonicTime) -> Bool {
        deadline.map { now >= $0 } ?? false
    }
}

/// Decides how many requests a subscriber may make: a bucket of tokens that fills up again over time.
package struct RequestPolicy: Sendable {
    private static let burst = 20.0
    private static let perSecond = 10.0
    /// Requests that were not understood before the connection is closed.
    private static let refusalLimit = 8

    private var tokens = RequestPolicy.burst
    private var filled: MonotonicTime?
    private var refusals = 0

    package init() {}

    /// Whether one more request may be looked at.
    package mutating func allows(at now: MonotonicTime) -> Bool {
        if let filled {
            tokens = min(RequestPolicy.burst, tokens + (now - filled).inSeconds * RequestPolicy.perSecond)
        }
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// A request was not understood; whether the subscriber may stay.
    package mutating func refused() -> Bool {
        refusals += 1
        return refusals < RequestPolicy.refusalLimit
    }
}

/// Decides which records a subscriber that asked for fewer is given: evenly spread, for each source by itself.
package struct RatePolicy: Sendable {
    private let interval: Duration
    private var due: [String: MonotonicTime] = [:]

    /// - Parameter rate: records a second, greater than zero.
    package init(rate: Double) {
        interval = .nanoseconds(Int64(min(1e18, 1e9 / rate)))
    }

    /// Whether a record of a source is given.
    package mutating func allows(source: String, at now: MonotonicTime) -> Bool {
        guard let next = due[source] else {
            due[source] = now + interval
            return true
        }
        // A tenth of the interval early is in time: or a camera of just this rate would lose every second frame.
        guard now + interval / 10 >= next else { return false }
        // The grid goes on from where it was, unless the source has paused.
        due[source] = next + interval > now ? next + interval : now + interval
        return true
    }
}
