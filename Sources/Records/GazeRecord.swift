/// Where the eyes of a face look, as it is written (`Documentation/Records.md`). Angles in degrees; what is not known is not a number.
public struct GazeRecord: Sendable, Equatable {
    /// Where one eye looks.
    public struct Eye: Sendable, Equatable {
        /// Turn from the line between the eye and the camera, positive to the image's right.
        public var yaw: Float
        /// The same, positive upwards.
        public var pitch: Float
        /// Turn in the head's frame.
        public var headYaw: Float
        /// Pitch in the head's frame.
        public var headPitch: Float

        /// Makes an eye from its angles.
        public init(yaw: Float, pitch: Float, headYaw: Float, headPitch: Float) {
            self.yaw = yaw
            self.pitch = pitch
            self.headYaw = headYaw
            self.headPitch = headPitch
        }
    }

    /// Both eyes together.
    public var joint: Eye
    /// The error to be expected of them, in degrees.
    public var error: Float
    /// The subject's own left eye; nil while it is closed or hidden.
    public var left: Eye?
    /// The subject's own right eye; nil while it is closed or hidden.
    public var right: Eye?

    /// Makes a gaze from its parts.
    public init(joint: Eye, error: Float, left: Eye?, right: Eye?) {
        self.joint = joint
        self.error = error
        self.left = left
        self.right = right
    }
}
