/// How a stored frame must be turned to stand upright: one of the eight symmetries of a rectangle.
public struct Orientation: Sendable, Equatable {
    /// True when the upright frame's columns are the stored frame's rows.
    public var transposed: Bool
    /// True when the upright frame is mirrored left to right (after transposing).
    public var flippedX: Bool
    /// True when the upright frame is mirrored top to bottom (after transposing).
    public var flippedY: Bool

    /// The stored frame is upright.
    public static let upright = Orientation(transposed: false, flippedX: false, flippedY: false)

    init(transposed: Bool, flippedX: Bool, flippedY: Bool) {
        self.transposed = transposed
        self.flippedX = flippedX
        self.flippedY = flippedY
    }

    /// From a display matrix as in ISO/IEC 14496-12, which takes the stored point (p, q) to
    /// (a p + c q, b p + d q). An angle between the right ones goes to the nearest.
    ///
    /// - Parameter matrix: the nine numbers a, b, u, c, d, v, x, y, w.
    package init(displayMatrix matrix: UnsafePointer<Int32>) {
        let (a, b, c, d) = (Int64(matrix[0]), Int64(matrix[1]), Int64(matrix[3]), Int64(matrix[4]))
        transposed = abs(b) + abs(c) > abs(a) + abs(d)
        flippedX = transposed ? c < 0 : a < 0
        flippedY = transposed ? b < 0 : d < 0
    }

    /// From an Exif orientation (CIPA DC-008, tag 0112), 1 to 8; anything else is upright.
    package init(exif value: Int) {
        switch value {
        case 2: self.init(transposed: false, flippedX: true, flippedY: false)
        case 3: self.init(transposed: false, flippedX: true, flippedY: true)
        case 4: self.init(transposed: false, flippedX: false, flippedY: true)
        case 5: self.init(transposed: true, flippedX: false, flippedY: false)
        case 6: self.init(transposed: true, flippedX: true, flippedY: false)
        case 7: self.init(transposed: true, flippedX: true, flippedY: true)
        case 8: self.init(transposed: true, flippedX: false, flippedY: true)
        default: self = .upright
        }
    }

    /// Degrees clockwise by which the stored frame is turned, after mirroring when `isMirrored`.
    public var degrees: Int {
        if transposed { return flippedX ? 90 : 270 }
        return flippedY ? 180 : 0
    }

    /// True when the frame is mirrored as well as turned.
    public var isMirrored: Bool { transposed == (flippedX == flippedY) }
}
