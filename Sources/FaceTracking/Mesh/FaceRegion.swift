package import Faces
internal import Glibc
package import Imaging

/// The turned square of the frame that a network is shown, in square pixels.
package struct FaceRegion: Sendable, Equatable {
    package var centre: SIMD2<Float>
    package var side: Float
    /// Radians, clockwise in the frame.
    package var rotation: Float

    package init(centre: SIMD2<Float>, side: Float, rotation: Float) {
        self.centre = centre
        self.side = side
        self.rotation = rotation
    }

    /// How much larger than the face the square is (MediaPipe's `RectTransformationCalculator` options for faces).
    package static let margin: Float = 1.5

    /// The square around a whole frame: what a detector is shown, with black bars along the shorter side.
    package static func letterbox(width: Double, height: Double) -> FaceRegion {
        FaceRegion(
            centre: SIMD2(Float(width), Float(height)) / 2, side: Float(max(width, height)), rotation: 0)
    }

    /// The square around a detection: one and a half times its longer side, turned so that the eyes are level.
    package init(_ detection: FaceDetection) {
        let size = detection.maximum - detection.minimum
        let eyes = detection.leftEye - detection.rightEye
        self.init(
            centre: (detection.minimum + detection.maximum) / 2, side: max(size.x, size.y) * Self.margin,
            rotation: atan2(eyes.y, eyes.x))
    }

    /// The square around 468 landmarks (flat x, y, z): one and a half times the longer side of their bounds, turned so that the outer
    /// corners of the eyes are level.
    package init(landmarks: UnsafeBufferPointer<Float>) {
        let bounds = LandmarkBounds(landmarks)
        let size = bounds.maximum - bounds.minimum
        let right = SIMD2(landmarks[33 * 3], landmarks[33 * 3 + 1])
        let left = SIMD2(landmarks[263 * 3], landmarks[263 * 3 + 1])
        self.init(
            centre: (bounds.minimum + bounds.maximum) / 2, side: max(size.x, size.y) * Self.margin,
            rotation: atan2(left.y - right.y, left.x - right.x))
    }

    /// The same square upside down.
    package var turned: FaceRegion {
        FaceRegion(centre: centre, side: side, rotation: remainder(rotation + .pi, 2 * .pi))
    }

    /// The map from a network's input of `size` x `size` pixels to the frame.
    ///
    /// Pixel (i, j) of the input is taken at the square's corner plus (i, j) steps, counted from pixel centre to pixel centre. A true
    /// resampling would count from the pixels' corners; the networks' published results come from the former
    /// (OpenCV's `warpPerspective` between corner points), so that is what they are given here.
    package func map(toInput size: Int) -> AffineMap {
        let step = Double(side) / Double(size)
        let cosine = Double(cos(rotation)) * step
        let sine = Double(sin(rotation)) * step
        // The input's centre, size / 2 steps from the corner, falls on the square's centre; the halves turn
        // centre-to-centre counting into the samplers' corner-to-corner one.
        let middle = Double(size) / 2 + 0.5
        return AffineMap(
            xx: cosine, xy: -sine, x0: Double(centre.x) + 0.5 - (cosine - sine) * middle, yx: sine, yy: cosine,
            y0: Double(centre.y) + 0.5 - (sine + cosine) * middle)
    }

    /// Where a point of the network's input, 0-1 along both sides, lies in the frame.
    package func point(_ input: SIMD2<Float>) -> SIMD2<Float> {
        let (c, s) = (cos(rotation) * side, sin(rotation) * side)
        let p = input - 0.5
        return SIMD2(centre.x + c * p.x - s * p.y, centre.y + s * p.x + c * p.y)
    }

    /// True when the square is a finite one with an inside.
    package var isUsable: Bool {
        side > 1 && side < 1e6 && abs(centre.x) < 1e6 && abs(centre.y) < 1e6 && rotation.isFinite
    }

    /// True when the two squares show a network the same, but for a fiftieth of their side and of a radian.
    package func isNear(_ other: FaceRegion) -> Bool {
        let angle = abs(remainder(rotation - other.rotation, 2 * .pi))
        let offset = centre - other.centre
        return abs(side / other.side - 1) < 0.02 && angle < 0.02 && (offset * offset).sum().squareRoot() < 0.02 * side
    }

    /// Intersection over union of the upright squares of two regions, 0-1: how MediaPipe tells whether a detection is a face that is already
    /// tracked.
    package func overlap(_ other: FaceRegion) -> Float {
        let (half, otherHalf) = (SIMD2(repeating: side / 2), SIMD2(repeating: other.side / 2))
        return intersectionOverUnion(
            centre - half, centre + half, other.centre - otherHalf, other.centre + otherHalf)
    }
}

/// The upright rectangle around landmarks.
package struct LandmarkBounds: Sendable, Equatable {
    package var minimum: SIMD2<Float>
    package var maximum: SIMD2<Float>

    /// - Parameter landmarks: flat x, y, z.
    package init(_ landmarks: UnsafeBufferPointer<Float>) {
        minimum = SIMD2(repeating: .infinity)
        maximum = SIMD2(repeating: -.infinity)
        for index in stride(from: 0, to: landmarks.count, by: 3) {
            let point = SIMD2(landmarks[index], landmarks[index + 1])
            minimum = pointwiseMin(minimum, point)
            maximum = pointwiseMax(maximum, point)
        }
    }

    /// Whether a detection is of the face within these bounds: most of the smaller one of the two lies within the other.
    package func shows(_ detection: FaceDetection) -> Bool {
        containment(minimum, maximum, detection.minimum, detection.maximum) > 0.6
    }

    /// Whether a tenth and more of the smaller one of the two lies within the other.
    package func touches(_ detection: FaceDetection) -> Bool {
        containment(minimum, maximum, detection.minimum, detection.maximum) > 0.1
    }

    /// In square pixels.
    package var longerSide: Float { max(maximum.x - minimum.x, maximum.y - minimum.y) }

    /// The rectangle, in square pixels.
    package var box: FaceBox {
        FaceBox(x: minimum.x, y: minimum.y, width: maximum.x - minimum.x, height: maximum.y - minimum.y)
    }
}
