/// How events are found in what a face shows over time (`Documentation/Expression.md`, "Events").
public struct EventOptions: Sendable, Equatable {
    /// Whether segments, blinks and winks are told.
    public var isOn = false
    /// The least time from onset to offset of a segment, in seconds.
    public var leastSegment = 0.1
    /// Segments of a unit with less than this between them are one, in seconds.
    public var segmentGap = 0.2
    /// How far the lids must fall for a blink or wink, 0-1 (`LidSignal`).
    public var blinkClosure: Float = 0.3

    /// The defaults.
    public init() {}
}

/// Something that a face did, from its onset to its offset.
public struct FaceEvent: Sendable, Equatable {
    /// Which eyes closed: the subject's own.
    public enum Eyes: String, Sendable {
        /// The subject's own left.
        case left
        /// The subject's own right.
        case right
        /// Both at once.
        case both
    }

    /// What it was.
    public enum Kind: Sendable, Equatable {
        /// A unit was shown: its index in the labels, the highest and the mean intensity, 0-5.
        case segment(unit: Int, peak: Float, mean: Float)
        /// Lids closed and opened: how far, 0-1, whether wholly, and blinks a minute so far.
        case blink(eyes: Eyes, peak: Float, isComplete: Bool, rate: Double?)
        /// One eye closed and opened while the other stayed open.
        case wink(eyes: Eyes, peak: Float, isComplete: Bool)
        /// From here on frames come too seldom for blinks; none is told.
        case blinksUnwatched
        /// From here on they come often enough again.
        case blinksWatched
    }

    /// What it was.
    public var kind: Kind
    /// Whose face.
    public var track: Int
    /// The epoch that the times belong to.
    public var epoch: Int
    /// Seconds of the stream at which it began.
    public var onset: Double
    /// At which it was strongest.
    public var apex: Double
    /// At which it ended.
    public var offset: Double
    /// Whether its true beginning was not seen.
    public var isCutAtStart = false
    /// Whether its true end was not seen.
    public var isCutAtEnd = false

    /// Makes an event.
    public init(kind: Kind, track: Int, epoch: Int, onset: Double, apex: Double, offset: Double) {
        self.kind = kind
        self.track = track
        self.epoch = epoch
        self.onset = onset
        self.apex = apex
        self.offset = offset
    }
}

/// How many events there were, and how long blinks could not be seen.
public struct EventTotals: Sendable, Equatable {
    /// Segments told.
    public var segments = 0
    /// Blinks told.
    public var blinks = 0
    /// Winks told.
    public var winks = 0
    /// Seconds of faces in which blinks were watched for.
    public var watched = 0.0
    /// Seconds of faces in which frames came too seldom for blinks.
    public var tooSlow = 0.0
    /// Seconds of faces that were turned away, too small or too blurred for blinks.
    public var unseen = 0.0

    /// None.
    public init() {}
}
