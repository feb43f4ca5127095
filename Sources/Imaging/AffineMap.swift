/// An affine map of the plane: `(x, y)` goes to `(xx x + xy y + x0, yx x + yy y + y0)`.
///
/// Samplers take the map from the output's pixels to the picture's. Both sides count from the top left corner of the top left pixel.
public struct AffineMap: Sendable, Equatable {
    /// What x gives to x.
    public var xx: Double
    /// What y gives to x.
    public var xy: Double
    /// Where x begins.
    public var x0: Double
    /// What x gives to y.
    public var yx: Double
    /// What y gives to y.
    public var yy: Double
    /// Where y begins.
    public var y0: Double

    /// The map that leaves every point where it is.
    public static let identity = AffineMap(xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0)

    /// Makes a map from its coefficients.
    public init(xx: Double, xy: Double, x0: Double, yx: Double, yy: Double, y0: Double) {
        self.xx = xx
        self.xy = xy
        self.x0 = x0
        self.yx = yx
        self.yy = yy
        self.y0 = y0
    }

    /// Makes the similarity that turns by the angle of the given cosine and sine (x towards y: clockwise on a picture), scales, and
    /// moves the origin to `(x, y)`.
    public init(scale: Double, cosine: Double, sine: Double, x: Double, y: Double) {
        self.init(
            xx: scale * cosine, xy: -scale * sine, x0: x, yx: scale * sine, yy: scale * cosine, y0: y)
    }

    /// Where a point goes.
    @inlinable
    public func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (xx * x + xy * y + x0, yx * x + yy * y + y0)
    }

    /// How many units of the target one unit of the source covers, along the x axis. For a similarity: its scale.
    public var scale: Double { (xx * xx + yx * yx).squareRoot() }

    /// The map whose results are scaled afterwards along the target's axes.
    public func scaled(x: Double, y: Double) -> AffineMap {
        AffineMap(xx: xx * x, xy: xy * x, x0: x0 * x, yx: yx * y, yy: yy * y, y0: y0 * y)
    }

    /// The map back. The map must not be singular; that of a singular one has coefficients that are not finite.
    public var inverse: AffineMap {
        let determinant = xx * yy - xy * yx
        let a = yy / determinant
        let b = -xy / determinant
        let c = -yx / determinant
        let d = xx / determinant
        return AffineMap(xx: a, xy: b, x0: -(a * x0 + b * y0), yx: c, yy: d, y0: -(c * x0 + d * y0))
    }
}
