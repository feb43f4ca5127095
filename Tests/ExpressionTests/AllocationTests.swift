import CAllocationCounter
import Expression
import Faces
import TestSupport
import Testing

/// "In the steady state a frame allocates nothing", counted over the analyzer.
struct AllocationTests {
    @Test(
        .enabled(if: Build.isOptimized, Comment(rawValue: Build.reason)),
        .enabled(if: nf_allocations() >= 0, "malloc cannot be counted here (a sanitizer, or another C library)"),
        arguments: [NormalizedPicture.none, .plain])
    func aFrameWhoseFacesAreUsedAgainAllocatesNothing(picture: NormalizedPicture) throws {
        var options = ExpressionOptions()
        options.picture = picture
        let analyzer = try ExpressionAnalyzer(bundle: TinyBundle.load(), options: options, maximumFaces: 2)
        var faces = [1, 2].map { TinyBundle.face(.init(au: [0.8, 0, 0, 0]), track: $0) }
        var time = 0.0
        func frame() throws -> Int64 {
            let before = nf_allocations()
            try analyzer.analyze(&faces, pts: time, epoch: 0)
            time += 0.04
            return nf_allocations() - before
        }
        for _ in 0..<5 { _ = try frame() }
        var worst: Int64 = 0
        for _ in 0..<200 { worst = max(worst, try frame()) }
        #expect(worst == 0)
        #expect(faces[0].auRaw[0] > 0.5, "something was read")
    }
}
