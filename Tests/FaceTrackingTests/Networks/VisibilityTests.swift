import FaceTracking
import Faces
import Records
import Testing

/// What of a face can be seen.
struct VisibilityTests {
    /// The canonical head, 100 pixels between the eyes, with its middle at a place of a frame of 640 x 480.
    private func inside(at x: Float, _ y: Float) -> [Float] {
        var points = CanonicalHead.points
        for index in stride(from: 0, to: points.count, by: 3) {
            (points[index], points[index + 1]) = (points[index] * 100 + x, points[index + 1] * 100 + y)
        }
        var share = [Float](repeating: -1, count: FaceRegionName.count)
        Visibility.inside(width: 640, height: 480, landmarks: points, into: &share)
        return share
    }

    private func of(_ region: FaceRegionName, _ values: [Float]) -> Float { values[region.index] }

    @Test func aFaceInTheFrameIsWhole() {
        #expect(inside(at: 320, 240) == [Float](repeating: 1, count: FaceRegionName.count))
    }

    @Test func whatLiesBeyondTheBorderIsHidden() {
        // The subject's own right is on the image's left.
        let left = inside(at: 0, 240)
        #expect(of(.eyeRight, left) == 0 && of(.browRight, left) == 0 && of(.mouthRight, left) < 0.5)
        #expect(of(.eyeLeft, left) == 1 && of(.browLeft, left) == 1 && of(.mouthLeft, left) > 0.5)
        let low = inside(at: 320, 440)
        #expect(of(.mouthLeft, low) == 0 && of(.mouthRight, low) == 0 && of(.browLeft, low) == 1)
        let high = inside(at: 320, -5)
        #expect(of(.browLeft, high) == 0 && of(.mouthLeft, high) == 1)
    }

    @Test func regionsLieWhereTheirNamesSay() {
        for (region, members) in zip(FaceRegionName.allCases, Visibility.landmarks) {
            let mean = members.reduce(SIMD2<Float>.zero) {
                $0 + SIMD2(CanonicalHead.points[$1 * 3], CanonicalHead.points[$1 * 3 + 1]) / Float(members.count)
            }
            // In the image of a face that looks into the camera, its left is on the right.
            #expect((mean.x > 0) == "\(region)".hasSuffix("Left"), "\(region)")
        }
        let heights = [FaceRegionName.browLeft, .eyeLeft, .cheekLeft, .mouthLeft].map { region in
            let members = Visibility.landmarks[region.index]
            return members.reduce(Float(0)) { $0 + CanonicalHead.points[$1 * 3 + 1] } / Float(members.count)
        }
        #expect(heights == heights.sorted())
    }

    /// Records know no faces and have a list of their own: it must be this one.
    @Test func recordsNameTheRegionsInTheirOrder() {
        let names = FaceRegionName.allCases.map {
            "\($0)".replacing("Left", with: "_left").replacing("Right", with: "_right")
        }
        #expect(names == FaceRecord.regions)
    }

    @Test(arguments: [Float(0.1), 0.3, 0.5]) func theNetworksOwnThresholdBecomesAHalf(threshold: Float) {
        let stretched = { (value: Float) in Visibility.stretched(value, hiddenBelow: threshold) }
        #expect(abs(stretched(threshold) - 0.5) < 1e-6 && stretched(0) == 0 && stretched(1) == 1)
        #expect(stretched(threshold * 0.99) < 0.5 && stretched(threshold + 0.01) > 0.5)
        #expect(stretched(.nan) == 0)
    }

    @Test func qualityFallsWithWhatIsSeen() {
        #expect(Visibility.quality(of: []) == 1)
        #expect(Visibility.quality(of: [1, 1, 1, 1, 1, 1, 0.4, 0.4]) == 0.75)
        #expect(Visibility.quality(of: [Float](repeating: 0.1, count: 8)) == 0)
    }

    @Test func oneFramesDoubtHidesNothing() {
        var memory = VisibilityMemory()
        for _ in 0..<5 {
            _ = memory.update(track: 1) { _ in 1 }
            memory.endFrame()
        }
        #expect(memory.update(track: 1) { _ in 0 }.allSatisfy { $0 > 0.5 })
        memory.endFrame()
        #expect(memory.update(track: 1) { _ in 0 }.allSatisfy { $0 < 0.5 })
        // The first frame of a track is believed at once: a photograph has no other.
        #expect(memory.update(track: 2) { _ in 0 }.allSatisfy { $0 == 0 })
        memory.endFrame()
        memory.endFrame()
        #expect(memory.update(track: 2) { _ in 1 }.allSatisfy { $0 == 1 })
    }

    @Test func unitsShowWhereFacsSaysTheyDo() {
        #expect(FaceRegionName.of(unit: "AU04")?.left == .browLeft)
        #expect(FaceRegionName.of(unit: "AU43")?.right == .eyeRight)
        #expect(
            FaceRegionName.of(unit: "AU06")?.left == .cheekLeft && FaceRegionName.of(unit: "AU09")?.left == .cheekLeft)
        #expect(
            ["AU10", "AU12", "AU17", "AU25", "AU26", "AU28"].allSatisfy {
                FaceRegionName.of(unit: $0)?.left == .mouthLeft
            })
        #expect(FaceRegionName.of(unit: "AU50") == nil && FaceRegionName.of(unit: "smile") == nil)
    }
}
