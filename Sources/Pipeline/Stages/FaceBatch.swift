public import Expression
public import FaceTracking
public import Media

/// The faces of one frame on their way from the tracker to the record.
///
/// Batches are recycled: the arrays in them keep their memory from frame to frame.
///
/// `@unchecked Sendable` because a batch is held by one stage at a time and handed on through a queue.
public final class FaceBatch: @unchecked Sendable {
    /// What the record says of a face besides its expression.
    public struct Face: Sendable {
        /// Id of the track.
        public var track: Int
        /// False while the identity is a guess.
        public var certain: Bool
        /// Where the face is, in pixels of the upright frame.
        public var box: FaceBox
        /// Confidence that this is a face, 0-1.
        public var score: Float
        /// Head pose in degrees.
        public var pose: HeadPose
        /// How far to trust the face, 0-1.
        public var quality: Float
    }

    /// The frame's place in time.
    public internal(set) var timing = VideoFrame.Timing(pts: 0, arrival: 0)
    /// Width of the upright frame in pixels.
    public internal(set) var width = 0
    /// Height of the upright frame in pixels.
    public internal(set) var height = 0
    /// Frames that were lost since the one before.
    public internal(set) var lostBefore = 0
    /// The faces by ascending track id.
    public private(set) var faces: [Face] = []
    /// What the expression networks need of each face, in the same order.
    public private(set) var observations: [FaceObservation] = []
    private var spares: [FaceObservation] = []
    var changes = TrackWatch.Changes()

    /// An empty batch.
    public init() {}

    /// Removes all faces.
    public func clear() {
        faces.removeAll(keepingCapacity: true)
        while let spare = observations.popLast() { spares.append(spare) }
    }

    /// Adds a face, copying what the tracker will reuse.
    public func add(_ face: borrowing TrackedFace) {
        faces.append(
            Face(
                track: face.track, certain: face.certain, box: face.box, score: face.score,
                pose: HeadPose(pitch: face.pitch, yaw: face.yaw, roll: face.roll), quality: face.quality))
        var observation =
            spares.popLast()
            ?? FaceObservation(
                track: 0, crop: [UInt8](repeating: 0, count: TrackedFace.cropSize * TrackedFace.cropSize),
                geometry: [Float](repeating: 0, count: CanonicalFit.landmarkCount * 3), quality: 0)
        observation.track = face.track
        observation.quality = face.quality
        observation.crop.withUnsafeMutableBufferPointer { target in
            face.crop.withUnsafeBufferPointer { _ = target.update(from: $0) }
        }
        observation.geometry.withUnsafeMutableBufferPointer { face.geometry(into: $0) }
        observations.append(observation)
    }
}
