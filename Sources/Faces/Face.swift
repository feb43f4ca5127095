/// One face of one frame. It grows on its way: the tracker says where it is and whose, cuts out what the networks read, and the
/// expression networks say what they read from it.
///
/// Values are used again from frame to frame (`FaceList`): the arrays keep their memory. Whoever keeps a face beyond the frame has a copy
/// that nothing changes.
public struct Face: Sendable {
    /// Landmarks of a face.
    public static let landmarkCount = 468

    // MARK: What the tracker finds

    /// Id of the track; unique within a run and never reused.
    public var track = 0
    /// False while the identity of the track is a guess (after a crossing or an occlusion that was not resolved).
    public var certain = true
    /// The box around the landmarks, in pixels of the upright frame as they are stored.
    public var box = FaceBox(x: 0, y: 0, width: 0, height: 0)
    /// Confidence that this is a face, 0-1 (the mesh network's presence).
    public var score: Float = 0
    /// Where the head points, in degrees.
    public var pose = HeadPose(pitch: 0, yaw: 0, roll: 0)
    /// How far to trust this face, 0-1, from size, blur, exposure, pose and presence. It weighs what a baseline learns.
    public var quality: Float = 0
    /// Midway between the eyes' centres, in square pixels of the upright frame, and the distance between them, as it would be were the head
    /// frontal: where the canonical head lies on the landmarks.
    public var eyes = EyePlace(x: 0, y: 0, distance: 0)
    /// How far each region can be seen, 0-1, in the order of `FaceRegionName`; empty where nothing tells.
    public var visible: [Float] = []
    /// Where the eyes look; nil where nothing tells, or both are closed or hidden.
    public var gaze: Gaze?
    /// 468 Face Mesh landmarks, flat x, y, z in square pixels of the upright frame (z on the scale of x, smaller is nearer).
    public var landmarks: [Float] = []

    // MARK: What the expression networks read

    /// Aligned full-range luma, row-major and square, of the size that the networks read (`Documentation/Bundle.md`, "The aligned crop").
    public var crop: [UInt8] = []
    /// 468 landmarks taken back to the canonical head's frame, minus the canonical head: flat x, y, z in units of the distance between the
    /// eye centres.
    public var geometry: [Float] = []

    // MARK: What was read; the arrays follow `FaceLabels`

    /// Smoothed, calibrated, baseline-corrected intensity of each AU, 0-5.
    public var au: [Float] = []
    /// The classifier's own calibrated word, 0-5, neither corrected nor smoothed.
    public var auRaw: [Float] = []
    /// Intensities corrected by the baseline and not smoothed, 0-5: those of `au`, then the subject's left sides, then the right ones.
    public var unsmoothed: [Float] = []
    /// How much the mouth speaks, 0-1; nil while too little was seen.
    public var speaking: Float?
    /// The landmarks that records show, flat x, y in pixels of the upright frame as they are stored; empty when none are asked for.
    public var points: [Float] = []
    /// Where the head is in the camera's frame, in millimetres; nil when it is not asked for.
    public var head: SIMD3<Float>?
    /// Smoothed intensities of the subject's own left; none is above its AU's.
    public var left: [Float] = []
    /// Smoothed intensities of the subject's own right.
    public var right: [Float] = []
    /// Whether each AU's smoothed intensity has passed its threshold, with hysteresis.
    public var present: [Bool] = []
    /// Smoothed probability of each emotion; they sum to 1.
    public var emotions: [Float] = []
    /// Index of the reported emotion (with hysteresis).
    public var emotion = 0
    /// How far the track's neutral baseline can be relied on.
    public var baseline = BaselineState.off
    /// The common person's frontal face with this face's expression: full-range luma, row-major and square, aligned as `crop` is; empty where
    /// nobody asked for it.
    public var normalized: [UInt8] = []

    /// A face of which nothing is known.
    public init() {}

    /// Makes room for what a tracker finds.
    ///
    /// - Parameter cropSize: the side of the crop in pixels.
    public mutating func makeRoom(cropSize: Int) {
        let (points, pixels) = (Self.landmarkCount * 3, cropSize * cropSize)
        if landmarks.count != points { landmarks = [Float](repeating: 0, count: points) }
        if geometry.count != points { geometry = [Float](repeating: 0, count: points) }
        if crop.count != pixels { crop = [UInt8](repeating: 0, count: pixels) }
    }

    /// Makes room for what is read.
    public mutating func makeRoom(for labels: FaceLabels) {
        let (units, sides, emotions) = (labels.au.count, labels.sides.count, labels.emotions.count)
        if au.count != units { au = [Float](repeating: 0, count: units) }
        if auRaw.count != units { auRaw = [Float](repeating: 0, count: units) }
        if present.count != units { present = [Bool](repeating: false, count: units) }
        if unsmoothed.count != units + 2 * sides { unsmoothed = [Float](repeating: 0, count: units + 2 * sides) }
        if left.count != sides { left = [Float](repeating: 0, count: sides) }
        if right.count != sides { right = [Float](repeating: 0, count: sides) }
        if self.emotions.count != emotions { self.emotions = [Float](repeating: 0, count: emotions) }
    }

    /// The face without its crop, landmarks and geometry: what is kept of a frame that waits for later ones.
    public var withoutPixels: Face {
        var face = self
        face.crop = []
        face.normalized = []
        face.landmarks = []
        face.geometry = []
        face.unsmoothed = []
        return face
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
