internal import Glibc

/// Where a head points, in degrees; all zero for a head that looks straight into the camera (`Documentation/Bundle.md`).
public struct HeadPose: Sendable, Equatable {
    /// Positive when the nose points up.
    public var pitch: Float
    /// Positive when the nose points to the image's right.
    public var yaw: Float
    /// Positive when the head is turned clockwise in the image.
    public var roll: Float

    /// Makes a pose from its angles.
    public init(pitch: Float, yaw: Float, roll: Float) {
        self.pitch = pitch
        self.yaw = yaw
        self.roll = roll
    }

    /// Takes the angles from the rows of R = Rz(roll) · Ry(−yaw) · Rx(−pitch), the elementary rotations being the right-handed ones of the
    /// image's axes (x right, y down, z away from the camera). Pitch and roll are not defined apart at a yaw of ±90°.
    package init(rotation: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)) {
        let degrees = 180 / Double.pi
        let (first, second, third) = rotation
        pitch = Float(-atan2(third.y, third.z) * degrees)
        yaw = Float(asin(min(max(third.x, -1), 1)) * degrees)
        roll = Float(atan2(second.x, first.x) * degrees)
    }
}
