public import Faces

/// The canonical head laid onto a face's landmarks: its pose, its size, and the landmarks freed of both.
public struct CanonicalFit: Sendable {
    package let fit: RigidFit

    /// Fits the canonical head on the landmarks that move little with expression (`CanonicalHead.rigidPoints`).
    ///
    /// - Parameter landmarks: 468 landmarks, flat x, y, z in pixels.
    public init(landmarks: UnsafeBufferPointer<Float>) {
        precondition(landmarks.count == Face.landmarkCount * 3, "a face has 468 landmarks")
        fit = Self.rigidSource.withUnsafeBufferPointer { source in
            CanonicalHead.rigidPoints.withUnsafeBufferPointer { points in
                RigidFit(
                    count: points.count, source: { source[$0] },
                    target: { number in
                        let place = points[number] * 3
                        return SIMD3(
                            Double(landmarks[place]), Double(landmarks[place + 1]), Double(landmarks[place + 2]))
                    })
            }
        }
    }

    /// The head's pose in degrees.
    public var pose: HeadPose { HeadPose(rotation: fit.rotation) }

    /// The distance between the eyes' centres in pixels, as it would be were the head frontal.
    public var eyeDistance: Float { Float(fit.scale) }

    /// Where the eyes are: the canonical head's origin, and its unit.
    public var eyes: EyePlace {
        EyePlace(x: Float(fit.translation.x), y: Float(fit.translation.y), distance: Float(fit.scale))
    }

    /// Writes the landmarks taken back to the canonical head's frame, minus the canonical head: `Rᵀ (landmark − t) / s − c`,
    /// flat x, y, z in units of the distance between the eyes' centres.
    ///
    /// - Parameters:
    ///   - landmarks: the 468 landmarks that the fit was made from.
    ///   - output: room for as many values.
    public func geometry(
        of landmarks: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(landmarks.count == Face.landmarkCount * 3 && output.count == landmarks.count)
        let scale = 1 / Float(fit.scale)
        let (first, second, third) = fit.rotation
        let rows = (SIMD3<Float>(first), SIMD3<Float>(second), SIMD3<Float>(third))
        let origin = SIMD3<Float>(fit.translation)
        CanonicalHead.points.withUnsafeBufferPointer { canonical in
            for index in stride(from: 0, to: landmarks.count, by: 3) {
                let p =
                    (SIMD3(landmarks[index], landmarks[index + 1], landmarks[index + 2]) - origin) * scale
                let q = p.x * rows.0 + p.y * rows.1 + p.z * rows.2
                output[index] = q.x - canonical[index]
                output[index + 1] = q.y - canonical[index + 1]
                output[index + 2] = q.z - canonical[index + 2]
            }
        }
    }

    private static let rigidSource: [SIMD3<Double>] = CanonicalHead.rigidPoints.map { index in
        SIMD3(
            Double(CanonicalHead.points[index * 3]), Double(CanonicalHead.points[index * 3 + 1]),
            Double(CanonicalHead.points[index * 3 + 2]))
    }
}
