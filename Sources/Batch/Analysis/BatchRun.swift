internal import Pipeline
public import Platform
internal import Records
internal import Sinks
public import SystemPackage

/// Does jobs, several side by side: passes over what is finished, reports what fails and goes on.
public final class BatchRun: Sendable {
    /// What a run does besides.
    public struct Options: Sendable {
        /// Whether jobs that an earlier run has finished are passed over.
        public var resumes = false
        /// Inputs that are analysed side by side; to standard output it is one.
        public var jobs = 1
        /// What the search for inputs has passed over.
        public var passedOver: [PassedOver] = []
        /// The folder that results go into; nil where there is none.
        public var folder: FilePath?
        /// The part of the inputs that is done here; nil when it is all of them.
        public var shard: Shard?

        /// The defaults.
        public init() {}
    }

    private let jobs: [Job]
    private let analyzer: BatchAnalyzer
    private let options: Options
    private let console: Console
    private let inputs: InputIdentities
    private let output = Guarded<StdoutSink?>(nil)
    private let table: SummaryTable?
    private let state: Guarded<State>

    private struct State {
        var next = 0
        var tally: BatchTally
        /// The failure of the only job, or of all that come after.
        var failure: Failure?
        var isUnread = false
    }

    /// Makes a run.
    ///
    /// - Parameter console: told of progress and failures.
    public init(jobs: [Job], analyzer: BatchAnalyzer, options: Options, console: Console) {
        self.jobs = jobs
        self.analyzer = analyzer
        self.options = options
        self.console = console
        inputs = InputIdentities(jobs.map(\.input))
        // One recording has no need of a table, and who asked for one file gets one.
        let hasTable = jobs.count > 1 || options.shard != nil
        table = options.folder.flatMap { folder in
            hasTable ? SummaryTable(folder: folder, shard: options.shard, labels: analyzer.labels) : nil
        }
        state = Guarded(State(tally: BatchTally(jobs: jobs, passedOver: options.passedOver)))
    }

    /// Does the jobs.
    ///
    /// - Returns: nil when all went well; `someFailed` when some of several failed, or were incomplete or too damaged.
    /// - Throws: the failure of the only job; that of the output, which ends all.
    public func run() throws(Failure) -> Failure.Code? {
        if let folder = options.folder { try prepare(folder) }
        let isOrdered = jobs.contains { $0.destination == .standardOutput }
        let count = isOrdered ? 1 : min(max(1, options.jobs), jobs.count)
        if count == 1 {
            work()
        } else {
            let workers = (0..<count).map { _ in WorkerThread(name: "job") { [self] in work() } }
            for worker in workers { worker.join() }
        }
        let (tally, failure, isUnread) = state.withLock { ($0.tally, $0.failure, $0.isUnread) }
        if isUnread { return nil }
        try summarize(tally, after: failure)
        if let failure { throw failure }
        return tally.failures > 0 ? .someFailed : nil
    }

    /// Makes the folder of the results: what is wrong with it is told once, and before anything is analysed.
    private func prepare(_ folder: FilePath) throws(Failure) {
        do throws(OutputProblem) {
            try OutputFile.makeFolder(folder)
        } catch {
            throw error.failure
        }
        guard FileAccess.isWritable(folder) else {
            throw Failure(.cannotCreate, "\(folder): nothing may be written there")
        }
    }

    /// Takes one job after another until there is none.
    private func work() {
        while !analyzer.isStopped {
            let index = state.withLock { state -> Int? in
                guard state.failure == nil, !state.isUnread, state.next < jobs.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
            guard let index else { return }
            let fate = fate(of: jobs[index], number: index + 1)
            state.withLock { $0.tally.note(fate, of: index) }
        }
    }

    private func fate(of job: Job, number: Int) -> BatchTally.Fate {
        if options.resumes, let fate = earlierFate(of: job) {
            console.passOver()
            return fate
        }
        let heading = ProgressHeading(name: job.input.name, number: number, count: jobs.count)
        let summary = table == nil && jobs.count == 1 ? nil : RecordingSummary(labels: analyzer.labels)
        console.begin(heading)
        do throws(OutputProblem) {
            let (report, part) = try analyze(job, heading, summary)
            console.end(heading, report)
            if report.end == .unread { state.withLock { $0.isUnread = true } }
            return fate(of: job, report, part, summary)
        } catch {
            console.endFailed(heading)
            return failed(job, error)
        }
    }

    /// What an earlier run has left; nil when the job is to be done.
    private func earlierFate(of job: Job) -> BatchTally.Fate? {
        guard case .file(let path) = job.destination else { return nil }
        switch analyzer.standing(of: job) {
        case .open: return nil
        case .finished:
            console.say(.info, "\(job.input.name): finished before")
            recount(path, job.input)
            return .before
        case .incomplete(let reason):
            console.say(.warning, "\(job.input.name): incomplete as before, and not changed since: \(reason)")
            recount(path, job.input)
            return .incomplete("as before, and not changed since: \(reason)")
        }
    }

    /// Has the table tell of results that are there.
    private func recount(_ path: FilePath, _ input: Input) {
        guard let table, !table.keep(path) else { return }
        let (status, note) = SummaryReader.standing(of: path)
        do throws(Failure) {
            guard path.extension == RecordFormat.jsonLines.fileExtension else {
                throw Failure(.failed, "only JSON Lines can be summarized later")
            }
            let recordings = try SummaryReader.read(path, labels: analyzer.labels) { analyzer.isStopped }
            let summary = recordings.first?.summary ?? RecordingSummary(labels: analyzer.labels)
            table.set(path, recording: input.name, status: status, note: note, summary)
        } catch {
            console.say(.warning, "\(input.name): not in the summary: \(error.message)")
            table.set(path, recording: input.name, status: status, note: error.message, nil)
        }
    }

    private func fate(
        of job: Job, _ report: AnalysisReport, _ part: FilePath?, _ summary: RecordingSummary?
    ) -> BatchTally.Fate {
        var fate = BatchTally.Fate.done(hasFaces: summary?.hasFaces)
        var (status, note) = ("done", "")
        if report.end != .ended, !report.isLive {
            if let part { console.say(.warning, "\(job.input.name): stopped; what was read is in \(part)") }
            return .stopped(part.map { "\($0)" })
        }
        if let shortfall = report.shortfall {
            fate = .incomplete(shortfall.reason)
            (status, note) = ("incomplete", shortfall.reason)
        } else if !report.isSound {
            note = "\(report.damaged) damaged pictures or packets among \(report.progress.captured) frames"
            fate = .damaged(note)
            status = "damaged"
        }
        if case .file(let path) = job.destination {
            table?.set(path, recording: job.input.name, status: status, note: note, summary)
        }
        return fate
    }

    private func failed(_ job: Job, _ problem: OutputProblem) -> BatchTally.Fate {
        let failure = problem.failure
        var isEverywhere = jobs.count == 1
        if case .everywhere = problem { isEverywhere = true }
        if isEverywhere {
            let isFirst = state.withLock { state in
                defer { state.failure = state.failure ?? failure }
                return state.failure == nil
            }
            // One full disk is one message.
            if isFirst, jobs.count > 1 { analyzer.stop() }
        } else {
            console.say(.error, failure.message)
        }
        if case .file(let path) = job.destination {
            table?.set(path, recording: job.input.name, status: "failed", note: failure.message, nil)
        }
        return .failed(failure.message)
    }

    // MARK: One job

    /// - Returns: what was done, and where the records of an input are that did not come to its end.
    private func analyze(
        _ job: Job, _ heading: ProgressHeading, _ summary: RecordingSummary?
    ) throws(OutputProblem) -> (report: AnalysisReport, part: FilePath?) {
        guard case .file(let path) = job.destination else {
            return (try print(job, heading, summary), nil)
        }
        let file = try OutputFile(path: path, header: analyzer.header, inputs: inputs)
        let events: OutputFile?
        do throws(OutputProblem) {
            events =
                analyzer.tellsEvents
                ? try OutputFile(path: EventsFile.path(beside: path), takes: .event, inputs: inputs) : nil
        } catch {
            try? file.close()
            file.abandon()
            throw error
        }
        let result: Result<AnalysisReport, Failure>
        do throws(Failure) {
            result = .success(
                try analyzer.analyze(job.input, into: file.sink, events: events?.sink, summary: summary) {
                    console.progress($0, of: heading)
                })
        } catch {
            result = .failure(error)
        }
        do throws(OutputProblem) {
            try file.close()
            try events?.close()
        } catch {
            file.abandon()
            events?.abandon()
            throw error
        }
        switch result {
        case .failure(let failure):
            var failure = failure
            events?.abandon()
            if let part = file.abandon() { failure.message += "; what was read is in \(part)" }
            throw .here(failure)
        case .success(let report):
            // What is live has no end of its own: it ends when it is stopped.
            guard report.end == .ended || report.isLive else {
                events?.abandon()
                return (report, file.abandon())
            }
            var run = analyzer.run([job.input])
            run.video = report.video
            // Before the records and their sidecar, which says that all is there.
            try events?.finish(sidecar: nil)
            let tally = events.map { EventFile.tally(of: report, $0.sink.status, beside: path) }
            if let remark = tally?.remark { console.say(.warning, "\(job.input.name): \(remark)") }
            try file.finish { path in
                if report.end == .ended {
                    run.completion = FinishedRun.completion(of: report, file: path, input: job.input)
                    run.completion?.events = tally
                }
                return run.sidecar
            }
            return (report, nil)
        }
    }

    /// Writes to standard output, which all inputs share.
    private func print(
        _ job: Job, _ heading: ProgressHeading, _ summary: RecordingSummary?
    ) throws(OutputProblem) -> AnalysisReport {
        let (sink, isNew) = standardOutput()
        if isNew, !analyzer.header.isEmpty {
            sink.write(EncodedLine(kind: .record, source: nil, bytes: analyzer.header))
        }
        let isLast = job == jobs.last
        defer { if isLast || analyzer.isStopped { sink.close() } }
        let report: AnalysisReport
        do throws(Failure) {
            report = try analyzer.analyze(job.input, into: sink, summary: summary) { console.progress($0, of: heading) }
        } catch {
            throw .here(error)
        }
        if isLast || analyzer.isStopped { sink.close() }
        let status = sink.status
        guard status.isHealthy else {
            throw .everywhere(Failure(.inputOutput, status.lastError ?? "standard output cannot be written"))
        }
        return report
    }

    /// Standard output, and whether it was not used before. It is made outside of the lock, as it starts a thread.
    private func standardOutput() -> (sink: StdoutSink, isNew: Bool) {
        if let sink = output.withLock({ $0 }) { return (sink, false) }
        let made = StdoutSink()
        let first = output.withLock { output -> StdoutSink? in
            defer { output = output ?? made }
            return output
        }
        guard let first else { return (made, true) }
        // Another input came first.
        made.close()
        return (first, false)
    }

    // MARK: The end

    private func summarize(_ tally: BatchTally, after failure: Failure?) throws(Failure) {
        var title = "\(jobs.count) inputs"
        if let table, failure == nil {
            try table.write()
            title += ", summary in \(table.path)"
        }
        guard jobs.count > 1 || tally.mustBeTold && !options.passedOver.isEmpty else { return }
        guard tally.mustBeTold || !console.isQuiet else { return }
        console.say(tally.mustBeTold ? .warning : .info, tally.lines(title: title).joined(separator: "\n"))
    }
}
