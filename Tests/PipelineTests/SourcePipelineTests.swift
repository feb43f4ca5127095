import Glibc
import Media
import Pipeline
import Platform
import Records
import Synchronization
import Testing

struct SourcePipelineTests {
    private let soon: Int64 = 20_000_000_000

    private func wait(_ pipeline: SourcePipeline) -> PipelineOutcome? {
        pipeline.wait(until: MonotonicClock.now() + soon)
    }

    private func isTrue(_ condition: () -> Bool) -> Bool {
        let limit = MonotonicClock.now() + soon
        while !condition() {
            if MonotonicClock.now() > limit { return false }
        }
        return true
    }

    @Test func everyFrameOfAFileBecomesARecordInOrder() throws {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        pipeline.capture { _ in FakeSource(count: 500) }
        guard case .ended = wait(pipeline) else { return #expect(Bool(false), "it does not end") }
        #expect(output.records.map(\.sequence) == Array(0..<500))
        #expect(output.records.map(\.pts) == (0..<500).map { Double($0) / 25 })
        #expect(output.records.allSatisfy { $0.dropped == 0 && $0.faces.count == 1 })
        // The frame of a frame reached the reader of the same frame, through recycled buffers.
        #expect(output.records.map { $0.faces[0].au[0] } == (0..<500).map { Float($0 % 256) / 256 })
        let counters = pipeline.counters
        #expect(counters.captured == 500 && counters.records == 500 && counters.faces == 500)
        #expect(counters.dropped.values.allSatisfy { $0 == 0 })
        #expect(counters.stages.map(\.name) == ["tracking", "expression"])
        #expect(counters.stages.allSatisfy { $0.durations.count == 500 })
        #expect(counters.latency.count == 500)
    }

    /// Whether it is one shows when it is open.
    @Test func aRecordingIsWaitedForThoughItWasTakenForLive() {
        for isLive in [false, true] {
            let output = Collector()
            let pipeline = Fakes.pipeline(.live(name: "web"), reader: FakeReader(wait: { usleep(500) }), output: output)
            pipeline.capture { _ in FakeSource(count: 300, isLive: isLive) }
            guard case .ended = wait(pipeline) else { return #expect(Bool(false), "it does not end") }
            #expect((output.records.count == 300) != isLive)
            #expect(output.records.allSatisfy { $0.dropped == 0 } != isLive)
            #expect(pipeline.counters.queues.map(\.counters.capacity) == (isLive ? [2, 1] : [4, 8]))
        }
    }

    @Test func aFrameWithoutFacesBecomesARecordToo() {
        let output = Collector()
        let pipeline = Fakes.pipeline(finder: FakeFinder { $0.index % 2 == 0 ? [] : [1, 2] }, output: output)
        pipeline.capture { _ in FakeSource(count: 10) }
        _ = wait(pipeline)
        #expect(output.records.map(\.faces.count) == [0, 2, 0, 2, 0, 2, 0, 2, 0, 2])
    }

    @Test func aSlowLiveAnalysisGetsTheNewestAndTellsWhatWasLost() {
        let output = Collector()
        let gate = Gate()
        let pipeline = Fakes.pipeline(.live(name: "door"), reader: FakeReader(wait: { gate.pass() }), output: output)
        let intake = pipeline.intake()
        for index in 0..<100 {
            #expect(intake.push(Fakes.frame(index)))
            // The stages take the first few before the queue overflows.
            if index == 10 { #expect(isTrue { pipeline.counters.queues[1].counters.depth == 1 }) }
        }
        gate.open(100)
        pipeline.finish()
        _ = wait(pipeline)
        let records = output.records
        #expect(records.count < 20)
        #expect(records.last?.pts == 99.0 / 25)
        #expect(records.count + records.reduce(0) { $0 + $1.dropped } == 100)
        #expect(pipeline.counters.dropped[.overload] == 100 - records.count)
        #expect(records.allSatisfy { $0.drops == FrameDrops(overload: $0.dropped) })
    }

    /// A piece of a stream that comes all at once, four frames at a time, is waited for as long as the source bears it.
    @Test func aBurstIsNoOverload() {
        let output = Collector()
        let pipeline = Fakes.pipeline(
            .live(name: "door"), reader: FakeReader(wait: { usleep(5_000) }), output: output)
        let intake = pipeline.intake(patience: 15)
        for index in 0..<100 { #expect(intake.push(Fakes.frame(index))) }
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.count == 100)
        #expect(output.records.allSatisfy { $0.dropped == 0 })
    }

    @Test func whatIsLaterThanTheSourceBearsIsDropped() {
        let output = Collector()
        let gate = Gate()
        let pipeline = Fakes.pipeline(.live(name: "door"), reader: FakeReader(wait: { gate.pass() }), output: output)
        let intake = pipeline.intake(patience: 0.2)
        let start = ContinuousClock.now
        for index in 0..<20 { #expect(intake.push(Fakes.frame(0, pts: Double(index) * 0.001))) }
        let duration = ContinuousClock.now - start
        #expect(duration >= .milliseconds(150) && duration < .seconds(2), "\(duration)")
        gate.open(20)
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.count + output.records.reduce(0) { $0 + $1.drops.overload } == 20)
        #expect(output.records.count < 10)
    }

    @Test func whatIsLostAfterTheLastFrameOfAConnectionIsToldByTheNext() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        let first = pipeline.intake()
        #expect(first.push(Fakes.frame(0)))
        first.note(lost: FrameLoss(undecoded: 3, missing: 1))
        let second = pipeline.intake()
        first.note(lost: FrameLoss(missing: 100))
        #expect(second.push(Fakes.frame(0, epoch: 1, lost: FrameLoss(thinned: 1))))
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.map(\.drops) == [FrameDrops(), FrameDrops(thinned: 1, undecoded: 3, missing: 1)])
        #expect(pipeline.counters.dropped[.undecoded] == 3 && pipeline.counters.dropped[.missing] == 1)
    }

    @Test func lossesOfTheSourceAreTold() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        pipeline.capture { _ in FakeSource(count: 3) { Fakes.frame($0, lost: FrameLoss(thinned: $0)) } }
        _ = wait(pipeline)
        #expect(output.records.map(\.dropped) == [0, 1, 2])
        #expect(output.records.map(\.drops.thinned) == [0, 1, 2])
        #expect(pipeline.counters.dropped[.thinned] == 3)
    }

    @Test func lossesBeforeFramesThatAreNotSelectedAreToldByTheNextThatIs() {
        let output = Collector()
        var options = PipelineOptions.file(name: "test")
        options.selection = .every(3)
        let pipeline = Fakes.pipeline(options, output: output)
        pipeline.capture { _ in FakeSource(count: 7) { Fakes.frame($0, lost: FrameLoss(thinned: $0 == 0 ? 0 : 2)) } }
        _ = wait(pipeline)
        #expect(output.records.map(\.dropped) == [0, 6, 6])
    }

    @Test func aSelectionIsNoLoss() {
        let output = Collector()
        var options = PipelineOptions.file(name: "test")
        options.selection = .every(4)
        let pipeline = Fakes.pipeline(options, output: output)
        pipeline.capture { _ in FakeSource(count: 10) }
        _ = wait(pipeline)
        #expect(output.records.map(\.pts) == [0, 4.0 / 25, 8.0 / 25])
        #expect(output.records.allSatisfy { $0.dropped == 0 })
        #expect(pipeline.counters.unselected == 7)
    }

    @Test func anErrorOfTheSourceSurfacesAfterWhatCameBeforeIt() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        pipeline.capture { _ in
            FakeSource(count: 7, failure: MediaError(.readFailed, source: "test", reason: "gone"))
        }
        guard case .failed(let error as MediaError) = wait(pipeline) else {
            return #expect(Bool(false), "the error is lost")
        }
        #expect(error.code == .readFailed)
        #expect(output.records.count == 7)
    }

    @Test func aSourceThatCannotBeOpenedFailsThePipeline() {
        let pipeline = Fakes.pipeline(output: Collector())
        pipeline.capture { interrupter in try MediaSource("/nowhere/at/all.mp4", interrupter: interrupter) }
        guard case .failed(let error as MediaError) = wait(pipeline) else {
            return #expect(Bool(false), "the error is lost")
        }
        #expect(error.code == .notFound)
    }

    @Test func anErrorOfTheReaderSurfacesOnceAndEndsTheSource() {
        let output = Collector()
        let ends = Mutex(0)
        let pipeline = Fakes.pipeline(reader: FakeReader(failAt: 5), output: output) { _ in ends.withLock { $0 += 1 } }
        pipeline.capture { _ in FakeSource(count: 1_000_000) }
        guard case .failed(let error) = wait(pipeline) else { return #expect(Bool(false), "the error is lost") }
        #expect(error is FakeFailure)
        #expect(output.records.count == 5)
        #expect(ends.withLock { $0 } == 1)
        pipeline.stop()
        #expect(ends.withLock { $0 } == 1)
    }

    @Test func anErrorOfTheFinderKeepsWhatWasFoundBefore() {
        let output = Collector()
        let finder = FakeFinder { frame in
            if frame.index == 5 { throw FakeFailure() }
            return [1]
        }
        let pipeline = Fakes.pipeline(finder: finder, output: output)
        pipeline.capture { _ in FakeSource(count: 1_000_000) }
        guard case .failed = wait(pipeline) else { return #expect(Bool(false), "the error is lost") }
        #expect(output.records.count == 5)
    }

    @Test func stoppingEndsSoonAndLeavesNoGap() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        pipeline.capture { _ in FakeSource(count: .max) }
        #expect(isTrue { pipeline.counters.records > 20 })
        pipeline.stop()
        guard case .stopped = wait(pipeline) else { return #expect(Bool(false), "it does not stop") }
        #expect(output.records.map(\.sequence) == Array(0..<output.records.count))
        #expect(pipeline.counters.records == output.records.count)
    }

    @Test func stoppingBeforeAnyFrameEnds() {
        let pipeline = Fakes.pipeline(output: Collector())
        pipeline.stop()
        guard case .stopped = wait(pipeline) else { return #expect(Bool(false), "it does not stop") }
    }

    @Test func stoppingInterruptsABlockedSource() throws {
        let pipeline = Fakes.pipeline(output: Collector())
        pipeline.capture { interrupter in
            // Nobody listens there, or nobody answers: either way it must not outlast the stop.
            try MediaSource("rtsp://10.255.255.1/silent", interrupter: interrupter)
        }
        pipeline.stop()
        #expect(wait(pipeline) != nil)
    }

    @Test func anOlderIntakeTakesNothingAnyMore() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        let first = pipeline.intake()
        #expect(first.push(Fakes.frame(0)))
        let second = pipeline.intake()
        #expect(!first.isOpen && second.isOpen)
        #expect(!first.push(Fakes.frame(1)))
        #expect(second.push(Fakes.frame(0, epoch: 1)))
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.map(\.epoch) == [0, 1])
        #expect(output.records.map(\.sequence) == [0, 1])
        #expect(!second.push(Fakes.frame(1)))
    }

    @Test func tracksAreAnnouncedBeforeTheirRecords() {
        let output = Collector()
        let calls = CallList()
        let pipeline = Fakes.pipeline(
            finder: FakeFinder { $0.index < 2 ? [4] : [] }, reader: FakeReader(calls: calls), output: output)
        pipeline.capture { _ in FakeSource(count: 4) }
        _ = wait(pipeline)
        #expect(output.all.map(\.kind) == [.event, .record, .record, .event, .record, .record])
        #expect(output.events[0].contains(#""event":"track_started""#) && output.events[0].contains(#""track":4"#))
        #expect(output.events[1].contains(#""event":"track_ended""#))
        #expect(calls.all == [.forget(4)])
    }

    @Test func aMarkerIsStampedOnce() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        let intake = pipeline.intake()
        intake.push(Fakes.frame(0))
        #expect(isTrue { pipeline.counters.records == 1 })
        pipeline.place(marker: "stimulus 3")
        pipeline.place(marker: "and 4")
        intake.push(Fakes.frame(1))
        intake.push(Fakes.frame(2))
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.map(\.markers) == [[], ["stimulus 3", "and 4"], []])
    }

    /// While a source is away, markers for it are kept up to a bound; what was given up is told before the next record.
    @Test func markersOfASourceThatIsAwayAreBounded() {
        let output = Collector()
        let pipeline = Fakes.pipeline(output: output)
        let intake = pipeline.intake()
        let kept = (0..<70).map { pipeline.place(marker: "\($0)") }
        #expect(kept == (0..<70).map { $0 < 64 })
        intake.push(Fakes.frame(0))
        intake.push(Fakes.frame(1))
        pipeline.finish()
        _ = wait(pipeline)
        #expect(output.records.map(\.markers) == [(6..<70).map(String.init), []])
        let dropped = output.events.filter { $0.contains(#""event":"dropped""#) }
        #expect(dropped.count == 1 && dropped[0].contains(#""count":6"#))
    }

    @Test func facesAreTakenForNeutralOnRequestAndAtATime() {
        let calls = CallList()
        var options = PipelineOptions.file(name: "test")
        options.neutralAt = 0.1
        let pipeline = Fakes.pipeline(
            options, finder: FakeFinder { $0.index == 3 ? [] : [1, 2] }, reader: FakeReader(calls: calls),
            output: Collector())
        let intake = pipeline.intake()
        for index in 0..<3 { intake.push(Fakes.frame(index)) }
        #expect(isTrue { pipeline.counters.records == 3 })
        pipeline.markNeutral()
        pipeline.withReader { $0.freezeBaselines() }
        #expect(isTrue { calls.all.count == 2 })
        // At 0.12 s nobody is seen: the moment waits for the next frame with faces.
        for index in 3..<6 { intake.push(Fakes.frame(index)) }
        pipeline.finish()
        _ = wait(pipeline)
        #expect(
            calls.all.filter { $0 != .forget(1) && $0 != .forget(2) } == [
                .neutral(nil), .freeze, .neutral(1), .neutral(2),
            ])
    }

    @Test func aPipelineThatNobodyEndsMayGo() {
        weak let pipeline = Fakes.pipeline(output: Collector())
        #expect(pipeline == nil)
    }
}
