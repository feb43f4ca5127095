/// Decides whether the service manager may be told that the daemon is alive: only while every heartbeat comes in time.
///
/// Each heartbeat has a deadline of its own. A source that waits to reconnect has none and is healthy: a camera that is off must
/// not restart the daemon, and a thread that hangs in the kernel must. Pure: it is told times.
public struct WatchdogPolicy: Sendable {
    /// A part that shows from time to time that it works.
    public struct Heartbeat: Sendable, Equatable {
        /// The part, for the log.
        public var name: String
        /// When it was last seen at work, in nanoseconds of a monotonic clock.
        public var beat: Int64
        /// Nanoseconds within which it must be seen again; nil while it need not.
        public var limit: Int64?

        /// Makes a heartbeat.
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
        /// Say nothing, so that the manager restarts the daemon in the end; these heartbeats have stalled.
        case withhold([String])
        /// It is not time yet.
        case wait
    }

    /// Nanoseconds between pings: half of what the manager wants.
    public let interval: Int64
    private var last: Int64?

    /// - Parameter wanted: nanoseconds after which the manager restarts the daemon.
    public init(wanted: Int64) {
        interval = max(1, wanted / 2)
    }

    /// What to do now.
    public mutating func check(_ heartbeats: [Heartbeat], now: Int64) -> Action {
        // A tenth early is in time: a timer that fires just before must not make it wait another round.
        if let last, now - last < interval - interval / 10 { return .wait }
        let stalled = Self.stalledHeartbeats(heartbeats, now: now)
        guard stalled.isEmpty else { return .withhold(stalled) }
        last = now
        return .ping
    }

    /// Names of the heartbeats that are overdue.
    public static func stalledHeartbeats(_ heartbeats: [Heartbeat], now: Int64) -> [String] {
        heartbeats.filter { heartbeat in heartbeat.limit.map { now - heartbeat.beat > $0 } ?? false }.map(\.name)
    }
}
