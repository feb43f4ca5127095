internal import Glibc

/// Turns a BlazeFace network's two outputs into detections, as MediaPipe's `TensorsToDetectionsCalculator` is set up for them.
///
/// A row of the regressors is x, y (of the centre), width, height and six points, in pixels of the input and relative to the row's anchor.
/// A score is a logit, clipped to ±100 before the sigmoid.
package struct DetectionDecoder: Sendable {
    /// Values per row of the regressors.
    package static let rowLength = 16
    /// Where a logit is clipped.
    package static let logitLimit: Float = 100

    package let anchors: AnchorGrid
    /// The lowest score that is kept.
    package let minimumScore: Float
    private let minimumLogit: Float

    /// - Parameter minimumScore: 0-1.
    package init(anchors: AnchorGrid, minimumScore: Float) {
        self.anchors = anchors
        self.minimumScore = minimumScore
        minimumLogit =
            minimumScore <= 0 ? -.infinity : minimumScore >= 1 ? .infinity : log(minimumScore / (1 - minimumScore))
    }

    /// Appends the detections that reach the score, in the outputs' order; coordinates are 0-1 over the input.
    ///
    /// - Parameters:
    ///   - regressors: `[anchors, 16]`.
    ///   - logits: `[anchors]`.
    package func decode(
        regressors: UnsafeBufferPointer<Float>, logits: UnsafeBufferPointer<Float>,
        into detections: inout [FaceDetection]
    ) {
        precondition(
            logits.count == anchors.points.count && regressors.count == anchors.points.count * Self.rowLength,
            "the detector's outputs do not have the anchors' size")
        let scale = 1 / Float(anchors.side)
        for index in logits.indices where logits[index] >= minimumLogit {
            let anchor = anchors.points[index]
            let row = regressors.baseAddress! + index * Self.rowLength
            let centre = SIMD2(row[0], row[1]) * scale + anchor
            let half = SIMD2(row[2], row[3]) * (scale / 2)
            // A comparison with what is not a number fails, which drops it too.
            guard half.x >= 0, half.y >= 0 else { continue }
            func point(_ number: Int) -> SIMD2<Float> {
                SIMD2(row[4 + 2 * number], row[5 + 2 * number]) * scale + anchor
            }
            let logit = min(max(logits[index], -Self.logitLimit), Self.logitLimit)
            detections.append(
                FaceDetection(
                    score: 1 / (1 + exp(-logit)), minimum: centre - half, maximum: centre + half, rightEye: point(0),
                    leftEye: point(1), noseTip: point(2), mouth: point(3), rightTragion: point(4),
                    leftTragion: point(5)))
        }
    }
}
