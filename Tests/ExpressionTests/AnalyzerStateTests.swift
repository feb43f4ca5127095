import Faces
import SystemPackage
import TestSupport
import Testing

@testable import Expression

/// Baselines, marks, files and epochs through the whole analyzer, on a bundle that says what the test likes.
struct AnalyzerStateTests {
    static func analyzer(_ change: (inout ExpressionOptions) -> Void = { _ in }) throws -> ExpressionAnalyzer {
        var options = ExpressionOptions()
        change(&options)
        return try ExpressionAnalyzer(bundle: TinyBundle.load(), options: options, maximumFaces: 2)
    }

    /// Frames of a face that rests at AU01 = 0.8, at 30 a second; the last result.
    @discardableResult
    static func rest(
        _ analyzer: ExpressionAnalyzer, seconds: Double, from start: Double = 0, track: Int = 1, epoch: Int = 0
    ) throws -> Face {
        var last: Face?
        for frame in 0...Int(seconds * 30) {
            let face = TinyBundle.face(.init(au: [0.8, 0, 0, 0]), track: track)
            last = try analyzer.analyze([face], pts: start + Double(frame) / 30, epoch: epoch)[0]
        }
        return try #require(last)
    }

    @Test func rawIntensityIsTheClassifiersOwnWord() throws {
        let analyzer = try Self.analyzer()
        let settled = try Self.rest(analyzer, seconds: 10)
        #expect(settled.baseline == .settled)
        #expect(settled.au[0] < 0.05)
        #expect(abs(settled.auRaw[0] - 0.8) < 1e-5)
        let smile = TinyBundle.face(.init(au: [0.8, 1.5, 4, 0], left: [4, 0], right: [2, 0], emotion: [0, 6, 0]))
        let onset = try analyzer.analyze([smile], pts: 10.04, epoch: 0)[0]
        #expect(abs(onset.auRaw[2] - 4) < 1e-5 && onset.au[2] < 4, "raw is not smoothed")
        #expect(abs(onset.auRaw[1] - 2) < 1e-5, "but calibrated")
    }

    @Test func baselineOutlivesAnEpochAndAGap() throws {
        let analyzer = try Self.analyzer()
        try Self.rest(analyzer, seconds: 10)
        #expect(try Self.rest(analyzer, seconds: 0, from: 0, epoch: 1).au[0] < 0.05)
        #expect(try Self.rest(analyzer, seconds: 0, from: 100, epoch: 1).baseline == .settled)
    }

    @Test func tracksHaveBaselinesOfTheirOwn() throws {
        let analyzer = try Self.analyzer()
        try Self.rest(analyzer, seconds: 10, track: 1)
        let other = try Self.rest(analyzer, seconds: 0, from: 10, track: 2)
        #expect(other.baseline == .learning && other.au[0] == 0.8)
    }

    @Test func markedFrameIsNeutral() throws {
        let analyzer = try Self.analyzer()
        try Self.rest(analyzer, seconds: 0.1, track: 1)
        analyzer.markNeutral(track: 2)
        #expect(try Self.rest(analyzer, seconds: 0, from: 1, track: 1).baseline == .learning)
        #expect(try Self.rest(analyzer, seconds: 0, from: 1, track: 2).baseline == .frozen)
        #expect(try Self.rest(analyzer, seconds: 6, from: 2, track: 2).au[0] < 0.02)
        analyzer.markNeutral(track: nil)
        #expect(try Self.rest(analyzer, seconds: 0, from: 9, track: 1).baseline == .frozen)
    }

    @Test func markBeforeAnyFaceIsForTheFirstFaces() throws {
        let analyzer = try Self.analyzer()
        analyzer.markNeutral(track: nil)
        #expect(try analyzer.analyze([], pts: 0, epoch: 0).isEmpty)
        let faces = [1, 2].map { TinyBundle.face(.init(au: [1, 0, 0, 0]), track: $0) }
        #expect(try analyzer.analyze(faces, pts: 1, epoch: 0).map(\.baseline) == [.frozen, .frozen])
        #expect(try Self.rest(analyzer, seconds: 0, from: 2, track: 3).baseline == .learning)
    }

    @Test func frozenBaselinesLearnNoFurther() throws {
        let analyzer = try Self.analyzer()
        try Self.rest(analyzer, seconds: 10)
        analyzer.freezeBaselines()
        #expect(try Self.rest(analyzer, seconds: 0, from: 10.1).baseline == .frozen)
    }

    @Test func savedBaselinesHoldFromTheFirstFrame() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("neutral.json")
        let first = try Self.analyzer()
        try Self.rest(first, seconds: 10, track: 4)
        first.forget(track: 4)
        try first.saveBaselines(to: path)
        // One person in the file: everybody's.
        let second = try Self.analyzer { $0.baseline.mode = .frozen }
        try second.loadBaselines(from: path)
        let result = try Self.rest(second, seconds: 0, track: 9)
        #expect(result.baseline == .frozen && result.au[0] < 0.05)
    }

    @Test func severalSavedPersonsAreMatchedByTheirTrack() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("neutral.json")
        let first = try Self.analyzer()
        first.markNeutral(track: nil)
        _ = try first.analyze(
            [TinyBundle.face(.init(au: [0.8, 0, 0, 0]), track: 1), TinyBundle.face(.init(), track: 12)], pts: 0,
            epoch: 0)
        try first.saveBaselines(to: path)
        let second = try Self.analyzer()
        try Self.rest(second, seconds: 0, track: 12)
        try second.loadBaselines(from: path)
        #expect(try Self.rest(second, seconds: 0, from: 1, track: 1).au[0] == 0)
        let other = try Self.rest(second, seconds: 0, from: 1, track: 12)
        #expect(other.au[0] == 0.8 && other.baseline == .frozen)
        #expect(try Self.rest(second, seconds: 0, from: 1, track: 2).baseline == .learning)
    }

    @Test func whoReturnsHasTheirBaselineAgainAndNobodyElseHas() throws {
        let analyzer = try Self.analyzer()
        let settled = try Self.rest(analyzer, seconds: 10, track: 1)
        // The track ends; its id comes back with the person, that of a stranger is new.
        analyzer.forget(track: 1)
        #expect(try Self.rest(analyzer, seconds: 0, from: 12, track: 2).baseline == .learning)
        let back = try Self.rest(analyzer, seconds: 0, from: 20, track: 1)
        #expect(back.baseline == .settled && settled.baseline == .settled)
        #expect(abs(back.au[0] - settled.au[0]) < 0.02, "from the first frame on")
    }

    /// Two people met; for a while nobody knows who is who.
    @Test func aFaceThatIsPerhapsAnothersTeachesNothing() throws {
        func taken(certain: Bool) throws -> Float {
            let analyzer = try Self.analyzer()
            try Self.rest(analyzer, seconds: 10, track: 1)
            for frame in 0..<1200 {
                var face = TinyBundle.face(.init(au: [0.2, 0, 0, 0]), track: 1)
                face.certain = certain
                _ = try analyzer.analyze([face], pts: 10.1 + Double(frame) / 30, epoch: 0)
            }
            let raw = TinyBundle.face(.init(au: [1.2, 0, 0, 0]), track: 1)
            // Until the smoothing has followed.
            var last: Float = 0
            for frame in 0..<90 { last = try analyzer.analyze([raw], pts: 51 + Double(frame) / 30, epoch: 0)[0].au[0] }
            return last
        }
        let (kept, spoilt) = (try taken(certain: false), try taken(certain: true))
        #expect(kept < 0.6, "0.8 is taken off 1.2: \(kept)")
        #expect(spoilt > 0.8, "another's 0.2 is: \(spoilt)")
    }

    /// Somebody new among people who are remembered is a guess at first, and has nothing to lose.
    @Test func aNewTrackLearnsThoughItIsNotCertain() throws {
        let analyzer = try Self.analyzer()
        var last: Face?
        for frame in 0..<300 {
            var face = TinyBundle.face(.init(au: [0.8, 0, 0, 0]), track: 5)
            face.certain = false
            last = try analyzer.analyze([face], pts: Double(frame) / 30, epoch: 0)[0]
        }
        #expect(last?.baseline == .settled)
    }

    @Test func idsOfAnotherRecordingAreRefused() throws {
        let folder = try TemporaryFolder()
        let (one, two) = (folder.path.appending("one.json"), folder.path.appending("two.json"))
        let analyzer = try Self.analyzer()
        analyzer.markNeutral(track: nil)
        _ = try analyzer.analyze([TinyBundle.face(.init(), track: 1)], pts: 0, epoch: 0)
        try analyzer.saveBaselines(to: one, recording: "a.mp4")
        try Self.rest(analyzer, seconds: 1, from: 1, track: 2)
        try analyzer.saveBaselines(to: two, recording: "a.mp4")
        try Self.analyzer().loadBaselines(from: one, recording: "b.mp4")
        try Self.analyzer().loadBaselines(from: two, recording: "a.mp4")
        let error = #expect(throws: ExpressionError.self) {
            try Self.analyzer().loadBaselines(from: two, recording: "b.mp4")
        }
        #expect(error?.code == .invalidBaseline)
        #expect(error?.message.contains("2 persons of a.mp4") == true && error?.message.contains("b.mp4") == true)
    }

    @Test func oneBaselineForSeveralFacesIsCounted() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("neutral.json")
        let analyzer = try Self.analyzer()
        try Self.rest(analyzer, seconds: 1)
        try analyzer.saveBaselines(to: path)
        #expect(analyzer.sharersOfBaseline == 0)
        let other = try Self.analyzer()
        try other.loadBaselines(from: path)
        try Self.rest(other, seconds: 0, track: 7)
        try Self.rest(other, seconds: 0, from: 1, track: 8)
        #expect(other.sharersOfBaseline == 1, "one after the other may be one person")
        _ = try other.analyze([1, 2].map { TinyBundle.face(.init(), track: $0) }, pts: 2, epoch: 0)
        #expect(other.sharersOfBaseline == 2)
    }

    @Test(arguments: [
        ("{", "JSON"), ("[]", "object"), (#"{"format":1}"#, "bundle"),
        (#"{"format":9,"bundle":"tiny","version":"1.0.0","persons":[]}"#, "format"),
        (#"{"format":1,"bundle":"norface-l","version":"1.0.0","persons":[]}"#, "norface-l"),
        (#"{"format":1,"bundle":"tiny","version":"1.0.0","persons":[]}"#, "no persons"),
        (#"{"format":1,"bundle":"tiny","version":"1.0.0","persons":[{"track":"x"}]}"#, "persons.0"),
        (#"{"format":1,"bundle":"tiny","version":"1.0.0","persons":[{"track":"*","au":{"AU01":9}}]}"#, "persons.0.au"),
        (#"{"format":1,"bundle":"tiny","version":"1.0.0","persons":[{"track":"*","au":{"AU01":1}}]}"#, "AU04"),
    ])
    func damagedBaselineFileIsAnErrorThatNamesThePlace(text: String, place: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("neutral.json")
        try File.write(text.utf8, to: path)
        let analyzer = try Self.analyzer()
        let error = #expect(throws: ExpressionError.self) { try analyzer.loadBaselines(from: path) }
        #expect(error?.code == .invalidBaseline)
        #expect(error?.message.contains(place) == true && error?.message.contains(path.string) == true, "\(error!)")
    }

    @Test func filesThatCannotBeReadOrWrittenAreErrors() throws {
        let analyzer = try Self.analyzer()
        #expect(throws: ExpressionError.self) { try analyzer.loadBaselines(from: "/nonexistent/neutral.json") }
        let error = #expect(throws: ExpressionError.self) {
            try analyzer.saveBaselines(to: "/nonexistent/neutral.json")
        }
        #expect(error?.code == .cannotWrite)
    }

    @Test func manyTracksDoNotFillTheMemory() throws {
        let analyzer = try Self.analyzer()
        for track in 0..<500 { try Self.rest(analyzer, seconds: 0, from: Double(track), track: track) }
        #expect(analyzer.trackCount <= 64)
    }

    @Test func offlineAnalyzerDoesNotSmooth() throws {
        let analyzer = try Self.analyzer {
            $0.smoothing.mode = .offline
            $0.baseline.mode = .off
        }
        for (pts, value) in [(0.0, 0.0), (0.04, 3), (0.08, 0)] as [(Double, Float)] {
            let result = try analyzer.analyze([TinyBundle.face(.init(au: [value, 0, 0, 0]))], pts: pts, epoch: 0)[0]
            #expect(abs(result.au[0] - value) < 1e-5 && result.baseline == .off)
        }
    }
}
