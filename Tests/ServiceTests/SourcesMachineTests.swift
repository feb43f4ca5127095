import Media
import Service
import Sinks
import Testing

/// The machine with a virtual clock.
struct SourcesMachineTests {
    private let ladder = ReconnectLadder(jitter: 0)
    private let silence = MediaError(.timedOut, source: "door", reason: "no answer in time (read)")
    private let refusal = MediaError(.cannotOpen, source: "door", reason: "cannot open: Connection refused")

    private func machine(isLive: Bool = true, ladder: ReconnectLadder? = nil) -> SourceMachine {
        SourceMachine(isLive: isLive, ladder: ladder ?? self.ladder, seed: 1, now: .zero)
    }

    /// Frames each 40 ms from a moment on.
    private func stream(
        _ machine: inout SourceMachine, from start: Duration, for duration: Duration, epoch: Int
    ) -> [SourceMachine.News] {
        var news: [SourceMachine.News] = []
        var now = start
        while now < start + duration {
            if let item = machine.frame(epoch: epoch, at: now) { news.append(item) }
            now += .milliseconds(40)
        }
        return news
    }

    private func pause(_ outcome: (next: SourceMachine.Next, news: SourceMachine.News?), at now: Duration) -> Duration?
    {
        guard case .retry(let moment) = outcome.next else { return nil }
        return moment - now
    }

    @Test func theStatesFollowWhatHappens() {
        var machine = machine()
        #expect(machine.state(at: .zero) == .opening)
        #expect(told { machine.begin(at: .zero) } == 0)
        machine.opened(isLive: true)
        #expect(machine.state(at: .seconds(1)) == .opening, "a connection alone is nothing")
        #expect(stream(&machine, from: .seconds(1), for: .seconds(2), epoch: 0).isEmpty, "it was never lost")
        #expect(machine.state(at: .seconds(3)) == .streaming)
        #expect(machine.state(at: .seconds(6)) == .stalled)
        let lost = told { machine.over(silence, at: .seconds(13)) }
        #expect(lost.news == .lost(reason: "no answer in time (read)"))
        #expect(machine.state(at: .seconds(13)) == .backoff && machine.stalls == 1)
        #expect(told { machine.begin(at: .seconds(14)) } == 1)
        #expect(machine.state(at: .seconds(14)) == .opening)
        let news = stream(&machine, from: .seconds(15), for: .seconds(1), epoch: 1)
        #expect(news.count == 1)
        guard case .recovered(let after) = news.first else { return }
        #expect(
            after > .seconds(12) && after < .seconds(12.1), "since the last frame, not since the loss was noticed")
        #expect(machine.state(at: .seconds(16)) == .streaming && machine.lastError == nil)
        #expect(told { machine.stop() } == .ended(nil))
        #expect(machine.state(at: .seconds(16)) == .stopped)
        #expect(told { machine.begin(at: .seconds(17)) } == nil)
        #expect(told { machine.over(nil, at: .seconds(17)) }.next == .finish)
    }

    @Test func anOutageIsToldOnceAndTriedForEver() {
        var machine = machine()
        var (now, told, pauses): (Duration, Int, [Duration]) = (.zero, 0, [])
        while now < .seconds(24 * 3600) {
            #expect(machine.begin(at: now) == 0, "no epoch without a frame")
            let outcome = machine.over(refusal, at: now)
            if outcome.news != nil { told += 1 }
            let pause = pause(outcome, at: now) ?? .seconds(1_000_000)
            pauses.append(pause)
            now += pause
        }
        #expect(told == 1)
        #expect(pauses.first == .milliseconds(250) && pauses.last == .seconds(30))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        // It comes back at any moment of the first five minutes: found within a twentieth of the time that it was away.
        var moment = Duration.zero
        for pause in pauses where moment < .seconds(300) {
            #expect(pause <= max(.milliseconds(250), moment / 20 + .microseconds(1)))
            moment += pause
        }
        #expect(machine.reconnects == ["cannotOpen": pauses.count] && machine.stalls == 0)
    }

    @Test func aPasswordThatIsRefusedIsNotTriedAgainAtOnce() {
        let wrong = MediaError(.notAllowed, source: "door", reason: "cannot open: Server returned 401 Unauthorized")
        var machine = machine(ladder: ReconnectLadder(jitter: 0.25))
        var (now, attempts): (Duration, Int) = (.zero, 0)
        while now < .seconds(300) {
            _ = machine.begin(at: now)
            attempts += 1
            let pause = pause(machine.over(wrong, at: now), at: now) ?? .zero
            #expect(pause > .seconds(22) && pause <= .seconds(30))
            now += pause
        }
        #expect((10...14).contains(attempts))
        // What comes afterwards is no matter of passwords.
        _ = machine.begin(at: now)
        _ = stream(&machine, from: now, for: .seconds(31), epoch: 0)
        now += .seconds(31)
        #expect(pause(machine.over(nil, at: now), at: now) ?? .seconds(9) < .milliseconds(400))
    }

    @Test func onlyAHealthyPeriodIsForgiven() {
        var machine = machine()
        _ = machine.begin(at: .zero)
        // It was away for a hundred seconds, comes for ten, which makes good fifty, and dies.
        _ = stream(&machine, from: .seconds(100), for: .seconds(10), epoch: 0)
        let first = pause(machine.over(nil, at: .seconds(110)), at: .seconds(110))
        #expect(first ?? .zero > .seconds(2.4) && first ?? .zero < .seconds(2.6))
        // It comes for half a minute: all is forgotten.
        _ = machine.begin(at: .seconds(120))
        _ = stream(&machine, from: .seconds(121), for: .seconds(31), epoch: 1)
        #expect(pause(machine.over(nil, at: .seconds(152)), at: .seconds(152)) == .milliseconds(250))
    }

    @Test func aCameraThatAcceptsAndDiesIsNotCalledAtFullSpeed() {
        var machine = machine()
        var (now, attempts): (Duration, Int) = (.zero, 0)
        while now < .seconds(3600) {
            let epoch = machine.begin(at: now) ?? -1
            attempts += 1
            now += .milliseconds(300)
            // One frame, and it is gone.
            _ = machine.frame(epoch: epoch, at: now)
            now += .milliseconds(10)
            now += pause(machine.over(nil, at: now), at: now) ?? .zero
        }
        #expect(attempts < 300, "\(attempts) attempts in an hour")
        #expect(machine.epoch == attempts - 1, "each connection that gave a frame is an epoch")
    }

    @Test func aCameraThatIsCutOffOftenIsStillFoundSoon() {
        var machine = machine()
        var (now, longest): (Duration, Duration) = (.zero, .zero)
        for cut in 0..<200 {
            // Two seconds of frames, three seconds away.
            _ = machine.begin(at: now)
            _ = stream(&machine, from: now, for: .seconds(2), epoch: cut)
            now += .seconds(2)
            let back = now + .seconds(3)
            var pause = pause(machine.over(nil, at: now), at: now) ?? .seconds(60)
            while now + pause < back {
                now += pause
                _ = machine.begin(at: now)
                pause = self.pause(machine.over(refusal, at: now), at: now) ?? .seconds(60)
            }
            now += pause
            longest = max(longest, now - back)
        }
        #expect(longest < .seconds(1), "\(longest)")
    }

    @Test func pausesAreJitteredAndNeverLongerThanTheLongest() {
        let ladder = ReconnectLadder()
        let pauses = (0..<100).map { ladder.pause(away: .seconds(20), chance: Double($0) / 100) }
        #expect(pauses.min() == .seconds(0.75) && pauses.max()! > .seconds(1.2) && pauses.max()! <= .seconds(1.25))
        #expect(ladder.pause(away: .seconds(86_400), chance: 0.99) == .seconds(30))
        #expect(ladder.pause(away: .zero, chance: 0.5) == .milliseconds(250))
        // Twenty cameras behind one switch do not come back in step.
        let moments = (0..<20).map { seed -> Duration in
            var machine = SourceMachine(isLive: true, ladder: ladder, seed: UInt64(seed), now: .zero)
            var now = Duration.zero
            while now < .seconds(60) {
                _ = machine.begin(at: now)
                now += pause(machine.over(refusal, at: now), at: now) ?? .seconds(60)
            }
            return now
        }
        #expect(Set(moments).count == 20)
    }

    @Test func aRecordingEndsAndIsNotTriedAgain() {
        var file = machine(isLive: false)
        _ = file.begin(at: .zero)
        _ = stream(&file, from: .zero, for: .seconds(5), epoch: 0)
        let end = told { file.over(nil, at: .seconds(5)) }
        #expect(end.next == .finish && end.news == .ended(nil) && file.state(at: .seconds(5)) == .ended)
        var missing = machine(isLive: false)
        _ = missing.begin(at: .zero)
        let failure = told { missing.over(refusal, at: .zero) }
        #expect(failure.next == .finish && failure.news == .ended(refusal) && missing.lastError == refusal)
        // A web address turns out to be one only when it is open.
        var remote = machine()
        _ = remote.begin(at: .zero)
        remote.opened(isLive: false)
        #expect(told { remote.over(nil, at: .seconds(1)) }.next == .finish)
    }

    @Test func aStreamThatEndsByItselfIsALossOfALiveSource() {
        var machine = machine()
        _ = machine.begin(at: .zero)
        _ = stream(&machine, from: .zero, for: .seconds(5), epoch: 3)
        let outcome = told { machine.over(nil, at: .seconds(5)) }
        #expect(outcome.news == .lost(reason: "the stream ended") && machine.reconnects == ["ended": 1])
        #expect(told { machine.begin(at: .seconds(6)) } == 4, "after the epochs that the source itself began")
    }

    @Test func aSlowCameraIsNotStalledBetweenItsFrames() {
        var machine = machine()
        _ = machine.begin(at: .zero)
        for number in 0..<10 { _ = machine.frame(epoch: 0, at: .seconds(20 * number)) }
        #expect(machine.state(at: .seconds(199)) == .streaming)
        #expect(machine.state(at: .seconds(400)) == .stalled)
    }

    /// Whatever happens in whatever order, it is tried again, epochs go up, and losses and recoveries alternate.
    @Test(arguments: 1...40) func anyHistoryLeavesItAlive(seed: UInt64) {
        var random = Pseudo(state: seed)
        var machine = SourceMachine(isLive: true, ladder: ReconnectLadder(), seed: seed, now: .zero)
        var (now, epoch, isLost): (Duration, Int, Bool) = (.zero, -1, false)
        for _ in 0..<300 {
            guard let next = machine.begin(at: now) else {
                Issue.record("a live source has ended")
                return
            }
            #expect(next == max(0, epoch + (machine.epoch == epoch ? 0 : 1)) || next == epoch + 1)
            now += .milliseconds(Int(random.next() * 12_000))
            if random.next() < 0.5 {
                var frames = Int(random.next() * 2_000)
                var current = next
                while frames > 0 {
                    #expect(current >= epoch)
                    epoch = current
                    let news = machine.frame(epoch: current, at: now)
                    if case .recovered = news {
                        #expect(isLost)
                        isLost = false
                    } else {
                        #expect(news == nil && !isLost)
                    }
                    now += .milliseconds(Int(random.next() * 80))
                    if random.next() < 0.001 { current += 1 }
                    frames -= 1
                }
            }
            let outcome = machine.over(random.next() < 0.5 ? silence : nil, at: now)
            #expect((outcome.news != nil) == !isLost)
            isLost = true
            guard case .retry(let moment) = outcome.next else {
                Issue.record("a live source is given up")
                return
            }
            #expect(moment > now && moment - now <= .seconds(30))
            now = moment
        }
    }
}

/// Knuth's MMIX generator, so that a failing history fails again.
private struct Pseudo {
    var state: UInt64

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
}

/// Calls a mutating method where `#expect` would take the expression apart and try it on a constant.
private func told<Result>(_ body: () -> Result) -> Result {
    body()
}
