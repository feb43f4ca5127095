/// An axis-aligned rectangle in pixels of the upright frame, as they are stored (`PlanarImage.pixelAspect`).
public struct FaceBox: Sendable, Equatable {
    /// Left edge.
    public var x: Float
    /// Top edge.
    public var y: Float
    /// From the left edge to the right.
    public var width: Float
    /// From the top edge to the bottom.
    public var height: Float

    /// Makes a rectangle from its left top corner and its size.
    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The rectangle with both axes drawn together by a scale.
    package func divided(by scale: (x: Double, y: Double)) -> FaceBox {
        let (across, down) = (Float(scale.x), Float(scale.y))
        return FaceBox(x: x / across, y: y / down, width: width / across, height: height / down)
    }
}

/// Where a head points, in degrees; all zero for a head that looks straight into the camera (`Documentation/Bundle.md`).
public struct HeadPose: Sendable, Equatable {
    /// Nod: positive when the nose points up.
    public var pitch: Float
    /// Turn: positive when the nose points to the image's right.
    public var yaw: Float
    /// Tilt: positive when the head is turned clockwise in the image.
    public var roll: Float

    /// Makes a pose from its angles.
    public init(pitch: Float, yaw: Float, roll: Float) {
        self.pitch = pitch
        self.yaw = yaw
        self.roll = roll
    }
}
