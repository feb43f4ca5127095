internal import Faces
internal import Imaging

/// A face of a frame before it has a track, with what only the tracker needs to know of it. The buffers are reused from frame to frame.
struct FaceObservation {
    /// What is handed on once the face has a track.
    var face = Face()
    /// The track whose region it was seen in; nil when a detector found it.
    var source: Int?
    var region = FaceRegion(centre: .zero, side: 0, rotation: 0)
    var bounds = LandmarkBounds(UnsafeBufferPointer(start: nil, count: 0))
    /// The tracker's own crop: quality and signature are read from it.
    var crop = [UInt8](repeating: 0, count: FaceTracker.cropSize * FaceTracker.cropSize)
    var signature = [Float](repeating: 0, count: FaceSignature.count)
    /// Whether the signature tells anything.
    var isTelling = false
    /// Who it is, as the identity network says; empty when it was not asked.
    var embedding: [Float] = []
    /// The canonical head laid onto the landmarks.
    private var fit: CanonicalFit?

    /// - Parameter cropSize: the side of the crop that is handed on.
    init(cropSize: Int) {
        face.makeRoom(cropSize: cropSize)
    }

    /// Fills in all that follows from the landmarks and the frame.
    mutating func complete(from image: PlanarImage) {
        let points = face.landmarks
        points.withUnsafeBufferPointer { landmarks in
            bounds = LandmarkBounds(landmarks)
            face.box = bounds.box.divided(by: image.squareScale)
            region = FaceRegion(landmarks: landmarks)
            let fit = CanonicalFit(landmarks: landmarks)
            self.fit = fit
            let pose = fit.pose
            face.pose = pose
            face.eyes = fit.eyes
            let presence = face.score
            Self.cut(image, landmarks, size: FaceTracker.cropSize, into: &crop)
            crop.withUnsafeBufferPointer { crop in
                let quality = FaceQuality(
                    eyeDistance: fit.eyeDistance,
                    statistics: CropStatistics(crop: crop, size: FaceTracker.cropSize), pose: pose,
                    presence: presence)
                face.quality = quality.score
                isTelling =
                    fit.eyeDistance > 14 && abs(pose.yaw) < 30 && abs(pose.pitch) < 25 && quality.blur > 0
                    && quality.exposure > 0 && isWhole(in: image)
                guard isTelling else { return }
                signature.withUnsafeMutableBufferPointer {
                    FaceSignature.write(crop: crop, landmarks: landmarks, fit: fit, into: $0)
                }
            }
        }
    }

    /// Whether hardly anything of the face lies beyond the frame's border; what does looks like nobody.
    private func isWhole(in image: PlanarImage) -> Bool {
        let frame = SIMD2(Float(image.squareWidth), Float(image.squareHeight))
        let margin = (bounds.maximum - bounds.minimum) * 0.1
        return bounds.minimum.x > -margin.x && bounds.minimum.y > -margin.y && bounds.maximum.x < frame.x + margin.x
            && bounds.maximum.y < frame.y + margin.y
    }

    /// Fills in what the expression networks read: the geometry, and the crop of their size, which is the tracker's own where that is it.
    mutating func addInputs(from image: PlanarImage, cropSize: Int) {
        let points = face.landmarks
        points.withUnsafeBufferPointer { landmarks in
            if cropSize == FaceTracker.cropSize {
                swap(&crop, &face.crop)
            } else {
                Self.cut(image, landmarks, size: cropSize, into: &face.crop)
            }
            face.geometry.withUnsafeMutableBufferPointer { fit?.geometry(of: landmarks, into: $0) }
        }
    }

    private static func cut(
        _ image: PlanarImage, _ landmarks: UnsafeBufferPointer<Float>, size: Int, into crop: inout [UInt8]
    ) {
        let map = CropAlignment.map(landmarks: landmarks, size: size)
        crop.withUnsafeMutableBufferPointer {
            guard let target = $0.baseAddress else { return }
            image.sampleLuma(into: target, width: size, height: size, map: map)
        }
    }
}
