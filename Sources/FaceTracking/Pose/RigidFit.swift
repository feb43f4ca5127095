/// The similarity `target ≈ scale * rotation * source + translation` of three-dimensional points with the least sum of squared distances,
/// reflections excluded.
///
/// The rotation is the unit quaternion of Horn (Closed-form solution of absolute orientation using unit quaternions, 1987);
/// the scale is Umeyama's (1991), the one that minimises the distances measured in the target.
package struct RigidFit: Sendable, Equatable {
    package var scale: Double
    /// The rows of the rotation matrix.
    package var rotation: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
    package var translation: SIMD3<Double>

    /// The fit that changes nothing.
    package static let identity = RigidFit(
        scale: 1, rotation: (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)), translation: .zero)

    package init(
        scale: Double, rotation: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>), translation: SIMD3<Double>
    ) {
        self.scale = scale
        self.rotation = rotation
        self.translation = translation
    }

    /// Fits `source` onto `target`; both hold the same number of points. Where the source has no extent the result is the identity
    /// moved onto the target's centroid.
    package init(source: [SIMD3<Double>], target: [SIMD3<Double>]) {
        precondition(source.count == target.count, "a fit needs as many targets as sources")
        self.init(count: source.count, source: { source[$0] }, target: { target[$0] })
    }

    /// The same with points that are told one by one, each of them twice: nothing is allocated.
    package init(count: Int, source: (Int) -> SIMD3<Double>, target: (Int) -> SIMD3<Double>) {
        precondition(count > 0, "a fit needs points")
        var from = SIMD3<Double>.zero
        var to = SIMD3<Double>.zero
        for index in 0..<count {
            from += source(index)
            to += target(index)
        }
        from /= Double(count)
        to /= Double(count)
        var spread = 0.0
        // Rows of the covariance: source x, y, z against the target's components.
        var sx = SIMD3<Double>.zero
        var sy = SIMD3<Double>.zero
        var sz = SIMD3<Double>.zero
        for index in 0..<count {
            let p = source(index) - from
            let q = target(index) - to
            spread += (p * p).sum()
            sx += p.x * q
            sy += p.y * q
            sz += p.z * q
        }
        guard spread > 0 else {
            self = .identity
            translation = to - from
            return
        }
        let (value, quaternion) = largestEigenpair(
            SIMD4(sx.x + sy.y + sz.z, sy.z - sz.y, sz.x - sx.z, sx.y - sy.x),
            SIMD4(0, sx.x - sy.y - sz.z, sx.y + sy.x, sz.x + sx.z),
            SIMD4(0, 0, -sx.x + sy.y - sz.z, sy.z + sz.y),
            SIMD4(0, 0, 0, -sx.x - sy.y + sz.z))
        scale = value / spread
        rotation = Self.matrix(quaternion)
        translation = .zero
        translation = to - scale * rotated(from)
    }

    /// Rows of the rotation matrix of a unit quaternion (w, x, y, z).
    private static func matrix(_ q: SIMD4<Double>) -> (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>) {
        let (w, x, y, z) = (q[0], q[1], q[2], q[3])
        return (
            SIMD3(w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)),
            SIMD3(2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)),
            SIMD3(2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z)
        )
    }

    /// The rotation alone.
    package func rotated(_ p: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3((rotation.0 * p).sum(), (rotation.1 * p).sum(), (rotation.2 * p).sum())
    }

    /// Where a source point goes.
    package func callAsFunction(_ p: SIMD3<Double>) -> SIMD3<Double> { scale * rotated(p) + translation }

    /// Where a target point came from: `Rᵀ (p − t) / s`.
    package func undone(_ p: SIMD3<Double>) -> SIMD3<Double> {
        let q = (p - translation) / scale
        return q.x * rotation.0 + q.y * rotation.1 + q.z * rotation.2
    }

    package static func == (a: RigidFit, b: RigidFit) -> Bool {
        a.scale == b.scale && a.rotation == b.rotation && a.translation == b.translation
    }
}
