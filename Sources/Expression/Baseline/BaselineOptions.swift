/// How a track's neutral face is learned and taken off (`Documentation/Expression.md`). All parameters are in natural units.
public struct BaselineOptions: Sendable, Equatable {
    /// Where a baseline comes from.
    public enum Mode: String, Sendable, CaseIterable {
        /// From nowhere: nothing is taken off.
        case off
        /// Learned of each track while it is seen; marked frames and files come before it.
        case adaptive
        /// From marked frames and files only; a track without either has none.
        case frozen
    }

    /// Where a baseline comes from.
    public var mode = Mode.adaptive
    /// Seconds of neutral evidence (time x quality x probability of the neutral face) after which a baseline is settled.
    public var settleAfter = 4.0
    /// Seconds of evidence over which the past is forgotten.
    public var memory = 60.0
    /// Which quantile of the intensities in neutral frames is the neutral face's: below the middle, as what moves adds.
    public var quantile = 0.35
    /// The most that a learned baseline takes off an intensity. What is above counts less as evidence, and above twice of it nothing.
    public var limit = 1.2
    /// The most that a marked frame or a file takes off.
    public var markedLimit = 2.5
    /// Seconds within which a changed baseline comes into force, so that nothing jumps.
    public var blend = 1.0

    /// Adaptive, with the default parameters.
    public init() {}

    /// What is in force, for a sidecar.
    public var parameters: [(name: String, value: Double)] {
        let modes = [
            ("baseline_adaptive", mode == .adaptive ? 1.0 : 0), ("baseline_frozen", mode == .frozen ? 1.0 : 0),
        ]
        guard mode == .adaptive else { return modes }
        return modes + [
            ("baseline_settle_s", settleAfter), ("baseline_memory_s", memory), ("baseline_quantile", quantile),
            ("baseline_limit", limit), ("baseline_blend_s", blend),
        ]
    }
}
