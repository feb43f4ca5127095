import Imaging
import Testing

struct PolygonsTests {
    @Test func whatIsReadIsWhatIsShown() throws {
        let polygons = try #require(Polygons("0,0 0.5,0 0.5,1 0,1; 0.9,0.9 1,1 .8,1"))
        #expect(polygons.corners.map(\.count) == [4, 3])
        #expect(Polygons(polygons.description) == polygons)
    }

    @Test(arguments: [
        "", "0,0 1,1", "0,0 1,0 1,2", "0,0 1,0 nan,1", "0,0 1,0 1", "0,0 1,0 1,1,1", "0,0 1,0 1,1;", "a,b c,d e,f",
    ])
    func whatIsNoPolygonIsRefused(text: String) { #expect(Polygons(text) == nil) }

    @Test func aPointIsWithinOrNot() throws {
        // An L, and a triangle at the other side.
        let polygons = try #require(Polygons("0,0 0.5,0 0.5,0.5 0.25,0.5 0.25,1 0,1; 0.8,0 1,0 1,0.4"))
        for (x, y) in [(0.1, 0.1), (0.4, 0.4), (0.1, 0.9), (0.95, 0.1)] {
            #expect(polygons.contains(SIMD2(x, y)), "\(x) \(y)")
        }
        for (x, y) in [(0.4, 0.6), (0.6, 0.2), (0.82, 0.3), (0.5, 0.99)] {
            #expect(!polygons.contains(SIMD2(x, y)), "\(x) \(y)")
        }
    }

    @Test(arguments: [(64, 48), (31, 17), (1, 1), (2, 300)]) func spansCoverEverySampleThatIsWithin(
        width: Int, height: Int
    ) throws {
        let polygons = try #require(Polygons("0.1,0.1 0.9,0.2 0.5,0.5 0.8,0.9 0.2,0.8; 0,0 1,0 1,0.05 0,0.05"))
        var covered = [Bool](repeating: false, count: width * height)
        for span in polygons.spans(width: width, height: height) {
            #expect((0..<height).contains(span.row) && span.first >= 0 && span.first + span.count <= width)
            for column in span.first..<span.first + span.count { covered[span.row * width + column] = true }
        }
        var outside = 0
        for row in 0..<height {
            for column in 0..<width {
                // Four points of each sample.
                let isWithin = [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)].contains { x, y in
                    polygons.contains(
                        SIMD2((Double(column) + x) / Double(width), (Double(row) + y) / Double(height)))
                }
                #expect(!isWithin || covered[row * width + column], "\(column) \(row)")
                if !covered[row * width + column] { outside += 1 }
            }
        }
        #expect(width < 30 || outside > width * height / 3)
    }
}
