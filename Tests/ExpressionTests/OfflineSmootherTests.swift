import Faces
import Glibc
import Testing

@testable import Expression

struct OfflineSmootherTests {
    static let labels = SmoothingTests.labels

    static func smoother(_ options: SmoothingOptions = .init()) -> OfflineSmoother<Int> {
        var options = options
        options.mode = .offline
        return OfflineSmoother(
            labels: labels, thresholds: Array(repeating: .init(on: 1, off: 0.7), count: 3), options: options)
    }

    static func face(_ channels: [Float], track: Int = 1, emotions: [Float] = SmoothingTests.neutral) -> Face {
        var face = Face()
        face.makeRoom(cropSize: 16)
        face.makeRoom(for: labels)
        face.track = track
        face.au = Array(channels[..<3])
        face.auRaw = face.au
        face.left = Array(channels[3..<5])
        face.right = Array(channels[5...])
        face.emotions = emotions
        face.baseline = .learning
        return face
    }

    /// Smooths a signal at 30 frames a second (or the given rate); all frames that came out.
    static func run(
        seconds: Double, rate: Double = 30, _ signal: (Double) -> [Float]
    ) -> [OfflineSmoother<Int>.Frame] {
        var smoother = smoother()
        var done: [OfflineSmoother<Int>.Frame] = []
        for frame in 0...Int(seconds * rate) {
            let time = Double(frame) / rate
            done += smoother.push(frame, faces: [face(signal(time))], pts: time, epoch: 0)
        }
        return done + smoother.finish()
    }

    @Test func framesComeOutInOrderEachOnceWithTheirPayload() {
        var smoother = Self.smoother()
        var done: [OfflineSmoother<Int>.Frame] = []
        var longest = 0
        for frame in 0..<200 {
            // Some frames have no face, some have two.
            let faces = (0..<frame % 3).map { Self.face(SmoothingTests.channels(1, 1, 1), track: $0 + 1) }
            done += smoother.push(frame, faces: faces, pts: Double(frame) / 30, epoch: frame / 80)
            longest = max(longest, frame + 1 - done.count)
        }
        #expect(longest <= 16, "half a second of frames waits")
        done += smoother.finish()
        #expect(done.map(\.payload) == Array(0..<200))
        #expect(done.allSatisfy { $0.faces.allSatisfy { $0.crop.isEmpty && $0.landmarks.isEmpty } })
        #expect(done.allSatisfy { $0.faces.map(\.track) == (0..<$0.payload % 3).map { $0 + 1 } })
        #expect(done.allSatisfy { $0.epoch == $0.payload / 80 && $0.pts == Double($0.payload) / 30 })
        #expect(smoother.finish().isEmpty)
    }

    @Test func memoryIsBoundedWhenTimeStandsStill() {
        var smoother = Self.smoother()
        var done = 0
        for frame in 0..<2000 {
            done += smoother.push(frame, faces: [], pts: 1, epoch: 0).count
            #expect(frame - done <= OfflineSmoother<Int>.maximumHeld)
        }
    }

    @Test func smileIsNotDelayed() {
        // Symmetric in time about 2 s: what comes out has its centre there, too.
        let output = Self.run(seconds: 4) { SmoothingTests.channels(0, 3 * exp(-($0 - 2) * ($0 - 2) / 0.18), 0) }
        let weights = output.map { Double($0.faces[0].au[1]) }
        let centre = zip(output, weights).reduce(0) { $0 + $1.0.pts * $1.1 } / weights.reduce(0, +)
        #expect(abs(centre - 2) < 0.005, "\(centre)")
        #expect(weights.max()! > 2.7)
        // The causal filter has it late.
        let causal = SmoothingTests.run(SmoothingTests.times(30, 4), channel: 1) {
            SmoothingTests.channels(0, 3 * exp(-($0 - 2) * ($0 - 2) / 0.18), 0)
        }
        let late = zip(output, causal).reduce(0) { $0 + $1.0.pts * Double($1.1) } / causal.reduce(0) { $0 + Double($1) }
        #expect(late > 2.02, "\(late)")
    }

    @Test func noiseOfAStillFaceIsMuchReduced() {
        var noise = Noise(seed: 9)
        var input: [Float] = []
        let output = Self.run(seconds: 20) { _ in
            input.append(Float(1.5 + 0.15 * noise.next()))
            return SmoothingTests.channels(Double(input.last!), 0, 0)
        }
        #expect(deviation(output.map { $0.faces[0].au[0] }) < 0.4 * deviation(input))
    }

    @Test func blinkKeepsItsHeightAndItsTime() {
        let output = Self.run(seconds: 2) { SmoothingTests.channels(0, 0, SmoothingTests.blink($0)) }
        let peak = output.max { $0.faces[0].au[2] < $1.faces[0].au[2] }!
        #expect(peak.faces[0].au[2] > 2.5 && abs(peak.pts - 1.075) < 0.034)
        #expect(output.contains { $0.faces[0].present[2] })
    }

    @Test func slopeGoesThroughItsEnds() {
        let output = Self.run(seconds: 1) { SmoothingTests.channels(2 * $0, 0, 0) }
        for frame in output { #expect(abs(frame.faces[0].au[0] - Float(2 * frame.pts)) < 0.02) }
    }

    @Test func nothingIsSmoothedAcrossAnEpochOrAGap() {
        var smoother = Self.smoother()
        var done: [OfflineSmoother<Int>.Frame] = []
        for frame in 0..<60 {
            let faces = [Self.face(SmoothingTests.channels(frame < 30 ? 0 : 0.3, 0, 0))]
            done += smoother.push(frame, faces: faces, pts: Double(frame % 30) / 30, epoch: frame / 30)
        }
        done += smoother.finish()
        #expect(done[..<30].allSatisfy { $0.faces[0].au[0] == 0 })
        #expect(done[30...].allSatisfy { abs($0.faces[0].au[0] - 0.3) < 0.0015 })
    }

    @Test func promisesHold() {
        var noise = Noise(seed: 12)
        let output = Self.run(seconds: 20) { _ in (0..<7).map { _ in Float(min(max(0.85 + 0.4 * noise.next(), 0), 5)) }
        }
        var changes = 0
        for (index, frame) in output.enumerated() {
            let face = frame.faces[0]
            #expect(face.left[0] <= face.au[1] && face.right[0] <= face.au[1])
            #expect(abs(face.emotions.reduce(0, +) - 1) < 1e-5)
            for unit in 0..<3 { #expect(face.present[unit] ? face.au[unit] >= 0.7 : face.au[unit] < 1) }
            if index > 0, output[index - 1].faces[0].present[0] != face.present[0] { changes += 1 }
            #expect(face.auRaw[0] >= 0 && face.baseline == .learning)
        }
        #expect(changes > 0)
    }
}
