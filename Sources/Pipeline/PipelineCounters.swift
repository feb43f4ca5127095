public import Expression
public import Media

/// What a pipeline has done so far, and how it does.
public struct PipelineCounters: Sendable, Equatable {
    /// How a stage does.
    public struct Stage: Sendable, Equatable {
        /// The stage's name, fit for a metric's label.
        public var name: String
        /// How long it worked on each frame.
        public var durations: DurationHistogram
    }

    /// A queue's name, fit for a metric's label, and how it does.
    public struct Queue: Sendable, Equatable {
        /// What waits in it.
        public var name: String
        /// How it does.
        public var counters: QueueCounters
    }

    /// The frame whose faces were taken for neutral.
    public struct NeutralMoment: Sendable, Equatable {
        /// Seconds of the stream.
        public var pts: Double
        /// How many faces there were.
        public var faces: Int
    }

    /// Why frames were lost.
    public enum DropCause: String, Sendable, CaseIterable {
        /// The source was thinned under load.
        case thinned
        /// They were not decoded under load: those between key frames.
        case undecoded
        /// They never came from the source, or could not be decoded.
        case missing
        /// A newer frame took their place in the full queue.
        case overload
        /// They waited when the pipeline was stopped.
        case stopped
    }

    /// Frames that came from the source.
    public var captured = 0
    /// Those that the user's selection left out.
    public var unselected = 0
    /// Frames lost, by cause.
    public var dropped: [DropCause: Int] = [:]
    /// Records written.
    public var records = 0
    /// Faces in them.
    public var faces = 0
    /// Faces that were left out of them for their quality.
    public var leftOut = 0
    /// Records with as many faces as are followed at most, where nobody has said how many that are (`PipelineOptions.facesNotChosen`).
    public var full = 0
    /// When and of how many faces the neutral face was marked by `PipelineOptions.neutralAt`; nil as long as it was not.
    public var neutral: NeutralMoment?
    /// Events told of faces.
    public var events = EventTotals()
    /// Faces in the newest.
    public var facesInFrame = 0
    /// Tracks that have begun and not ended.
    public var activeTracks = 0
    /// Seconds of the first record; nil before it.
    public var firstPTS: Double?
    /// Seconds and epoch of the newest record; nil before the first.
    public var lastPTS: Double?
    /// Epoch of the newest record.
    public var epoch = 0
    /// When the source gave a frame last, on `MonotonicClock`; nil before the first.
    public var lastCapture: Int64?
    /// When a record was written last, on `MonotonicClock`; nil before the first.
    public var lastRecord: Int64?
    /// How far the source is thinned.
    public var thinning = MediaSource.Thinning.all
    /// From the arrival of a frame's data to the record handed to the sinks.
    public var latency = DurationHistogram()
    /// The stages in their order.
    public var stages: [Stage] = []
    /// The queues in their order.
    public var queues: [Queue] = []

    /// All zero.
    public init() {}
}
