import Expression
import Faces
import Testing

/// The whole way through the networks of a real bundle.
@Suite(.enabled(if: RealBundle.isThere, RealBundle.absence))
struct AnalyzerTests {
    /// A face made of noise: what is looked at here holds for any crop.
    static func observation(track: Int, seed: UInt64, size: Int, quality: Float = 1) -> Face {
        var state = seed &+ 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        return Face(
            track: track, crop: (0..<size * size).map { _ in UInt8(truncatingIfNeeded: next() >> 32) },
            geometry: (0..<468 * 3).map { _ in (Float(next() >> 40) / Float(1 << 24) - 0.5) * 0.1 }, quality: quality)
    }

    @Test func facesOfABatchAreReadAsIfAlone() throws {
        let bundle = try RealBundle.load()
        let faces = (0..<9).map { Self.observation(track: $0, seed: UInt64($0), size: bundle.inputSize) }
        let together = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 8)
            .analyze(faces, pts: 0, epoch: 0)
        #expect(together.map(\.track) == Array(0..<9))
        let alone = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        for (face, result) in zip(faces, together) {
            let single = try alone.analyze([face], pts: 0, epoch: 0)[0]
            for (a, b) in zip(single.auRaw, result.auRaw) { #expect(abs(a - b) < 1e-4) }
            for (a, b) in zip(single.emotions, result.emotions) { #expect(abs(a - b) < 1e-4) }
        }
        // Different faces read differently, else the comparison would say nothing.
        #expect(Set(together.map(\.auRaw)).count == 9)
    }

    @Test func resultsKeepTheirPromises() throws {
        let bundle = try RealBundle.load()
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 2)
        for frame in 0..<20 {
            let faces = (1...2).map {
                Self.observation(track: $0, seed: UInt64(frame * 2 + $0), size: bundle.inputSize)
            }
            for result in try analyzer.analyze(faces, pts: Double(frame) / 30, epoch: 0) {
                #expect(result.au.count == bundle.labels.au.count)
                #expect(result.left.count == bundle.labels.sides.count)
                #expect(result.au.allSatisfy { (0...5).contains($0) })
                #expect(abs(result.emotions.reduce(0, +) - 1) < 1e-4)
                for (index, name) in bundle.labels.sides.enumerated() {
                    let whole = result.au[bundle.labels.au.firstIndex(of: name)!]
                    #expect(result.left[index] <= whole && result.right[index] <= whole)
                }
            }
        }
    }

    @Test func cropOfAnotherSizeIsAnError() throws {
        let bundle = try RealBundle.load()
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let error = #expect(throws: ExpressionError.self) {
            try analyzer.analyze([Self.observation(track: 1, seed: 1, size: 50)], pts: 0, epoch: 0)
        }
        #expect(error?.code == .invalidObservation)
    }
}
