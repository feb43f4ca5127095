/// One analysed frame, as it is written (`Documentation/Records.md`).
public struct FrameRecord: Sendable {
    /// Version of the record's meaning: goes up when a field is renamed, removed or changes its unit.
    public static let version = 1

    /// Name of the source that the frame came from.
    public var source: String
    /// Number of the record within the run, from 0.
    public var sequence: Int
    /// Seconds of the stream, never decreasing within an epoch.
    public var pts: Double
    /// Counts the stream's breaks: reconnects and timestamp resets.
    public var epoch: Int
    /// UTC time of capture in microseconds since 1970, where it is known.
    public var time: Int64?
    /// Frames lost between the previous record and this one, all causes.
    public var dropped: Int
    /// Those of them whose cause is known, by cause.
    public var drops: FrameDrops
    /// Width of the upright frame in pixels.
    public var width: Int
    /// Height of the upright frame in pixels.
    public var height: Int
    /// Whether the frame came out damaged: something of it, or of a frame that it is decoded from, was lost. The key is written only then.
    public var isDamaged: Bool
    /// Markers that were placed since the previous record; the key is written only when there are some.
    public var markers: [String]
    /// The faces that were found, in the order of their tracks.
    public var faces: [FaceRecord]

    /// Makes a record from its parts.
    public init(
        source: String, sequence: Int, pts: Double, epoch: Int, time: Int64?, dropped: Int,
        drops: FrameDrops = FrameDrops(), width: Int, height: Int, isDamaged: Bool = false, markers: [String] = [],
        faces: [FaceRecord]
    ) {
        self.source = source
        self.sequence = sequence
        self.pts = pts
        self.epoch = epoch
        self.time = time
        self.dropped = dropped
        self.drops = drops
        self.width = width
        self.height = height
        self.isDamaged = isDamaged
        self.markers = markers
        self.faces = faces
    }
}

/// Frames lost before the analysis, by cause. Each key is written only when there are some.
public struct FrameDrops: Sendable, Equatable {
    /// Left out evenly under load.
    public var thinned: Int
    /// Not decoded under load: those between key frames.
    public var undecoded: Int
    /// Newer frames took their place in the full queue.
    public var overload: Int
    /// They never came, or could not be decoded.
    public var missing: Int

    /// Makes a count of its parts.
    public init(thinned: Int = 0, undecoded: Int = 0, overload: Int = 0, missing: Int = 0) {
        self.thinned = thinned
        self.undecoded = undecoded
        self.overload = overload
        self.missing = missing
    }

    /// All of them.
    public var total: Int { thinned + undecoded + overload + missing }
}

/// One face of a frame. The value arrays follow the label lists of `RecordLabels`.
public struct FaceRecord: Sendable {
    /// Id of the track; unique within the run.
    public var track: Int
    /// False while the identity of the track is a guess.
    public var certain: Bool
    /// x, y, width, height in pixels of the upright frame, origin top left.
    public var box: (Float, Float, Float, Float)
    /// Confidence that this is a face, 0-1.
    public var score: Float
    /// Nod in degrees (`Documentation/Records.md`).
    public var pitch: Float
    /// Turn in degrees.
    public var yaw: Float
    /// Tilt in degrees.
    public var roll: Float
    /// Where the eyes look; nil while both are closed or hidden, or nothing tells.
    public var gaze: GazeRecord?
    /// How far to trust this face, 0-1.
    public var quality: Float
    /// How far each region of `FaceRecord.regions` can be seen, 0-1; empty where nothing tells.
    public var visible: [Float]
    /// Smoothed, baseline-corrected intensity of each AU, 0-5; not a number while the region that it shows in is hidden.
    public var au: [Float]
    /// The classifier's own intensity of each AU, 0-5, neither corrected nor smoothed.
    public var auRaw: [Float]
    /// Smoothed intensities on the subject's own left.
    public var left: [Float]
    /// Smoothed intensities on the subject's own right.
    public var right: [Float]
    /// Whether each AU is there: its smoothed intensity against its threshold, with hysteresis.
    public var present: [Bool]
    /// Smoothed probability of each emotion; they sum to 1.
    public var emotions: [Float]
    /// Index of the reported emotion.
    public var emotion: Int
    /// "off", "learning", "settled" or "frozen".
    public var baseline: String
    /// How much the mouth speaks, 0-1; not a number while too little was seen.
    public var speaking: Float
    /// Landmarks that were asked for, flat x, y in pixels of the upright frame; empty otherwise.
    public var landmarks: [Float]
    /// Where the head is in the camera's frame, in millimetres; nil when it was not asked for.
    public var head: SIMD3<Float>?
    /// What was worked out of the other values; nil when it was not asked for.
    public var derived: DerivedRecord?

    /// Makes a face record from its parts.
    public init(
        track: Int, certain: Bool, box: (Float, Float, Float, Float), score: Float, pitch: Float, yaw: Float,
        roll: Float, quality: Float, au: [Float], auRaw: [Float], left: [Float], right: [Float], present: [Bool],
        emotions: [Float], emotion: Int, baseline: String,
        speaking: Float = .nan, landmarks: [Float] = [], head: SIMD3<Float>? = nil, visible: [Float] = [],
        gaze: GazeRecord? = nil, derived: DerivedRecord? = nil
    ) {
        self.track = track
        self.certain = certain
        self.box = box
        self.score = score
        self.pitch = pitch
        self.yaw = yaw
        self.roll = roll
        self.quality = quality
        self.au = au
        self.auRaw = auRaw
        self.left = left
        self.right = right
        self.present = present
        self.emotions = emotions
        self.emotion = emotion
        self.baseline = baseline
        self.speaking = speaking
        self.landmarks = landmarks
        self.head = head
        self.visible = visible
        self.gaze = gaze
        self.derived = derived
    }

    /// The regions of `visible`, in its order.
    public static let regions = [
        "brow_left", "brow_right", "eye_left", "eye_right", "cheek_left", "cheek_right", "mouth_left", "mouth_right",
    ]
}

/// What is worked out of a face's other values (`Documentation/Expression.md`, "Valence and arousal").
public struct DerivedRecord: Sendable, Equatable {
    /// How pleasant the reported emotions are, -1 to 1; not a number where the emotions are not told.
    public var valence: Float
    /// How active the face is beyond its own habit, 0 to 1; not a number where too little of it is seen.
    public var arousal: Float

    /// Makes it of its values.
    public init(valence: Float, arousal: Float) {
        self.valence = valence
        self.arousal = arousal
    }
}

/// The names that a run's records use, in the order of their values.
public struct RecordLabels: Sendable, Equatable {
    /// Names of the AUs.
    public var au: [String]
    /// Names of the AUs that are also given left and right.
    public var sides: [String]
    /// Names of the emotions.
    public var emotions: [String]
    /// How many landmarks each face has; 0 when none were asked for.
    public var landmarks: Int
    /// What else faces have that only those runs have that ask for it, but for landmarks.
    public var optionalParts: RecordFields

    /// Makes the label lists of a run.
    public init(
        au: [String], sides: [String], emotions: [String], landmarks: Int = 0, optionalParts: RecordFields = []
    ) {
        self.landmarks = landmarks
        self.optionalParts = optionalParts
        self.au = au
        self.sides = sides
        self.emotions = emotions
    }

    /// The optional parts but for landmarks of whose names something is true.
    static func optionalParts(where isThere: (String) -> Bool) -> RecordFields {
        var parts = RecordFields()
        for part in FacePart.all where part.isOptional && part.field != .landmarks && isThere(part.name) {
            parts.insert(part.field)
        }
        return parts
    }
}
