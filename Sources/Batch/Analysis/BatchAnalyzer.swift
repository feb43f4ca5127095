public import Analysis
internal import Dispatch
internal import Expression
internal import FaceTracking
public import Media
public import Pipeline
internal import Platform
public import Records
internal import Sinks
internal import SystemPackage

/// Analyses inputs, each by itself; the stages of each run side by side, and so may several inputs.
///
/// Every input begins with nothing known, so that its records do not depend on what was analysed before it or beside it.
public final class BatchAnalyzer: Sendable {
    private let models: AnalysisModels
    private let settings: AnalysisSettings
    private let media: MediaOptions
    private let hashes: Bool
    private let format: RecordFormat
    private let pictureRate: Double
    private let faces: (any FaceOutput)?
    private let state = Guarded(State())

    private struct State {
        var isStopped = false
        var pipelines: [ObjectIdentifier: SourcePipeline] = [:]
    }

    /// Makes an analyzer; the models are shared by all inputs.
    ///
    /// - Parameters:
    ///   - media: how inputs are opened and read.
    ///   - hashes: whether the sidecars tell the inputs' SHA-256.
    ///   - format: what the records are written as.
    ///   - pictureRate: pictures a second of sequences of pictures.
    ///   - faces: takes the faces of all inputs themselves; nil hands them to nobody.
    public init(
        models: AnalysisModels, settings: AnalysisSettings, media: MediaOptions = MediaOptions(), hashes: Bool = false,
        format: RecordFormat = .standard, pictureRate: Double = 25,
        faces: (any FaceOutput)? = nil
    ) {
        var media = media
        media.mask = settings.mask
        self.media = media
        self.hashes = hashes
        self.format = format
        self.models = models
        self.settings = settings
        self.pictureRate = pictureRate
        self.faces = faces
    }

    /// Ends the inputs in work, and every one after them, with whole lines. From any thread.
    public func stop() {
        let pipelines = state.withLock { state in
            state.isStopped = true
            return Array(state.pipelines.values)
        }
        for pipeline in pipelines { pipeline.stop() }
    }

    /// Whether `stop` was called.
    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// The names in the records.
    var labels: RecordLabels { models.labels(settings) }

    /// Whether events are told.
    var tellsEvents: Bool { settings.events.isOn }

    /// What every file of records begins with.
    var header: [UInt8] { format.makeEncoder(labels).header }

    /// What is true of the records of some inputs, as their sidecar says.
    func run(_ inputs: [Input]) -> RunInfo {
        var entries = media.entries + baselineDigest
        if inputs.contains(where: { $0.sequence != nil }) {
            entries.append(RunInfo.Entry("picture_rate", "\(pictureRate)"))
        }
        return RunInfo(
            program: "norface", started: MonotonicClock.wallMicroseconds(), bundle: models.bundle,
            faces: models.frontEnd.faces,
            sources: inputs.map { input in
                AnalysedSource(
                    name: input.name, input: input.media.name, path: input.path == nil ? nil : input.place,
                    settings: settings)
            },
            settings: entries, format: format.nameInRun)
    }

    /// A baseline's file may be another under the same name.
    private var baselineDigest: [RunInfo.Entry] {
        guard let path = settings.baselineFile, let digest = try? SHA256.hex(ofFile: path) else { return [] }
        return [RunInfo.Entry("baseline_sha256", digest)]
    }

    /// What an earlier run has left of a job, with these settings and this bundle, where nothing was changed since.
    func standing(of job: Job) -> FinishedRun.Standing {
        guard case .file(let path) = job.destination else { return .open }
        return FinishedRun.standing(of: path, input: job.input, run: run([job.input]))
    }

    /// Analyses an input, writing to a sink, which stays open.
    ///
    /// - Parameters:
    ///   - first: the number of the first record.
    ///   - events: takes the events; nil sends them to the sink, if its format has a place for them.
    ///   - summary: told of each record.
    ///   - watch: told ten times a second how far it is.
    /// - Returns: what was done, also when it was stopped or nobody reads any more.
    /// - Throws: what ended it too early; what came before is in the sink.
    func analyze(
        _ input: Input, into sink: any RecordSink, events: (any RecordSink)? = nil, first: Int = 0,
        summary: RecordingSummary? = nil,
        watch: (AnalysisProgress) -> Void
    ) throws(Failure) -> AnalysisReport {
        let opened = OpenedSource()
        let pipeline = try models.pipeline(
            name: input.name, isLive: !input.isFile, settings: settings,
            output: SinkOutput(
                sink: sink, events: events, holdsEvents: format.makeEncoder(labels).holdsEvents, summary: summary),
            faces: faces, format: format, firstSequence: first)
        let isStopped = state.withLock { state in
            state.pipelines[ObjectIdentifier(pipeline)] = pipeline
            return state.isStopped
        }
        defer { state.withLock { _ = $0.pipelines.removeValue(forKey: ObjectIdentifier(pipeline)) } }
        if isStopped { pipeline.stop() }
        let start = MonotonicClock.now()
        pipeline.capture { [media, pictureRate] interrupter in
            let source = try Self.open(input, media: media, pictureRate: pictureRate, interrupter: interrupter)
            opened.set(source)
            return source
        }
        var end = AnalysisReport.End.ended
        var outcome: PipelineOutcome?
        while outcome == nil {
            outcome = pipeline.wait(until: MonotonicClock.now() + 100_000_000)
            watch(progress(of: pipeline, opened, since: start))
            if end == .ended, sink.status.isClosedByReader {
                end = .unread
                pipeline.stop()
            }
            // Nobody wants an analysis that goes on while a full disk takes nothing of it.
            if !sink.status.isHealthy { pipeline.stop() }
        }
        switch outcome {
        case .failed(let error): throw Failure(error)
        case .stopped where end == .ended: end = .stopped
        default: break
        }
        if let path = settings.savedBaseline, end == .ended {
            _ = try ask(pipeline) { try $0.saveBaselines(to: path, recording: input.name) }
        }
        let sharers = settings.baselineFile == nil ? nil : try ask(pipeline) { $0.sharersOfBaseline }
        let counters = pipeline.counters
        let isRead = end == .ended
        return AnalysisReport(
            end: end, isLive: opened.info?.isLive ?? !input.isFile,
            progress: progress(of: pipeline, opened, since: start),
            damaged: opened.damaged, shortfall: isRead ? opened.shortfall : nil, remarks: isRead ? opened.remarks : [],
            video: isRead ? video(opened, of: input) : nil,
            neutral: settings.neutralAt.map {
                RunInfo.Neutral(asked: $0, pts: counters.neutral?.pts, faces: counters.neutral?.faces ?? 0)
            },
            sharersOfBaseline: sharers ?? 0, counters: counters)
    }

    /// What was read, for the sidecar.
    private func video(_ opened: OpenedSource, of input: Input) -> VideoInfo? {
        guard var video = opened.final.map({ VideoInfo($0, options: media) }) else { return nil }
        if hashes, input.sequence == nil, let path = input.path { video.sha256 = try? SHA256.hex(ofFile: path) }
        return video
    }

    private static func open(
        _ input: Input, media: MediaOptions, pictureRate: Double, interrupter: Interrupter
    ) throws(MediaError) -> any RecordingSource {
        guard let sequence = input.sequence, let folder = input.path else {
            return try MediaSource(input.media, options: media, interrupter: interrupter)
        }
        return try PictureSequence(
            sequence, in: folder, name: input.name, rate: pictureRate, options: media, interrupter: interrupter
        )
    }

    private func progress(
        of pipeline: SourcePipeline, _ opened: OpenedSource, since start: Int64
    ) -> AnalysisProgress {
        let counters = pipeline.counters
        let info = opened.info
        let isPart = media.start != nil || media.end != nil
        let first = counters.firstPTS ?? 0
        return AnalysisProgress(
            records: counters.records, captured: counters.captured, frames: isPart ? nil : info?.frameCountEstimate,
            mediaTime: max(0, (counters.lastPTS ?? first) - first),
            duration: isPart ? info.flatMap(media.length) : info?.duration,
            elapsed: Double(MonotonicClock.now() - start) * 1e-9)
    }

    /// Asks a pipeline's analyzer, between two frames, and waits for what it says.
    private func ask<Value: Sendable>(
        _ pipeline: SourcePipeline, _ body: @escaping @Sendable (ExpressionAnalyzer) throws -> Value
    ) throws(Failure) -> Value? {
        let answer = Answer<Value>()
        pipeline.withReader { reader in
            answer.given.withLock { given in
                given = (reader as? ExpressionAnalyzer).map { analyzer in Result { try body(analyzer) } }
            }
            answer.done.signal()
        }
        answer.done.wait()
        do {
            return try answer.given.withLock { $0 }?.get()
        } catch {
            throw Failure(error)
        }
    }
}

/// What another thread says when it is asked.
private final class Answer<Value: Sendable>: Sendable {
    let given = Guarded<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
}

/// The source that a capture thread has opened; others read its counters.
private final class OpenedSource: Sendable {
    private let box = Guarded<(source: any RecordingSource, info: SourceInfo)?>(nil)

    func set(_ source: any RecordingSource) {
        let info = source.info
        box.withLock { $0 = (source, info) }
    }

    /// The source, which is asked outside of the lock: it has locks of its own.
    private var source: (any RecordingSource)? { box.withLock { $0?.source } }

    /// What was found when it was opened; nil before.
    var info: SourceInfo? { box.withLock { $0?.info } }
    /// What is known of it now that it has been read to its end, and nobody reads any more.
    var final: SourceInfo? { source?.info }
    var damaged: Int { source?.counters.damaged ?? 0 }
    /// What is missing, once the source has been read to its end.
    var shortfall: RunInfo.Shortfall? {
        guard let completeness = source?.completeness, let reason = completeness.shortfall else { return nil }
        return RunInfo.Shortfall(
            reason: "\(reason)", expectedFrames: completeness.expectedFrames,
            expectedSeconds: completeness.expectedSeconds)
    }
    /// What was odd about it, once it has been read.
    var remarks: [String] { source?.remarks ?? [] }
}

/// Hands a pipeline's records to a sink and a summary, its events to a sink of their own.
private struct SinkOutput: RecordOutput {
    let sink: any RecordSink
    let events: (any RecordSink)?
    let holdsEvents: Bool
    let summary: RecordingSummary?

    var wantsRecords: Bool { summary != nil }

    func write(_ line: EncodedLine) {
        if let summary, let record = line.record { summary.add(record) }
        if line.kind == .event {
            if let events {
                events.write(line)
                return
            }
            guard holdsEvents else { return }
        }
        sink.write(line)
    }
}
