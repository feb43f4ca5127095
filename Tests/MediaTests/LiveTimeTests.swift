import Media
import Testing

/// Clocks that drift, jump and stand still; all of it with a virtual clock.
@Suite(.timeLimit(.minutes(30))) struct LiveTimeTests {
    static let start: Int64 = 1_700_000_000_000_000

    private struct Pseudo {
        var state: UInt64
        /// From 0 up to 1.
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }

    /// A camera whose clock is off by so much, over a network that delays each frame differently.
    @Test(arguments: [0.0, 100e-6, -100e-6, 1e-3, -1e-3], [0.02, 0.3])
    func captureTimesFollowADriftingCamera(drift: Double, jitter: Double) {
        var estimator = WallClockEstimator()
        var random = Pseudo(state: 7)
        var (last, arrived): (Int64, Int64) = (0, 0)
        var worst = 0.0
        for number in 0..<(25 * 3600) {
            let taken = Double(number) / 25
            let arrival = Self.start + Int64((taken + 0.03 + jitter * random.next()) * 1e6)
            // Frames come one after the other.
            arrived = max(arrived, arrival)
            let time = estimator.time(pts: taken * (1 + drift), epoch: 0, now: arrived)
            #expect(time >= last && time <= arrived)
            last = time
            if number > 25 * 60 { worst = max(worst, abs(Double(time - Self.start) / 1e6 - taken)) }
        }
        // The least delay is not known to anybody; beyond it, what half a minute of drift makes.
        #expect(worst < 0.03 + 0.02 + 0.25 * jitter + abs(drift) * 45, "off by \(worst) s")
    }

    @Test func aStreamThatFallsBehindIsAnchoredAgain() {
        var estimator = WallClockEstimator()
        #expect(estimator.time(pts: 0, epoch: 0, now: Self.start) == Self.start)
        // The camera stood still for ten seconds, and its clock with it.
        let now = Self.start + 10_040_000
        #expect(estimator.time(pts: 0.04, epoch: 0, now: now) == now)
        #expect(estimator.time(pts: 0.08, epoch: 0, now: now + 40_000) == now + 40_000)
    }

    @Test func anEpochBeginsAfresh() {
        var estimator = WallClockEstimator()
        _ = estimator.time(pts: 1000, epoch: 0, now: Self.start)
        #expect(estimator.time(pts: 0, epoch: 1, now: Self.start + 3_000_000) == Self.start + 3_000_000)
    }

    @Test func ourOwnClockThatIsSetIsFollowed() {
        var estimator = WallClockEstimator()
        for number in 0..<100 {
            _ = estimator.time(pts: Double(number), epoch: 0, now: Self.start + Int64(number) * 1_000_000)
        }
        let back = Self.start - 3_600_000_000
        #expect(estimator.time(pts: 100, epoch: 0, now: back) == back)
        #expect(estimator.time(pts: 101, epoch: 0, now: back + 1_000_000) == back + 1_000_000)
        let ahead = back + 7_200_000_000
        #expect(estimator.time(pts: 102, epoch: 0, now: ahead) == ahead)
    }

    @Test func silenceIsMeasuredInTheSourcesOwnIntervals() {
        var detector = StallDetector(floor: 10_000_000_000)
        #expect(detector.limit == 10_000_000_000)
        for number in 0..<100 { detector.frame(at: Int64(number) * 40_000_000) }
        #expect(detector.limit == 10_000_000_000, "a fast camera is given the floor")
        for number in 0..<10 { detector.frame(at: 4_000_000_000 + Int64(number) * 20_000_000_000) }
        #expect(detector.limit > 100_000_000_000, "one that sends every twenty seconds is given more")
        for number in 0..<500 { detector.frame(at: 190_000_000_000 + Int64(number) * 40_000_000) }
        #expect(detector.limit == 10_000_000_000)
    }

    @Test func aStreamThatStatesItsRateIsBelieved() {
        #expect(StallDetector(floor: 10_000_000_000, expecting: 0.04).limit == 10_000_000_000)
        #expect(StallDetector(floor: 10_000_000_000, expecting: 30).limit == 240_000_000_000)
        #expect(StallDetector(floor: 1, expecting: 1e12).limit == 28_800_000_000_000, "but not beyond an hour")
    }

    @Test func aBrokenStreamCannotFloodTheLog() {
        var limiter = LineLimiter(limit: 3)
        let second: Int64 = 1_000_000_000
        let permits = (0..<8).map { limiter.permit(at: $0 * 1000) }
        #expect(permits == [0, 0, 0, nil, nil, nil, nil, nil])
        let later = limiter.permit(at: second + 1)
        #expect(later == 5, "what was held back is counted")
        let next = limiter.permit(at: second + 2)
        #expect(next == 0)
    }
}
