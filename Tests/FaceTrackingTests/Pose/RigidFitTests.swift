import FaceTracking
import Glibc
import Testing

/// The similarity that lays one cloud of points onto another.
struct RigidFitTests {
    typealias Rotation = (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

    /// Rz(c) · Ry(b) · Rx(a), row by row.
    static func rotation(_ a: Double, _ b: Double, _ c: Double) -> Rotation {
        let (ca, sa, cb, sb, cc, sc) = (cos(a), sin(a), cos(b), sin(b), cos(c), sin(c))
        return (
            SIMD3(cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa),
            SIMD3(sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa), SIMD3(-sb, cb * sa, cb * ca)
        )
    }

    private func cloud(_ random: inout SplitMix, count: Int = 20, flat: Bool = false) -> [SIMD3<Double>] {
        (0..<count).map { _ in SIMD3(random.normal(), random.normal(), flat ? 0 : random.normal()) }
    }

    private func difference(_ a: Rotation, _ b: Rotation) -> Double {
        let (x, y, z) = (a.0 - b.0, a.1 - b.1, a.2 - b.2)
        return ((x * x).sum() + (y * y).sum() + (z * z).sum()).squareRoot()
    }

    @Test(arguments: [false, true]) func knownSimilarityIsFoundAgain(flat: Bool) {
        var random = SplitMix(seed: 1)
        for _ in 0..<100 {
            let source = cloud(&random, flat: flat)
            let known = RigidFit(
                scale: .random(in: 0.01...50, using: &random),
                rotation: Self.rotation(
                    .random(in: -3...3, using: &random), .random(in: -1.5...1.5, using: &random),
                    .random(in: -3...3, using: &random)),
                translation: SIMD3(random.normal(), random.normal(), random.normal()) * 100)
            let found = RigidFit(source: source, target: source.map { known($0) })
            #expect(abs(found.scale / known.scale - 1) < 1e-10)
            #expect(difference(found.rotation, known.rotation) < 1e-7)
            for point in source {
                let error = found(point) - known(point)
                #expect((error * error).sum().squareRoot() < 1e-8 * known.scale + 1e-9)
                let back = found.undone(found(point)) - point
                #expect((back * back).sum().squareRoot() < 1e-9)
            }
        }
    }

    @Test func noOtherSimilarityFitsNoisyPointsBetter() {
        var random = SplitMix(seed: 2)
        let source = cloud(&random)
        let turned = RigidFit(scale: 3, rotation: Self.rotation(0.2, -0.4, 0.7), translation: SIMD3(5, 6, 7))
        let target = source.map { turned($0) + 0.3 * SIMD3(random.normal(), random.normal(), random.normal()) }
        func cost(_ fit: RigidFit) -> Double {
            zip(source, target).reduce(0) { sum, pair in
                let error = fit(pair.0) - pair.1
                return sum + (error * error).sum()
            }
        }
        let best = RigidFit(source: source, target: target)
        for _ in 0..<300 {
            var other = best
            other.scale *= 1 + 0.02 * random.normal()
            other.translation += 0.05 * SIMD3(random.normal(), random.normal(), random.normal())
            let nudge = Self.rotation(0.02 * random.normal(), 0.02 * random.normal(), 0.02 * random.normal())
            let rows = [best.rotation.0, best.rotation.1, best.rotation.2]
            func row(_ r: SIMD3<Double>) -> SIMD3<Double> { r.x * rows[0] + r.y * rows[1] + r.z * rows[2] }
            other.rotation = (row(nudge.0), row(nudge.1), row(nudge.2))
            #expect(cost(other) >= cost(best))
        }
    }

    @Test func mirrorImageIsFittedByARotation() {
        var random = SplitMix(seed: 3)
        let source = cloud(&random)
        let fit = RigidFit(source: source, target: source.map { SIMD3(-$0.x, $0.y, $0.z) })
        let (a, b, c) = fit.rotation
        let cross = SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
        #expect(abs((cross * c).sum() - 1) < 1e-9)
    }

    @Test func pointsWithoutExtentAreMovedOnly() {
        let fit = RigidFit(source: [SIMD3(1, 1, 1), SIMD3(1, 1, 1)], target: [SIMD3(4, 5, 6), SIMD3(6, 5, 4)])
        #expect(fit.scale == 1)
        #expect(fit(SIMD3(1, 1, 1)) == SIMD3(5, 5, 5))
    }
}
