internal import Analysis
internal import Logging
internal import Media
internal import Pipeline
internal import Platform
internal import Records

/// A source that is watched: its supervised reader, its pipeline, and where its lines go.
final class RunningSource: Sendable {
    let settings: SourceSettings
    let router: RecordRouter
    let pipeline: SourcePipeline
    private let ending = Guarded(Ending())
    private let view: LivePicture
    private let logger: Logger

    /// How a source comes to its end, told to subscribers after its last record.
    private struct Ending {
        var event: EventRecord?
        var isOver = false
        var failure: String?
    }

    /// Makes the pipeline; `SourceSupervisor.start` with `handlers` begins.
    ///
    /// - Parameters:
    ///   - firstSequence: the number of the first record.
    ///   - pictures: which pictures are made of what it sees.
    /// - Throws: `Failure` when a network cannot be run.
    init(
        _ settings: SourceSettings, models: AnalysisModels, router: RecordRouter, firstSequence: Int = 0,
        pictures: PictureMode = .none, logger: Logger
    ) throws(Failure) {
        self.settings = settings
        self.router = router
        self.logger = logger
        view = LivePicture(pictures)
        let relay = EndRelay()
        pipeline = try models.pipeline(
            for: settings, firstSequence: firstSequence, output: router, faces: pictures == .normalized ? view : nil
        ) {
            relay.owner?.ended($0)
        }
        pipeline.show(to: view)
        relay.owner = self
    }

    var name: String { settings.name }

    /// The number that the record after the last one would have.
    var nextSequence: Int { pipeline.options.firstSequence + pipeline.counters.records }

    /// Why the analysis failed; nil while it has not.
    var failure: String? { ending.withLock { $0.failure } }

    /// Its newest picture as JPEG; nil where there is none.
    var picture: [UInt8]? { view.newest() }

    /// Has other pictures made of what it sees. Normalized faces are made only by a source that began with them.
    func show(_ mode: PictureMode) { view.show(mode) }

    /// What the supervisor calls on the source's thread.
    var handlers: SourceHandlers {
        SourceHandlers(
            connected: { [pipeline] source in pipeline.intake(patience: source.info.patience) },
            event: { [self] event in
                guard event.name == .ended else { return router.write(event.line) }
                // It is told when everything that came before it was analysed.
                let isOver = ending.withLock { ending in
                    ending.event = event
                    return ending.isOver
                }
                if isOver { router.write(event.line) } else { pipeline.finish() }
            })
    }

    private func ended(_ outcome: PipelineOutcome) {
        let event = ending.withLock { ending in
            ending.isOver = true
            if case .failed(let error) = outcome { ending.failure = Failure(error).message }
            return ending.event
        }
        if case .failed(let error) = outcome {
            logger.error("the analysis failed: \(Failure(error).message)", metadata: ["source": "\(name)"])
        }
        if let event { router.write(event.line) }
    }
}

/// Leads from a pipeline, which is made first, to its source.
private final class EndRelay: @unchecked Sendable {
    // @unchecked because `owner` is written once, before the first frame, and a weak reference may be read by any thread.
    weak var owner: RunningSource?
}
