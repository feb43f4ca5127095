import Faces
import Testing

@testable import Expression

struct BaselineTests {
    static func baseline(_ mode: BaselineOptions.Mode = .adaptive, channels: Int = 2) -> NeutralBaseline {
        var options = BaselineOptions()
        options.mode = mode
        return NeutralBaseline(channels: channels, options: options)
    }

    /// Feeds frames at 30 a second; gives what is left of each after the correction.
    static func feed(
        _ baseline: inout NeutralBaseline, seconds: Double, neutral: Double = 0.9, _ values: (Int) -> [Float]
    ) -> [[Float]] {
        (0..<Int(seconds * 30)).map { frame in
            let channels = values(frame)
            baseline.observe(channels, neutral: neutral, dt: 1.0 / 30)
            var output = channels
            baseline.correct(channels, into: &output)
            return output
        }
    }

    @Test func restingFaceComesToZeroWithoutAJump() {
        var baseline = Self.baseline()
        #expect(baseline.state == .learning)
        var noise = Noise(seed: 1)
        let output = Self.feed(&baseline, seconds: 12) { _ in [Float(0.8 + 0.02 * noise.next()), 0] }
        #expect(baseline.state == .settled)
        #expect(output[0][0] > 0.75, "nothing is known in the first frame")
        #expect(output[359][0] < 0.06)
        for (a, b) in zip(output, output.dropFirst()) { #expect(abs(a[0] - b[0]) < 0.15, "noise and no jump") }
        #expect(baseline.applied[1] < 0.02, "less than a bin")
    }

    @Test func strongestExpressionStaysFive() {
        var baseline = Self.baseline()
        _ = Self.feed(&baseline, seconds: 12) { _ in [1, 0.5] }
        var output: [Float] = [0, 0]
        baseline.correct([5, 5], into: &output)
        #expect(output == [5, 5])
        baseline.correct([3, 0.2], into: &output)
        #expect(output[0] < 3 && output[0] > 2 && output[1] == 0)
    }

    @Test func constantSmileIsNotLost() {
        // Told as happiness: hardly any evidence.
        var happy = Self.baseline()
        let kept = Self.feed(&happy, seconds: 120, neutral: 0.02) { _ in [3, 0] }
        #expect(happy.state == .learning)
        #expect(kept.last![0] == 3)
        // Told as neutral: too strong to be a face.
        var odd = Self.baseline()
        #expect(Self.feed(&odd, seconds: 60) { _ in [2.6, 0] }.last![0] == 2.6)
        // In between: no more than the limit.
        var slight = Self.baseline()
        _ = Self.feed(&slight, seconds: 60) { _ in [1.6, 0] }
        #expect(slight.applied[0] <= Float(BaselineOptions().limit))
    }

    @Test func speechIsNotTakenForTheFace() {
        // Half of the time the lips are parted by 1.5, and nobody would call it an emotion.
        var baseline = Self.baseline()
        _ = Self.feed(&baseline, seconds: 30) { [$0 / 6 % 2 == 0 ? 0.3 : 1.5, 0] }
        #expect(abs(baseline.applied[0] - 0.3) < 0.12, "\(baseline.applied[0])")
    }

    @Test func poorFramesTeachNothing() {
        var baseline = Self.baseline()
        _ = Self.feed(&baseline, seconds: 30, neutral: 0) { _ in [1, 1] }
        #expect(baseline.applied == [0, 0] && baseline.evidence == 0 && baseline.state == .learning)
    }

    @Test func faceThatChangesIsLearnedAnew() {
        var baseline = Self.baseline()
        _ = Self.feed(&baseline, seconds: 60) { _ in [0.9, 0] }
        _ = Self.feed(&baseline, seconds: 180) { _ in [0.3, 0] }
        #expect(abs(baseline.applied[0] - 0.3) < 0.1)
    }

    @Test func frozenBaselineStays() {
        var baseline = Self.baseline()
        _ = Self.feed(&baseline, seconds: 12) { _ in [0.8, 0] }
        baseline.freeze()
        #expect(baseline.state == .frozen)
        let before = baseline.values
        _ = Self.feed(&baseline, seconds: 60) { _ in [0, 1] }
        #expect(baseline.values == before)
    }

    @Test func markedFrameIsTheNeutralOneAndComesInSmoothly() {
        for mode in [BaselineOptions.Mode.adaptive, .frozen] {
            var baseline = Self.baseline(mode)
            _ = Self.feed(&baseline, seconds: 1) { _ in [1.8, 0] }
            baseline.freeze(at: [1.8, 4])
            #expect(baseline.state == .frozen)
            let output = Self.feed(&baseline, seconds: 8) { _ in [1.8, 4] }
            #expect(output.last![0] < 0.01)
            #expect(output.last![1] > 2.9, "the limit of a marked frame holds")
            for (a, b) in zip(output, output.dropFirst()) { #expect(abs(a[0] - b[0]) < 0.15) }
        }
    }

    @Test func withoutABaselineNothingIsTakenOff() {
        var baseline = Self.baseline(.off)
        baseline.freeze(at: [1, 1])
        baseline.freeze()
        #expect(Self.feed(&baseline, seconds: 30) { _ in [1, 0.5] }.allSatisfy { $0 == [1, 0.5] })
        #expect(baseline.state == .off)
        var unmarked = Self.baseline(.frozen)
        #expect(Self.feed(&unmarked, seconds: 30) { _ in [1, 0.5] }.allSatisfy { $0 == [1, 0.5] })
        #expect(unmarked.state == .off)
    }

    @Test func knownBaselineHoldsFromTheFirstFrame() {
        var baseline = NeutralBaseline([0.5, 1], options: .init())
        #expect(baseline.state == .frozen)
        #expect(Self.feed(&baseline, seconds: 1) { _ in [0.5, 1] }[0] == [0, 0])
    }

    @Test func quantileLiesWhereTheWeightsSay() {
        var histogram = NeutralHistogram(channels: 1, range: 2.4)
        for step in 0..<100 { histogram.add(Float(step) / 100, weight: 1, to: 0) }
        for quantile in [0.1, 0.35, 0.5, 0.9] as [Float] {
            #expect(abs(histogram.quantile(quantile, of: 0) - quantile) < 0.03)
        }
        #expect(NeutralHistogram(channels: 1, range: 2.4).quantile(0.5, of: 0) == 0)
        histogram.add(9, weight: 1000, to: 0)
        #expect(abs(histogram.quantile(0.5, of: 0) - 0.5) < 0.03, "what is beyond the range does not count")
    }
}
