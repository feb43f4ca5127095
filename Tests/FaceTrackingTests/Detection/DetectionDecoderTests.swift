import FaceTracking
import Testing

/// Rows of a detector's outputs become detections.
struct DetectionDecoderTests {
    private let anchors = AnchorGrid(side: 100, layers: [.init(stride: 50, perCell: 1)])

    /// A row whose centre lies (10, -5) pixels off its anchor, 20 x 40 pixels large; point k at (k, 2k).
    private let row: [Float] = [10, -5, 20, 40] + (0..<6).flatMap { [Float($0), Float(2 * $0)] }

    private func decode(_ rows: [[Float]], _ logits: [Float], minimumScore: Float = 0.5) -> [FaceDetection] {
        var detections: [FaceDetection] = []
        let decoder = DetectionDecoder(anchors: anchors, minimumScore: minimumScore)
        rows.flatMap { $0 }.withUnsafeBufferPointer { rows in
            logits.withUnsafeBufferPointer { decoder.decode(regressors: rows, logits: $0, into: &detections) }
        }
        return detections
    }

    private func close(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Bool { abs(a.x - b.x) < 1e-6 && abs(a.y - b.y) < 1e-6 }

    @Test func valuesAreOffsetsFromTheRowsAnchor() throws {
        let detections = decode([row, row, row, row], [-9, 2, -9, -9])
        #expect(detections.count == 1)
        // The second anchor is at (0.75, 0.25).
        let found = try #require(detections.first)
        #expect(close(found.minimum, SIMD2(0.75, 0.0)))
        #expect(close(found.maximum, SIMD2(0.95, 0.4)))
        #expect(close(found.rightEye, SIMD2(0.75, 0.25)))
        #expect(close(found.leftEye, SIMD2(0.76, 0.27)))
        #expect(close(found.noseTip, SIMD2(0.77, 0.29)))
        #expect(close(found.mouth, SIMD2(0.78, 0.31)))
        #expect(close(found.rightTragion, SIMD2(0.79, 0.33)))
        #expect(close(found.leftTragion, SIMD2(0.80, 0.35)))
        #expect(abs(found.score - 0.880797) < 1e-5)
    }

    @Test func scoreDecidesAndOrderIsTheNetworks() {
        let scores = decode([row, row, row, row], [0.1, -0.1, 3, 0]).map(\.score)
        #expect(scores.count == 3)
        #expect(scores[1] > scores[0] && scores[0] > scores[2])
        #expect(scores[2] == 0.5)
        #expect(decode([row, row, row, row], [0.1, -0.1, 3, 0], minimumScore: 0.9).count == 1)
        #expect(decode([row, row, row, row], [0.1, -0.1, 3, 0], minimumScore: 0).count == 4)
        #expect(decode([row, row, row, row], [0.1, 99, 3, 0], minimumScore: 1).isEmpty)
    }

    @Test func hugeLogitIsCertainty() {
        let detections = decode([row, row, row, row], [.infinity, 1e30, -.infinity, -1e30], minimumScore: 0)
        #expect(detections.prefix(2).map(\.score) == [1, 1])
        #expect(detections.dropFirst(2).allSatisfy { $0.score >= 0 && $0.score < 1e-30 })
    }

    @Test func whatIsNoNumberOrInsideOutIsDropped() {
        var negative = row
        negative[2] = -1
        var absent = row
        absent[3] = .nan
        #expect(decode([negative, absent, row, row], [5, 5, .nan, 5]).count == 1)
    }
}
