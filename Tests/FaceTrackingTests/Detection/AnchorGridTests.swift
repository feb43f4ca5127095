import FaceTracking
import Testing

/// The anchors are laid out as MediaPipe's networks were trained with.
struct AnchorGridTests {
    @Test func shortRangeHasSixteenByTwoAndEightBySix() {
        let points = AnchorGrid.shortRange.points
        #expect(points.count == 896)
        #expect(points[0] == SIMD2(0.5 / 16, 0.5 / 16))
        #expect(points[1] == points[0])
        #expect(points[2] == SIMD2(1.5 / 16, 0.5 / 16))
        #expect(points[32] == SIMD2(0.5 / 16, 1.5 / 16))
        #expect(points[511] == SIMD2(15.5 / 16, 15.5 / 16))
        #expect(points[512] == SIMD2(0.5 / 8, 0.5 / 8))
        #expect(points[517] == points[512])
        #expect(points[518] == SIMD2(1.5 / 8, 0.5 / 8))
        #expect(points[895] == SIMD2(7.5 / 8, 7.5 / 8))
    }

    @Test func fullRangeHasFortyEightByOne() {
        let points = AnchorGrid.fullRange.points
        #expect(points.count == 48 * 48)
        #expect(points[0] == SIMD2(0.5 / 48, 0.5 / 48))
        #expect(points[1] == SIMD2(1.5 / 48, 0.5 / 48))
        #expect(points[48] == SIMD2(0.5 / 48, 1.5 / 48))
        #expect(Set(points).count == points.count)
    }

    @Test func sideThatIsNoMultipleIsRoundedUp() {
        #expect(AnchorGrid(side: 20, layers: [.init(stride: 8, perCell: 1)]).points.count == 9)
    }
}
