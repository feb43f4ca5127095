/// Decides whether the service manager may be told that the daemon is alive: only while every heart beats.
///
/// Each heart has a deadline of its own. A source that waits to reconnect has none and is healthy: a camera that is off must
/// not restart the daemon, and a thread that hangs in the kernel must. Pure: it is told times.
public struct WatchdogPolicy: Sendable {
    /// Something that shows from time to time that it lives.
    public struct Heart: Sendable, Equatable {
        /// What it is, for the log.
        public var name: String
        /// When it beat last, in nanoseconds of a monotonic clock.
        public var beat: Int64
        /// Nanoseconds within which it must beat again; nil while it need not.
        public var limit: Int64?

        /// Makes a heart.
        public init(name: String, beat: Int64, limit: Int64?) {
            self.name = name
            self.beat = beat
            self.limit = limit
        }
    }

    /// What is to be done.
    public enum Action: Sendable, Equatable {
        /// Tell the manager.
        case ping
        /// Say nothing, so that the manager restarts the daemon in the end; these hearts stand still.
        case withhold([String])
        /// It is not time yet.
        case wait
    }

    /// Nanoseconds between pings: half of what the manager wants.
    public let interval: Int64
    private var last: Int64?

    /// - Parameter wanted: nanoseconds after which the manager loses patience.
    public init(wanted: Int64) {
        interval = max(1, wanted / 2)
    }

    /// What to do now.
    public mutating func check(_ hearts: [Heart], now: Int64) -> Action {
        // A tenth early is in time: a timer that fires just before must not make it wait another round.
        if let last, now - last < interval - interval / 10 { return .wait }
        let still = Self.stillHearts(hearts, now: now)
        guard still.isEmpty else { return .withhold(still) }
        last = now
        return .ping
    }

    /// Names of the hearts that should have beaten.
    public static func stillHearts(_ hearts: [Heart], now: Int64) -> [String] {
        hearts.filter { heart in heart.limit.map { now - heart.beat > $0 } ?? false }.map(\.name)
    }
}
