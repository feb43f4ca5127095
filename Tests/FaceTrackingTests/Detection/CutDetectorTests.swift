import FaceTracking
import Imaging
import Testing

/// What counts as a cut.
struct CutDetectorTests {
    /// A picture of soft shapes, which a seed places and a shift moves.
    private final class Scene {
        private let bytes: UnsafeMutablePointer<UInt8>
        private static let (width, height) = (320, 180)

        init(seed: UInt64, shift: Int = 0, lamp: Int = 0, noise: UInt64? = nil) {
            bytes = .allocate(capacity: Self.width * Self.height)
            var random = SplitMix(seed: seed)
            let spots = (0..<12).map { _ in
                (Int(random.next() % 400) - 40, Int(random.next() % 220) - 20, Int(random.next() % 160) - 80)
            }
            var grain = SplitMix(seed: noise ?? 0)
            for y in 0..<Self.height {
                for x in 0..<Self.width {
                    var value = 128 + lamp
                    for (cx, cy, depth) in spots {
                        let (dx, dy) = (x + shift - cx, y - cy)
                        value += depth * 900 / (900 + dx * dx + dy * dy)
                    }
                    if noise != nil { value += Int(grain.next() % 31) - 15 }
                    (bytes + y * Self.width + x).initialize(to: UInt8(min(255, max(0, value))))
                }
            }
        }

        deinit { bytes.deallocate() }

        var image: PlanarImage {
            PlanarImage(
                width: Self.width, height: Self.height, y: UnsafePointer(bytes), yStride: Self.width, u: nil, v: nil,
                chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: self)
        }
    }

    private func cuts(_ scenes: [Scene]) -> [Int] {
        var detector = CutDetector()
        return scenes.indices.filter { detector.isCut(scenes[$0].image) }
    }

    @Test func anotherSceneIsACut() {
        let scenes = (0..<5).map { Scene(seed: 1, shift: $0) } + (0..<5).map { Scene(seed: 2, shift: $0) }
        #expect(cuts(scenes) == [5])
        #expect(cuts([Scene(seed: 1), Scene(seed: 2), Scene(seed: 3), Scene(seed: 4)]) == [1, 2, 3])
    }

    @Test func aMovingCameraALampAndNoiseAreNone() {
        #expect(cuts((0..<20).map { Scene(seed: 1, shift: $0 * 6) }).isEmpty)
        #expect(cuts((0..<8).map { Scene(seed: 1, lamp: $0 == 4 ? 60 : 0) }).isEmpty)
        #expect(cuts((0..<8).map { Scene(seed: 1, noise: UInt64($0)) }).isEmpty)
    }

    @Test func theFirstFrameBehindABreakIsNone() {
        var detector = CutDetector()
        _ = detector.isCut(Scene(seed: 1).image)
        detector.reset()
        let isCut = detector.isCut(Scene(seed: 2).image)
        #expect(!isCut)
    }
}
