internal import ArgumentParser
internal import Analysis
internal import Batch
internal import Expression
internal import Media
internal import ModelStore
internal import Pipeline
internal import Platform
internal import Records
internal import SystemPackage

/// `norface analyze`.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Analyse video files, images and folders of them.",
        discussion: """
            Each frame becomes one line of JSON, also when nobody is seen, or rows of a table with --format csv. Without --output \
            they go to standard output. \
            A folder stands for all videos and images in it and below. A recording at a URL (http, https, ftp, sftp or smb, with a length that \
            the container states or bytes that can be fetched in any order) is analysed like a file: every frame, to its end. All other URLs \
            and cameras are live: what is too much is dropped, and told in the records. Beside each file of records stands a sidecar, \
            NAME.meta.json, with what is true of the whole run.
            """,
        aliases: ["analyse"])

    @Argument(help: "Files, folders, URLs, or - for standard input.", completion: .file())
    var inputs: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A file for one input; a folder, made if needed, for several, a folder or a list. A trailing / says folder. What is there is replaced.",
            valueName: "path"
        ),
        completion: .file())
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What is written: \(RecordFormat.names). Without it the end of the output's name tells, else jsonl.",
            valueName: "format"))
    var format: RecordFormat?

    @Flag(name: .long, help: "Pass over inputs that an earlier run has finished with the same settings and bundle.")
    var resume = false

    @OptionGroup(title: "Recordings") var recording: RecordingOptions
    @OptionGroup(title: "Analysis") var analysis: AnalysisOptions
    @OptionGroup(title: "What the records tell") var content: ContentOptions

    @OptionGroup(title: "Many inputs") var batch: BatchOptions
    @OptionGroup var models: BundleOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try batch.check(inputs: inputs, output: output, resume: resume)
        guard !resume || (output != nil && output != "-") else { throw ValidationError("--resume needs --output.") }
    }

    func run() throws {
        try messages.run { signals, console in
            let format = OutputPlan.format(named: format, output: output ?? batch.stills)
            let isPrinted = output == nil || output == "-"
            guard !content.events || batch.stills == nil,
                !content.events || !isPrinted || format.name == RecordFormat.jsonLines.name
            else {
                throw Failure(
                    .usage,
                    batch.stills == nil
                        ? "--events to standard output takes --format jsonl: a table has no place for them"
                        : "--events are of recordings; --stills are pictures")
            }
            let found = try batch.find(inputs)
            console.tell(found)
            var settings = analysis.settings
            content.apply(to: &settings)
            let loaded = try models.load(for: settings)
            // Of numbered pictures the rate is their own.
            if batch.imageSequence { settings.maximumRate = nil }
            let analyzer = BatchAnalyzer(
                models: loaded, settings: settings, media: recording.media, hashes: recording.hashes, format: format,
                pictureRate: analysis.maximumRate ?? 25)
            signals.whenStopped({ analyzer.stop() }, leave: { console.leave() })
            if let stills = batch.stills {
                let path = stills == "-" ? nil : RawArguments.path(stills)
                return try StillsRun(
                    inputs: found.inputs, path: path, analyzer: analyzer, passedOver: found.passedOver, console: console
                ).run()
            }
            let jobs = try batch.jobs(for: found.inputs, output: output, format: format)
            guard analysis.saveBaseline == nil || jobs.count == 1 else {
                throw Failure(.usage, "--save-baseline takes one input; here are \(jobs.count)")
            }
            let options = batch.runOptions(found, output: output, resumes: resume)
            return try BatchRun(jobs: jobs, analyzer: analyzer, options: options, console: console).run()
        }
    }
}
