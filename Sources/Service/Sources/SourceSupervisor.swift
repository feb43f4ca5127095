public import Logging
public import Media
internal import Platform
internal import Sinks

/// All live sources of a daemon, each on a thread of its own, and one thread that looks after those.
public final class SourceSupervisor: Sendable {
    private struct State {
        var sources: [String: SupervisedSource] = [:]
        /// Where a source that was removed is to go on if it comes again.
        var nextEpochs: [String: Int] = [:]
        var isClosed = false
    }

    private let monitor = Monitor(State())
    private let logger: Logger

    /// Starts with no source.
    public init(logger: Logger) {
        self.logger = logger
        _ = WorkerThread(name: "source watch") { [monitor] in Self.watch(monitor) }
    }

    deinit { monitor.signal { $0.isClosed = true } }

    /// Starts a source. One of the same name must have been stopped before; the new one continues its epochs.
    ///
    /// - Parameters:
    ///   - name: its name in records.
    ///   - url: what `MediaSource` opens.
    ///   - options: how it is opened and read.
    ///   - ladder: when it is tried again.
    ///   - handlers: who takes what it gives.
    public func start(
        name: String, url: String, options: MediaOptions, ladder: ReconnectLadder = ReconnectLadder(),
        handlers: SourceHandlers
    ) {
        start(
            SupervisedSource(
                name: name, url: url, options: options, ladder: ladder, firstEpoch: nextEpoch(of: name),
                handlers: handlers, logger: logger))
    }

    /// Starts a live source that is opened otherwise.
    package func start(name: String, handlers: SourceHandlers, open: @escaping SourceOpener) {
        start(
            SupervisedSource(
                name: name, isLive: true, ladder: ReconnectLadder(), firstEpoch: nextEpoch(of: name),
                handlers: handlers,
                logger: logger, open: open))
    }

    private func nextEpoch(of name: String) -> Int {
        monitor.withLock { $0.nextEpochs[name] ?? 0 }
    }

    private func start(_ source: SupervisedSource) {
        let other = monitor.withLock { $0.sources.updateValue(source, forKey: source.name) }
        precondition(other == nil, "two sources named \(source.name)")
        source.start()
    }

    /// Stops a source and forgets it. Blocks up to the limit; others may be stopped from other threads meanwhile.
    ///
    /// - Returns: false if its thread did not end within the limit; it is left behind and gives nothing any more.
    @discardableResult
    public func stop(_ name: String, within limit: Duration = .seconds(2)) -> Bool {
        guard let source = monitor.withLock({ $0.sources.removeValue(forKey: name) }) else { return true }
        source.stop()
        let hasEnded = source.wait(atMost: limit)
        let status = source.status
        monitor.withLock { $0.nextEpochs[name] = status.epoch + (status.frames > 0 ? 1 : 0) }
        return hasEnded
    }

    /// Stops all sources at once.
    ///
    /// - Returns: false if a thread did not end within the limit.
    @discardableResult
    public func stopAll(within limit: Duration = .seconds(2)) -> Bool {
        let deadline = MonotonicClock.time + limit
        let sources = monitor.signal { state in
            state.isClosed = true
            defer { state.sources = [:] }
            return Array(state.sources.values)
        }
        for source in sources { source.stop() }
        return sources.map { $0.wait(atMost: max(.zero, deadline - MonotonicClock.time)) }.allSatisfy { $0 }
    }

    /// How each source is.
    public var statuses: [String: SourceStatus] {
        monitor.withLock { $0.sources }.mapValues(\.status)
    }

    /// How one source is; nil when there is none of that name.
    public func status(of name: String) -> SourceStatus? {
        monitor.withLock { $0.sources[name] }?.status
    }

    /// True while no source is beyond help: what a watchdog should hear. A camera that is away is no reason to restart.
    public var isSound: Bool { !statuses.values.contains(where: \.isStuck) }

    /// Looks each second for threads that the kernel holds.
    private static func watch(_ monitor: Monitor<State>) {
        while true {
            let isClosed: Bool? = monitor.wait(until: MonotonicClock.time + .seconds(1)) { $0.isClosed ? true : nil }
            if isClosed == true { return }
            for source in monitor.withLock({ Array($0.sources.values) }) { source.check() }
        }
    }
}
