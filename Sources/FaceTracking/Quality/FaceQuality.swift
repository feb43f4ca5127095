package import Faces

/// How far to trust what is read from a face, 0-1: the product of five factors (`Documentation/Quality.md`).
///
/// Each factor is 1 where a frame is as good as the networks need and falls to 0 where it tells them nothing.
package struct FaceQuality: Sendable, Equatable {
    package var size: Float
    package var blur: Float
    package var exposure: Float
    package var pose: Float
    package var presence: Float

    /// - Parameters:
    ///   - eyeDistance: pixels between the eyes' centres, freed of pose (`CanonicalFit.eyeDistance`).
    ///   - pose: degrees.
    ///   - presence: the mesh network's confidence, 0-1.
    package init(eyeDistance: Float, statistics: CropStatistics, pose: HeadPose, presence: Float) {
        // The crop's own eye distance is 0.34 x 96 = 33 pixels: with fewer in the frame it is an enlargement.
        size = ramp(eyeDistance, from: 8, to: 32)
        blur = ramp(statistics.sharpness, from: 0.01, to: 0.06)
        exposure =
            ramp(statistics.mean, from: 16, to: 56) * ramp(255 - statistics.mean, from: 8, to: 40)
            * ramp(statistics.deviation, from: 6, to: 20) * ramp(0.6 - statistics.clipped, from: 0, to: 0.4)
        self.pose = ramp(70 - abs(pose.yaw), from: 0, to: 45) * ramp(50 - abs(pose.pitch), from: 0, to: 30)
        self.presence = ramp(presence, from: 0.3, to: 0.95)
    }

    /// The product of the factors.
    package var score: Float { size * blur * exposure * pose * presence }
}

/// 0 up to `from`, 1 from `to` on, a straight line between; 0 for what is not a number.
package func ramp(_ value: Float, from: Float, to: Float) -> Float {
    value > from ? min(1, (value - from) / (to - from)) : 0
}
