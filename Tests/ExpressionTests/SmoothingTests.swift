import Faces
import Glibc
import Testing

@testable import Expression

/// Deterministic noise with a normal distribution (Box and Muller, 1958).
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    private mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double(state >> 11) + 0.5) / Double(1 << 53)
    }

    mutating func next() -> Double { sqrt(-2 * log(uniform())) * cos(2 * .pi * uniform()) }
}

func deviation(_ values: [Float]) -> Double {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    return sqrt(values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count))
}

struct SmoothingTests {
    static let labels = FaceLabels(
        au: ["AU01", "AU12", "AU43"], sides: ["AU12", "AU43"], emotions: ["neutral", "happiness", "surprise"])

    static func smoother(_ options: SmoothingOptions = .init()) -> TrackSmoother {
        TrackSmoother(
            labels: labels, layout: ChannelLayout(labels),
            thresholds: Array(repeating: .init(on: 1, off: 0.7), count: 3),
            options: options)
    }

    /// Channels: the AUs, their left and their right sides.
    static func channels(_ au01: Double, _ au12: Double, _ au43: Double, left: Double = 1, right: Double = 1) -> [Float]
    {
        [au01, au12, au43, au12 * left, au43 * left, au12 * right, au43 * right].map { Float($0) }
    }

    static let neutral: [Float] = [0.8, 0.1, 0.1]

    /// Smooths a signal at the given times; gives one channel.
    static func run(
        _ times: [Double], channel: Int, options: SmoothingOptions = .init(), _ signal: (Double) -> [Float]
    ) -> [Float] {
        var smoother = smoother(options)
        return times.map { time in
            var input = signal(time)
            smoother.update(&input, neutral, pts: time, epoch: 0)
            return smoother.channels[channel]
        }
    }

    static func times(_ rate: Double, _ seconds: Double) -> [Double] {
        (0...Int(rate * seconds)).map { Double($0) / rate }
    }

    @Test func firstFramePassesAsItIs() {
        #expect(Self.run([5], channel: 1) { _ in Self.channels(0, 3.25, 0) } == [3.25])
    }

    @Test func stepArrivesWithinAThirdOfASecondAndDoesNotOvershoot() {
        let output = Self.run(Self.times(30, 2), channel: 1) { Self.channels(0, $0 < 1 ? 0 : 3, 0) }
        #expect(output[..<30].allSatisfy { $0 == 0 })
        #expect(output[40] > 2.7, "after a third of a second: \(output[40])")
        #expect(output.allSatisfy { $0 <= 3 })
        #expect(zip(output, output.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func noiseOfAStillFaceIsHalvedAtLeast() {
        var noise = Noise(seed: 3)
        let input = Self.times(30, 20).map { _ in 1 + 0.1 * noise.next() }
        let output = Self.run(Self.times(30, 20), channel: 0) { Self.channels(input[Int(($0 * 30).rounded())], 0, 0) }
        #expect(deviation(Array(output[60...])) < 0.5 * deviation(input[60...].map { Float($0) }))
    }

    /// Eyes that close and open again within 150 ms.
    static func blink(_ time: Double, at start: Double = 1) -> Double {
        let phase = (time - start) / 0.15
        return (0...1).contains(phase) ? 4.5 * sin(.pi * phase) : 0
    }

    @Test(arguments: [25.0, 30, 60], [0, 0.01, 0.02]) func blinkIsPresent(rate: Double, start: Double) {
        var smoother = Self.smoother()
        var wasPresent = false
        for time in Self.times(rate, 2) {
            var input = Self.channels(0, 0, Self.blink(time, at: 1 + start))
            smoother.update(&input, Self.neutral, pts: time, epoch: 0)
            wasPresent = wasPresent || smoother.present[2]
            if time > 1.6 { #expect(!smoother.present[2], "long over") }
        }
        #expect(wasPresent)
    }

    /// The same movement, filmed at other rates, is the same movement.
    @Test(arguments: [15.0, 60, 120]) func resultDependsLittleOnTheFrameRate(rate: Double) {
        // A smile that comes within half a second and goes within one.
        func smile(_ time: Double) -> [Float] {
            Self.channels(0, 3 * min(max((time - 1) / 0.5, 0), 1) - 3 * min(max(time - 2.5, 0), 1), 0)
        }
        let reference = Self.run(Self.times(30, 5), channel: 1, smile)
        let other = Self.run(Self.times(rate, 5), channel: 1, smile)
        for tick in 0...75 {
            let time = Double(tick) / 15
            let (a, b) = (reference[Int((time * 30).rounded())], other[Int((time * rate).rounded())])
            #expect(abs(a - b) < 0.3, "at \(time) s: \(a) at 30 frames/s, \(b) at \(rate)")
        }
    }

    @Test func irregularFramesAreSmoothedByTheirTime() {
        var noise = Noise(seed: 8)
        var times: [Double] = [0]
        while times.last! < 5 { times.append(times.last! + 0.02 + 0.03 * abs(noise.next())) }
        func smile(_ time: Double) -> [Float] { Self.channels(0, 3 * min(max((time - 1) / 0.5, 0), 1), 0) }
        let reference = Self.run(Self.times(1000, 5.2), channel: 1, smile)
        for (time, value) in zip(times, Self.run(times, channel: 1, smile)) {
            #expect(abs(value - reference[Int((time * 1000).rounded())]) < 0.45, "at \(time) s")
        }
    }

    @Test func gapAndEpochBeginAfresh() {
        var smoother = Self.smoother()
        func feed(_ value: Double, _ pts: Double, _ epoch: Int) -> Float {
            var input = Self.channels(value, 0, 0)
            smoother.update(&input, Self.neutral, pts: pts, epoch: epoch)
            return smoother.channels[0]
        }
        for frame in 0..<30 { _ = feed(0, Double(frame) / 30, 0) }
        #expect(feed(3, 1, 0) < 3, "the next frame is no gap")
        #expect(feed(0.5, 2.1, 0) == 0.5, "more than a second is one")
        #expect(feed(3, 2.15, 0) < 3)
        #expect(feed(4, 2.2, 1) == 4, "so is an epoch")
        #expect(feed(1, 0.1, 1) == 1, "and time that runs back")
    }

    @Test func sidesNeverPassTheirWhole() {
        var noise = Noise(seed: 4)
        var smoother = Self.smoother()
        for frame in 0..<300 {
            var input = (0..<7).map { _ in Float(min(max(2 + 2 * noise.next(), 0), 5)) }
            smoother.update(&input, Self.neutral, pts: Double(frame) / 30, epoch: 0)
            let output = smoother.channels
            #expect(output[3] <= output[1] && output[5] <= output[1])
            #expect(output[4] <= output[2] && output[6] <= output[2])
        }
    }

    @Test func asymmetryLasts() {
        let output = (3...5).map { channel in
            Self.run(Self.times(30, 2), channel: channel) {
                Self.channels(0, $0 < 0.5 ? 0 : 4, 0, left: 1, right: 0.25)
            }
        }
        #expect(abs(output[0][60] - 4) < 0.01 && abs(output[2][60] - 1) < 0.01)
        for (left, right) in zip(output[0], output[2]) { #expect(abs(right - left / 4) < 0.002) }
    }

    @Test func presenceAndIntensityNeverDisagree() {
        var noise = Noise(seed: 5)
        for mode in SmoothingOptions.Mode.allCases {
            var options = SmoothingOptions()
            options.mode = mode
            var smoother = Self.smoother(options)
            var changes = 0
            var last = false
            for frame in 0..<2000 {
                let value = 0.85 + 0.2 * noise.next()
                var input = Self.channels(value, value, value)
                smoother.update(&input, Self.neutral, pts: Double(frame) / 30, epoch: 0)
                for index in 0..<3 {
                    let value = smoother.channels[index]
                    #expect(smoother.present[index] ? value >= 0.7 : value < 1)
                    #expect((value * 1000).rounded() / 1000 == value, "what is written is what was decided on")
                }
                if smoother.present[0] != last { changes += 1 }
                last = smoother.present[0]
            }
            #expect(changes > 0, "else nothing was tested")
        }
    }

    @Test func emotionHoldsUntilAnotherIsClearlyMoreProbable() {
        var decisions = Decisions(thresholds: [], margin: 0.1)
        func say(_ probabilities: [Float]) -> Int {
            decisions.update(channels: [], emotions: probabilities)
            return decisions.emotion
        }
        #expect(say([0.4, 0.5, 0.1]) == 1)
        #expect(say([0.49, 0.41, 0.1]) == 1)
        #expect(say([0.54, 0.36, 0.1]) == 0)
        #expect(say([0.45, 0.54, 0.01]) == 0)
        decisions.reset()
        #expect(say([0.45, 0.54, 0.01]) == 1)
    }

    @Test func probabilitiesSumToOneAndFollow() {
        var smoother = Self.smoother()
        var noise = Noise(seed: 6)
        for frame in 0..<120 {
            var input = Self.channels(0, 0, 0)
            let happy = Float(min(max((frame < 60 ? 0.1 : 0.9) + 0.03 * noise.next(), 0), 1))
            smoother.update(&input, [1 - happy, happy, 0], pts: Double(frame) / 30, epoch: 0)
            #expect(abs(smoother.emotions.reduce(0, +) - 1) < 1e-5)
            if frame == 59 { #expect(smoother.emotion == 0) }
            if frame == 80 { #expect(smoother.emotion == 1, "after two thirds of a second") }
        }
    }

    @Test func parametersCanBeSetByTheNamesUnderWhichTheyAreWritten() {
        for mode in SmoothingOptions.Mode.allCases {
            var options = SmoothingOptions()
            options.mode = mode
            #expect(options.parameters.first { $0.name == "causal" }?.value == (mode == .causal ? 1 : 0))
            for (name, value) in options.parameters where name != "causal" && name != "offline" {
                let isKnown = options.set(name, to: value + 0.25)
                #expect(isKnown)
                #expect(options.parameters.first { $0.name == name }?.value == value + 0.25)
            }
        }
        var options = SmoothingOptions()
        for (name, value) in [("nonsense", 1), ("gap_s", -1), ("gap_s", .nan)] as [(String, Double)] {
            let isTaken = options.set(name, to: value)
            #expect(!isTaken)
        }
        options.enabled = false
        #expect(options.mode == .off)
        options.enabled = true
        #expect(options == SmoothingOptions())
    }
}
