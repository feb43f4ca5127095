import Media
import Platform
import Testing

/// Numbers that a file or a peer chose do not end the program.
struct NumberTests {
    @Test func secondsBecomeUnitsAtAnySize() {
        #expect(Int64(seconds: 1.5, unitsPerSecond: 1e9) == 1_500_000_000)
        #expect(Int64(seconds: -0.0000004, unitsPerSecond: 1e6) == 0)
        #expect(Int64(seconds: 1e300, unitsPerSecond: 1e9) == .max)
        #expect(Int64(seconds: -.infinity, unitsPerSecond: 1e6) == .min)
        #expect(Int64(seconds: 0x1p63, unitsPerSecond: 1) == .max)
        #expect(Int64(seconds: -0x1p63, unitsPerSecond: 1) == .min)
        #expect(Int64(seconds: .nan, unitsPerSecond: 1e6) == 0)
        #expect(Int64.max.addingClamped(1) == .max && Int64.min.addingClamped(-1) == .min)
        #expect(Int64.min.subtractingClamped(1) == .min && Int64.max.subtractingClamped(-1) == .max)
    }

    @Test(arguments: [1e300, -1e300, .infinity, -.infinity, .nan, 9.3e18, -9.3e18])
    func theWallClockBearsAnyTime(pts: Double) {
        var clock = WallClockEstimator()
        let now: Int64 = 1_700_000_000_000_000
        for (step, value) in [pts, 0, pts, 1, pts].enumerated() {
            let time = clock.time(pts: value, epoch: 0, now: now + Int64(step))
            #expect(time <= now + Int64(step))
        }
    }

    @Test(arguments: [1e300, .infinity, .nan, -1e300]) func thePacerBearsAnyTime(pts: Double) {
        var pacer = Pacer()
        for (step, value) in [0, pts, 1, pts].enumerated() {
            _ = pacer.due(pts: value, epoch: step / 2, interval: pts, now: .max - 10)
        }
        let next = pacer.due(pts: 0, epoch: 9, interval: 0.04, now: 5)
        #expect(next >= 5)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1e300, 1e300]) func theStallLimitBearsAnyRate(
        interval: Double
    ) {
        var detector = StallDetector(floor: 1_000, expecting: interval)
        #expect(detector.limit >= 1_000)
        for moment in [Int64.min, 0, .max] { detector.frame(at: moment) }
        #expect(detector.limit >= 1_000)
    }
}
