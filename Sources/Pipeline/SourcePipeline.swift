internal import Dispatch
public import Expression
public import Media
internal import Platform
public import Records

/// One source's way from frames to lines: queue, tracker, queue, networks, records.
///
///     capture thread -> [frames] -> tracking -> [batches] -> expression -> output
///
/// A pipeline outlives the connections of its source: whoever reads the source pushes frames through a `FrameIntake`, takes a new
/// one for each connection, and says `finish` or `stop` in the end. `capture` does all that for a source that is read once.
/// Order is kept. The two stages run on serial queues of their own and never block; in a pipeline for files the
/// reader waits, in a live one the newest frame wins.
public final class SourcePipeline: Sendable {
    /// How it is run.
    public let options: PipelineOptions

    private let frames: BoundedQueue<VideoFrame>
    private let tracking: TrackingStage
    private let expression: ExpressionStage
    private let running = DispatchGroup()
    private let state: Guarded<State>
    private let batches: BoundedQueue<FaceBatch>
    private let trackingPump: StagePump<SourcePipeline>
    private let expressionPump: StagePump<SourcePipeline>

    private struct State {
        var outcome: PipelineOutcome?
        var isDone = false
        var generation = 0
        var selector: FrameSelector
        var thinning: ThinningPolicy?
        var captured = 0
        var unselected = 0
        var lost = FrameLoss()
        /// Losses before frames that were not selected: the next selected one tells them.
        var carriedLoss = FrameLoss()
        var lateness = Lateness()
        var lastCapture: Int64?
        var interrupter: Interrupter?
        var onEnd: (@Sendable (PipelineOutcome) -> Void)?
    }

    /// Makes a pipeline that waits for frames.
    ///
    /// - Parameters:
    ///   - labels: the names that the reader's values have, in order.
    ///   - finder: finds the faces; belongs to the pipeline from here on.
    ///   - reader: reads the expressions; belongs to the pipeline from here on.
    ///   - smoother: smooths with the future too; nil leaves it to the reader.
    ///   - watch: finds out what faces do over time; nil tells nothing of it.
    ///   - output: takes the records, and the events of tracks between them where the format tells them.
    ///   - faces: takes the faces themselves; nil hands them to nobody.
    ///   - format: what the records are written as.
    ///   - onEnd: called once when the last record was written, on any thread.
    public init(
        options: PipelineOptions, labels: RecordLabels, finder: sending any FaceFinding,
        reader: sending any ExpressionReader, smoother: sending OfflineSmoother<FrameRecord>? = nil,
        watch: EventWatch? = nil, output: any RecordOutput, faces faceOutput: (any FaceOutput)? = nil,
        format: RecordFormat = .standard,
        onEnd: (@Sendable (PipelineOutcome) -> Void)? = nil
    ) {
        self.options = options
        let frames = BoundedQueue<VideoFrame>(capacity: options.frameCapacity, policy: options.policy)
        let batches = BoundedQueue<FaceBatch>(capacity: options.batchCapacity, policy: .block)
        let spares = SpareBatches()
        self.frames = frames
        tracking = TrackingStage(frames: frames, batches: batches, spares: spares, finder: finder)
        expression = ExpressionStage(
            batches: batches, spares: spares, reader: reader, smoother: smoother, watch: watch,
            output: output, faceOutput: faceOutput, encoder: format.makeEncoder(labels), labels: labels,
            options: options)
        state = Guarded(
            State(
                selector: FrameSelector(options.selection), thinning: options.thinning.map(ThinningPolicy.init),
                onEnd: onEnd))
        self.batches = batches
        trackingPump = StagePump(label: "norface.tracking.\(options.name)") { $0.track() }
        expressionPump = StagePump(label: "norface.expression.\(options.name)") { $0.read() }
        running.enter()
    }

    deinit {
        // A group must not go while somebody has entered it.
        if !state.withLock({ $0.isDone }) { running.leave() }
    }

    /// Shows each frame and its faces to somebody from now on; nil to nobody.
    public func show(to viewer: (any FrameViewer)?) { tracking.show(to: viewer) }

    // MARK: Frames in

    /// A way in for the frames of one connection. The one before it takes nothing any more: a thread that hangs in the kernel
    /// may be left to itself.
    ///
    /// - Parameter patience: seconds that the source may be read late (`SourceInfo.patience`): frames that come in bursts wait for room so long
    ///   instead of being dropped.
    public func intake(patience: Double = 0) -> FrameIntake {
        FrameIntake(
            pipeline: self,
            generation: state.withLock { state in
                state.generation += 1
                state.lateness = Lateness()
                return state.generation
            },
            patience: patience)
    }

    /// Reads a source once on a thread of its own, to its end or until the pipeline is stopped.
    ///
    /// A source that turns out to wait for its reader, such as a recording on a web server, is read like a file whatever the options are:
    /// nothing of it is dropped.
    ///
    /// - Parameter open: opens the source with the given interrupter, on that thread.
    public func capture(_ open: @escaping @Sendable (Interrupter) throws -> any FrameSource) {
        let interrupter = Interrupter()
        let isStopped = state.withLock { state in
            state.interrupter = interrupter
            return state.outcome != nil
        }
        if isStopped { interrupter.interrupt() }
        _ = WorkerThread(name: "capture") { [self] in
            do {
                let source = try open(interrupter)
                if !source.info.isLive { holdBack() }
                _ = try source.deliver(to: intake(patience: source.info.patience))
                finish()
            } catch {
                fail(error)
            }
        }
    }

    /// Has the reader wait for the analysis. Before the first frame.
    private func holdBack() {
        let file = PipelineOptions.file(name: options.name)
        frames.change(capacity: file.frameCapacity, policy: file.policy)
        batches.change(capacity: file.batchCapacity, policy: .block)
        state.withLock { $0.thinning = nil }
    }

    func push(_ frame: VideoFrame, generation: Int, patience: Double) -> Bool {
        let taken = state.withLock { state -> (isTaken: Bool, lost: FrameLoss, patience: Double)? in
            guard state.generation == generation, state.outcome == nil else { return nil }
            let now = MonotonicClock.now()
            state.captured += 1
            state.lost += frame.lostBefore
            state.lastCapture = now
            let late = state.lateness.frame(pts: frame.pts, epoch: frame.epoch, now: Double(now) * 1e-9)
            let isTaken = state.selector.takes(pts: frame.pts, epoch: frame.epoch)
            state.carriedLoss += frame.lostBefore
            guard isTaken else {
                state.unselected += 1
                return (false, FrameLoss(), 0)
            }
            defer { state.carriedLoss = FrameLoss() }
            return (true, state.carriedLoss, patience - late)
        }
        guard let taken else { return false }
        guard taken.isTaken else { return true }
        let wait = Int64(seconds: max(0, taken.patience), unitsPerSecond: 1e9)
        let result = frames.push(frame, lostBefore: taken.lost, patience: wait)
        trackingPump.wake(self)
        adjustThinning()
        return result != .closed
    }

    func note(lost: FrameLoss, generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.lost += lost
            state.carriedLoss += lost
        }
    }

    func isOpen(generation: Int) -> Bool {
        state.withLock { $0.generation == generation && $0.outcome == nil }
    }

    var thinning: MediaSource.Thinning { state.withLock { $0.thinning?.level ?? .all } }

    /// Lets the thinning follow the load of the slower stage.
    private func adjustThinning() {
        guard options.thinning != nil else { return }
        let counters = frames.counters
        let slower = [tracking.durations, expression.durations].max { $0.sum < $1.sum } ?? DurationHistogram()
        var load = ThinningPolicy.Load(
            offered: counters.pushed, dropped: counters.overflowed, processed: slower.count, busy: slower.sum)
        let now = Double(MonotonicClock.now()) * 1e-9
        _ = state.withLock { state in
            load.media = state.lateness.media
            return state.thinning?.update(now: now, load: load)
        }
    }

    // MARK: The end

    /// Takes no more frames; those that wait are analysed.
    public func finish() {
        end(.ended, discarding: false)
    }

    /// Takes no more frames and throws away those that wait for the tracker. Interrupts a source that `capture` reads.
    public func stop() {
        end(.stopped, discarding: true)
    }

    /// Ends with an error, as after `finish`: what came before it is analysed.
    public func fail(_ error: any Error) {
        end(.failed(error), discarding: false)
    }

    /// Waits until the last record was written.
    ///
    /// - Parameter deadline: nanoseconds on `MonotonicClock`; nil waits for ever.
    /// - Returns: how it ended; nil when the time was over first.
    public func wait(until deadline: Int64? = nil) -> PipelineOutcome? {
        running.wait(until: deadline) ? state.withLock { $0.outcome } : nil
    }

    /// The first reason to end is the one that counts; a later one can only throw away what waits.
    private func end(_ outcome: PipelineOutcome, discarding: Bool) {
        let interrupter = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            return state.interrupter
        }
        if discarding { interrupter?.interrupt() }
        frames.close(discarding: discarding)
        trackingPump.wake(self)
    }

    // MARK: The stages

    private func track() -> Bool {
        do {
            let hasWorked = try tracking.step()
            // Also when there was nothing to do: the end may have to be passed on.
            expressionPump.wake(self)
            return hasWorked
        } catch {
            end(.failed(error), discarding: true)
            batches.close()
            expressionPump.wake(self)
            return false
        }
    }

    private func read() -> Bool {
        do {
            if try expression.step(whenTaken: { trackingPump.wake(self) }) { return true }
        } catch {
            // Nothing after the frame at fault is analysed.
            end(.failed(error), discarding: true)
            batches.close(discarding: true)
        }
        if batches.isExhausted { complete() }
        return false
    }

    private func complete() {
        let (outcome, onEnd) = state.withLock { state -> (PipelineOutcome?, (@Sendable (PipelineOutcome) -> Void)?) in
            guard !state.isDone else { return (nil, nil) }
            state.isDone = true
            defer { state.onEnd = nil }
            return (state.outcome, state.onEnd)
        }
        guard let outcome else { return }
        expression.finish()
        onEnd?(outcome)
        running.leave()
    }

    // MARK: From outside

    /// Has the next record carry a marker.
    ///
    /// - Returns: false if an older one, of many that wait for a source that is away, had to be given up for it.
    @discardableResult
    public func place(marker: String) -> Bool {
        expression.place(marker: marker)
    }

    /// Takes the face of a track for its neutral one in the next frame in which it is seen; nil takes those of all tracks.
    public func markNeutral(track: Int? = nil) {
        expressionPump.perform { [expression] in expression.reader.markNeutral(track: track) }
    }

    /// Calls `body` with the reader between two frames, in the order of the calls; after the end, too.
    public func withReader(_ body: @escaping @Sendable (any ExpressionReader) -> Void) {
        expressionPump.perform { [expression] in body(expression.reader) }
    }

    /// What was done so far.
    public var counters: PipelineCounters {
        var counters = PipelineCounters()
        state.withLock { state in
            counters.captured = state.captured
            counters.unselected = state.unselected
            counters.dropped[.thinned] = state.lost.thinned
            counters.dropped[.undecoded] = state.lost.undecoded
            counters.dropped[.missing] = state.lost.missing
            counters.lastCapture = state.lastCapture
            counters.thinning = state.thinning?.level ?? .all
        }
        counters.activeTracks = tracking.activeTracks
        counters.stages = [PipelineCounters.Stage(name: "tracking", durations: tracking.durations)]
        expression.report(into: &counters)
        let queue = frames.counters
        counters.dropped[.overload] = queue.overflowed
        counters.dropped[.stopped] = queue.discarded
        counters.queues = [
            PipelineCounters.Queue(name: "frames", counters: queue),
            PipelineCounters.Queue(name: "batches", counters: batches.counters),
        ]
        return counters
    }
}
