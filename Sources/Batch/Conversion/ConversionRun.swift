public import Platform
public import Records
internal import Sinks
internal import Synchronization
public import SystemPackage

/// Writes files of records in another format, one after another: reports what fails and goes on.
public final class ConversionRun: Sendable {
    private let jobs: [Job]
    private let inputs: InputIdentities
    private let format: RecordFormat
    private let meta: FilePath?
    private let console: Console
    private let stopped = Atomic(false)

    /// Makes a run.
    ///
    /// - Parameters:
    ///   - meta: the description of the run that made the records; nil looks beside each of them.
    ///   - console: told of progress and failures.
    public init(jobs: [Job], format: RecordFormat, meta: FilePath?, console: Console) {
        self.jobs = jobs
        inputs = InputIdentities(jobs.map(\.input))
        self.format = format
        self.meta = meta
        self.console = console
    }

    /// Ends the conversion with whole rows. From any thread.
    public func stop() { stopped.store(true, ordering: .relaxed) }

    private var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Does the jobs.
    ///
    /// - Returns: nil when all went well; `someFailed` when some of several failed.
    /// - Throws: the failure of the only job.
    public func run() throws(Failure) -> Failure.Code? {
        let output = StdoutSink()
        defer { output.close() }
        var header: [UInt8]?
        var failed = 0
        for (index, job) in jobs.enumerated() {
            guard !isStopped else { break }
            let heading = ProgressHeading(name: job.input.name, number: index + 1, count: jobs.count)
            console.begin(heading)
            do throws(Failure) {
                let report = try work(on: job, output: output, header: &header)
                console.end(heading, report)
                if report.isUnread { return nil }
            } catch {
                console.endFailed(heading)
                if jobs.count == 1 { throw error }
                failed += 1
                console.say(.error, error.message)
            }
        }
        output.close()
        guard output.status.isHealthy else {
            throw Failure(.inputOutput, output.status.lastError ?? "standard output cannot be written")
        }
        return failed > 0 ? .someFailed : nil
    }

    private func work(
        on job: Job, output: StdoutSink, header: inout [UInt8]?
    ) throws(Failure) -> ConversionReport {
        // The input first: what is there already is not replaced by nothing.
        let stream = try RecordStream(job.input)
        let labels = try labels(of: job.input, stream)
        switch job.destination {
        case .standardOutput:
            let result = try convert(stream, labels: labels, into: output, header: header)
            header = result.header
            return result.report
        case .file(let path):
            do throws(OutputProblem) {
                return try write(stream, labels: labels, to: path)
            } catch {
                throw error.failure
            }
        }
    }

    private func write(
        _ stream: RecordStream, labels: RecordLabels?, to path: FilePath
    ) throws(OutputProblem) -> ConversionReport {
        let file = try OutputFile(path: path, inputs: inputs)
        let result: Result<ConversionReport, Failure>
        do throws(Failure) {
            result = .success(try convert(stream, labels: labels, into: file.sink, header: nil).report)
        } catch {
            result = .failure(error)
        }
        do throws(OutputProblem) {
            try file.close()
        } catch {
            file.abandon()
            throw error
        }
        switch result {
        case .success(let report):
            // What is no file has no end of its own: it ends when it is stopped.
            guard report.isStopped, stream.isFile else {
                try file.finish(sidecar: nil)
                return report
            }
            if let part = file.abandon() {
                console.say(.warning, "\(stream.name): stopped; the rows so far are in \(part)")
            }
            return report
        case .failure(var failure):
            if let part = file.abandon() { failure.message += "; the rows before it are in \(part)" }
            throw .here(failure)
        }
    }

    private func convert(
        _ stream: RecordStream, labels: RecordLabels?, into sink: any RecordSink, header: [UInt8]?
    ) throws(Failure) -> (report: ConversionReport, header: [UInt8]) {
        let conversion = Conversion(stream, format: format, sink: sink, isStopped: { self.isStopped }) {
            self.console.progress($0)
        }
        let result = try conversion.run(labels: labels, header: header)
        if let torn = result.torn {
            console.say(.warning, "\(torn); this last line was torn and is left out")
        }
        return (result.report, result.header)
    }

    /// The names of the values: of the description that was named, or that stands beside the records, or else of the first face in a file.
    private func labels(of input: Input, _ stream: RecordStream) throws(Failure) -> RecordLabels? {
        if let meta { return try description(meta).labels }
        guard stream.isFile else { return nil }
        let sidecar = Sidecar.path(beside: input.path ?? FilePath(input.location))
        if sidecar.exists {
            do throws(Failure) {
                return try description(sidecar).labels
            } catch {
                console.say(.warning, "\(error.message); the names of the values are taken from the first face instead")
            }
        }
        let preview = try RecordStream(input)
        var reader = RecordReader(name: input.name) { buffer in
            try preview.read(into: buffer, isStopped: { self.isStopped })
        }
        do {
            while reader.labels == nil, try reader.next() != nil {}
        } catch {
            // The conversion itself comes to the same line and tells it.
            return reader.labels
        }
        return reader.labels
    }

    private func description(_ path: FilePath) throws(Failure) -> RunInfo {
        let text: [UInt8]
        do {
            text = try FileBytes.read(path, limit: 1 << 20)
        } catch {
            throw Failure(error == .noSuchFileOrDirectory ? .noInput : .inputOutput, "\(path): \(error)")
        }
        do {
            return try RunInfo(text: text, file: path.string)
        } catch {
            throw Failure(error)
        }
    }
}
