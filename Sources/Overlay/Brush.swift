public import Media

/// A colour as video has it: luma and chroma, limited range.
public struct Ink: Sendable, Equatable {
    /// Luma, 16-235.
    public var y: UInt8
    /// Blue and red difference, 16-240.
    public var u, v: UInt8

    /// Of red, green and blue, 0-255 each, by BT.601.
    public init(red: Double, green: Double, blue: Double) {
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue
        y = UInt8((16 + luma * 219 / 255).rounded())
        u = UInt8((128 + (blue - luma) * 0.564 * 224 / 255).rounded())
        v = UInt8((128 + (red - luma) * 0.713 * 224 / 255).rounded())
    }

    /// White.
    public static let white = Ink(red: 255, green: 255, blue: 255)
    /// Black.
    public static let black = Ink(red: 0, green: 0, blue: 0)
    /// Colours that people with any colour vision tell apart (Okabe and Ito, Color Universal Design, 2008).
    public static let palette: [Ink] = [
        Ink(red: 230, green: 159, blue: 0), Ink(red: 86, green: 180, blue: 233), Ink(red: 0, green: 158, blue: 115),
        Ink(red: 240, green: 228, blue: 66), Ink(red: 0, green: 114, blue: 178), Ink(red: 213, green: 94, blue: 0),
        Ink(red: 204, green: 121, blue: 167),
    ]
}

/// A place in a picture in pixels, the origin at the top left corner.
public typealias Spot = SIMD2<Double>

/// Draws on a picture. Edges are smooth; what lies outside the picture is left out.
public struct Brush {
    private let picture: Picture

    /// A brush for a picture.
    public init(_ picture: Picture) { self.picture = picture }

    /// A plane of the picture: 0 is luma.
    func plane(_ number: Int) -> Picture.Plane { picture.planes[number] }

    /// A line with round ends.
    public func line(_ a: Spot, _ b: Spot, width: Double, _ ink: Ink, alpha: Double = 1) {
        let reach = width / 2 + 1
        let (low, high) = (min2(a, b) - reach, max2(a, b) + reach)
        let (along, length) = (b - a, (b - a).squaredLength)
        fill(low, high, ink) { spot in
            let part = length > 0 ? min(1, max(0, (spot - a).dot(along) / length)) : 0
            let distance = (spot - (a + along * part)).squaredLength.squareRoot()
            return alpha * min(1, max(0, width / 2 + 0.5 - distance))
        }
    }

    /// A filled disc.
    public func disc(_ middle: Spot, radius: Double, _ ink: Ink, alpha: Double = 1) {
        line(middle, middle, width: radius * 2, ink, alpha: alpha)
    }

    /// A filled upright rectangle.
    public func rectangle(_ corner: Spot, _ size: Spot, _ ink: Ink, alpha: Double = 1) {
        let end = corner + size
        guard end.isFinite else { return }
        fill(corner - 1, end + 1, ink) { spot in
            let x = min(1, max(0, min(spot.x - corner.x, end.x - spot.x) + 0.5))
            let y = min(1, max(0, min(spot.y - corner.y, end.y - spot.y) + 0.5))
            return alpha * x * y
        }
    }

    /// The border of an upright rectangle; in dashes when that is wished.
    public func frame(_ corner: Spot, _ size: Spot, width: Double, _ ink: Ink, isDashed: Bool = false) {
        let corners = [
            corner, corner + Spot(size.x, 0), corner + size, corner + Spot(0, size.y),
        ]
        for side in 0..<4 {
            let (a, b) = (corners[side], corners[(side + 1) % 4])
            guard isDashed else {
                line(a, b, width: width, ink)
                continue
            }
            guard corners.allSatisfy(\.isFinite) else { return }
            let dashes = max(2, ((b - a).squaredLength.squareRoot() / (width * 6)).rounded())
            for dash in 0..<Int(dashes) {
                let from = a + (b - a) * (Double(dash) / dashes)
                line(from, from + (b - a) * (0.5 / dashes), width: width, ink)
            }
        }
    }

    /// Mixes ink into luma and chroma, each by how much of its own samples is covered.
    private func fill(_ low: Spot, _ high: Spot, _ ink: Ink, coverage: (Spot) -> Double) {
        // Records come from files, which may say anything.
        guard low.isFinite, high.isFinite else { return }
        for (plane, value, step) in [
            (picture.planes[0], ink.y, 1.0), (picture.planes[1], ink.u, 2.0), (picture.planes[2], ink.v, 2.0),
        ] {
            let value = step == 1 && picture.fullRange ? (Double(ink.y) - 16) * 255 / 219 : Double(value)
            let columns = Self.range(low.x / step, high.x / step, plane.width)
            for row in Self.range(low.y / step, high.y / step, plane.height) {
                let samples = plane.samples + row * plane.stride
                for column in columns {
                    let part = coverage(Spot((Double(column) + 0.5) * step, (Double(row) + 0.5) * step))
                    guard part > 0 else { continue }
                    let mixed = Double(samples[column]) * (1 - part) + value * part
                    samples[column] = UInt8(min(255, max(0, mixed.rounded())))
                }
            }
        }
    }

    private static func range(_ low: Double, _ high: Double, _ count: Int) -> Range<Int> {
        let first = Int(max(0, min(Double(count), low.rounded(.down))))
        let end = Int(max(0, min(Double(count), high.rounded(.up))))
        return first..<max(first, end)
    }

    private func min2(_ a: Spot, _ b: Spot) -> Spot { Spot(min(a.x, b.x), min(a.y, b.y)) }
    private func max2(_ a: Spot, _ b: Spot) -> Spot { Spot(max(a.x, b.x), max(a.y, b.y)) }
}

extension SIMD2<Double> {
    /// Whether it is a place at all.
    var isFinite: Bool { x.isFinite && y.isFinite }
    var squaredLength: Double { x * x + y * y }
    func dot(_ other: Self) -> Double { x * other.x + y * other.y }
}
