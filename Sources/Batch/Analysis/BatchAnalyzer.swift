public import Analysis
internal import Dispatch
internal import Expression
public import Media
internal import Pipeline
public import Platform
public import Records
public import Sinks
internal import Synchronization
internal import SystemPackage

/// Analyses inputs one after another; the stages of each run side by side.
///
/// Every input begins with nothing known, so that its records do not depend on what was analysed before it.
public final class BatchAnalyzer: Sendable {
    private let models: AnalysisModels
    private let settings: AnalysisSettings
    private let media: MediaOptions
    private let hashes: Bool
    private let format: RecordFormat
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var pipeline: SourcePipeline?
    }

    /// Makes an analyzer; the models are shared by all inputs.
    ///
    /// - Parameters:
    ///   - media: how inputs are opened and read.
    ///   - hashes: whether the sidecars tell the inputs' SHA-256.
    ///   - format: what the records are written as.
    public init(
        models: AnalysisModels, settings: AnalysisSettings, media: MediaOptions = MediaOptions(), hashes: Bool = false,
        format: RecordFormat = .standard
    ) {
        self.media = media
        self.hashes = hashes
        self.format = format
        self.models = models
        self.settings = settings
    }

    /// Ends the input in work, and every one after it, with whole lines. From any thread.
    public func stop() {
        let pipeline = state.withLock { state in
            state.isStopped = true
            return state.pipeline
        }
        pipeline?.stop()
    }

    /// Whether `stop` was called.
    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// What every file of records begins with.
    var header: [UInt8] { format.makeEncoder(models.labels).header }

    /// What is true of the records of an input, as its sidecar says.
    func run(_ input: Input) -> RunInfo {
        RunInfo(
            program: "norface", started: MonotonicClock.wallMicroseconds(), bundle: models.bundle,
            sources: [
                AnalysedSource(
                    name: input.name, input: MediaLocation(input.location).name, settings: settings)
            ],
            settings: media.entries + baselineDigest, format: format.nameInRun)
    }

    /// A baseline's file may be another under the same name.
    private var baselineDigest: [RunInfo.Entry] {
        guard let path = settings.baselineFile, let digest = try? SHA256.hex(ofFile: path) else { return [] }
        return [RunInfo.Entry("baseline_sha256", digest)]
    }

    /// What an earlier run has left of a job, with these settings and this bundle, where nothing was changed since.
    func standing(of job: Job) -> FinishedRun.Standing {
        guard case .file(let path) = job.destination else { return .open }
        return FinishedRun.standing(of: path, input: FilePath(job.input.location), run: run(job.input))
    }

    /// Analyses an input, writing to a sink, which stays open.
    ///
    /// - Parameter watch: told ten times a second how far it is.
    /// - Returns: what was done, also when it was stopped or nobody reads any more.
    /// - Throws: what ended it too early; what came before is in the sink.
    public func analyze(
        _ input: Input, into sink: any RecordSink, watch: (AnalysisProgress) -> Void
    ) throws(Failure) -> AnalysisReport {
        let opened = OpenedSource()
        let pipeline = try models.pipeline(
            name: input.name, isLive: !input.isFile, settings: settings, output: SinkOutput(sink: sink),
            format: format)
        let isStopped = state.withLock { state in
            state.pipeline = pipeline
            return state.isStopped
        }
        defer { state.withLock { $0.pipeline = nil } }
        if isStopped { pipeline.stop() }
        let start = MonotonicClock.now()
        pipeline.capture { [media] interrupter in
            let source = try MediaSource(input.location, options: media, interrupter: interrupter)
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
            end: end, progress: progress(of: pipeline, opened, since: start), damaged: opened.damaged,
            shortfall: isRead ? opened.shortfall : nil, remarks: isRead ? opened.remarks : [],
            video: isRead ? video(opened, of: input) : nil,
            neutral: settings.neutralAt.map {
                RunInfo.Neutral(asked: $0, pts: counters.neutral?.pts, faces: counters.neutral?.faces ?? 0)
            },
            sharersOfBaseline: sharers ?? 0, counters: counters)
    }

    /// What was read, for the sidecar.
    private func video(_ opened: OpenedSource, of input: Input) -> VideoInfo? {
        guard var video = opened.final.map({ VideoInfo($0, options: media) }) else { return nil }
        if hashes, input.isFile, input.location != "-" {
            video.sha256 = try? SHA256.hex(ofFile: FilePath(MediaLocation(input.location).path))
        }
        return video
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
    let given = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
}

/// The source that a capture thread has opened; others read its counters.
private final class OpenedSource: Sendable {
    private let box = Mutex<(source: MediaSource, info: SourceInfo)?>(nil)

    func set(_ source: MediaSource) {
        let info = source.info
        box.withLock { $0 = (source, info) }
    }

    /// What was found when it was opened; nil before.
    var info: SourceInfo? { box.withLock { $0?.info } }
    /// What is known of it now that it has been read to its end, and nobody reads any more.
    var final: SourceInfo? { box.withLock { $0?.source.info } }
    var damaged: Int { box.withLock { $0?.source.counters.damaged ?? 0 } }
    /// What is missing, once the source has been read to its end.
    var shortfall: RunInfo.Shortfall? {
        guard let completeness = box.withLock({ $0?.source.completeness }), let reason = completeness.shortfall else {
            return nil
        }
        return RunInfo.Shortfall(
            reason: "\(reason)", expectedFrames: completeness.expectedFrames,
            expectedSeconds: completeness.expectedSeconds)
    }
    /// What was odd about it, once it has been read.
    var remarks: [String] { box.withLock { $0?.source.remarks ?? [] } }
}

/// Hands a pipeline's lines to a sink.
private struct SinkOutput: RecordOutput {
    let sink: any RecordSink

    func write(_ line: EncodedLine) { sink.write(line) }
}
