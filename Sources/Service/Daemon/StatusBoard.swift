internal import Glibc
internal import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks

/// What is known of the daemon at the moment, for everyone who asks from another thread: status, metrics, health, markers.
///
/// The daemon writes it; the socket's and the HTTP server's threads read it. Counters are read from the sources when they are
/// asked for.
final class StatusBoard: Sendable {
    /// A source as it is shown.
    struct SourceLine {
        var name: String
        var input: String
        /// `SourceState`, or `failed` when its analysis did.
        var state: String
        var problem: String?
        var status: SourceStatus?
        var counters: PipelineCounters
        /// Records a second, lately.
        var rate: Double
        var isRecording: Bool
    }

    struct State {
        var sources: [RunningSource] = []
        var statuses: [String: SourceStatus] = [:]
        var rates: [String: Rate] = [:]
        var progress: [String: Progress] = [:]
        var notStarted: [String: String] = [:]
        var outputs: [(name: String, status: SinkStatus)] = []
        /// What is wrong with outputs, by name.
        var troubles: [String: String] = [:]
        var audience: Audience?
        var beat: Int64 = 0
        var configuration: DaemonConfiguration?
        var reloads = 0
        var failedReloads = 0
        var lastReload: Int64?
        var reloadProblem: String?
        var lastSummary = ""
    }

    /// Records a second over the last few ticks.
    struct Rate {
        var records = 0
        var time: Int64 = 0
        var value = 0.0

        mutating func update(records: Int, now: Int64) {
            defer { (self.records, time) = (records, now) }
            guard time > 0, now > time else { return }
            let current = Double(records - self.records) / (Double(now - time) / 1e9)
            value += 0.3 * (current - value)
        }
    }

    /// Whether an analysis that has frames to work on goes on.
    struct Progress {
        private var records = -1
        /// Since when frames wait without a record having been made; nil while none waits.
        private(set) var since: Int64?

        mutating func update(records: Int, isWaiting: Bool, now: Int64) {
            if !isWaiting { since = nil } else if since == nil || records != self.records { since = now }
            self.records = records
        }
    }

    /// UTC of the start in microseconds since 1970.
    let started = MonotonicClock.wallMicroseconds()
    private let startedClock = MonotonicClock.now()
    let state = Guarded(State())

    // MARK: The daemon writes

    func beat() { state.withLock { $0.beat = MonotonicClock.now() } }

    func configured(_ configuration: DaemonConfiguration, labels: RecordLabels) {
        state.withLock { $0.configuration = configuration }
    }

    func add(_ source: RunningSource) {
        state.withLock { state in
            state.sources.append(source)
            state.notStarted[source.name] = nil
        }
    }

    func remove(_ name: String) {
        state.withLock { state in
            state.sources.removeAll { $0.name == name }
            state.rates[name] = nil
            state.progress[name] = nil
            state.statuses[name] = nil
            state.notStarted[name] = nil
        }
    }

    /// The newest picture of a source as JPEG; nil where there is none.
    func picture(of name: String) -> [UInt8]? {
        state.withLock { $0.sources.first { $0.name == name } }?.picture
    }

    func failed(_ name: String, _ problem: String) { state.withLock { $0.notStarted[name] = problem } }

    func note(troubles: [String: String]) { state.withLock { $0.troubles = troubles } }

    func reloaded(problem: String?) {
        state.withLock { state in
            state.reloads += 1
            if problem != nil { state.failedReloads += 1 }
            state.reloadProblem = problem
            state.lastReload = MonotonicClock.wallMicroseconds()
        }
    }

    func update(sources: [RunningSource], supervisor: SourceSupervisor, outputs open: Outputs) {
        let statuses = supervisor.statuses
        // An output with readers is shown by them, the others by what they have written.
        let all = open.all.map { ($0.name, $0.sink.status) }
        let outputs = all.filter { $0.1.audience == nil }
        let audience = all.lazy.compactMap(\.1.audience).first
        let now = MonotonicClock.now()
        let counts = sources.map { source in
            let counters = source.pipeline.counters
            let isWaiting = source.failure == nil && counters.queues.contains { $0.counters.depth > 0 }
            return (name: source.name, records: counters.records, isWaiting: isWaiting)
        }
        state.withLock { state in
            state.statuses = statuses
            state.outputs = outputs
            state.audience = audience
            for (name, records, isWaiting) in counts {
                state.rates[name, default: Rate()].update(records: records, now: now)
                state.progress[name, default: Progress()].update(records: records, isWaiting: isWaiting, now: now)
            }
        }
    }

    // MARK: Everybody reads

    /// Has the next record of one source, or of all with nil, carry a marker.
    ///
    /// - Returns: false when there is no such source; then the names of those that had to give up an older one for it.
    func place(marker: String, on source: String?) -> (found: Bool, gaveUp: [String]) {
        let wanted = state.withLock { $0.sources }.filter { source == nil || $0.name == source }
        return (!wanted.isEmpty, wanted.filter { !$0.pipeline.place(marker: marker) }.map(\.name))
    }

    var uptime: Double { Double(MonotonicClock.now() - startedClock) / 1e9 }

    /// The sources in the order of the configuration.
    func lines() -> [SourceLine] {
        let (sources, statuses, rates, configuration) = state.withLock {
            ($0.sources, $0.statuses, $0.rates, $0.configuration)
        }
        let order = configuration?.sources.map(\.name) ?? []
        let lines = sources.map { source in
            let status = statuses[source.name]
            let failure = source.failure
            return SourceLine(
                name: source.name, input: source.settings.input,
                state: failure == nil ? (status?.state ?? .opening).rawValue : "failed",
                problem: failure ?? status?.lastError?.reason, status: status, counters: source.pipeline.counters,
                rate: rates[source.name]?.value ?? 0, isRecording: !source.settings.isLive)
        }
        return lines.sorted {
            (order.firstIndex(of: $0.name) ?? .max) < (order.firstIndex(of: $1.name) ?? .max)
        }
    }

    /// What does not do what it should, in words; empty when the daemon is ready.
    func problems() -> [(name: String, problem: String)] {
        var problems: [(name: String, problem: String)] = []
        for line in lines() {
            switch line.state {
            case "streaming": break
            case "ended" where line.isRecording && line.problem == nil: break
            default: problems.append((line.name, [line.state, line.problem].compactMap { $0 }.joined(separator: ": ")))
            }
        }
        let (outputs, notStarted, troubles) = state.withLock { ($0.outputs, $0.notStarted, $0.troubles) }
        problems += notStarted.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (name, status) in outputs where !status.isHealthy { problems.append((name, status.lastError ?? "failed")) }
        let told = Set(problems.map(\.name))
        problems += troubles.sorted { $0.key < $1.key }.filter { !told.contains($0.key) }.map { ($0.key, $0.value) }
        return problems
    }

    /// One line for `systemctl status`.
    var summary: String {
        let lines = lines()
        let streaming = lines.filter { $0.state == "streaming" }.count
        let (audience, problem) = state.withLock { ($0.audience, $0.reloadProblem) }
        var parts = ["\(streaming) of \(lines.count) sources give frames"]
        if let audience { parts.append("\(audience.subscribers) subscribers") }
        if let problem { parts.append("the last reload failed: \(RedactedURL.scrub(problem))") }
        return parts.joined(separator: "; ")
    }

    /// Whether the summary is another than at the last call.
    func hasNewSummary() -> Bool {
        let summary = summary
        return state.withLock { state in
            defer { state.lastSummary = summary }
            return state.lastSummary != summary
        }
    }

    /// What must beat for the watchdog.
    func heartbeats(limits: LimitSettings) -> [WatchdogPolicy.Heartbeat] {
        let (sources, statuses, beat, progress) = state.withLock {
            ($0.sources, $0.statuses, $0.beat, $0.progress)
        }
        let now = MonotonicClock.now()
        let limit = limits.hangTimeout.nanoseconds
        var heartbeats = [WatchdogPolicy.Heartbeat(name: "control", beat: beat, limit: Daemon.controlLimit)]
        for source in sources {
            // A reader that is merely late is given up and replaced by the supervisor. Stuck is one that cannot be.
            let isStuck = statuses[source.name]?.isStuck == true
            heartbeats.append(
                WatchdogPolicy.Heartbeat(name: "\(source.name) (reader)", beat: now - 1, limit: isStuck ? 0 : nil))
            // While frames wait, records must come.
            let since = progress[source.name]?.since
            heartbeats.append(
                WatchdogPolicy.Heartbeat(
                    name: "\(source.name) (analysis)", beat: since ?? now, limit: since == nil ? nil : limit))
        }
        return heartbeats
    }
}
