internal import Analysis
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
        let started = board.started
        let nextFiles =
            try change.hasNewFiles
            ? files.prepared(next.outputs, sources: active) { models.run(started: started, sources: $0) } : nil
        do {
            try replaceServers(change, next, models: models, active: active)
        } catch {
            if let nextFiles { discard(nextFiles.leftOver(by: files)) }
            throw error
        }

        // From here on nothing fails.
        log.set(style: Self.style(next.log, environment: options.loader.environment), level: next.log.level.level)
        for name in change.stopped { retire(name) }
        self.models = models
        configuration = next
        let unused = nextFiles.map { files.leftOver(by: $0) } ?? []
        if let nextFiles { files = nextFiles }
        routeAll()
        discard(unused)
        for source in change.started {
            if retiring.contains(source.name) {
                board.failed(source.name, "waits until its former reader has ended")
            } else {
                startSource(source)
            }
        }
        socket?.describe(models.run(started: started, sources: active))
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
            let source = try RunningSource(settings, models: models, router: router, logger: logger)
            sources[settings.name] = source
            board.add(source)
            let ladder = ReconnectLadder(
                longest: settings.capture.reconnectLimit, healthyPeriod: settings.capture.healthyAfter)
            supervisor.start(
                name: settings.name, url: settings.url, options: settings.capture.media, ladder: ladder,
                handlers: source.handlers)
            logger.info("source started", metadata: ["source": "\(settings.name)", "input": "\(settings.input)"])
        } catch {
            // The networks were loaded and checked: this is no matter of the configuration.
            logger.error("not started: \(error.message)", metadata: ["source": "\(settings.name)"])
            board.failed(settings.name, error.message)
        }
    }

    // MARK: Servers

    /// Opens the HTTP server and the subscribers' socket where they are others than before.
    ///
    /// A new address is opened before the old one is closed. The socket's address can be had only once: if new settings fail
    /// there, the old ones are put back.
    private func replaceServers(
        _ change: ConfigurationChange, _ next: DaemonConfiguration, models: AnalysisModels, active: [SourceSettings]
    ) throws(Failure) {
        let newHTTP = try change.hasNewHTTP ? openHTTP(next.http) : nil
        // The labels of a subscription are those of its networks.
        if change.hasNewSocket || change.hasNewModels {
            do throws(Failure) {
                try replaceSocket(next.outputs.socket, run: models.run(started: board.started, sources: active))
            } catch {
                newHTTP?.close()
                throw error
            }
        }
        guard change.hasNewHTTP else { return }
        http?.close()
        http = newHTTP
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

    private func replaceSocket(_ settings: SocketSettings, run: RunInfo) throws(Failure) {
        let old = socket
        let before = configuration?.outputs.socket
        // What systemd has handed over can be taken as often as wanted.
        let isSamePlace = before?.path == settings.path && activation.descriptor(named: "subscribers") == nil
        if isSamePlace {
            socket = nil
            routeAll()
            old?.close()
        }
        do throws(Failure) {
            socket = try openSocket(settings, run: run)
        } catch {
            if isSamePlace, old != nil, let before {
                socket = try openSocket(before, run: run)
                routeAll()
            }
            throw error
        }
        routeAll()
        if !isSamePlace { old?.close() }
    }

    private func routeAll() {
        for source in sources.values { source.router.route(to: sinks(for: source.name)) }
    }

    private func sinks(for source: String) -> [any RecordSink] {
        files.sinks(for: source) + (socket.map { [$0] } ?? [])
    }

    private func openSocket(_ settings: SocketSettings, run: RunInfo) throws(Failure) -> SocketServer? {
        let listener: UnixListener
        do throws(ListenError) {
            if let descriptor = activation.descriptor(named: "subscribers") {
                listener = try UnixListener.adopt(copyOf: descriptor)
            } else if let path = settings.path {
                listener = try UnixListener.bind(
                    path: FilePath(path), mode: settings.mode.bits, group: settings.group)
            } else {
                return nil
            }
        } catch {
            throw Failure(.unavailable, "outputs.socket.path: \(error)")
        }
        var options = SocketOptions()
        options.maximumSubscribers = settings.maximumSubscribers
        options.queueCapacity = settings.queue.bytes
        options.stallLimit = settings.stallTimeout
        if !settings.users.isEmpty { options.allowedUsers = try settings.users.map(Self.user) }
        let handlers = SocketHandlers(
            status: { [board] in board.statusLine() },
            marker: { [board, logger] in
                for name in board.place(marker: $0) {
                    logger.warning("a marker that waited too long is given up", metadata: ["source": "\(name)"])
                }
            })
        return SocketServer(listener: listener, options: options, run: run, handlers: handlers)
    }
}
