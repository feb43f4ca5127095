public import Media

/// When the thinning of a live source goes up or down.
public struct ThinningRules: Sendable, Equatable {
    /// Seconds over which load is judged.
    public var window = 2.0
    /// The part of a window's frames that may be dropped by a full queue before thinning goes up.
    public var tolerated = 0.1
    /// How busy (0-1) the slowest stage may be expected to be for thinning to go down.
    public var ceiling = 0.8
    /// Seconds without overload before thinning goes down; doubled, up to `longestPatience`, each time that going down
    /// did not hold.
    public var patience = 3.0
    /// The longest of those.
    public var longestPatience = 96.0

    /// The defaults.
    public init() {}
}

/// Chooses how far a live source is thinned, so that under load frames fall out evenly instead of by chance.
///
/// It goes up a level when a full queue has dropped more than a tolerated part of a window's frames, or when in two windows one after the
/// other a second of the source has cost more than a second: where frames come in bursts and wait, none is dropped for long. It goes down
/// when there was neither for a while, to the finest level whose frames, as they came when it was last in force, would
/// fit at the measured cost a frame. Frames are counted by the second of the source's own time: a burst is not a rate. Pure: it is given times and
/// counts.
public struct ThinningPolicy: Sendable {
    /// What is counted since the source began.
    public struct Load: Sendable, Equatable {
        /// Frames that came to the queue.
        public var offered: Int
        /// Frames that the full queue dropped.
        public var dropped: Int
        /// Frames that the slowest stage has worked on.
        public var processed: Int
        /// Seconds it has worked on them.
        public var busy: Double
        /// Seconds of the source's own time that went by; nil where it is that of the clock.
        public var media: Double?

        /// Makes a count.
        public init(offered: Int = 0, dropped: Int = 0, processed: Int = 0, busy: Double = 0, media: Double? = nil) {
            self.offered = offered
            self.dropped = dropped
            self.processed = processed
            self.busy = busy
            self.media = media
        }
    }

    private let rules: ThinningRules
    private var start: Double?
    private var before = Load()
    private var calmSince = 0.0
    private var patience: Double
    private var loweredAt: Double?
    private var dearWindows = 0
    /// Frames a second that came at each level when it was last in force.
    private var rates = [Double?](repeating: nil, count: MediaSource.Thinning.allCases.count)

    /// The level in force.
    public private(set) var level = MediaSource.Thinning.all

    /// Begins with every frame.
    public init(rules: ThinningRules = ThinningRules()) {
        self.rules = rules
        patience = rules.patience
    }

    /// Takes in what was counted until now.
    ///
    /// - Parameter now: seconds of a monotonic clock.
    /// - Returns: the level to be in force from now on.
    public mutating func update(now: Double, load: Load) -> MediaSource.Thinning {
        guard let start else {
            begin(now, load)
            calmSince = now
            return level
        }
        let span = now - start
        guard span >= rules.window else { return level }
        let offered = load.offered - before.offered
        let hasDropped = Double(load.dropped - before.dropped) > rules.tolerated * Double(offered)
        let cost =
            load.processed > before.processed
            ? (load.busy - before.busy) / Double(load.processed - before.processed) : nil
        // A source that gave nothing for most of the window (it was away) tells nothing of its rate.
        let media = load.media.map { $0 - (before.media ?? 0) } ?? span
        let rate = offered > 1 && media > 0 ? Double(offered) / media : nil
        if let rate { rates[level.rawValue] = rate }
        let isTooDear = cost.flatMap { cost in rate.map { cost * $0 > 1 } } ?? false
        dearWindows = isTooDear ? dearWindows + 1 : 0
        if hasDropped || dearWindows >= 2 {
            raise(now)
        } else if level > .all, now - calmSince >= patience, let cost, let finest = finest(cost: cost) {
            level = finest
            loweredAt = now
            calmSince = now
        } else if let lowered = loweredAt, now - lowered >= rules.longestPatience {
            // It held for long: the next trouble is a new one.
            loweredAt = nil
            patience = rules.patience
        }
        begin(now, load)
        return level
    }

    private mutating func begin(_ now: Double, _ load: Load) {
        start = now
        before = load
    }

    private mutating func raise(_ now: Double) {
        calmSince = now
        dearWindows = 0
        if let lowered = loweredAt, now - lowered < patience {
            patience = min(2 * patience, rules.longestPatience)
        }
        loweredAt = nil
        level = MediaSource.Thinning(rawValue: level.rawValue + 1) ?? level
    }

    /// The finest level below the one in force with which the stage would keep up; nil when it would with none. A load that is over is
    /// over at once: there is no need to go back step by step.
    private func finest(cost: Double) -> MediaSource.Thinning? {
        MediaSource.Thinning.allCases.first { other in
            other < level && (rates[other.rawValue].map { cost * $0 <= rules.ceiling } ?? true)
        }
    }
}
