public import Platform
internal import Records
internal import Sinks
public import SystemPackage

/// Analyses pictures into one file of records, in their order: each record's `source` is its picture.
public final class StillsRun {
    private let inputs: [Input]
    private let path: FilePath?
    private let analyzer: BatchAnalyzer
    private let passedOver: [PassedOver]
    private let console: Console

    /// Makes a run.
    ///
    /// - Parameters:
    ///   - path: where the records go; nil is standard output.
    ///   - passedOver: what the search for pictures has passed over.
    ///   - console: told of progress and failures.
    public init(
        inputs: [Input], path: FilePath?, analyzer: BatchAnalyzer, passedOver: [PassedOver], console: Console
    ) {
        var inputs = inputs
        OutputNames.tellApart(&inputs)
        self.inputs = inputs
        self.path = path
        self.analyzer = analyzer
        self.passedOver = passedOver
        self.console = console
    }

    /// Analyses the pictures.
    ///
    /// - Returns: nil when all went well; `someFailed` when some of several failed.
    /// - Throws: the failure of the only picture, or of the output.
    public func run() throws(Failure) -> Failure.Code? {
        var tally = BatchTally(
            jobs: inputs.map { Job(input: $0, destination: .standardOutput) }, passedOver: passedOver)
        do throws(OutputProblem) {
            if let path {
                let file = try OutputFile(path: path, header: analyzer.header, inputs: InputIdentities(inputs))
                try write(to: file, &tally)
            } else {
                let sink = StdoutSink()
                if !analyzer.header.isEmpty {
                    sink.write(EncodedLine(kind: .record, source: nil, bytes: analyzer.header))
                }
                _ = analyze(into: sink, &tally)
                sink.close()
                guard sink.status.isHealthy else {
                    throw .everywhere(
                        Failure(.inputOutput, sink.status.lastError ?? "standard output cannot be written"))
                }
            }
        } catch {
            throw error.failure
        }
        if inputs.count == 1, case .failed(let text)?? = tally.fates.first { throw Failure(.badInput, text) }
        if tally.mustBeTold || !console.isQuiet {
            let text = tally.lines(title: "\(inputs.count) pictures").joined(separator: "\n")
            console.say(tally.mustBeTold ? .warning : .info, text)
        }
        return tally.failures > 0 ? .someFailed : nil
    }

    private func write(to file: OutputFile, _ tally: inout BatchTally) throws(OutputProblem) {
        let (done, completion) = analyze(into: file.sink, &tally)
        do throws(OutputProblem) {
            try file.close()
        } catch {
            file.abandon()
            throw error
        }
        guard !done.isEmpty, !analyzer.isStopped else {
            if let part = file.abandon() { console.say(.warning, "stopped; what was read is in \(part)") }
            return
        }
        var run = analyzer.run(done)
        try file.finish { path in
            run.completion = completion
            run.completion?.bytes = Int(FileFacts(path)?.size ?? 0)
            return run.sidecar
        }
    }

    /// - Returns: the pictures that are in the records, and what was done of them.
    private func analyze(
        into sink: any RecordSink, _ tally: inout BatchTally
    ) -> (done: [Input], completion: RunInfo.Completion) {
        var done: [Input] = []
        var completion = RunInfo.Completion(
            records: 0, frames: 0, damaged: 0, bytes: 0, inputBytes: nil, inputModified: nil)
        for (index, input) in inputs.enumerated() where !analyzer.isStopped {
            let heading = ProgressHeading(name: input.name, number: index + 1, count: inputs.count)
            console.begin(heading)
            let summary = RecordingSummary(labels: analyzer.labels)
            do throws(Failure) {
                let end = input.path?.extension?.lowercased() ?? ""
                guard input.isPicture || !InputSearch.extensions.contains(end) else {
                    throw Failure(.usage, "\(input.location): \(PassedOver.Reason.video.words)")
                }
                let report = try analyzer.analyze(input, into: sink, first: completion.records, summary: summary) { _ in
                }
                completion.records += report.progress.records
                completion.frames += report.progress.captured
                completion.damaged += report.damaged
                done.append(input)
                console.endFailed(heading)
                for doubt in ProgressLine.doubts(heading, report) { console.say(.warning, doubt) }
                let isDamaged = !report.isSound
                tally.note(
                    isDamaged ? .damaged(report.shortfall?.reason ?? "damaged") : .done(hasFaces: summary.hasFaces),
                    of: index)
                if report.end == .unread { break }
            } catch {
                console.endFailed(heading)
                if inputs.count > 1 { console.say(.error, error.message) }
                tally.note(.failed(error.message), of: index)
            }
        }
        return (done, completion)
    }
}
