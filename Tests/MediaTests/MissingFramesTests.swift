import Media
import TestSupport
import Testing

struct MissingFramesTests {
    /// Counts over frames at `times`, each of which arrives 0.1 s after its time, or as `arrival` says.
    private func missing(_ times: [Double], arrival: (Double) -> Double = { $0 + 0.1 }) -> Int {
        var counter = MissingFrames()
        return times.reduce(0) { $0 + counter.frame(time: $1, arrival: arrival($1)) }
    }

    private func steady(_ count: Int, rate: Double = 25) -> [Double] { (0..<count).map { Double($0) / rate } }

    @Test(arguments: [1, 2, 7, 200]) func aGapOfASteadySourceIsCounted(gap: Int) {
        let times = steady(500).enumerated().filter { !(100..<100 + gap).contains($0.offset) }.map(\.element)
        #expect(missing(times) == gap)
    }

    @Test func whatIsMissingBeforeTheRateIsKnownIsCountedThen() {
        let times = steady(60).enumerated().filter { !(5..<9).contains($0.offset) && $0.offset != 12 }.map(\.element)
        #expect(missing(times) == 5)
        #expect(missing(Array(times.prefix(MissingFrames.memory))) == 0, "too few steps")
        #expect(missing(Array(times.prefix(MissingFrames.memory + 1))) == 5)
    }

    @Test func aFrameWithoutATimeIsThereAllTheSame() {
        var counter = MissingFrames()
        for time in steady(50) { #expect(counter.frame(time: time, arrival: time) == 0) }
        for _ in 0..<3 { #expect(counter.frame(time: nil, arrival: 2.1) == 0) }
        #expect(counter.frame(time: 2.24, arrival: 2.24) == 3)
    }

    @Test func nothingIsMissingInJitter() {
        var random = SeededGenerator(seed: 7)
        let times = steady(1_000).map { $0 + Double.random(in: -0.008...0.008, using: &random) }
        #expect(missing(times) == 0)
    }

    @Test func aSourceWithoutASteadyRateTellsNothing() {
        var random = SeededGenerator(seed: 3)
        var time = 0.0
        let times = (0..<1_000).map { _ -> Double in
            time += Double.random(in: 0.02...0.5, using: &random)
            return time
        }
        #expect(missing(times) == 0)
    }

    @Test func aRateThatChangesIsLearnedAnew() {
        let slow = (1...200).map { 4 + Double($0) / 5 }
        // The first steps of the new rate look like gaps; then it is the rate.
        let count = missing(steady(100) + slow)
        #expect(count <= 4 * MissingFrames.memory, "\(count)")
        let later = missing(steady(100) + slow + (1...200).map { 44 + Double($0) / 5 })
        #expect(later == count)
    }

    @Test func aClockThatIsSetIsNoGap() {
        let times = steady(100) + steady(100).map { $0 + 60 } + steady(100).map { $0 + 3 }
        // What was set forward comes earlier than anything before.
        var elapsed = 0.0
        #expect(
            missing(times) { _ in
                elapsed += 0.04
                return elapsed
            } == 0)
    }

    @Test func aPieceThatComesAtOnceHasNoGap() {
        #expect(missing(steady(1_000)) { ($0 / 6).rounded(.up) * 6 } == 0)
        let gaps = steady(1_000).enumerated().filter { !(310..<320).contains($0.offset) }.map(\.element)
        #expect(missing(gaps) { ($0 / 6).rounded(.up) * 6 } == 10)
    }

    @Test func whatIsKnownOtherwiseIsNotCountedAgain() {
        var counter = MissingFrames()
        for time in steady(50) { #expect(counter.frame(time: time, arrival: time) == 0) }
        // Every tenth is decoded, nine are known to have come.
        for index in stride(from: 59, through: 509, by: 10) {
            let time = Double(index) / 25
            #expect(counter.frame(time: time, arrival: time, known: 9) == 0)
        }
        #expect(counter.frame(time: 529.0 / 25, arrival: 529.0 / 25, known: 14) == 5)
    }

    @Test func timesThatAreNoneAndNumbersThatAreNoneAreSurvived() {
        var counter = MissingFrames()
        for time in [nil, .nan, .infinity, 1e300, -1e300, 0, nil, 1] as [Double?] {
            #expect(counter.frame(time: time, arrival: .greatestFiniteMagnitude) == 0)
        }
    }
}
