internal import Analysis
internal import Dispatch
internal import Glibc
internal import Logging
internal import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Settings
internal import Sinks
public import SystemPackage

/// The daemon: sources, their analyses, outputs, and the service manager, held together from start to stop.
///
/// Everything that changes the whole (start, reload, stop, the tick of each second) happens on one serial queue, one after
/// another. Frames and records never pass it.
public final class Daemon: @unchecked Sendable {
    // @unchecked because the variables below are used on `control` only; what other threads read is in `board`, behind a lock.

    /// How it is started.
    public struct Options: Sendable {
        /// The file that is read now and at each reload; nil runs on built-in values and overrides.
        public var file: FilePath?
        /// Reads it.
        public var loader: ConfigurationLoader

        /// Makes options.
        public init(file: FilePath?, loader: ConfigurationLoader) {
            self.file = file
            self.loader = loader
        }
    }

    /// How long the control queue may be busy before the watchdog hears nothing more.
    static let controlLimit: Int64 = 45_000_000_000

    let options: Options
    let log: LogWriter
    let logger: Logger
    let notifier: ServiceNotifier
    let activation: SocketActivation
    let supervisor: SourceSupervisor
    let board: StatusBoard
    let control = DispatchQueue(label: "norfaced.control")

    var configuration: DaemonConfiguration?
    var models: AnalysisModels?
    var outputs = Outputs()
    var http: HTTPServer?
    var page: LivePage?
    var sources: [String: RunningSource] = [:]
    /// The number of the first record of a source that comes again, by name.
    var nextSequences: [String: Int] = [:]
    /// Names of sources that were stopped and whose threads have not ended yet.
    var retiring: Set<String> = []
    /// The sources that go, and the outputs that are being closed.
    let leaving = DispatchGroup()
    let closing = DispatchGroup()
    /// When a source whose analysis failed is started anew, in nanoseconds of `MonotonicClock`.
    var restarts: [String: Int64] = [:]
    /// What was told of outputs that do not work, by name.
    var troubles: [String: OutputTrouble] = [:]
    private var watchdog: WatchdogPolicy?
    private var isWithholding = false
    private var timer: (any DispatchSourceTimer)?
    var hasStopped = false
    let exit = Monitor<Int32?>(nil)

    /// Makes a daemon that has not started. Takes over what the service manager hands to the process.
    public init(options: Options, log: LogWriter) {
        self.options = options
        self.log = log
        logger = log.logger("norfaced")
        let environment = options.loader.environment
        notifier = ServiceNotifier(environment: environment)
        activation = SocketActivation.take(environment: environment)
        supervisor = SourceSupervisor(logger: log.logger("source"))
        board = StatusBoard()
        watchdog = notifier.watchdogInterval.map(WatchdogPolicy.init(wanted:))
    }

    /// Starts, runs until a signal ends it, and gives the exit code.
    ///
    /// - Throws: `ConfigurationError`, or `Failure` when the networks cannot be loaded or an output cannot be opened.
    public func run() throws -> Int32 {
        let signals = ServiceSignals(
            stop: { [self] in control.async { self.stop() } },
            reload: { [self] in control.async { self.reload() } },
            dump: { [self] in
                control.async { self.logger.notice("state: \(self.board.statusText())") }
            })
        defer { withExtendedLifetime(signals) {} }
        do {
            try control.sync { try start() }
        } catch {
            // What was opened is removed again.
            control.sync {
                for output in outputs.all { output.sink.close() }
                outputs = Outputs()
                http?.close()
            }
            throw error
        }
        return exit.wait(until: nil) { $0 } ?? Failure.Code.failed.rawValue
    }

    private func start() throws {
        let loaded = try options.loader.load(options.file)
        for warning in loaded.warnings { logger.warning("\(warning)") }
        try apply(loaded.configuration)
        if loaded.configuration.sources.filter(\.isEnabled).isEmpty {
            logger.warning("there is no source: add one to the configuration and reload")
        }
        board.beat()
        startTimer()
        notifier.tell(.ready, .status(board.summary))
        logger.notice("ready", metadata: ["sources": "\(sources.count)", "file": "\(options.file?.string ?? "none")"])
    }

    /// Reads the configuration again and changes only what changed. A file with a mistake changes nothing.
    private func reload() {
        guard !hasStopped else { return }
        notifier.tell(.reloading)
        do {
            let loaded = try options.loader.load(options.file)
            for warning in loaded.warnings { logger.warning("\(warning)") }
            let change = try apply(loaded.configuration)
            for output in outputs.all { output.sink.reopen() }
            board.reloaded(problem: nil)
            logger.notice("reloaded: \(change.summary)")
            // It is told when the sources that go have told their end.
            leaving.notify(queue: control) { [self] in
                guard !hasStopped else { return }
                let event = EventRecord(.reloaded, time: MonotonicClock.wallMicroseconds()).line
                for output in outputs.all { output.sink.write(event) }
                page?.write(event)
                notifier.tell(.ready, .status(board.summary))
            }
        } catch {
            // Whoever moved the files away wants new ones in any case.
            for output in outputs.all { output.sink.reopen() }
            let problems = (error as? ConfigurationError)?.problems.map(\.description) ?? [Failure(error).message]
            for problem in problems { logger.error("not reloaded: \(problem)") }
            board.reloaded(problem: problems.first ?? "unknown")
            notifier.tell(.ready, .status(board.summary))
        }
    }

    // MARK: Each second

    func updateBoard() {
        board.update(sources: Array(sources.values), supervisor: supervisor, outputs: outputs)
    }

    func stopTimer() { timer?.cancel() }

    private func startTimer() {
        let timer = DispatchSource.makeTimerSource(queue: control)
        let interval = watchdog.map { min($0.interval, 1_000_000_000) } ?? 1_000_000_000
        timer.schedule(
            deadline: .now(), repeating: .nanoseconds(Int(interval)), leeway: .nanoseconds(Int(interval / 10)))
        timer.setEventHandler { @Sendable [weak self] in self?.tick() }
        timer.activate()
        self.timer = timer
    }

    private func tick() {
        board.beat()
        updateBoard()
        tendOutputs()
        restartFailed()
        if board.hasNewSummary() { notifier.tell(.status(board.summary)) }
        guard let heartbeats = configuration.map({ board.heartbeats(limits: $0.limits) }) else { return }
        switch watchdog?.check(heartbeats, now: MonotonicClock.now()) {
        case .ping?:
            isWithholding = false
            notifier.tell(.watchdog)
        case .withhold(let names)?:
            if !isWithholding {
                logger.critical("stands still: \(names.joined(separator: ", ")); the watchdog is not told any more")
            }
            isWithholding = true
        case .wait?, nil: break
        }
    }

    /// A source whose analysis failed, or did not start, is started anew after a while: it may have been a single frame.
    private func restartFailed() {
        let now = MonotonicClock.now()
        for settings in configuration?.sources ?? [] where settings.isEnabled && !retiring.contains(settings.name) {
            if let source = sources[settings.name], source.failure == nil { continue }
            guard let moment = restarts[settings.name] else {
                restarts[settings.name] = now + 10_000_000_000
                continue
            }
            guard now >= moment else { continue }
            restarts[settings.name] = nil
            // One that is stopped first starts again by itself.
            if sources[settings.name] != nil { retire(settings.name) } else { startSource(settings) }
        }
    }
}
