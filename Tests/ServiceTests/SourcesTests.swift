import Glibc
import Imaging
import Logging
import Media
import Pipeline
import Platform
import Records
import Service
import Sinks
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Supervised sources on their threads, with real peers and with scripted ones.
@Suite(.serialized, .timeLimit(.minutes(30))) struct SourcesTests {
    private let journal = Journal()

    private func supervised(
        _ name: String = "door", isLive: Bool = true,
        ladder: ReconnectLadder = ReconnectLadder(shortest: .milliseconds(20)),
        heldAfter: Duration = .seconds(60), open: @escaping SourceOpener
    ) -> SupervisedSource {
        SupervisedSource(
            name: name, isLive: isLive, ladder: ladder, heldAfter: heldAfter, handlers: journal.handlers,
            logger: journal.logger, open: open)
    }

    @Test func aServerThatIsKilledAndStartedAgainIsFoundAgain() throws {
        var server = try Peer("rtsp_server.py")
        let port = server.port
        let supervisor = SourceSupervisor(logger: journal.logger)
        var options = MediaOptions()
        options.deadlines.stall = .seconds(4)
        supervisor.start(
            name: "door", url: "rtsp://admin:s3cret@127.0.0.1:\(port)/live", options: options,
            handlers: journal.handlers)
        try journal.waitForFrames(20)
        #expect(supervisor.status(of: "door")?.state == .streaming)
        server.kill()
        try journal.wait { $0.events.contains { $0.name == .streamLost } }
        server = try Peer("rtsp_server.py", "--port", "\(port)")
        try journal.wait { $0.events.contains { $0.name == .recovered } && $0.frames.last?.epoch == 1 }
        let status = try #require(supervisor.status(of: "door"))
        #expect(status.state == .streaming && status.lastError == nil && status.attempts > 1 && status.epoch == 1)
        #expect(status.info?.codec == "h264" && status.counters.decoded >= status.frames)
        #expect(supervisor.isSound)
        #expect(supervisor.stop("door", within: .seconds(10)))
        try journal.wait { $0.events.last?.name == .ended }
        journal.expectOrder()
        let told = journal.text
        #expect(!told.isEmpty && !told.contains("s3cret"))
        // Started again under its name, it goes on where it was.
        supervisor.start(
            name: "door", url: "rtsp://127.0.0.1:\(port)/live", options: options, handlers: journal.handlers)
        try journal.wait { $0.frames.last?.epoch == 2 }
        #expect(supervisor.stopAll(within: .seconds(10)))
    }

    @Test func aServerThatFallsSilentIsLeftAndCalledAgain() throws {
        let clips = try TemporaryFolder()
        let clip = clips.path.appending("a.ts").string
        try Command.run(
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2",
            "-c:v", "libx264", "-tune", "zerolatency", "-g", "10", clip)
        let peer = try Peer("fault_peer.py", "play", clip, "--then", "silent")
        let supervisor = SourceSupervisor(logger: journal.logger)
        var options = MediaOptions()
        options.deadlines = .init(open: .seconds(5), firstFrame: .seconds(5), stall: .seconds(1))
        supervisor.start(
            name: "door", url: "tcp://127.0.0.1:\(peer.port)", options: options, handlers: journal.handlers)
        try journal.wait { $0.frames.last?.epoch == 2 }
        let status = try #require(supervisor.status(of: "door"))
        #expect(status.stalls >= 2 && status.reconnects["timedOut"] ?? 0 >= 2)
        #expect(supervisor.stopAll(within: .seconds(10)))
        journal.expectOrder()
        let names = journal.events.map(\.name)
        #expect(names.prefix(4) == [.streamLost, .recovered, .streamLost, .recovered])
        #expect(journal.events.first { $0.name == .recovered }?.seconds ?? 0 > 0.9)
    }

    @Test func aStopEndsAPauseAtOnce() throws {
        let refused = try Peer("fault_peer.py", "silent")
        refused.kill()
        let supervisor = SourceSupervisor(logger: journal.logger)
        supervisor.start(
            name: "door", url: "tcp://127.0.0.1:\(refused.port)", options: MediaOptions(),
            ladder: ReconnectLadder(shortest: .seconds(600), longest: .seconds(600)), handlers: journal.handlers)
        try journal.wait { $0.events.contains { $0.name == .streamLost } }
        #expect(supervisor.status(of: "door")?.state == .backoff)
        let start = ContinuousClock.now
        #expect(supervisor.stop("door", within: .seconds(10)))
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(journal.events.last?.name == .ended && journal.events.last?.reason == "stopped")
    }

    @Test func aFileIsReadToItsEndAndNotAgain() throws {
        let folder = try TemporaryFolder()
        let clip = folder.path.appending("a.mp4").string
        try Command.run(
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=1",
            "-c:v", "libx264", clip)
        let source = SupervisedSource(
            name: "clip", url: clip, options: MediaOptions(), handlers: journal.handlers, logger: journal.logger)
        source.start()
        source.waitForEnd()
        #expect(source.status.state == .ended && source.status.frames == 25 && source.status.attempts == 1)
        #expect(journal.events.map(\.name) == [.ended] && journal.events.first?.reason == "the end was reached")
        let missing = SupervisedSource(
            name: "clip", url: "/nonexistent.mp4", options: MediaOptions(), handlers: journal.handlers,
            logger: journal.logger)
        missing.start()
        missing.waitForEnd()
        #expect(missing.status.lastError?.code == .notFound)
        #expect(journal.events.last?.reason == "cannot open: No such file or directory")
    }

    @Test func aFileThatPlaysForEverIsAwaited() throws {
        let folder = try TemporaryFolder()
        let clip = folder.path.appending("a.mp4").string
        var options = MediaOptions()
        (options.realtime, options.loops) = (true, true)
        let source = SupervisedSource(
            name: "clip", url: clip, options: options, ladder: ReconnectLadder(shortest: .milliseconds(20)),
            handlers: journal.handlers, logger: journal.logger)
        source.start()
        try journal.wait { $0.events.contains { $0.name == .streamLost } }
        try Command.run(
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=1",
            "-c:v", "libx264", clip + ".part.mp4")
        try Command.run("mv", clip + ".part.mp4", clip)
        try journal.waitForFrames(30)
        #expect(source.status.state == .streaming)
        source.stop()
        #expect(source.wait(atMost: .seconds(5)))
    }

    @Test func aConsumerThatWantsNoMoreEndsTheSource() throws {
        let handlers = SourceHandlers(
            connected: { [journal] reader in
                let taker = journal.handlers.connected(reader)
                return Taker { frame in taker.push(frame) && journal.frames.count < 5 }
            }, event: journal.handlers.event)
        let source = SupervisedSource(
            name: "door", isLive: true, ladder: ReconnectLadder(), handlers: handlers, logger: journal.logger
        ) { (interrupter, epoch) throws(MediaError) in
            Scripted(frames: 1_000, epoch: epoch)
        }
        source.start()
        source.waitForEnd()
        #expect(source.status.state == .stopped && journal.frames.count == 5)
    }

    @Test func anAttemptIsANewObjectWithTheNextEpoch() throws {
        let opened = Mutex<[Int]>([])
        let source = supervised { (interrupter, epoch) throws(MediaError) in
            opened.withLock { $0.append(epoch) }
            if opened.withLock({ $0.count }) % 2 == 0 { throw MediaError(.cannotOpen, source: "door", reason: "no") }
            return Scripted(frames: 3, epoch: epoch)
        }
        source.start()
        try journal.waitForFrames(30)
        source.stop()
        #expect(source.wait(atMost: .seconds(5)))
        let epochs = opened.withLock { $0 }
        #expect(epochs.prefix(6) == [0, 1, 1, 2, 2, 3])
        journal.expectOrder()
        #expect(source.status.counters.decoded == source.status.frames, "sums over all attempts")
    }

    /// A webcam that hangs in the kernel: nobody can wake its thread.
    @Test func aThreadThatIsHeldByTheSystemIsGivenUp() throws {
        let gate = Gate()
        let attempts = Atomic(0)
        let source = supervised(heldAfter: .milliseconds(400)) { (interrupter, epoch) throws(MediaError) in
            if attempts.add(1, ordering: .relaxed).newValue == 1 {
                return Scripted(frames: 1, epoch: epoch, then: gate)
            }
            return Scripted(frames: 1_000_000, epoch: epoch, interrupter: interrupter)
        }
        source.start()
        try journal.waitForFrames(1)
        let isHeld = until {
            source.check()
            return source.status.heldThreads > 0
        }
        #expect(isHeld)
        try journal.wait { $0.frames.last?.epoch == 1 }
        #expect(source.status.state == .streaming && !source.status.isStuck)
        #expect(journal.events.map(\.name).prefix(2) == [.streamLost, .recovered])
        // It wakes up at last, and has nothing to say any more.
        gate.open()
        #expect(until { source.status.heldThreads == 0 })
        source.stop()
        #expect(source.wait(atMost: .seconds(5)))
        journal.expectOrder()
    }

    /// Closing a source may take a second; nobody who asks for its status waits for that.
    @Test func aSourceIsClosedUnderNoLock() {
        let (closing, gate) = (Gate(), Gate())
        let source = supervised(isLive: false) { (interrupter, epoch) throws(MediaError) in
            Scripted(frames: 3, epoch: epoch) {
                closing.open()
                gate.wait()
            }
        }
        source.start()
        closing.wait()
        #expect(source.status.frames == 3 && source.status.counters.decoded == 3)
        source.check()
        gate.open()
        source.waitForEnd()
        #expect(source.status.state == .ended && source.status.counters.decoded == 3)
    }

    /// Sources that hang are stopped side by side.
    @Test func sixteenThatHangTakeNoLongerThanOne() {
        let supervisor = SourceSupervisor(logger: journal.logger)
        let gate = Gate()
        let opening = Atomic(0)
        for index in 0..<16 {
            supervisor.start(name: "s\(index)", handlers: journal.handlers) { (_, _) throws(MediaError) in
                opening.add(1, ordering: .relaxed)
                gate.wait()
                throw MediaError(.cannotOpen, source: "s\(index)", reason: "too late")
            }
        }
        // One that has not begun to open yet would be stopped at once.
        #expect(until { opening.load(ordering: .relaxed) == 16 })
        let start = ContinuousClock.now
        let hung = Atomic(0)
        let threads = (0..<16).map { index in
            WorkerThread(name: "stopping") {
                if !supervisor.stop("s\(index)", within: .seconds(1)) { hung.add(1, ordering: .relaxed) }
            }
        }
        for thread in threads { thread.join() }
        #expect(hung.load(ordering: .relaxed) == 16)
        #expect(supervisor.statuses.isEmpty)
        #expect(ContinuousClock.now - start < .seconds(8), "one after the other they take 16 s")
        gate.open()
    }

    @Test func tooManyHeldThreadsAreToldAndAStopDoesNotWaitForThem() throws {
        let gate = Gate()
        let source = supervised(heldAfter: .milliseconds(300)) { (interrupter, epoch) throws(MediaError) in
            gate.wait()
            throw MediaError(.cannotOpen, source: "door", reason: "too late")
        }
        source.start()
        let isStuck = until {
            source.check()
            return source.status.isStuck
        }
        #expect(isStuck)
        let start = ContinuousClock.now
        source.stop()
        source.wait(atMost: .milliseconds(300))
        #expect(ContinuousClock.now - start < .seconds(3))
        gate.open()
        #expect(journal.events.map(\.name) == [.streamLost, .ended])
    }
}

/// A reader that gives grey frames.
private final class Scripted: FrameSource {
    let info = SourceInfo(
        name: "scripted", format: "", codec: "", pixelFormat: "", width: 8, height: 8, nominalRate: nil, duration: nil,
        frameCountEstimate: nil, startTime: nil, orientation: .upright, isLive: true)
    var thinning = MediaSource.Thinning.all
    private let count: Int
    private let epoch: Int
    private let gate: Gate?
    private let interrupter: Interrupter?
    private let given = Mutex(0)
    private let onClose: () -> Void

    init(
        frames: Int, epoch: Int, then gate: Gate? = nil, interrupter: Interrupter? = nil,
        onClose: @escaping () -> Void = {}
    ) {
        self.onClose = onClose
        count = frames
        self.epoch = epoch
        self.gate = gate
        self.interrupter = interrupter
    }

    deinit { onClose() }

    var counters: SourceCounters {
        var counters = SourceCounters()
        counters.decoded = given.withLock { $0 }
        return counters
    }

    func next() throws(MediaError) -> VideoFrame? {
        let number = given.withLock { $0 }
        if interrupter?.isStopped == true { throw MediaError(.interrupted, source: "scripted", reason: "stopped") }
        guard number < count else {
            gate?.wait()
            return nil
        }
        usleep(2_000)
        given.withLock { $0 += 1 }
        let grey = [UInt8](repeating: 128, count: 64)
        return grey.withUnsafeBufferPointer { bytes in
            VideoFrame(
                copying: PlanarImage(
                    width: 8, height: 8, y: bytes.baseAddress!, yStride: 8, u: nil, v: nil, chromaStride: 0,
                    chromaStep: 1,
                    fullRange: true, matrix: .bt601, owner: nil),
                timing: .init(pts: Double(number) / 25, epoch: epoch, index: number))
        }
    }
}

/// Holds threads until it is opened.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        while !isOpen.load(ordering: .acquiring) { usleep(5_000) }
    }
}
