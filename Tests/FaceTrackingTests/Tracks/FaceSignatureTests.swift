import FaceTracking
import Testing

/// What a face looks like, as far as it tells people apart.
struct FaceSignatureTests {
    private static let size = FaceTracker.cropSize

    private func signature(_ crop: [UInt8], landmarks: [Float] = CanonicalHead.points.map { $0 * 60 + 300 }) -> [Float]
    {
        var signature = [Float](repeating: .nan, count: FaceSignature.count)
        crop.withUnsafeBufferPointer { crop in
            landmarks.withUnsafeBufferPointer { landmarks in
                let fit = CanonicalFit(landmarks: landmarks)
                signature.withUnsafeMutableBufferPointer {
                    FaceSignature.write(crop: crop, landmarks: landmarks, fit: fit, into: $0)
                }
            }
        }
        return signature
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// A crop of smooth blotches.
    private func blotches(seed: UInt64) -> [UInt8] {
        var random = SplitMix(seed: seed)
        let grid = (0..<64).map { _ in Double.random(in: 40...200, using: &random) }
        return (0..<Self.size * Self.size).map { place in
            let (x, y) = (Double(place % Self.size) / 14, Double(place / Self.size) / 14)
            let (i, j) = (Int(x), Int(y))
            let (u, v) = (x - Double(i), y - Double(j))
            let upper = grid[j * 8 + i] * (1 - u) + grid[j * 8 + i + 1] * u
            let lower = grid[(j + 1) * 8 + i] * (1 - u) + grid[(j + 1) * 8 + i + 1] * u
            return UInt8(upper * (1 - v) + lower * v)
        }
    }

    @Test func lightDoesNotChangeIt() {
        let crop = blotches(seed: 1)
        let lit = crop.enumerated().map { place, value in
            // Darker, and lit from one side.
            UInt8(0.6 * Float(value) + 0.3 * Float(place % Self.size) + 0.2 * Float(place / Self.size) + 5)
        }
        let (a, b, c) = (signature(crop), signature(lit), signature(blotches(seed: 2)))
        #expect(distance(a, b) < 0.05)
        #expect(distance(a, c) > 0.9)
    }

    @Test func poseAndPlaceDoNotChangeTheShapesPart() {
        let crop = blotches(seed: 1)
        let fit = RigidFit(scale: 35, rotation: RigidFitTests.rotation(0.2, -0.3, 0.4), translation: SIMD3(90, 80, 7))
        let turned = stride(from: 0, to: CanonicalHead.points.count, by: 3).flatMap { index -> [Float] in
            let p = fit(
                SIMD3(
                    Double(CanonicalHead.points[index]), Double(CanonicalHead.points[index + 1]),
                    Double(CanonicalHead.points[index + 2])))
            return [Float(p.x), Float(p.y), Float(p.z)]
        }
        #expect(distance(signature(crop), signature(crop, landmarks: turned)) < 1e-3)
    }

    @Test func anotherShapeIsSeen() {
        // A head a tenth narrower.
        let narrow = CanonicalHead.points.enumerated().map { $0 % 3 == 0 ? $1 * 54 + 300 : $1 * 60 + 300 }
        let crop = blotches(seed: 1)
        #expect(distance(signature(crop), signature(crop, landmarks: narrow)) > 0.1)
    }

    @Test func evenSurfaceHasNoLook() {
        for level in [UInt8(0), 90, 255] {
            let luma = signature([UInt8](repeating: level, count: Self.size * Self.size)).prefix(144)
            #expect(luma.allSatisfy { abs($0) < 1e-3 })
        }
    }

    @Test func runningMeanForgetsSlowly() {
        var running = RunningSignature()
        #expect(running.distance(to: [1, 2]) == nil)
        running.add([0, 0])
        running.add([1, 2])
        #expect(running.values == [0.5, 1])
        #expect(running.frames == 2)
        for _ in 0..<400 { running.add([3, 3]) }
        #expect((running.distance(to: [3, 3]) ?? 1) < 0.01)
        running.add([103, 3])
        #expect(abs((running.distance(to: [3, 3]) ?? 0) - 2) < 0.01)
        #expect(running.distance(to: [3]) == nil)
        running.clear()
        #expect(running.frames == 0 && running.distance(to: [3, 3]) == nil)
    }
}
