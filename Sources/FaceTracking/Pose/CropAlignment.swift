public import Imaging

/// Where the aligned luma crop of a face lies (`Documentation/Bundle.md`, "The aligned crop").
public enum CropAlignment {
    /// The landmarks that are brought to fixed places of the crop, and how much each counts.
    package static let anchors: [(landmark: Int, weight: Double)] = [
        (33, 1), (133, 1), (362, 1), (263, 1), (168, 1), (2, 1), (61, 0.5), (291, 0.5),
    ]

    /// The map from the pixels of a crop of `size` x `size` to the frame.
    ///
    /// It is the inverse of the similarity (Umeyama 1991; two dimensions, closed form) with the least weighted sum of squared distances from
    /// the landmarks to their places. Landmarks that all coincide give a map whose coefficients are not finite.
    ///
    /// - Parameter landmarks: 468 landmarks, flat x, y, z in pixels.
    public static func map(landmarks: UnsafeBufferPointer<Float>, size: Int) -> AffineMap {
        var total = 0.0
        var from = SIMD2<Double>.zero
        var to = SIMD2<Double>.zero
        for (landmark, weight) in anchors {
            total += weight
            from += weight * point(landmarks, landmark)
            to += weight * place(landmark, size: size)
        }
        from /= total
        to /= total
        var spread = 0.0
        var along = 0.0
        var across = 0.0
        for (landmark, weight) in anchors {
            let p = point(landmarks, landmark) - from
            let q = place(landmark, size: size) - to
            spread += weight * (p * p).sum()
            along += weight * (p * q).sum()
            across += weight * (p.x * q.y - p.y * q.x)
        }
        let (a, b) = (along / spread, across / spread)
        let forward = AffineMap(
            xx: a, xy: -b, x0: to.x - a * from.x + b * from.y, yx: b, yy: a, y0: to.y - b * from.x - a * from.y)
        return forward.inverse
    }

    private static func point(_ landmarks: UnsafeBufferPointer<Float>, _ index: Int) -> SIMD2<Double> {
        SIMD2(Double(landmarks[index * 3]), Double(landmarks[index * 3 + 1]))
    }

    /// Where a landmark belongs in the crop.
    private static func place(_ landmark: Int, size: Int) -> SIMD2<Double> {
        let x = Double(CanonicalHead.points[landmark * 3])
        let y = Double(CanonicalHead.points[landmark * 3 + 1])
        return Double(size) * SIMD2(0.50 + 0.34 * x, 0.33 + 0.34 * y)
    }
}
