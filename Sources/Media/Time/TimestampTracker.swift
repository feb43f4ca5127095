/// Turns a stream's own timestamps into seconds that never run backward within an epoch.
///
/// Pure: it is given each frame's timestamp in presentation order and answers at once. Real sources send frames without
/// a time, step their clocks, restart from zero, or send a single frame that is hours off; what is done:
///
/// - No time: the last time plus the nominal duration, marked as estimated.
/// - A little backward (up to `reorderTolerance`): the last time again, marked as estimated.
/// - Further backward, or forward by more than `jumpLimit`: a single such frame is an outlier and gets the last time plus
///   the nominal duration; when `persistence` frames in a row are off, the clock has been set, and a new epoch starts.
/// - The limit for a forward jump grows with the source's own interval, so that a camera which sends a frame every ten
///   seconds is not one long row of jumps.
public struct TimestampTracker: Sendable {
    /// What counts as a break in time, and where an epoch's zero lies.
    public struct Rules: Sendable, Equatable {
        /// Seconds that a timestamp may go forward at once; infinity where the container's times are to be believed.
        public var jumpLimit: Double
        /// Seconds that a timestamp may go backward without a new epoch.
        public var reorderTolerance: Double
        /// Frames in a row that must be off before the clock counts as set.
        public var persistence: Int
        /// True: every epoch starts at 0. False: an epoch keeps the stream's own time, and only a negative start becomes 0.
        public var startsAtZero: Bool

        /// Files with an index of times: every step forward is meant.
        public static let container = Rules(
            jumpLimit: .infinity, reorderTolerance: 0.2, persistence: 3, startsAtZero: false)
        /// Files whose times may restart within (MPEG transport and program streams).
        public static let transportStream = Rules(
            jumpLimit: 5, reorderTolerance: 0.2, persistence: 3, startsAtZero: false)
        /// Cameras and network streams.
        public static let live = Rules(jumpLimit: 5, reorderTolerance: 0.2, persistence: 3, startsAtZero: true)
    }

    /// A frame's place in time.
    public struct Stamp: Sendable, Equatable {
        /// Seconds, never less than the one before it in the same epoch.
        public var pts: Double
        /// Counts the breaks in time since the source was made.
        public var epoch: Int
        /// True when the time is not the stream's own.
        public var estimated: Bool

        /// Makes a place in time.
        public init(pts: Double, epoch: Int, estimated: Bool) {
            self.pts = pts
            self.epoch = epoch
            self.estimated = estimated
        }
    }

    private let rules: Rules
    private var epoch: Int
    /// The stream's time at the epoch's zero; nil until the epoch has seen a time.
    private var base: Double?
    private var last: Double?
    private var interval: Double?
    private var outliers = 0
    private var firstOutlier = 0.0
    private var lastOutlier = 0.0

    /// Starts in the given epoch.
    public init(rules: Rules, epoch: Int = 0) {
        self.rules = rules
        self.epoch = epoch
    }

    /// Starts a new epoch with the next frame: after a reconnect, a seek, or a change of codec or size.
    ///
    /// Before the first frame there is nothing to part from, and nothing happens.
    public mutating func beginEpoch() {
        guard last != nil else { return }
        epoch += 1
        base = nil
        last = nil
        outliers = 0
    }

    /// Stamps the next frame.
    ///
    /// - Parameters:
    ///   - raw: the stream's own time in seconds, nil when it has none.
    ///   - duration: the frame's nominal duration in seconds, above 0.
    public mutating func stamp(raw: Double?, duration: Double) -> Stamp {
        guard let raw, raw.isFinite else { return estimate(duration) }
        guard let last else { return start(at: raw) }
        guard let base else {
            // The epoch began with frames that had no time: the first real one joins on.
            self.base = rules.startsAtZero ? raw - last - duration : min(0, raw)
            return accept(max(last, raw - self.base!), exactly: rules.startsAtZero || raw - self.base! >= last)
        }
        let step = raw - base - last
        let limit = max(rules.jumpLimit, 4 * (interval ?? 0))
        if step < -rules.reorderTolerance || step > limit { return weighOutlier(raw, duration: duration) }
        outliers = 0
        if step > 0 { interval = interval.map { 0.9 * $0 + 0.1 * step } ?? step }
        return accept(max(last, raw - base), exactly: step >= 0)
    }

    private mutating func start(at raw: Double) -> Stamp {
        base = rules.startsAtZero ? raw : min(0, raw)
        return accept(raw - base!, exactly: true)
    }

    private mutating func accept(_ pts: Double, exactly: Bool) -> Stamp {
        last = pts
        return Stamp(pts: pts, epoch: epoch, estimated: !exactly)
    }

    private mutating func estimate(_ duration: Double) -> Stamp {
        accept(last.map { $0 + duration } ?? 0, exactly: false)
    }

    private mutating func weighOutlier(_ raw: Double, duration: Double) -> Stamp {
        // Outliers that run backward among themselves tell nothing of a new clock; counting starts again.
        if outliers == 0 || raw < lastOutlier {
            outliers = 0
            firstOutlier = raw
        }
        outliers += 1
        lastOutlier = raw
        guard outliers >= rules.persistence else { return estimate(duration) }
        if outliers > 1 { interval = max(duration, (raw - firstOutlier) / Double(outliers - 1)) }
        beginEpoch()
        return start(at: raw)
    }
}
