public import Media

/// How a source is.
public enum SourceState: String, Sendable, CaseIterable {
    /// It is being opened, or has not given a frame yet.
    case opening
    /// It gives frames.
    case streaming
    /// It is open, and its frames have not come for eight of their intervals (at least 2 s).
    case stalled
    /// It was lost and is tried again after a pause.
    case backoff
    /// A recording that is over, well or not.
    case ended
    /// It was stopped.
    case stopped
}

/// What is known of a supervised source at a moment.
public struct SourceStatus: Sendable {
    /// How it is.
    public var state: SourceState
    /// The epoch of its newest frame.
    public var epoch: Int
    /// Frames that it gave, over all attempts.
    public var frames: Int
    /// UTC of its newest frame's arrival in microseconds since 1970; nil before the first.
    public var lastFrameTime: Int64?
    /// What libav knows of it; nil before it was first open.
    public var info: SourceInfo?
    /// Sums over all attempts.
    public var counters: SourceCounters
    /// Attempts to open it.
    public var attempts: Int
    /// Times that it was lost, by cause (`MediaError.Code` or `ended`).
    public var reconnects: [String: Int]
    /// Times that it was lost to silence.
    public var stalls: Int
    /// Why it was last lost or ended badly; nil while it is well.
    public var lastError: MediaError?
    /// Seconds since its thread was last seen at work; 0 while it waits to try again, or has ended.
    public var unseen: Double
    /// Threads that the kernel does not give back; they were given up, and the source goes on without them.
    public var heldThreads: Int
    /// True when the source cannot go on: too many of its threads are held. Only a restart of the process helps.
    public var isStuck: Bool
}
