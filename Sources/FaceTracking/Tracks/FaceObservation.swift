internal import Imaging

/// What is known of one face of a frame before it has a track. The buffers are reused from frame to frame.
struct FaceObservation {
    var source: Int?
    var region = FaceRegion(centre: .zero, side: 0, rotation: 0)
    var bounds = LandmarkBounds(UnsafeBufferPointer(start: nil, count: 0))
    var box = FaceBox(x: 0, y: 0, width: 0, height: 0)
    var presence: Float = 0
    var pose = HeadPose(pitch: 0, yaw: 0, roll: 0)
    var quality: Float = 0
    var landmarks = [Float](repeating: 0, count: CanonicalFit.landmarkCount * 3)
    var crop = [UInt8](repeating: 0, count: TrackedFace.cropSize * TrackedFace.cropSize)
    var signature = [Float](repeating: 0, count: FaceSignature.count)
    /// Whether the signature tells anything.
    var isTelling = false

    /// Fills in all that follows from the landmarks and the frame.
    mutating func complete(from image: PlanarImage) {
        landmarks.withUnsafeBufferPointer { landmarks in
            bounds = LandmarkBounds(landmarks)
            box = bounds.box.divided(by: image.squareScale)
            region = FaceRegion(landmarks: landmarks)
            let fit = CanonicalFit(landmarks: landmarks)
            pose = fit.pose
            let map = CropAlignment.map(landmarks: landmarks, size: TrackedFace.cropSize)
            crop.withUnsafeMutableBufferPointer {
                image.sampleLuma(
                    into: $0.baseAddress!, width: TrackedFace.cropSize, height: TrackedFace.cropSize, map: map)
            }
            crop.withUnsafeBufferPointer { crop in
                let quality = FaceQuality(
                    eyeDistance: fit.eyeDistance,
                    statistics: CropStatistics(crop: crop, size: TrackedFace.cropSize), pose: pose,
                    presence: presence)
                self.quality = quality.score
                isTelling =
                    fit.eyeDistance > 14 && abs(pose.yaw) < 30 && abs(pose.pitch) < 25 && quality.blur > 0
                    && quality.exposure > 0
                guard isTelling else { return }
                signature.withUnsafeMutableBufferPointer {
                    FaceSignature.write(crop: crop, landmarks: landmarks, fit: fit, into: $0)
                }
            }
        }
    }
}
