import Media
import Testing

struct TimestampTrackerTests {
    private func stamps(
        _ raws: [Double?], _ rules: TimestampTracker.Rules, duration: Double = 0.04
    ) -> [TimestampTracker.Stamp] {
        var tracker = TimestampTracker(rules: rules)
        return raws.map { tracker.stamp(raw: $0, duration: duration) }
    }

    @Test func fileKeepsItsOwnTimes() {
        let raws = [1.4, 1.44, 1.48, 9.0, 500]
        let result = stamps(raws, .container)
        #expect(result.map(\.pts) == raws)
        #expect(result.allSatisfy { $0.epoch == 0 && !$0.estimated })
    }

    @Test func negativeStartBecomesZero() {
        #expect(stamps([-0.5, -0.25, 0], .container).map(\.pts) == [0, 0.25, 0.5])
    }

    @Test func liveStartsAtZero() {
        #expect(stamps([80000, 80000.5], .live).map(\.pts) == [0, 0.5])
    }

    @Test func missingTimeIsTheLastPlusTheDuration() {
        let result = stamps([0, nil, nil, 0.12], .container, duration: 0.04)
        #expect(result.map(\.pts) == [0, 0.04, 0.08, 0.12])
        #expect(result.map(\.estimated) == [false, true, true, false])
    }

    @Test func firstRealTimeJoinsOn() {
        let result = stamps([nil, nil, 80000, 80000.04], .live, duration: 0.04)
        #expect(result.map(\.epoch) == [0, 0, 0, 0])
        for (stamp, pts) in zip(result, [0, 0.04, 0.08, 0.12]) { #expect(abs(stamp.pts - pts) < 1e-6) }
    }

    @Test func smallStepBackwardRepeatsTheTime() {
        let result = stamps([0, 1, 0.9, 1.1], .live)
        #expect(result.map(\.pts) == [0, 1, 1, 1.1])
        #expect(result.map(\.estimated) == [false, false, true, false])
        #expect(result.last?.epoch == 0)
    }

    @Test(arguments: [7200.0, -7200.0]) func singleOutlierIsStampedAnew(offset: Double) {
        let result = stamps([0, 0.5, 1, 1 + offset, 2, 2.5], .live, duration: 0.5)
        #expect(result.map(\.pts) == [0, 0.5, 1, 1.5, 2, 2.5])
        #expect(result.map(\.estimated) == [false, false, false, true, false, false])
        #expect(result.allSatisfy { $0.epoch == 0 })
    }

    @Test(arguments: [7200.0, -7200.0]) func clockThatStaysSetStartsAnEpoch(offset: Double) {
        let result = stamps([0, 0.5, 1, 1.5 + offset, 2 + offset, 2.5 + offset, 3 + offset], .live, duration: 0.5)
        #expect(result.map(\.epoch) == [0, 0, 0, 0, 0, 1, 1])
        #expect(result.map(\.pts) == [0, 0.5, 1, 1.5, 2, 0, 0.5])
    }

    @Test func slowCameraIsNoRowOfJumps() {
        let result = stamps((0..<40).map { Double($0) * 10 }, .live)
        // It is learned once, in the first epoch.
        #expect(result.last?.epoch == 1)
        #expect(result.suffix(30).allSatisfy { !$0.estimated })
    }

    @Test func transportStreamThatRestartsStartsAnEpochOnItsOwnTime() {
        let result = stamps([1.4, 1.5, 1.6, 1.7, 0.4, 0.5, 0.6, 0.7], .transportStream)
        #expect(result.last == .init(pts: 0.7, epoch: 1, estimated: false))
    }

    @Test func reconnectStartsAnEpoch() {
        var tracker = TimestampTracker(rules: .live, epoch: 4)
        tracker.beginEpoch()
        #expect(tracker.stamp(raw: 5, duration: 1).epoch == 4)
        tracker.beginEpoch()
        #expect(tracker.stamp(raw: 2, duration: 1) == .init(pts: 0, epoch: 5, estimated: false))
    }

    /// Whatever comes, time does not run backward within an epoch and epochs only go up, by one.
    @Test(arguments: [TimestampTracker.Rules.container, .transportStream, .live])
    func timeNeverRunsBackward(rules: TimestampTracker.Rules) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            var tracker = TimestampTracker(rules: rules)
            var clock = Double.random(in: -1e5...1e5, using: &random)
            var last: TimestampTracker.Stamp?
            for _ in 0..<200 {
                clock += Double.random(in: 0...0.1, using: &random)
                let raw: Double? =
                    switch Int.random(in: 0..<24, using: &random) {
                    case 0: nil
                    case 1: clock + Double.random(in: -1e4...1e4, using: &random)
                    case 2: clock - Double.random(in: 0...0.5, using: &random)
                    case 3: .nan
                    case 4: .infinity
                    case 5:
                        {
                            clock += Double.random(in: -100...100, using: &random)
                            return clock
                        }()
                    default: clock
                    }
                if Int.random(in: 0..<50, using: &random) == 0 { tracker.beginEpoch() }
                let stamp = tracker.stamp(raw: raw, duration: Double.random(in: 0.001...0.1, using: &random))
                #expect(stamp.pts.isFinite && stamp.pts >= 0)
                if let last {
                    #expect(stamp.epoch == last.epoch || stamp.epoch == last.epoch + 1)
                    #expect(stamp.epoch > last.epoch || stamp.pts >= last.pts)
                }
                last = stamp
            }
        }
    }

    /// An ordinary stream, jitter and all, is passed through untouched.
    @Test func ordinaryStreamIsPassedThrough() {
        var random = SystemRandomNumberGenerator()
        var clock = 0.0
        let raws = (0..<1000).map { _ in
            clock += Double.random(in: 0...4, using: &random)
            return clock
        }
        let result = stamps(raws, .live)
        for (stamp, raw) in zip(result, raws) {
            #expect(stamp.epoch == 0 && !stamp.estimated && abs(stamp.pts - (raw - raws[0])) < 1e-9)
        }
    }
}
