import FaceTracking
import Testing

/// Detections of one face become one.
struct WeightedSuppressionTests {
    private func box(_ score: Float, _ x: Float, _ y: Float = 0, side: Float = 10) -> FaceDetection {
        let (low, high) = (SIMD2(x, y), SIMD2(x + side, y + side))
        return FaceDetection(
            score: score, minimum: low, maximum: high, rightEye: low, leftEye: high, noseTip: (low + high) / 2,
            mouth: high, rightTragion: low, leftTragion: high)
    }

    private func suppressed(_ detections: [FaceDetection], overlap: Float = 0.3) -> [FaceDetection] {
        var detections = detections
        var suppression = WeightedSuppression(overlap: overlap)
        suppression.apply(&detections)
        return detections
    }

    @Test func overlappingOnesAreBlendedByScore() throws {
        let result = suppressed([box(0.6, 4), box(0.9, 0)])
        #expect(result.count == 1)
        let blend = try #require(result.first)
        #expect(blend.score == 0.9)
        #expect(abs(blend.minimum.x - 4 * 0.6 / 1.5) < 1e-5)
        #expect(abs(blend.maximum.x - (10 + 4 * 0.6 / 1.5)) < 1e-5)
        #expect(abs(blend.noseTip.x - (5 + 4 * 0.6 / 1.5)) < 1e-5)
        #expect(abs(blend.leftTragion.x - (10 + 4 * 0.6 / 1.5)) < 1e-5)
    }

    @Test func weakOnesDoNotMoveASureOne() throws {
        var detections = [box(0.2, 4), box(0.9, 0)]
        var suppression = WeightedSuppression(surely: 0.5)
        suppression.apply(&detections)
        #expect(detections == [box(0.9, 0)])
        detections = [box(0.2, 4), box(0.3, 0)]
        suppression.apply(&detections)
        #expect(detections.count == 1)
        #expect(abs(try #require(detections.first).minimum.x - 4 * 0.2 / 0.5) < 1e-5)
    }

    @Test func distantOnesStayAndTheBestIsFirst() {
        let result = suppressed([box(0.6, 0), box(0.9, 100), box(0.7, 200)])
        #expect(result.map(\.score) == [0.9, 0.7, 0.6])
        #expect(result.map(\.minimum.x) == [100, 200, 0])
    }

    @Test func onlyWhatOverlapsTheBestIsBlendedWithIt() {
        // Each overlaps its neighbour by 6/14; the first and the third by 2/18.
        let result = suppressed([box(0.9, 0), box(0.8, 4), box(0.7, 8)])
        #expect(result.map(\.score) == [0.9, 0.7])
        #expect(result.last?.minimum.x == 8)
    }

    @Test func overlapMustExceedTheLimit() {
        // Intersection 5 x 10 of a union of 15 x 10.
        #expect(suppressed([box(0.9, 0), box(0.8, 5)], overlap: 0.34).count == 2)
        #expect(suppressed([box(0.9, 0), box(0.8, 5)], overlap: 0.33).count == 1)
    }

    @Test func emptyRectanglesAndNoDetectionsAreNoTrouble() {
        #expect(suppressed([]).isEmpty)
        let flat = suppressed([box(0.9, 5, side: 0), box(0.8, 5, side: 0), box(0, 7)])
        #expect(flat.map(\.score) == [0.9, 0.8, 0])
        #expect(flat.allSatisfy { $0.minimum.x.isFinite })
        #expect(flat.last?.minimum.x == 7)
    }

    @Test func overlapOfRectanglesIsIntersectionOverUnion() {
        #expect(intersectionOverUnion(SIMD2(0, 0), SIMD2(2, 2), SIMD2(1, 1), SIMD2(3, 3)) == 1.0 / 7)
        #expect(intersectionOverUnion(SIMD2(0, 0), SIMD2(2, 2), SIMD2(0, 0), SIMD2(2, 2)) == 1)
        #expect(intersectionOverUnion(SIMD2(0, 0), SIMD2(2, 2), SIMD2(2, 0), SIMD2(4, 2)) == 0)
        #expect(intersectionOverUnion(SIMD2(0, 0), SIMD2(2, 0), SIMD2(0, 0), SIMD2(4, 2)) == 0)
        #expect(intersectionOverUnion(SIMD2(0, 0), SIMD2(2, .nan), SIMD2(0, 0), SIMD2(4, 2)) == 0)
    }
}
