/// An axis-aligned rectangle in pixels of the upright frame, as they are stored (`PlanarImage.pixelAspect`).
public struct FaceBox: Sendable, Equatable {
    /// Left edge.
    public var x: Float
    /// Top edge.
    public var y: Float
    /// From the left edge to the right.
    public var width: Float
    /// From the top edge to the bottom.
    public var height: Float

    /// Makes a rectangle from its left top corner and its size.
    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The rectangle with both axes drawn together by a scale.
    func divided(by scale: (x: Double, y: Double)) -> FaceBox {
        let (across, down) = (Float(scale.x), Float(scale.y))
        return FaceBox(x: x / across, y: y / down, width: width / across, height: height / down)
    }
}

/// One face in one frame, as the tracker saw it.
///
/// Instances are reused by the tracker from frame to frame: what `FaceTracker.process` returns is valid until its next
/// call, so a stage that hands faces on copies what it needs.
public struct TrackedFace: Sendable {
    /// The side of the aligned luma crop in pixels.
    public static let cropSize = 96

    /// Id of the track; unique within a run and never reused.
    public var track: Int
    /// False while the identity of the track is a guess (after a crossing or an occlusion that was not resolved).
    public var certain: Bool
    /// The box around the landmarks, in pixels of the upright frame as they are stored.
    public var box: FaceBox
    /// Confidence that this is a face, 0-1 (the mesh network's presence).
    public var score: Float
    /// Nod of the head in degrees (`Documentation/Bundle.md`, "The canonical head").
    public var pitch: Float
    /// Turn of the head in degrees.
    public var yaw: Float
    /// Tilt of the head in degrees.
    public var roll: Float
    /// How far to trust this face, 0-1, from size, blur, exposure, pose and presence.
    public var quality: Float
    /// 468 Face Mesh landmarks, flat x, y, z in square pixels of the upright frame (z on the scale of x, smaller is nearer).
    public var landmarks: [Float]
    /// `cropSize` x `cropSize` aligned full-range luma, row-major (`Documentation/Bundle.md`, "The aligned crop").
    public var crop: [UInt8]

    /// Makes a face from its parts.
    public init(
        track: Int, certain: Bool, box: FaceBox, score: Float, pitch: Float, yaw: Float, roll: Float, quality: Float,
        landmarks: [Float], crop: [UInt8]
    ) {
        self.track = track
        self.certain = certain
        self.box = box
        self.score = score
        self.pitch = pitch
        self.yaw = yaw
        self.roll = roll
        self.quality = quality
        self.landmarks = landmarks
        self.crop = crop
    }
}
