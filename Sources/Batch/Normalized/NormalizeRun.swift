internal import Glibc
internal import Media
public import Pipeline
public import Platform
internal import Records
internal import Sinks
public import SystemPackage

/// Writes the normalized faces of recordings and pictures as pictures or videos, with a manifest that says what each of them is.
public final class NormalizeRun {
    /// What the faces are written as.
    public enum Format: String, Sendable, CaseIterable {
        /// A picture for each face and frame, without loss.
        case png
        /// A picture for each face and frame.
        case jpg
        /// A video for each person.
        case mp4
    }

    /// How faces are written.
    public struct Options: Sendable {
        /// What they are written as.
        public var format = Format.png
        /// The side of the pictures; nil leaves what the network makes.
        public var size: Int?
        /// Faces of less quality are left out, 0-1.
        public var minimumQuality: Float = 0

        /// The defaults.
        public init() {}
    }

    private let jobs: [Job]
    private let folder: FilePath
    private let passedOver: [PassedOver]
    private let console: Console
    private let faces: NormalizedFaces
    private let analyzer: BatchAnalyzer

    /// Makes a run.
    ///
    /// - Parameters:
    ///   - folder: what is written goes there, for each input into a folder of its own.
    ///   - passedOver: what the search for inputs has passed over.
    ///   - bundle: what the manifest calls the bundle.
    ///   - analyzer: makes what analyses the inputs; the faces go to what it is given.
    public init(
        inputs: [Input], folder: FilePath, options: Options, passedOver: [PassedOver], bundle: String, console: Console,
        analyzer: (any FaceOutput) -> BatchAnalyzer
    ) {
        // The names that files of records would have, without their end.
        jobs = OutputNames(folder: folder, end: "jsonl", results: nil).jobs(for: inputs)
        self.folder = folder
        self.passedOver = passedOver
        self.console = console
        faces = NormalizedFaces(folder: folder, options: options, bundle: bundle)
        self.analyzer = analyzer(faces)
    }

    /// Ends it; what was written stays, whole, and the manifest with it. From any thread.
    public var stop: @Sendable () -> Void { { [analyzer] in analyzer.stop() } }

    /// Writes the faces.
    ///
    /// - Returns: nil when all went well; `someFailed` when some of several inputs failed, or were incomplete or too damaged.
    /// - Throws: `Failure` of the only input, or of the output.
    public func run() throws(Failure) -> Failure.Code? {
        var tally = BatchTally(jobs: jobs, passedOver: passedOver)
        let isNew = !folder.exists
        do throws(OutputProblem) {
            try OutputFile.makeFolder(folder)
        } catch {
            throw error.failure
        }
        try faces.open()
        for (index, job) in jobs.enumerated() where !analyzer.isStopped {
            let heading = ProgressHeading(name: job.input.name, number: index + 1, count: jobs.count)
            console.begin(heading)
            do throws(Failure) {
                tally.note(try write(job, heading), of: index)
            } catch {
                console.endFailed(heading)
                if let problem = faces.problem { throw problem }
                guard jobs.count > 1 else {
                    if faces.isEmpty {
                        faces.discard()
                        // What is not empty stays.
                        if isNew { _ = folder.withPlatformString { rmdir($0) } }
                    } else {
                        try faces.close()
                    }
                    throw error
                }
                console.say(.error, error.message)
                tally.note(.failed(error.message), of: index)
            }
        }
        try faces.close()
        if !console.isQuiet { console.say(.info, faces.summary) }
        if jobs.count > 1 || tally.mustBeTold && !passedOver.isEmpty, tally.mustBeTold || !console.isQuiet {
            let text = tally.lines(title: "\(jobs.count) inputs").joined(separator: "\n")
            console.say(tally.mustBeTold ? .warning : .info, text)
        }
        return tally.failures > 0 ? .someFailed : nil
    }

    private func write(_ job: Job, _ heading: ProgressHeading) throws(Failure) -> BatchTally.Fate {
        guard case .file(var place) = job.destination else { return .failed("no place") }
        place.extension = nil
        faces.begin(input: job.input.name, folder: place)
        let result: Result<AnalysisReport, Failure>
        do throws(Failure) {
            result = .success(
                try analyzer.analyze(job.input, into: NoRecords()) { console.progress($0, of: heading) })
        } catch {
            result = .failure(error)
        }
        // What came before a failure is good, too.
        try faces.end()
        let report = try result.get()
        console.end(heading, report)
        if report.end != .ended, !report.isLive { return .stopped(nil) }
        if let shortfall = report.shortfall { return .incomplete(shortfall.reason) }
        if !report.isSound { return .damaged("\(report.damaged) damaged pictures or packets") }
        return .done(hasFaces: faces.hasFaces)
    }
}

/// Takes records and keeps none.
private final class NoRecords: RecordSink {
    let status = SinkStatus()

    func write(_ line: EncodedLine) {}
    func reopen() {}
    func close() {}
}
