import FaceTracking
import Media
import Pipeline
import Testing

struct FrameSelectionTests {
    private func taken(_ selection: FrameSelection, _ times: [Double], epoch: Int = 0) -> [Double] {
        var selector = FrameSelector(selection)
        return times.filter { selector.takes(pts: $0, epoch: epoch) }
    }

    @Test func everyNthIsTakenFromTheFirstOn() {
        #expect(taken(.every(3), (0..<10).map(Double.init)) == [0, 3, 6, 9])
        #expect(taken(.every(1), [0, 1, 2]) == [0, 1, 2])
    }

    @Test func aRateIsKeptInTheLongRun() {
        let times = (0..<30_000).map { Double($0) / 29.97 }
        for rate in [1.0, 7.0, 10.0, 24.0] {
            let count = taken(.rate(rate), times).count
            #expect(abs(Double(count) - 30_000 / 29.97 * rate) <= 2)
        }
    }

    @Test func aRateAboveTheSourcesTakesEveryFrame() {
        let times = (0..<100).map { 5 + Double($0) / 25 }
        #expect(taken(.rate(25), times) == times)
        #expect(taken(.rate(60), times) == times)
    }

    @Test func aNewEpochBeginsAnew() {
        var selector = FrameSelector(.rate(1))
        let frames = [(100, 0), (100.5, 0), (0, 1), (0.9, 1), (1, 1)]
        let taken = frames.map { selector.takes(pts: $0.0, epoch: $0.1) }
        #expect(taken == [true, false, true, false, true])
    }
}

struct ThinningPolicyTests {
    /// A source of 30 frames a second before a stage that takes `cost(time)` seconds a frame, for `seconds`.
    private func simulate(seconds: Int, policy: inout ThinningPolicy, cost: (Double) -> Double) -> [MediaSource
        .Thinning]
    {
        var load = ThinningPolicy.Load()
        var levels: [MediaSource.Thinning] = []
        var freeAt = 0.0
        for number in 0..<(seconds * 30) {
            let now = Double(number) / 30
            let step = [1, 2, 4, 30][policy.level.rawValue]
            guard number % step == 0 else { continue }
            load.offered += 1
            if freeAt > now + 0.05 {
                load.dropped += 1
            } else {
                freeAt = max(freeAt, now) + cost(now)
                load.processed += 1
                load.busy += cost(now)
            }
            levels.append(policy.update(now: now, load: load))
        }
        return levels
    }

    @Test func aFastStageIsNeverThinned() {
        var policy = ThinningPolicy()
        #expect(simulate(seconds: 60, policy: &policy) { _ in 0.02 }.allSatisfy { $0 == .all })
    }

    @Test func loadThinsUntilItFitsAndStaysThere() {
        var policy = ThinningPolicy()
        let levels = simulate(seconds: 120, policy: &policy) { _ in 0.05 }
        #expect(levels.last == .half)
        #expect(!levels.contains(.quarter))
        let changes = zip(levels, levels.dropFirst()).filter { $0 != $1 }.count
        #expect(changes == 1)
    }

    @Test func itGoesBackWhenTheLoadIsGone() {
        var policy = ThinningPolicy()
        let levels = simulate(seconds: 120, policy: &policy) { $0 < 40 ? 0.12 : 0.01 }
        #expect(levels.max() == .quarter)
        #expect(levels.last == .all)
    }

    @Test func allFramesAreBackSoonAfterTheLoadHasGone() {
        var policy = ThinningPolicy()
        var (load, back) = (ThinningPolicy.Load(), 0.0)
        // Starved for half a minute, down to the key frames, then well at once.
        for second in stride(from: 0.0, to: 60, by: 0.5) {
            let isStarved = second < 30
            let cost = isStarved ? 2.0 : 0.01
            let frames = [15, 7, 4, 1][policy.level.rawValue]
            load.offered += frames
            load.dropped += isStarved ? frames / 2 : 0
            load.processed += 1
            load.busy += cost
            if policy.update(now: second, load: load) == .all, second > 30, back == 0 { back = second - 30 }
            if second == 29 { #expect(policy.level == .keyframes) }
        }
        #expect(back > 0 && back <= 5.5, "\(back) s")
    }

    @Test func aReturnThatDoesNotHoldIsTriedLessAndLessOften() {
        var policy = ThinningPolicy()
        // Cheap while thinned, dear when not: the estimate is wrong each time.
        var load = ThinningPolicy.Load()
        var returns: [Double] = []
        for second in stride(from: 0.0, to: 400, by: 2) {
            let isThinned = policy.level > .all
            load.offered += isThinned ? 30 : 60
            load.dropped += isThinned ? 0 : 20
            load.processed += isThinned ? 30 : 40
            load.busy += isThinned ? 0.3 : 1.9
            let before = policy.level
            if policy.update(now: second, load: load) < before { returns.append(second) }
        }
        let pauses = zip(returns, returns.dropFirst()).map { $1 - $0 }
        #expect(pauses.count >= 3)
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(pauses.last! > 2 * pauses.first!)
    }
}

struct BurstTests {
    /// Pieces of four seconds at 25 frames a second that come all at once, each as late as it is long.
    private func pieces(_ body: (_ pts: Double, _ now: Double) -> Void) {
        for piece in 0..<50 {
            for frame in 0..<100 {
                body(Double(piece * 100 + frame) / 25, Double(piece + 1) * 4 + Double(frame) * 0.001)
            }
        }
    }

    @Test func theFirstFrameOfAPieceIsAsLateAsThePieceIsLong() {
        var lateness = Lateness()
        var (most, least) = (0.0, 9.0)
        pieces { pts, now in
            let late = lateness.frame(pts: pts, epoch: 0, now: now)
            guard pts > 8 else { return }
            (most, least) = (max(most, late), min(least, late))
        }
        #expect(abs(most - 3.9) < 0.1 && least < 0.01, "\(least) to \(most)")
        #expect(abs(lateness.media - 199.96) < 0.01)
    }

    @Test func aSourceThatFallsBehindStaysLate() {
        var lateness = Lateness()
        _ = lateness.frame(pts: 0, epoch: 0, now: 0)
        // A second of it takes 1.2 s.
        let late = (1...100).map { lateness.frame(pts: Double($0), epoch: 0, now: Double($0) * 1.2) }
        #expect(abs(late[99] - 20) < 0.2)
        let next = lateness.frame(pts: 0, epoch: 1, now: 500)
        #expect(next == 0, "a new epoch begins anew")
    }

    @Test(arguments: [(0.02, MediaSource.Thinning.all), (0.05, .half), (0.1, .quarter)])
    func burstsAreThinnedByTheirCostAlone(cost: Double, level: MediaSource.Thinning) {
        var (policy, lateness, load) = (ThinningPolicy(), Lateness(), ThinningPolicy.Load())
        var (busyUntil, number) = (0.0, 0)
        pieces { pts, now in
            number += 1
            let start = max(now, busyUntil)
            _ = lateness.frame(pts: pts, epoch: 0, now: start)
            guard number % [1, 2, 4, 25][policy.level.rawValue] == 0 else { return }
            busyUntil = start + cost
            load.offered += 1
            load.processed += 1
            load.busy += cost
            load.media = lateness.media
            _ = policy.update(now: busyUntil, load: load)
        }
        #expect(policy.level == level)
    }
}

struct TrackWatchTests {
    private func changes(
        _ watch: inout TrackWatch, seen: [Int], standing: (Int) -> TrackStanding
    ) -> ([Int], [Int], [Int]) {
        var changes = TrackWatch.Changes()
        watch.update(seen: seen, changes: &changes, standing: standing)
        return (changes.started, changes.ended, changes.forgotten)
    }

    @Test func aTrackBeginsWaitsEndsAndIsForgotten() {
        var watch = TrackWatch()
        #expect(changes(&watch, seen: [3]) { _ in .gone } == ([3], [], []))
        #expect(changes(&watch, seen: [3]) { _ in .gone } == ([], [], []))
        #expect(changes(&watch, seen: []) { _ in .followed } == ([], [], []))
        #expect(watch.activeCount == 1)
        #expect(changes(&watch, seen: []) { _ in .remembered } == ([], [3], []))
        #expect(watch.activeCount == 0)
        #expect(changes(&watch, seen: []) { _ in .remembered } == ([], [], []))
        #expect(changes(&watch, seen: []) { _ in .gone } == ([], [], [3]))
        #expect(changes(&watch, seen: []) { _ in .gone } == ([], [], []))
    }

    @Test func whoIsRecognisedBeginsAgainAndIsNotForgotten() {
        var watch = TrackWatch()
        _ = changes(&watch, seen: [1, 2]) { _ in .gone }
        #expect(changes(&watch, seen: [2]) { _ in .remembered } == ([], [1], []))
        #expect(changes(&watch, seen: [1, 2]) { _ in .gone } == ([1], [], []))
        #expect(changes(&watch, seen: [1, 2]) { _ in .gone } == ([], [], []))
    }

    @Test func aTrackMayEndAndBeForgottenAtOnce() {
        var watch = TrackWatch()
        _ = changes(&watch, seen: [1]) { _ in .gone }
        #expect(changes(&watch, seen: [2]) { _ in .gone } == ([2], [1], [1]))
    }
}

struct DurationHistogramTests {
    @Test func durationsFallIntoTheirBuckets() {
        var histogram = DurationHistogram()
        for nanoseconds in [-5, 400_000, 500_000, 600_000, 9_000_000, 20_000_000_000] as [Int64] {
            histogram.add(nanoseconds: nanoseconds)
        }
        #expect(histogram.counts[0] == 3)
        #expect(histogram.counts[1] == 1)
        #expect(histogram.counts[4] == 1)
        #expect(histogram.counts.last == 1)
        #expect(histogram.count == 6)
        #expect(histogram.maximum == 20)
        #expect(abs(histogram.sum - 20.0105) < 1e-6)
    }

    @Test func quantilesLieInTheirBuckets() {
        var histogram = DurationHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for millisecond in 1...100 { histogram.add(nanoseconds: Int64(millisecond) * 1_000_000) }
        #expect((0.035...0.1).contains(histogram.quantile(0.5)!))
        #expect((0.05...0.1).contains(histogram.quantile(0.99)!))
        #expect(histogram.quantile(1)! == 0.1)
    }
}
