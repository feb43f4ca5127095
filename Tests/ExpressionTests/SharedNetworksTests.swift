import Faces
import Inference
import Testing

@testable import Expression

/// One analyzer after another uses the same networks, and nobody can tell.
struct SharedNetworksTests {
    /// What a new analyzer says of some faces.
    private static func read(_ bundle: ExpressionBundle, _ faces: [Face]) throws -> [[Float]] {
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 4)
        return try analyzer.analyze(faces, pts: 0, epoch: 0).map { $0.au + $0.left + $0.right + $0.emotions }
    }

    @Test func networksGoFromAnAnalyzerToTheNext() throws {
        let bundle = try TinyBundle.load()
        // Those that the bundle was checked with.
        let checked = try #require(bundle.idle.take(1))
        bundle.giveBack(checked)
        for _ in 0..<3 {
            let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 4)
            #expect(bundle.idle.take(1) == nil)
            withExtendedLifetime(analyzer) {}
        }
        #expect(bundle.idle.take(1) === checked)
    }

    @Test func twoAtATimeHaveTheirOwn() throws {
        let bundle = try TinyBundle.load()
        let first = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let second = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let a = try first.analyze([TinyBundle.patterned(0)], pts: 0, epoch: 0)[0].auRaw
        let b = try second.analyze([TinyBundle.patterned(1)], pts: 0, epoch: 0)[0].auRaw
        #expect(a != b)
        #expect(try first.analyze([TinyBundle.patterned(0)], pts: 0.04, epoch: 0)[0].auRaw == a)
    }

    @Test func nothingIsLeftOfWhatTheyReadBefore() throws {
        let faces = (0..<3).map(TinyBundle.patterned)
        let bundle = try TinyBundle.load()
        let fresh = try Self.read(TinyBundle.load(), faces)
        _ = try Self.read(bundle, (4..<8).map(TinyBundle.patterned))
        #expect(try Self.read(bundle, faces) == fresh)
        #expect(bundle.idle.count >= 2)
    }
}
