import Batch
import Testing

struct ProgressLineTests {
    private let heading = ProgressHeading(name: "interview.mp4", number: 3, count: 300)
    private let progress = AnalysisProgress(
        records: 800, captured: 812, frames: 1890, mediaTime: 27.1, duration: 63, elapsed: 2.2)

    @Test func aBarSaysWhatIsDoneAndWhatIsLeft() {
        let line = ProgressLine.bar(heading, progress, width: 120)
        #expect(
            line == "[3/300] interview.mp4 [############------------------]  42% "
                + "812/1890 frames  0:27.1/1:03.0  12.3x  0:02.9 left")
    }

    @Test(arguments: 0..<140)
    func aLineFitsTheTerminal(width: Int) {
        #expect(ProgressLine.bar(heading, progress, width: width).count <= width)
    }

    @Test func whatIsNotKnownIsNotShown() {
        let progress = AnalysisProgress(
            records: 8, captured: 8, frames: nil, mediaTime: 0.3, duration: nil, elapsed: 0.1)
        let line = ProgressLine.bar(ProgressHeading(name: "stdin", number: 1, count: 1), progress, width: 80)
        #expect(line == "stdin 8 frames  0:00.3  3.0x")
    }

    @Test func theTimeLeftFollowsThePart() {
        #expect(ProgressLine.left(progress)! > 2.8 && ProgressLine.left(progress)! < 3.1)
        var young = progress
        young.elapsed = 0.2
        #expect(ProgressLine.left(young) == nil)
    }

    @Test func containersThatCountTooFewFramesPassNoHundred() {
        var late = progress
        late.frames = 100
        #expect(late.part == 1)
        #expect(
            ProgressLine.line(heading, late)
                == "[3/300] interview.mp4: 812/812 frames  0:27.1/1:03.0  12.3x  0:00.0 left, 100%")
    }

    @Test(arguments: [(0, "0:00.0"), (59.96, "0:59.9"), (60, "1:00.0"), (3723.4, "1:02:03"), (-1, "?"), (.nan, "?")])
    func timesReadLikeAClock(seconds: Double, text: String) {
        #expect(ProgressLine.clock(seconds) == text)
    }

    @Test func oneBaselineForSeveralPeopleIsWarnedOf() {
        var report = AnalysisReport(end: .ended, progress: progress, damaged: 0, sharersOfBaseline: 1)
        #expect(ProgressLine.sharing(heading, report) == nil)
        report.sharersOfBaseline = 3
        #expect(ProgressLine.sharing(heading, report)?.contains("taken off 3 faces at once") == true)
    }

    @Test func theSummaryTellsDamage() {
        let report = AnalysisReport(end: .stopped, progress: progress, damaged: 4)
        #expect(
            ProgressLine.summary(heading, report)
                == "[3/300] interview.mp4: 800 records, 0:27.1 in 0:02.2 (12.3x), 4 damaged frames or packets passed over, stopped"
        )
    }
}
