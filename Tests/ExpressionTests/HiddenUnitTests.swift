import Expression
import Faces
import Testing

/// What cannot be seen is not read.
@Suite(.enabled(if: RealBundle.isThere, RealBundle.absence))
struct HiddenUnitTests {
    private static let mouth: [FaceRegionName] = [.mouthLeft, .mouthRight]

    private func face(hiding regions: [FaceRegionName] = [], seed: UInt64 = 5, _ bundle: ExpressionBundle) -> Face {
        var face = AnalyzerTests.observation(track: 1, seed: seed, size: bundle.inputSize)
        face.visible = FaceRegionName.allCases.map { regions.contains($0) ? 0.2 : 0.9 }
        return face
    }

    private func names(_ bundle: ExpressionBundle, of face: Face, where isIt: (Float) -> Bool) -> [String] {
        zip(bundle.labels.au, face.au).filter { isIt($0.1) }.map(\.0)
    }

    @Test func unitsOfAHiddenMouthAreNotTold() throws {
        let bundle = try RealBundle.load()
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let read = try analyzer.analyze([face(hiding: Self.mouth, bundle)], pts: 0, epoch: 0)[0]
        let hidden = names(bundle, of: read, where: \.isNaN)
        #expect(Set(["AU10", "AU12", "AU15", "AU17", "AU25", "AU26"]).isSubset(of: hidden))
        #expect(Set(["AU01", "AU04", "AU06", "AU07", "AU43"]).isDisjoint(with: hidden))
        for (index, name) in bundle.labels.au.enumerated() where hidden.contains(name) { #expect(!read.present[index]) }
        // The classifier's own word stays, for whoever wants to see what it would have said.
        #expect(!read.auRaw.contains { !$0.isFinite } && !read.emotions.contains { !$0.isFinite })
    }

    @Test func aHiddenSideLeavesTheWhole() throws {
        let bundle = try RealBundle.load()
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let read = try analyzer.analyze([face(hiding: [.mouthLeft], bundle)], pts: 0, epoch: 0)[0]
        let side = try #require(bundle.labels.sides.firstIndex(of: "AU12"))
        #expect(read.left[side].isNaN && read.right[side].isFinite)
        #expect(!read.au.contains { !$0.isFinite })
    }

    @Test func nothingIsHiddenWhereNothingTells() throws {
        let bundle = try RealBundle.load()
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: .init(), maximumFaces: 1)
        let face = AnalyzerTests.observation(track: 1, seed: 5, size: bundle.inputSize)
        let read = try analyzer.analyze([face], pts: 0, epoch: 0)[0]
        #expect(!read.au.contains { !$0.isFinite })
    }

    /// What a network makes of a covered mouth must not be seen for a moment when it is uncovered.
    @Test func whatWasInventedBehindAHandDoesNotComeOut() throws {
        let bundle = try RealBundle.load()
        var options = ExpressionOptions()
        options.baseline.mode = .off
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: options, maximumFaces: 1)
        var before: Face?
        for frame in 0..<30 { before = try analyzer.analyze([face(bundle)], pts: Double(frame) / 30, epoch: 0)[0] }
        // Behind the hand the crop is another one, and the mouth's units with it.
        for frame in 30..<60 {
            _ = try analyzer.analyze([face(hiding: Self.mouth, seed: 9, bundle)], pts: Double(frame) / 30, epoch: 0)
        }
        let after = try analyzer.analyze([face(bundle)], pts: 2, epoch: 0)[0]
        for (index, name) in bundle.labels.au.enumerated() where FaceRegionName.of(unit: name)?.left == .mouthLeft {
            #expect(abs(after.au[index] - (before?.au[index] ?? -9)) < 0.05, "\(name)")
        }
    }

    @Test func offlineSmoothingLeavesHiddenWhatIsHidden() throws {
        let bundle = try RealBundle.load()
        var options = ExpressionOptions()
        options.smoothing.mode = .offline
        let analyzer = try ExpressionAnalyzer(bundle: bundle, options: options, maximumFaces: 1)
        var smoother = try OfflineSmoother<Int>(bundle: bundle, options: options)
        var frames: [OfflineSmoother<Int>.Frame] = []
        for frame in 0..<60 {
            let pts = Double(frame) / 30
            let faces = try analyzer.analyze(
                [face(hiding: (20..<40).contains(frame) ? Self.mouth : [], bundle)], pts: pts, epoch: 0)
            frames += smoother.push(frame, faces: faces, pts: pts, epoch: 0)
        }
        frames += smoother.finish()
        #expect(frames.map(\.payload) == Array(0..<60))
        let smile = try #require(bundle.labels.au.firstIndex(of: "AU12"))
        for frame in frames {
            #expect(frame.faces[0].au[smile].isNaN == (20..<40).contains(frame.payload), "\(frame.payload)")
            #expect(frame.faces[0].au[0].isFinite)
        }
    }
}
