public import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// Does jobs one after another: passes over what is finished, reports what fails and goes on.
public final class BatchRun {
    private let jobs: [Job]
    private let analyzer: BatchAnalyzer
    private let resumes: Bool
    private let console: Console
    private lazy var output = StdoutSink()
    private var failed = 0

    /// Makes a run.
    ///
    /// - Parameters:
    ///   - resumes: whether jobs that an earlier run has finished are passed over.
    ///   - console: told of progress and failures.
    public init(jobs: [Job], analyzer: BatchAnalyzer, resumes: Bool, console: Console) {
        self.jobs = jobs
        self.analyzer = analyzer
        self.resumes = resumes
        self.console = console
    }

    /// Does the jobs.
    ///
    /// - Returns: nil when all went well; `someFailed` when some of several failed, or were incomplete or too damaged.
    /// - Throws: the failure of the only job.
    public func run() throws(Failure) -> Failure.Code? {
        for (index, job) in jobs.enumerated() {
            guard !analyzer.isStopped else { break }
            if resumes {
                switch analyzer.standing(of: job) {
                case .open: break
                case .finished:
                    console.say(.info, "\(job.input.name): finished before")
                    continue
                case .incomplete(let reason):
                    console.say(.warning, "\(job.input.name): incomplete as before, and not changed since: \(reason)")
                    failed += 1
                    continue
                }
            }
            let heading = ProgressHeading(name: job.input.name, number: index + 1, count: jobs.count)
            console.begin(heading)
            do throws(Failure) {
                let report = try work(on: job)
                console.end(heading, report)
                if !report.isSound { failed += 1 }
                if report.end == .unread { return nil }
            } catch {
                console.endFailed()
                if jobs.count == 1 { throw error }
                failed += 1
                console.say(.error, error.message)
            }
        }
        return failed > 0 ? .someFailed : nil
    }

    private func work(on job: Job) throws(Failure) -> AnalysisReport {
        switch job.destination {
        case .standardOutput:
            if job == jobs.first, !analyzer.header.isEmpty {
                output.write(EncodedLine(kind: .record, source: nil, bytes: analyzer.header))
            }
            let report = try analyze(job.input, into: output)
            if job == jobs.last || analyzer.isStopped { output.close() }
            let status = output.status
            guard status.isHealthy else {
                throw Failure(.inputOutput, status.lastError ?? "standard output cannot be written")
            }
            return report
        case .file(let path):
            let file = try OutputFile(
                path: path, run: analyzer.run(job.input), header: analyzer.header, inputs: jobs.map(\.input))
            let result: Result<AnalysisReport, Failure>
            do throws(Failure) {
                result = .success(try analyze(job.input, into: file.sink))
            } catch {
                result = .failure(error)
            }
            try file.close(report: try? result.get(), input: job.input)
            if case .failure = result { file.removeIfEmpty() }
            return try result.get()
        }
    }

    private func analyze(_ input: Input, into sink: any RecordSink) throws(Failure) -> AnalysisReport {
        try analyzer.analyze(input, into: sink) { console.progress($0) }
    }
}
