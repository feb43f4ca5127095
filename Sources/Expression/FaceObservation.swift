/// What the expression networks need to know of one face in one frame.
public struct FaceObservation: Sendable {
    /// The track that the face belongs to; baseline and smoothing are kept for each track.
    public var track: Int
    /// Aligned full-range luma, row-major, as large as the bundle's input (`Documentation/Bundle.md`).
    public var crop: [UInt8]
    /// 468 landmarks taken back to the canonical head's frame, minus the canonical head: flat x, y, z in units of
    /// the distance between the eye centres, all 468 in order. The bundle picks and scales those that it reads.
    public var geometry: [Float]
    /// How far to trust the face, 0-1: weighs what the baseline learns.
    public var quality: Float
    /// False while it is a guess that the face is the track's: it then teaches nothing to a baseline that another has learned.
    public var certain: Bool

    /// Makes an observation from its parts.
    public init(track: Int, crop: [UInt8], geometry: [Float], quality: Float, certain: Bool = true) {
        self.track = track
        self.crop = crop
        self.geometry = geometry
        self.quality = quality
        self.certain = certain
    }
}

/// How far a track's neutral baseline can be relied on.
public enum BaselineState: String, Sendable {
    /// No baseline is applied.
    case off
    /// Still being learned.
    case learning
    /// Enough neutral evidence was seen.
    case settled
    /// Set from a marked neutral frame or a file; no longer learned.
    case frozen
}

/// What the classifier and the filters say of one face in one frame.
///
/// The arrays follow the bundle's label lists: `au`, `auRaw` and `present` the AUs, `left` and `right` the sides,
/// `emotions` the emotions.
public struct FaceExpression: Sendable {
    /// Id of the track, as the tracker gave it.
    public var track: Int
    /// Smoothed, calibrated, baseline-corrected intensity of each AU, 0-5.
    public var au: [Float]
    /// The classifier's own calibrated word, 0-5, neither corrected nor smoothed.
    public var auRaw: [Float]
    /// Smoothed intensities of the subject's own left; none is above its AU's.
    public var left: [Float]
    /// Smoothed intensities of the subject's own right.
    public var right: [Float]
    /// Whether each AU's smoothed intensity has passed its threshold, with hysteresis.
    public var present: [Bool]
    /// Smoothed probability of each emotion; they sum to 1.
    public var emotions: [Float]
    /// Index of the reported emotion (with hysteresis).
    public var emotion: Int
    /// How settled the track's neutral baseline is.
    public var baseline: BaselineState

    /// Makes a result from its parts.
    public init(
        track: Int, au: [Float], auRaw: [Float], left: [Float], right: [Float], present: [Bool], emotions: [Float],
        emotion: Int, baseline: BaselineState
    ) {
        self.track = track
        self.au = au
        self.auRaw = auRaw
        self.left = left
        self.right = right
        self.present = present
        self.emotions = emotions
        self.emotion = emotion
        self.baseline = baseline
    }
}
