package import Faces
internal import Glibc

extension HeadPose {
    /// Takes the angles from the rows of R = Rz(roll) · Ry(−yaw) · Rx(−pitch), the elementary rotations being the right-handed ones of the
    /// image's axes (x right, y down, z away from the camera). Pitch and roll are not defined apart at a yaw of ±90°.
    package init(rotation: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)) {
        let degrees = 180 / Double.pi
        let (first, second, third) = rotation
        self.init(
            pitch: Float(-atan2(third.y, third.z) * degrees), yaw: Float(asin(min(max(third.x, -1), 1)) * degrees),
            roll: Float(atan2(second.x, first.x) * degrees))
    }
}
