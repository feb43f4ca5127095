/// Where a face's eyes are: the canonical head's origin and unit, in square pixels of the upright frame.
public struct EyePlace: Sendable, Equatable {
    /// Midway between the eyes' centres, from the left edge.
    public var x: Float
    /// Midway between the eyes' centres, from the top edge.
    public var y: Float
    /// The distance between the eyes' centres, as it would be were the head frontal.
    public var distance: Float

    /// Makes a place.
    public init(x: Float, y: Float, distance: Float) {
        self.x = x
        self.y = y
        self.distance = distance
    }

    /// The distance between the eyes' centres of a person, in millimetres: that of adults' pupils on average (N. Dodgson: Variation and extrema of
    /// human interpupillary distance, SPIE 2004). Between people it varies by 6 % (one standard deviation), and with it every distance that is told.
    public static let millimetres: Float = 63

    /// Where the point midway between the eyes is in the camera's frame, in millimetres: x to the image's right, y down, z away from the camera. A
    /// pinhole camera whose axis goes through the middle of the picture.
    ///
    /// - Parameters:
    ///   - focal: focal length in square pixels.
    ///   - width: width of the frame in square pixels.
    ///   - height: height of the frame in square pixels.
    /// - Returns: nil where there are no eyes.
    public func position(focal: Float, width: Float, height: Float) -> SIMD3<Float>? {
        guard distance > 0, focal > 0 else { return nil }
        let scale = Self.millimetres / distance
        let position = SIMD3((x - width / 2) * scale, (y - height / 2) * scale, focal * scale)
        return position.x.isFinite && position.y.isFinite && position.z.isFinite ? position : nil
    }
}
