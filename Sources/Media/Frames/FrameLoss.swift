/// Frames of a source that never reached the analysis, and why.
public struct FrameLoss: Sendable, Equatable {
    /// Decoded, and left out evenly under load.
    public var thinned: Int
    /// Not decoded on purpose: those that need others, while only key frames are decoded.
    public var undecoded: Int
    /// They never came, or could not be decoded: gaps in the times of a source with a steady rate, pictures that are missing.
    public var missing: Int

    /// Makes a loss of its parts.
    public init(thinned: Int = 0, undecoded: Int = 0, missing: Int = 0) {
        self.thinned = thinned
        self.undecoded = undecoded
        self.missing = missing
    }

    /// All of them.
    public var total: Int { thinned + undecoded + missing }

    /// Adds what was lost later.
    public static func += (left: inout FrameLoss, right: FrameLoss) {
        left.thinned += right.thinned
        left.undecoded += right.undecoded
        left.missing += right.missing
    }
}
