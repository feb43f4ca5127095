/// Weighted non-maximum suppression (BlazeFace, arXiv 1907.05047, section 4): detections of one face are blended, each
/// weighted by its score, instead of all but the best being thrown away. It steadies the box from frame to frame.
package struct WeightedSuppression: Sendable {
    /// Detections that overlap the best one by more than this (intersection over union) are blended with it.
    package var overlap: Float
    /// Detections below this score do not move the blend of one that reaches it.
    package var surely: Float
    private var rest: [FaceDetection] = []
    private var others: [FaceDetection] = []

    /// - Parameters:
    ///   - overlap: MediaPipe's value for faces is 0.3.
    ///   - surely: 0 blends everything that overlaps, as MediaPipe does.
    ///   - capacity: detections that fit without allocating.
    package init(overlap: Float = 0.3, surely: Float = 0, capacity: Int = 256) {
        self.overlap = overlap
        self.surely = surely
        rest.reserveCapacity(capacity)
        others.reserveCapacity(capacity)
    }

    /// Replaces the detections by one for each face, the best score first. A blend keeps the score of its best member.
    package mutating func apply(_ detections: inout [FaceDetection]) {
        rest.removeAll(keepingCapacity: true)
        rest.append(contentsOf: detections)
        rest.sort { $0.score > $1.score }
        detections.removeAll(keepingCapacity: true)
        while let best = rest.first {
            var blend = FaceDetection.zero(score: best.score)
            var total: Float = 0
            others.removeAll(keepingCapacity: true)
            for candidate in rest {
                // The best one always belongs to its own blend, even when its rectangle is empty.
                if total == 0 || candidate.overlap(best) > overlap {
                    guard total == 0 || candidate.score >= surely || best.score < surely else { continue }
                    let weight = max(candidate.score, .leastNormalMagnitude)
                    blend.accumulate(candidate, weight: weight)
                    total += weight
                } else {
                    others.append(candidate)
                }
            }
            detections.append(blend.mapped { $0 / total })
            swap(&rest, &others)
        }
    }
}
