/// One face as a detector sees it: a rectangle, six points and a score.
///
/// Coordinates are in whatever plane the values were last mapped to: the detector's input (0-1) when decoded, pixels
/// of the frame when `FaceFinder` gives it.
package struct FaceDetection: Sendable, Equatable {
    /// Confidence, 0-1.
    package var score: Float
    /// The rectangle's corners.
    package var minimum: SIMD2<Float>
    package var maximum: SIMD2<Float>
    /// Centres of the subject's own right and left eye.
    package var rightEye: SIMD2<Float>
    package var leftEye: SIMD2<Float>
    package var noseTip: SIMD2<Float>
    package var mouth: SIMD2<Float>
    /// The points before the subject's right and left ear.
    package var rightTragion: SIMD2<Float>
    package var leftTragion: SIMD2<Float>

    package init(
        score: Float, minimum: SIMD2<Float>, maximum: SIMD2<Float>, rightEye: SIMD2<Float>, leftEye: SIMD2<Float>,
        noseTip: SIMD2<Float>, mouth: SIMD2<Float>, rightTragion: SIMD2<Float>, leftTragion: SIMD2<Float>
    ) {
        self.score = score
        self.minimum = minimum
        self.maximum = maximum
        self.rightEye = rightEye
        self.leftEye = leftEye
        self.noseTip = noseTip
        self.mouth = mouth
        self.rightTragion = rightTragion
        self.leftTragion = leftTragion
    }

    /// The same detection with every point passed through `transform`, which takes upright rectangles to upright ones.
    package func mapped(_ transform: (SIMD2<Float>) -> SIMD2<Float>) -> FaceDetection {
        let (a, b) = (transform(minimum), transform(maximum))
        return FaceDetection(
            score: score, minimum: pointwiseMin(a, b), maximum: pointwiseMax(a, b), rightEye: transform(rightEye),
            leftEye: transform(leftEye), noseTip: transform(noseTip), mouth: transform(mouth),
            rightTragion: transform(rightTragion), leftTragion: transform(leftTragion))
    }

    /// Adds `weight` times the points of another detection; the score is left alone.
    mutating func accumulate(_ other: FaceDetection, weight: Float) {
        minimum += weight * other.minimum
        maximum += weight * other.maximum
        rightEye += weight * other.rightEye
        leftEye += weight * other.leftEye
        noseTip += weight * other.noseTip
        mouth += weight * other.mouth
        rightTragion += weight * other.rightTragion
        leftTragion += weight * other.leftTragion
    }

    /// A detection of the given score whose points are all at the origin.
    static func zero(score: Float) -> FaceDetection {
        FaceDetection(
            score: score, minimum: .zero, maximum: .zero, rightEye: .zero, leftEye: .zero, noseTip: .zero,
            mouth: .zero, rightTragion: .zero, leftTragion: .zero)
    }

    /// Intersection over union with another rectangle, 0-1.
    package func overlap(_ other: FaceDetection) -> Float {
        intersectionOverUnion(minimum, maximum, other.minimum, other.maximum)
    }
}

/// The share of the smaller of two rectangles that lies within the other; 0 when either is empty.
package func containment(
    _ minimumA: SIMD2<Float>, _ maximumA: SIMD2<Float>, _ minimumB: SIMD2<Float>, _ maximumB: SIMD2<Float>
) -> Float {
    let (sizeA, sizeB) = (maximumA - minimumA, maximumB - minimumB)
    let size = pointwiseMin(maximumA, maximumB) - pointwiseMax(minimumA, minimumB)
    let smaller = min(sizeA.x * sizeA.y, sizeB.x * sizeB.y)
    guard sizeA.x > 0, sizeA.y > 0, sizeB.x > 0, sizeB.y > 0, size.x > 0, size.y > 0 else { return 0 }
    return size.x * size.y / smaller
}

/// Intersection over union of two rectangles given by their corners; 0 when either is empty.
package func intersectionOverUnion(
    _ minimumA: SIMD2<Float>, _ maximumA: SIMD2<Float>, _ minimumB: SIMD2<Float>, _ maximumB: SIMD2<Float>
) -> Float {
    let sizeA = maximumA - minimumA
    let sizeB = maximumB - minimumB
    guard sizeA.x > 0, sizeA.y > 0, sizeB.x > 0, sizeB.y > 0 else { return 0 }
    let size = pointwiseMin(maximumA, maximumB) - pointwiseMax(minimumA, minimumB)
    guard size.x > 0, size.y > 0 else { return 0 }
    let intersection = size.x * size.y
    return intersection / (sizeA.x * sizeA.y + sizeB.x * sizeB.y - intersection)
}
