public import Expression
public import FaceTracking
public import Imaging
public import Media

/// The faces of one frame on their way from the tracker to the record.
///
/// Batches are recycled: the arrays in them keep their memory from frame to frame. The pixels that the networks read are the tracker's
/// own crop where they read that size, and are sampled anew from the frame where they read another.
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
    /// Frames that were lost since the one before: thinned (handed on by the source) and dropped by the full queue.
    public internal(set) var lossBefore = QueueLoss()
    /// The faces by ascending track id.
    public private(set) var faces: [Face] = []
    /// What the expression networks need of each face, in the same order.
    public private(set) var observations: [FaceObservation] = []
    private var spares: [FaceObservation] = []
    private let cropSize: Int
    var changes = TrackWatch.Changes()

    /// An empty batch.
    ///
    /// - Parameter cropSize: the side of the crops that the networks read, in pixels.
    public init(cropSize: Int = TrackedFace.cropSize) {
        self.cropSize = cropSize
    }

    /// Removes all faces.
    public func clear() {
        faces.removeAll(keepingCapacity: true)
        while let spare = observations.popLast() { spares.append(spare) }
    }

    /// Adds a face of a frame, copying what the tracker will reuse.
    public func add(_ face: borrowing TrackedFace, of image: borrowing PlanarImage) {
        faces.append(
            Face(
                track: face.track, certain: face.certain, box: face.box, score: face.score,
                pose: HeadPose(pitch: face.pitch, yaw: face.yaw, roll: face.roll), quality: face.quality))
        var observation =
            spares.popLast()
            ?? FaceObservation(
                track: 0, crop: [UInt8](repeating: 0, count: cropSize * cropSize),
                geometry: [Float](repeating: 0, count: CanonicalFit.landmarkCount * 3), quality: 0)
        observation.track = face.track
        observation.quality = face.quality
        observation.certain = face.certain
        observation.crop.withUnsafeMutableBufferPointer { target in
            if cropSize == TrackedFace.cropSize {
                face.crop.withUnsafeBufferPointer { _ = target.update(from: $0) }
            } else if let target = target.baseAddress {
                let map = face.landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: cropSize) }
                image.sampleLuma(into: target, width: cropSize, height: cropSize, map: map)
            }
        }
        observation.geometry.withUnsafeMutableBufferPointer { face.geometry(into: $0) }
        observations.append(observation)
    }
}
