import FaceTracking
import Testing

/// When a detector runs, and which one.
struct DetectionScheduleTests {
    /// What a frame of a 25-frame-a-second stream looks like to the schedule.
    private struct Moment {
        var followed = 0
        var room = 8
        var justLost = false
        var waiting = false
    }

    private func schedule(
        _ ranges: DetectionSchedule.Ranges = .shortOnly, interval: Double = 0.5, searchInterval: Double = 0
    ) -> DetectionSchedule {
        DetectionSchedule(interval: interval, searchInterval: searchInterval, waitingInterval: 0.1, ranges: ranges)
    }

    private func runs(_ schedule: inout DetectionSchedule, _ moments: [Moment], from start: Double = 0) -> [Int] {
        moments.enumerated().compactMap { number, moment in
            let range = schedule.next(
                time: start + Double(number) / 25, followed: moment.followed, room: moment.room,
                justLost: moment.justLost, waiting: moment.waiting)
            return range == nil ? nil : number
        }
    }

    @Test func withoutFacesEveryFrameIsSearched() {
        var schedule = schedule()
        #expect(runs(&schedule, Array(repeating: Moment(), count: 5)) == [0, 1, 2, 3, 4])
    }

    @Test func searchIntervalThinsTheSearch() {
        var schedule = schedule(searchInterval: 0.2)
        #expect(runs(&schedule, Array(repeating: Moment(), count: 12)) == [0, 5, 10])
    }

    @Test func withFacesThereIsAnInterval() {
        var schedule = schedule()
        #expect(runs(&schedule, Array(repeating: Moment(followed: 1), count: 27)) == [0, 13, 26])
    }

    @Test func withoutRoomNothingIsSearched() {
        var schedule = schedule()
        #expect(runs(&schedule, Array(repeating: Moment(followed: 8, room: 0), count: 30)).isEmpty)
    }

    @Test func lostFaceIsLookedForAtOnceThenNowAndThen() {
        var schedule = schedule()
        var moments = Array(repeating: Moment(followed: 2), count: 4)
        moments += [Moment(followed: 1, justLost: true)]
        moments += Array(repeating: Moment(followed: 1, waiting: true), count: 8)
        moments += Array(repeating: Moment(followed: 1), count: 14)
        #expect(runs(&schedule, moments) == [0, 4, 7, 10, 23])
    }

    @Test func bothDetectorsSeeTheFirstFrameThenTheyTakeTurns() {
        var schedule = schedule(.both)
        func next(_ time: Double) -> DetectionRange? {
            schedule.next(time: time, followed: 0, room: 8, justLost: false, waiting: false)
        }
        #expect((0..<5).map { next(Double($0)) } == [.both, .short, .full, .short, .full])
        schedule.reset()
        #expect(next(5) == .both)
    }

    @Test func lostFaceIsLookedForWithTheDetectorThatFoundOneLast() {
        var schedule = schedule(.both)
        _ = schedule.next(time: 0, followed: 0, room: 8, justLost: false, waiting: false)
        _ = schedule.next(time: 1, followed: 0, room: 8, justLost: false, waiting: false)
        schedule.found(with: .full)
        #expect(schedule.next(time: 2, followed: 0, room: 8, justLost: true, waiting: true) == .full)
        // The turn itself is not used up: the short range had it before.
        #expect(schedule.next(time: 3, followed: 0, room: 8, justLost: false, waiting: true) == .full)
        schedule.found(with: .short)
        #expect(schedule.next(time: 4, followed: 0, room: 8, justLost: true, waiting: true) == .short)
    }

    @Test func onlyTheAllowedDetectorRuns() {
        for (ranges, range) in [(DetectionSchedule.Ranges.shortOnly, DetectionRange.short), (.fullOnly, .full)] {
            var schedule = schedule(ranges)
            for time in 0..<4 {
                #expect(
                    schedule.next(time: Double(time), followed: 0, room: 8, justLost: time == 2, waiting: false)
                        == range)
            }
        }
    }

    @Test func timeThatRunsBackwardsOrABreakMakesItDue() {
        var schedule = schedule()
        func next(_ time: Double) -> Bool {
            schedule.next(time: time, followed: 1, room: 7, justLost: false, waiting: false) != nil
        }
        #expect(next(10))
        #expect(!next(10.2))
        #expect(next(3))
        #expect(!next(3.2))
        schedule.reset()
        #expect(next(3.24))
    }

    @Test func jitterOfTheTimesDoesNotSkipAFrame() {
        var schedule = schedule(interval: 0.04)
        let times = [0, 0.0395, 0.0801, 0.1199, 0.1602]
        let due = times.map { schedule.next(time: $0, followed: 1, room: 7, justLost: false, waiting: false) != nil }
        #expect(due.allSatisfy { $0 })
    }
}
