import CAllocationCounter
import Faces
import Glibc
import TestSupport
import Testing

@testable import Expression

/// Segments, blinks, winks and speaking, from signals of which it is known what they hold.
struct EventPolicyTests {
    // MARK: Segments

    private func segments(_ values: [Float], rate: Double = 25, ends: Bool = true) -> [SegmentPolicy.Segment] {
        var policy = SegmentPolicy(on: 1, off: 0.6, least: 0.1, gap: 0.2)
        var found: [SegmentPolicy.Segment] = []
        for (index, value) in values.enumerated() {
            if let segment = policy.update(time: Double(index) / rate, value: value) { found.append(segment) }
        }
        if ends, let segment = policy.end() { found.append(segment) }
        return found
    }

    @Test func aSegmentReachesFromWhereItRoseToWhereItLastWas() throws {
        let found = segments([0, 0.2, 0.7, 1.2, 2.0, 1.4, 0.8, 0.4] + [Float](repeating: 0, count: 10))
        let segment = try #require(found.first)
        #expect(found.count == 1)
        #expect(abs(segment.onset - 0.08) < 1e-9 && abs(segment.apex - 0.16) < 1e-9)
        #expect(abs(segment.offset - 0.24) < 1e-9)
        #expect(segment.peak == 2 && abs(segment.mean - 1.22) < 1e-5)
        #expect(!segment.isCutAtStart && !segment.isCutAtEnd)
    }

    @Test func whatNeverReachesTheUpperThresholdIsNone() {
        #expect(segments([0, 0.8, 0.9, 0.99, 0.9, 0.8, 0, 0, 0, 0, 0, 0]).isEmpty)
    }

    @Test func whatIsTooShortIsNone() {
        #expect(segments([0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0]).isEmpty)
        #expect(segments([0, 0, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0]).count == 1)
    }

    @Test func aShortFallPartsNothingAndALongOneDoes() {
        let shown = [Float](repeating: 2, count: 5)
        #expect(segments([0] + shown + [0, 0, 0] + shown + [0]).count == 1)
        #expect(segments([0] + shown + [Float](repeating: 0, count: 6) + shown + [0]).count == 2)
    }

    @Test func endsThatWereNotSeenAreTold() {
        let found = segments([2, 2, 2, 2, 2])
        #expect(found.count == 1 && found[0].isCutAtStart && found[0].isCutAtEnd)
        let hidden = segments([0, 2, 2, 2, 2] + [Float](repeating: .nan, count: 10), ends: false)
        #expect(hidden.count == 1 && !hidden[0].isCutAtStart && hidden[0].isCutAtEnd)
    }

    @Test(arguments: [24.0, 30, 60, 240])
    func theWindowShiftsNothingInTime(rate: Double) {
        var window = UnitWindow(count: 1, lids: nil)
        var best = (time: 0.0, value: Float(0))
        for index in 0..<Int(3 * rate) {
            let time = Double(index) / rate
            window.push(time: time, units: [Float(3 * exp(-pow((time - 1.5) / 0.2, 2)))])
            while let done = window.advance() {
                #expect(time - done >= UnitWindow.half)
                if window.smoothed[0] > best.value { best = (done, window.smoothed[0]) }
            }
        }
        #expect(abs(best.time - 1.5) <= 1 / rate + 1e-9)
        #expect(best.value > 2.5)
    }

    // MARK: Blinks

    /// Both eyes' closure, with falls of a cosine's shape.
    private func closures(
        rate: Double = 30, seconds: Double = 3, _ falls: [(at: Double, length: Double, left: Float, right: Float)],
        until: Double = .infinity
    ) -> [BlinkPolicy.Closure] {
        var policy = BlinkPolicy(threshold: 0.3)
        var found: [BlinkPolicy.Closure] = []
        for index in 0..<Int(seconds * rate) {
            let time = Double(index) / rate
            var (left, right) = (Float(0.05), Float(0.05))
            for fall in falls where time > fall.at && time < fall.at + fall.length {
                let shape = Float(0.5 - 0.5 * cos(2 * .pi * (time - fall.at) / fall.length))
                (left, right) = (max(left, fall.left * shape), max(right, fall.right * shape))
            }
            if time >= until {
                policy.interrupt()
            } else if let closure = policy.update(
                time: time, left: left, right: right, canWink: true)
            {
                found.append(closure)
            }
        }
        return found
    }

    @Test(arguments: [15.0, 24, 30, 60, 120])
    func aBlinkIsFoundAtEveryRateItIsPromisedFor(rate: Double) throws {
        let found = closures(rate: rate, [(1, 0.3, 0.95, 0.9)])
        let blink = try #require(found.first)
        #expect(found.count == 1 && blink.eyes == .both && !blink.isWink)
        #expect(abs(blink.apex - 1.15) <= 1 / rate)
        #expect(blink.onset >= 1 - 1 / rate && blink.onset < blink.apex && blink.offset > blink.apex)
        #expect(blink.offset <= 1.3 + 1 / rate)
    }

    @Test func aBlinkThatDoesNotCloseIsIncomplete() {
        #expect(closures([(1, 0.3, 0.9, 0.9)]).map(\.isComplete) == [true])
        #expect(closures([(1, 0.3, 0.5, 0.5)]).map(\.isComplete) == [false])
        #expect(closures([(1, 0.3, 0.2, 0.2)]).isEmpty)
    }

    @Test func oneEyeAloneIsAWink() {
        let found = closures([(1, 0.5, 0.05, 0.8)])
        #expect(found.count == 1 && found[0].isWink && found[0].eyes == .right)
    }

    @Test func aBlinkBehindAWinkIsOneOfItsOwn() {
        var policy = BlinkPolicy(threshold: 0.3)
        var found: [BlinkPolicy.Closure] = []
        for index in 0..<90 {
            let right: Float = (30..<50).contains(index) ? 0.8 : 0
            let left: Float = (44..<50).contains(index) ? 0.9 : 0
            if let closure = policy.update(time: Double(index) / 30, left: left, right: right, canWink: true) {
                found.append(closure)
            }
        }
        #expect(found.map(\.isWink) == [true, false])
        #expect(found.first?.eyes == .right && found.last?.eyes == .both)
    }

    @Test func eyesThatStayClosedAreNoBlinkAndTheNextBlinkIs() {
        #expect(closures(seconds: 8, [(1, 3, 0.9, 0.9)]).isEmpty)
        #expect(closures(seconds: 8, [(1, 3, 0.9, 0.9), (6, 0.3, 0.9, 0.9)]).count == 1)
    }

    @Test func aFaceThatIsLostInTheMiddleHasNotBlinked() {
        #expect(closures([(1, 0.3, 0.9, 0.9)], until: 1.15).isEmpty)
    }

    // MARK: A face

    /// A face whose eyes are open by `eye` of their width, and whose lips are apart by `gap` of the distance of the eyes.
    private func face(eye: Float, gap: Float = 0.1, au43: Float = 0, yaw: Float = 0) -> Face {
        var face = Face()
        face.makeRoom(cropSize: 4)
        face.quality = 0.9
        face.pose.yaw = yaw
        func put(_ landmark: Int, _ x: Float, _ y: Float) {
            face.landmarks[landmark * 3] = x
            face.landmarks[landmark * 3 + 1] = y
        }
        for (outer, inner, lids, x) in [
            (33, 133, [160, 158, 144, 153], Float(0)), (263, 362, [387, 385, 373, 380], 70),
        ] {
            put(outer, x == 0 ? 0 : 100, 0)
            put(inner, x == 0 ? 30 : 70, 0)
            for (number, lid) in lids.enumerated() {
                put(lid, x + (number % 2 == 0 ? 10 : 20), (number < 2 ? -15 : 15) * eye)
            }
        }
        put(13, 50, 80)
        put(14, 50, 80 + 100 * gap)
        face.unsmoothed = [au43]
        return face
    }

    private func watch(isOn: Bool = true) -> EventWatch {
        var options = EventOptions()
        options.isOn = isOn
        return EventWatch(
            labels: FaceLabels(au: ["AU43"], sides: [], emotions: []), thresholds: [.init(on: 1, off: 0.6)],
            options: options)
    }

    private func run(
        rate: Double, seconds: Double, _ make: (Double) -> Face?
    ) -> (events: [FaceEvent], totals: EventTotals) {
        var watch = watch()
        var events: [FaceEvent] = []
        for index in 0..<Int(seconds * rate) {
            let time = Double(index) / rate
            guard let face = make(time) else { continue }
            var faces = [face]
            watch.observe(&faces, pts: time, epoch: 0)
            events += watch.events
        }
        watch.finish()
        return (events + watch.events, watch.totals)
    }

    private func blinking(_ time: Double) -> Face {
        let isShut = (time - 0.8).truncatingRemainder(dividingBy: 2) < 0.2 && time > 0.8
        return face(eye: isShut ? 0.1 : 0.3, au43: isShut ? 4 : 0)
    }

    @Test func blinksAndTheirRateComeFromLandmarksAndTheUnit() {
        let (events, totals) = run(rate: 30, seconds: 60, blinking)
        #expect((29...30).contains(totals.blinks) && totals.winks == 0 && totals.tooSlow == 0)
        guard
            case .blink(.both, let peak, true, let rate?)? = events.last(where: {
                if case .blink = $0.kind { true } else { false }
            })?.kind
        else { return #expect(Bool(false), "no blink with a rate") }
        #expect(peak > 0.9 && abs(rate - 30) < 2)
        #expect(totals.segments == totals.blinks, "AU43 is a unit like others")
    }

    @Test func belowFifteenFramesASecondNoBlinkIsToldAndThatIsSaid() {
        let (events, totals) = run(rate: 12, seconds: 20, blinking)
        #expect(totals.blinks == 0 && totals.tooSlow > 18)
        #expect(events.filter { $0.kind == .blinksUnwatched }.count == 1)
    }

    @Test func aFaceThatIsTurnedAwayOrLostDoesNotBlink() {
        let turned = run(rate: 30, seconds: 10) { face(eye: blinking($0).unsmoothed[0] > 0 ? 0.1 : 0.3, yaw: 60) }
        #expect(turned.totals.blinks == 0 && turned.totals.unseen > 9)
        // Single frames are lost, always when the eyes shut.
        let lost = run(rate: 30, seconds: 10) { time in
            let face = blinking(time)
            return face.unsmoothed[0] > 0 ? nil : face
        }
        #expect(lost.totals.blinks == 0)
    }

    // MARK: Speaking

    private func speaking(rate: Double = 25, seconds: Double = 3, _ gap: (Double) -> Float) -> [Float?] {
        var meter = SpeakingMeter()
        return (0..<Int(seconds * rate)).map { meter.update(time: Double($0) / rate, gap: gap(Double($0) / rate)) }
    }

    @Test func aMouthThatOpensFourTimesASecondSpeaks() throws {
        let values = speaking { 0.08 + 0.06 * Float(sin(2 * .pi * 4 * $0)) }
        #expect(values.prefix(19).allSatisfy { $0 == nil }, "too little was seen")
        #expect(try #require(values.last ?? nil) > 0.8)
    }

    @Test func aHeldSmileAYawnAndNoiseDoNotSpeak() {
        func most(_ gap: (Double) -> Float) -> Float { speaking(seconds: 6, gap).compactMap { $0 }.max() ?? 1 }
        #expect(most { _ in 0.3 } == 0)
        #expect(most { 0.3 + 0.008 * Float(sin(57 * $0)) } == 0)
        #expect(most { 0.6 * Float(max(0, sin(.pi * ($0 - 1) / 4))) } == 0)
    }

    @Test func belowTenFramesASecondNobodyKnows() {
        #expect(speaking(rate: 8) { 0.1 * Float(sin(9 * $0)) }.allSatisfy { $0 == nil })
        #expect(speaking(rate: 10) { _ in 0.1 }.last != .some(nil))
    }

    // MARK: Memory

    @Test(
        .enabled(if: Build.isOptimized, Comment(rawValue: Build.reason)),
        .enabled(if: nf_allocations() >= 0, "malloc cannot be counted here (a sanitizer, or another C library)"))
    func aFrameOfKnownTracksAllocatesNothing() {
        var watch = watch()
        let (open, shut) = (face(eye: 0.3, gap: 0.1), face(eye: 0.1, gap: 0.2, au43: 4))
        var faces = [open]
        func frame(_ index: Int) -> Int64 {
            // Copied value by value: the arrays keep their memory.
            let source = index % 40 < 6 ? shut : open
            for place in source.landmarks.indices { faces[0].landmarks[place] = source.landmarks[place] }
            faces[0].unsmoothed[0] = source.unsmoothed[0]
            let before = nf_allocations()
            watch.observe(&faces, pts: Double(index) / 30, epoch: 0)
            return nf_allocations() - before
        }
        for index in 0..<60 { _ = frame(index) }
        var worst: Int64 = 0
        for index in 60..<600 { worst = max(worst, frame(index)) }
        #expect(worst == 0)
        #expect(watch.totals.blinks > 10)
    }
}
