/// Parts of a picture, each within a polygon. Coordinates are shares of the upright picture's width and height: (0, 0) is its top left
/// corner, (1, 1) its bottom right one, so that they hold for any size.
///
/// Where polygons overlap, or one crosses itself, what lies within any of its rounds by the even-odd rule is within.
public struct Polygons: Sendable, Equatable, CustomStringConvertible {
    /// The corners of each polygon, in order around it.
    public let corners: [[SIMD2<Double>]]

    /// How the text looks, in words.
    public static let expected =
        "polygons of three corners or more, as shares of width and height: 0,0 0.5,0 0.5,1 0,1; several are parted by ;"

    /// Reads `x,y x,y x,y`, several polygons parted by `;`. Nil when that is not what it says: fewer than three corners, or a coordinate
    /// that is not from 0 to 1.
    public init?(_ text: String) {
        var corners: [[SIMD2<Double>]] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            var polygon: [SIMD2<Double>] = []
            for corner in part.split(separator: " ") {
                let pair = corner.split(separator: ",", omittingEmptySubsequences: false)
                guard pair.count == 2, let x = Double(pair[0]), let y = Double(pair[1]), (0...1).contains(x),
                    (0...1).contains(y)
                else { return nil }
                polygon.append(SIMD2(x, y))
            }
            guard polygon.count >= 3 else { return nil }
            corners.append(polygon)
        }
        self.corners = corners
    }

    /// The text that reads back as these polygons.
    public var description: String {
        corners.map { $0.map { "\($0.x),\($0.y)" }.joined(separator: " ") }.joined(separator: "; ")
    }

    /// Whether a point, in shares of width and height, lies within any of them.
    public func contains(_ point: SIMD2<Double>) -> Bool {
        corners.contains { polygon in
            var isWithin = false
            var last = polygon[polygon.count - 1]
            for corner in polygon {
                if (corner.y > point.y) != (last.y > point.y),
                    point.x < (last.x - corner.x) * (point.y - corner.y) / (last.y - corner.y) + corner.x
                {
                    isWithin.toggle()
                }
                last = corner
            }
            return isWithin
        }
    }

    /// The stretches of a plane's rows that the polygons touch, widened by a sample on each side so that nothing shows at the border.
    ///
    /// - Parameters:
    ///   - width: of the plane in samples; `height` likewise.
    public func spans(width: Int, height: Int) -> [PlaneSpan] {
        var spans: [PlaneSpan] = []
        for polygon in corners {
            for row in 0..<height {
                // The row's upper edge, middle and lower edge.
                for line in [0.0, 0.5, 1.0] {
                    let y = (Double(row) + line) / Double(height)
                    let crossings = Self.crossings(of: polygon, at: y)
                    for index in stride(from: 0, to: crossings.count - 1, by: 2) {
                        let first = max(0, Int((crossings[index] * Double(width)).rounded(.down)) - 1)
                        let end = min(width, Int((crossings[index + 1] * Double(width)).rounded(.up)) + 1)
                        if first < end { spans.append(PlaneSpan(row: row, first: first, count: end - first)) }
                    }
                }
            }
        }
        return spans
    }

    private static func crossings(of polygon: [SIMD2<Double>], at y: Double) -> [Double] {
        var crossings: [Double] = []
        var last = polygon[polygon.count - 1]
        for corner in polygon {
            if (corner.y > y) != (last.y > y) {
                crossings.append((last.x - corner.x) * (y - corner.y) / (last.y - corner.y) + corner.x)
            }
            last = corner
        }
        return crossings.sorted()
    }
}

/// A stretch of a plane's row.
public struct PlaneSpan: Sendable, Equatable {
    /// The row, from the top.
    public let row: Int
    /// The first sample.
    public let first: Int
    /// How many samples.
    public let count: Int
}
