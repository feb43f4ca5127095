/// The common person's frontal face with somebody's expression, and how that somebody's head stands in a frame.
public struct Portrait: Sendable {
    /// Full-range luma, row-major and square, aligned as a crop (`Documentation/Bundle.md`).
    public var picture: [UInt8]
    /// Midway between the eyes' centres, in square pixels.
    public var eyes: Spot
    /// The distance between the eyes' centres in square pixels, as it would be were the head frontal.
    public var distance: Double
    /// Nod, turn and tilt in degrees, as a record has them.
    public var pitch, yaw, roll: Double
    /// What coordinates in square pixels are divided by, to become pixels of the frame.
    public var squareScale: (x: Double, y: Double)
    /// How much of what is below it it hides, 0-1.
    public var opacity: Double

    /// Makes a portrait.
    public init(
        picture: [UInt8], eyes: Spot, distance: Double, pitch: Double, yaw: Double, roll: Double,
        squareScale: (x: Double, y: Double) = (1, 1), opacity: Double = 1
    ) {
        self.picture = picture
        self.eyes = eyes
        self.distance = distance
        (self.pitch, self.yaw, self.roll) = (pitch, yaw, roll)
        self.squareScale = squareScale
        self.opacity = opacity
    }
}
