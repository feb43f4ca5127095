import FaceTracking
import Testing

/// Every face of the least size or more lies whole within a square that shows it large enough.
struct SearchPlanTests {
    @Test(arguments: [(640.0, 360.0), (1280, 720), (1920, 1080), (3840, 2160), (1080, 1920), (400, 300), (4000, 500)])
    func everyFaceIsWholeInOneOfTheSquares(width: Double, height: Double) {
        let plan = SearchPlan(width: Float(width), height: Float(height), smallest: 40)
        let squares = [plan.whole] + plan.extras.map(\.region).filter { $0.rotation == 0 }
        for size in [40, 55, 80, 110, 160, 240] as [Float] where size < Float(min(width, height)) {
            for x in stride(from: Float(0), through: Float(width) - size, by: 9) {
                for y in stride(from: Float(0), through: Float(height) - size, by: 9) {
                    let isShown = squares.contains { square in
                        let half = square.side / 2
                        return size / square.side >= 0.124 && x >= square.centre.x - half
                            && x + size <= square.centre.x + half && y >= square.centre.y - half
                            && y + size <= square.centre.y + half
                    }
                    #expect(isShown, "\(size) at \(x) \(y)")
                    if !isShown { return }
                }
            }
        }
    }

    @Test func smallFramesHaveNoTiles() {
        #expect(SearchPlan(width: 320, height: 240, smallest: 40).extras.count == 2)
        #expect(SearchPlan(width: 3840, height: 2160, smallest: 0).extras.count == 2)
        #expect(SearchPlan(width: 3840, height: 2160, smallest: 40).extras.count < 300)
    }
}
