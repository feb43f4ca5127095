internal import Analysis
internal import Dispatch
internal import Logging
internal import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

extension Daemon {
    /// Goes over to a configuration: what may fail comes first, so that a failure leaves everything as it was.
    @discardableResult
    func apply(_ next: DaemonConfiguration) throws -> ConfigurationChange {
        let change = ConfigurationChange(from: configuration, to: next)
        let active = next.sources.filter(\.isEnabled)
        let models = try change.hasNewModels ? AnalysisModels(next.models) : self.models
        guard let models else { throw Failure(.unavailable, "no networks are loaded") }
        // A server at the same address stays: it could not be opened a second time.
        let movesHTTP = configuration?.http.listen != next.http.listen
        let newHTTP = try movesHTTP ? openHTTP(next.http) : nil
        let before = outputs
        do throws(Failure) {
            if change.concernsOutputs { outputs = try outputs.opened(next.outputs, context(models, active)) }
        } catch {
            newHTTP?.close()
            throw error
        }

        // From here on nothing fails.
        log.set(style: Self.style(next.log, environment: options.loader.environment), level: next.log.level.level)
        for name in change.stopped { retire(name) }
        self.models = models
        configuration = next
        let former = (http: movesHTTP ? http : nil, page: change.hasNewHTTP ? page : nil)
        if movesHTTP { http = newHTTP }
        if change.hasNewHTTP { page = next.http.page ? makePage() : nil }
        http?.page = page
        for source in sources.values {
            source.router.route(to: sinks(for: source.name))
            source.show(next.http.shownPictures)
        }
        discard(before.leftOver(by: outputs))
        former.http?.close()
        former.page?.close()
        for source in change.started {
            if retiring.contains(source.name) {
                board.failed(source.name, "waits until its former reader has ended")
            } else {
                startSource(source)
            }
        }
        let run = models.run(started: board.started, sources: active)
        for output in outputs.all { output.describe(run) }
        page?.describe(run)
        board.configured(next, labels: models.labels)
        updateBoard()
        return change
    }

    /// What standard error looks like.
    public static func style(_ settings: LogSettings, environment: [String: String]) -> LogWriter.Style {
        switch settings.format {
        case .auto: LogWriter.isJournal(environment: environment) ? .journal : .text
        case .journal: .journal
        case .text: .text
        case .json: .json
        }
    }

    // MARK: Sources

    func startSource(_ settings: SourceSettings) {
        guard let models else { return }
        let router = RecordRouter()
        router.route(to: sinks(for: settings.name))
        do throws(Failure) {
            let source = try RunningSource(
                settings, models: models, router: router, firstSequence: nextSequences[settings.name] ?? 0,
                pictures: configuration?.http.shownPictures ?? .none, logger: logger)
            sources[settings.name] = source
            board.add(source)
            let ladder = ReconnectLadder(
                longest: settings.capture.reconnectLimit, healthyPeriod: settings.capture.healthyAfter)
            supervisor.start(
                name: settings.name, url: settings.url, options: settings.media, ladder: ladder,
                handlers: source.handlers)
            logger.info("source started", metadata: ["source": "\(settings.name)", "input": "\(settings.input)"])
        } catch {
            // The networks were loaded and checked: this is no matter of the configuration.
            logger.error("not started: \(error.message)", metadata: ["source": "\(settings.name)"])
            board.failed(settings.name, error.message)
        }
    }

    // MARK: Outputs

    /// What outputs may ask.
    private func context(_ models: AnalysisModels, _ active: [SourceSettings]) -> OutputContext {
        OutputContext(
            sources: active.map(\.name),
            run: { [board] names in
                models.run(started: board.started, sources: active.filter { names.contains($0.name) })
            },
            handed: { [activation] in activation.descriptor(named: $0) },
            status: { [board] in board.statusLine() },
            marker: { [weak self] text in
                guard let self, Self.place(marker: text, on: nil, board, logger) else { return }
                // The socket's subscribers are told by it.
                tell(marker: text, source: nil) { $0.page.map { [$0] } ?? [] }
            })
    }

    /// Has the next record of a source, or of all with nil, carry a marker; false when there is no such source.
    private static func place(
        marker: String, on source: String?, _ board: StatusBoard, _ logger: Logger
    ) -> Bool {
        let (found, gaveUp) = board.place(marker: marker, on: source)
        for name in gaveUp {
            logger.warning("a marker that waited too long is given up", metadata: ["source": "\(name)"])
        }
        return found
    }

    /// Tells of a marker as an event.
    ///
    /// - Parameter sinks: those who are told.
    private func tell(
        marker: String, source: String?, to sinks: @escaping @Sendable (Daemon) -> [any RecordSink]
    ) {
        let event = EventRecord(
            .marker, source: source, time: MonotonicClock.wallMicroseconds(), marker: marker
        ).line
        control.async { for sink in sinks(self) { sink.write(event) } }
    }

    /// The outputs of a source, and the live page.
    private func sinks(for source: String) -> [any RecordSink] {
        outputs.sinks(for: source) + (page.map { [$0] } ?? [])
    }

    private func makePage() -> LivePage {
        LivePage(
            LivePage.Handlers(
                status: { [board] in board.statusText() },
                marker: { [weak self] text, source in
                    guard let self, Self.place(marker: text, on: source, board, logger) else { return false }
                    tell(marker: text, source: source) { $0.outputs.all.map(\.sink) + ($0.page.map { [$0] } ?? []) }
                    return true
                },
                picture: { [board] in board.picture(of: $0) }))
    }

    private func openHTTP(_ settings: HTTPSettings) throws(Failure) -> HTTPServer? {
        guard let address = settings.listen else { return nil }
        do throws(HTTPServerError) {
            let server = try HTTPServer(address) { [board] in board.page($0) }
            logger.info("http is served", metadata: ["address": "\(address.settingText)"])
            return server
        } catch {
            throw Failure(.cannotCreate, error.description)
        }
    }
}
