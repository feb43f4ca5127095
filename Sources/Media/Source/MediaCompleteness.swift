/// What was read of a recording, held against what its container says is there.
public struct MediaCompleteness: Sendable, Equatable {
    /// Why a recording is held to be incomplete.
    public enum Shortfall: Sendable, Equatable, CustomStringConvertible {
        /// The container goes on beyond the end of the file: bytes that there are, bytes that there should be (at least).
        case cutOff(size: Int64, needed: Int64)
        /// The file became shorter while it was read: bytes that there were, bytes that there are.
        case shrank(from: Int64, to: Int64)
        /// The container lists more frames than it gave.
        case framesMissing
        /// The container states a longer duration.
        case endsEarly
        /// Reading failed and could not go on, in libav's words.
        case unreadable(String)

        /// The reason, in words that follow "incomplete:".
        public var description: String {
            switch self {
            case .cutOff(let size, let needed): "the file was cut off: it has \(size) bytes of at least \(needed)"
            case .shrank(let before, let now): "the file went from \(before) bytes to \(now) while it was read"
            case .framesMissing: "the container lists more frames than could be read"
            case .endsEarly: "the container states a longer duration than could be read"
            case .unreadable(let words): "reading failed: \(words)"
            }
        }
    }

    /// Frames that were decoded.
    public var frames: Int
    /// Seconds from the first frame to the end of the last.
    public var seconds: Double
    /// Frames that the container says are there; nil when it does not say.
    public var expectedFrames: Int?
    /// Seconds that the container says the video lasts; nil when it does not say.
    public var expectedSeconds: Double?
    /// Why it is held to be incomplete; nil when nothing speaks against its being whole.
    public var shortfall: Shortfall?

    /// True when nothing speaks against its being whole.
    public var isComplete: Bool { shortfall == nil }

    /// Makes a statement.
    public init(
        frames: Int, seconds: Double, expectedFrames: Int? = nil, expectedSeconds: Double? = nil,
        shortfall: Shortfall? = nil
    ) {
        self.frames = frames
        self.seconds = seconds
        self.expectedFrames = expectedFrames
        self.expectedSeconds = expectedSeconds
        self.shortfall = shortfall
    }
}
