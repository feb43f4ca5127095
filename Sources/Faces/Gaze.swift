/// Where the eyes look.
///
/// Angles are in degrees, yaw positive to the image's right, pitch positive upwards. In the camera's frame (0, 0) looks into the camera from
/// wherever in the picture the face is: it is counted from the line between the eye and the camera. In the head's frame (0, 0) looks where the nose points.
public struct Gaze: Sendable, Equatable {
    /// Where one eye looks.
    public struct Eye: Sendable, Equatable {
        /// In the camera's frame.
        public var yaw: Float
        /// In the camera's frame.
        public var pitch: Float
        /// In the head's frame.
        public var headYaw: Float
        /// In the head's frame.
        public var headPitch: Float
        /// The error to be expected, in degrees.
        public var error: Float

        /// Makes an eye's gaze from its angles.
        public init(yaw: Float, pitch: Float, headYaw: Float, headPitch: Float, error: Float) {
            self.yaw = yaw
            self.pitch = pitch
            self.headYaw = headYaw
            self.headPitch = headPitch
            self.error = error
        }
    }

    /// The subject's own left eye; nil while it is closed or hidden.
    public var left: Eye?
    /// The subject's own right eye; nil while it is closed or hidden.
    public var right: Eye?

    /// Makes a gaze of two eyes.
    public init(left: Eye?, right: Eye?) {
        self.left = left
        self.right = right
    }

    /// Both eyes together: their mean, each counted by the inverse square of its error; the one that is seen where the other is not. Nil when
    /// neither is.
    public var joint: Eye? {
        guard let left, let right else { return left ?? right }
        let (a, b) = (1 / max(left.error * left.error, 1e-6), 1 / max(right.error * right.error, 1e-6))
        func mean(_ x: Float, _ y: Float) -> Float { (a * x + b * y) / (a + b) }
        // The errors of two eyes of one head go together (lids, light, the head's pose), so that the mean is no surer than the better eye.
        return Eye(
            yaw: mean(left.yaw, right.yaw), pitch: mean(left.pitch, right.pitch),
            headYaw: mean(left.headYaw, right.headYaw), headPitch: mean(left.headPitch, right.headPitch),
            error: min(left.error, right.error))
    }
}
