public import Logging
public import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks

/// One source, kept alive for ever by a thread of its own: opened, read, lost, tried again with a new object each time.
///
/// `SourceMachine` decides; this carries it out. A thread that the kernel holds (a webcam that hangs in a driver, a file
/// on a dead server) is given up by `check`, and another takes its place.
public final class SupervisedSource: Sendable {
    /// Threads that may be held by the kernel before the source is stuck.
    private static let heldLimit = 2

    private struct State {
        var machine: SourceMachine
        /// The thread in charge; others have been given up and touch nothing.
        var generation = 0
        var held: Set<Int> = []
        var isRunning = false
        /// True while the thread is in libav's hands.
        var isReading = false
        var interrupter = Interrupter()
        var info: SourceInfo?
        var frames = 0
        var lastFrameTime: Int64?
        var lastPTS: Double?
        /// Sums of the readers before, and what the one in use has told last. The reader itself belongs to its thread alone: whoever
        /// let it go last would close the source.
        var counters = SourceCounters()
        var current = SourceCounters()
        var toldReason: String?
    }

    /// Its name in records.
    public let name: String
    private let isLive: Bool
    private let heldAfter: Duration
    private let handlers: SourceHandlers
    private let logger: Logger
    private let open: SourceOpener
    private let monitor: Monitor<State>

    /// Prepares a source; `start` begins.
    ///
    /// - Parameters:
    ///   - name: its name in records.
    ///   - url: what `MediaSource` opens.
    ///   - options: how it is opened and read.
    ///   - ladder: when it is tried again.
    ///   - firstEpoch: the epoch of its first frame.
    ///   - heldAfter: how long its thread may be unseen before it is given up.
    public convenience init(
        name: String, url: String, options: MediaOptions, ladder: ReconnectLadder = ReconnectLadder(),
        firstEpoch: Int = 0, heldAfter: Duration = .seconds(60), handlers: SourceHandlers, logger: Logger
    ) {
        let location = MediaLocation(url)
        // A file that plays for ever may lie on a disk that is not there yet, and a FIFO's next writer comes when it likes.
        let isAwaited = !location.isLive && (options.loops || location.isPipe)
        self.init(
            name: name, isLive: location.isLive, isAwaited: isAwaited, ladder: ladder, firstEpoch: firstEpoch,
            heldAfter: heldAfter, handlers: handlers, logger: logger
        ) { (interrupter, epoch) throws(MediaError) in
            try MediaSource(url, options: options, interrupter: interrupter, epoch: epoch)
        }
    }

    package init(
        name: String, isLive: Bool, isAwaited: Bool = false, ladder: ReconnectLadder, firstEpoch: Int = 0,
        heldAfter: Duration = .seconds(60), handlers: SourceHandlers, logger: Logger, open: @escaping SourceOpener
    ) {
        self.name = name
        self.isLive = isLive
        self.heldAfter = heldAfter
        self.handlers = handlers
        var logger = logger
        logger[metadataKey: "source"] = "\(name)"
        self.logger = logger
        self.open = open
        let machine = SourceMachine(
            isLive: isLive, isAwaited: isAwaited, ladder: ladder, firstEpoch: firstEpoch,
            seed: .random(in: 0 ... .max), now: MonotonicClock.time)
        monitor = Monitor(State(machine: machine))
    }

    /// Begins, on a thread of its own. To be called once.
    public func start() {
        monitor.withLock { $0.isRunning = true }
        launch(generation: 0, notBefore: nil)
    }

    /// Asks it to end; whatever its thread waits for is interrupted. Returns at once.
    public func stop() {
        // A thread that has no interrupter of its own yet is refused by the machine.
        let (interrupter, news) = monitor.signal { ($0.interrupter, $0.machine.stop()) }
        interrupter.interrupt()
        if let news { tell(news) }
    }

    /// Waits until its thread has ended.
    ///
    /// - Returns: false if it has not within the limit; it is left behind then and can do nothing any more.
    @discardableResult
    public func wait(atMost limit: Duration) -> Bool {
        let hasEnded: Bool? = monitor.wait(until: MonotonicClock.time + limit) { $0.isRunning ? nil : true }
        if hasEnded != true { monitor.withLock { $0.generation += 1 } }
        return hasEnded == true
    }

    /// Waits until a recording is over, or the source was stopped.
    public func waitForEnd() {
        let _: Bool? = monitor.wait(until: nil) { $0.isRunning ? nil : true }
    }

    /// How it is.
    public var status: SourceStatus {
        let now = MonotonicClock.time
        return monitor.withLock { state in
            SourceStatus(
                state: state.machine.state(at: now), epoch: state.machine.epoch, frames: state.frames,
                lastFrameTime: state.lastFrameTime, info: state.info,
                counters: state.counters + state.current,
                attempts: state.machine.attempts, reconnects: state.machine.reconnects, stalls: state.machine.stalls,
                lastError: state.machine.lastError, unseen: unseen(state).inSeconds, heldThreads: state.held.count,
                isStuck: state.held.count >= Self.heldLimit && state.isRunning)
        }
    }

    /// Gives the thread up if the kernel holds it, and begins anew with another. To be called now and then.
    public func check() {
        let now = MonotonicClock.time
        let outcome = monitor.signal { state -> (SourceMachine.Next, SourceMachine.News?, Int, Interrupter)? in
            // A file's thread may rightly wait for its consumer.
            guard isLive, unseen(state) >= heldAfter, state.held.count < Self.heldLimit else { return nil }
            let interrupter = state.interrupter
            state.held.insert(state.generation)
            state.generation += 1
            state.isReading = false
            leave(&state)
            let error = MediaError(.timedOut, source: name, reason: "its thread is held by the system")
            let (next, news) = state.machine.over(error, at: now)
            return (next, news, state.generation, interrupter)
        }
        guard let (next, news, generation, interrupter) = outcome else { return }
        interrupter.interrupt()
        logger.error("its thread is held by the system and was given up")
        if let news { tell(news) }
        guard case .retry(let moment) = next else { return }
        if monitor.withLock({ $0.held.count < Self.heldLimit }) { launch(generation: generation, notBefore: moment) }
    }

    private func unseen(_ state: State) -> Duration {
        guard state.isRunning, state.isReading else { return .zero }
        return .nanoseconds(max(0, MonotonicClock.now() - state.interrupter.lastSeen))
    }

    /// Starts the thread in charge. It holds this object until it ends.
    private func launch(generation: Int, notBefore moment: MonotonicTime?) {
        _ = WorkerThread(name: "source \(name)") { [self] in
            if let moment, !pause(until: moment, generation) { return finish(generation) }
            while attempt(generation) {}
            finish(generation)
        }
    }

    /// Opens the source once and reads it to its end.
    ///
    /// - Returns: true when it is to be tried again, after the pause that is due.
    private func attempt(_ generation: Int) -> Bool {
        let interrupter = Interrupter()
        let epoch = monitor.withLock { state -> Int? in
            guard state.generation == generation else { return nil }
            state.interrupter = interrupter
            state.isReading = true
            return state.machine.begin(at: MonotonicClock.time)
        }
        guard let epoch else { return false }
        var failure: MediaError?
        do throws(MediaError) {
            // Owned here alone, so that it is closed on this thread and under no lock.
            let reader = try open(interrupter, epoch)
            defer { count(reader, generation) }
            guard adopt(reader, generation) else { return false }
            let taker = handlers.connected(reader)
            switch try reader.deliver(to: taker, noting: { note($0, from: reader, generation) }) {
            case .ended: break
            case .abandoned: return false
            case .unwanted:
                // A thread that was given up meanwhile has no say in that.
                if monitor.withLock({ $0.generation == generation }) { stop() }
            }
        } catch {
            failure = error
        }
        let now = MonotonicClock.time
        let outcome = monitor.withLock { state -> (next: SourceMachine.Next, news: SourceMachine.News?)? in
            guard state.generation == generation else { return nil }
            state.isReading = false
            leave(&state)
            return state.machine.over(failure, at: now)
        }
        guard let outcome else { return false }
        if let news = outcome.news { tell(news) }
        guard case .retry(let moment) = outcome.next else { return false }
        note(failure, pause: moment - now)
        return pause(until: moment, generation)
    }

    private func adopt(_ reader: any FrameSource, _ generation: Int) -> Bool {
        let info = reader.info
        let isCurrent = monitor.withLock { state in
            guard state.generation == generation else { return false }
            state.machine.opened(isLive: info.isLive)
            state.info = info
            return true
        }
        return isCurrent
    }

    private func note(_ frame: VideoFrame, from reader: any FrameSource, _ generation: Int) -> Bool {
        let now = MonotonicClock.time
        let (info, counters) = (reader.info, reader.counters)
        let (isCurrent, news) = monitor.withLock { state -> (Bool, SourceMachine.News?) in
            guard state.generation == generation else { return (false, nil) }
            if frame.epoch != state.machine.epoch || state.frames == 0 { state.info = info }
            state.current = counters
            state.frames += 1
            state.lastFrameTime = MonotonicClock.wallMicroseconds()
            state.lastPTS = frame.pts
            return (true, state.machine.frame(epoch: frame.epoch, at: now))
        }
        if let news { tell(news) }
        return isCurrent
    }

    /// The reader is done: what it counted is kept.
    private func leave(_ state: inout State) {
        state.counters = state.counters + state.current
        state.current = SourceCounters()
    }

    /// Notes what a reader has counted, at its end.
    private func count(_ reader: any FrameSource, _ generation: Int) {
        let counters = reader.counters
        monitor.withLock { state in
            if state.generation == generation { state.current = counters }
        }
    }

    /// Sleeps; false when the source was stopped or the thread given up meanwhile.
    private func pause(until moment: MonotonicTime, _ generation: Int) -> Bool {
        let isOver: Bool? = monitor.wait(until: moment) { state in
            state.generation != generation || state.machine.state(at: moment) == .stopped ? true : nil
        }
        return isOver == nil
    }

    private func finish(_ generation: Int) {
        monitor.signal { state in
            state.held.remove(generation)
            guard state.generation == generation else { return }
            state.isRunning = false
            state.isReading = false
            leave(&state)
        }
    }

    private func tell(_ news: SourceMachine.News) {
        let (pts, epoch) = monitor.withLock { ($0.lastPTS, $0.machine.epoch) }
        let time = MonotonicClock.wallMicroseconds()
        switch news {
        case .lost(let reason):
            handlers.event(
                EventRecord(.streamLost, source: name, pts: pts, epoch: epoch, time: time, reason: reason))
        case .recovered(let duration):
            logger.notice("gives frames again after \(duration.brief) s")
            monitor.withLock { $0.toldReason = nil }
            handlers.event(
                EventRecord(
                    .recovered, source: name, pts: pts, epoch: epoch, time: time, seconds: duration.inSeconds))
        case .ended(let error):
            if let error { logger.error("\(error.reason)") }
            let reason = error?.reason ?? (status.state == .stopped ? "stopped" : "the end was reached")
            handlers.event(EventRecord(.ended, source: name, pts: pts, epoch: epoch, time: time, reason: reason))
        }
    }

    /// A reason is told once, not at every attempt.
    private func note(_ error: MediaError?, pause: Duration) {
        let reason = error?.reason ?? "the stream ended"
        let isNew = monitor.withLock { state in
            defer { state.toldReason = reason }
            return state.toldReason != reason
        }
        logger.log(level: isNew ? .warning : .debug, "\(reason); next attempt in \(pause.brief) s")
    }
}

extension SourceCounters {
    /// Both together.
    static func + (a: SourceCounters, b: SourceCounters) -> SourceCounters {
        var sum = SourceCounters()
        sum.packets = a.packets + b.packets
        sum.bytes = a.bytes + b.bytes
        sum.decoded = a.decoded + b.decoded
        sum.thinned = a.thinned + b.thinned
        sum.undecoded = a.undecoded + b.undecoded
        sum.missing = a.missing + b.missing
        sum.damaged = a.damaged + b.damaged
        sum.estimated = a.estimated + b.estimated
        return sum
    }
}

extension Duration {
    /// In seconds, with one decimal, for people.
    fileprivate var brief: Double { (inSeconds * 10).rounded() / 10 }
}
