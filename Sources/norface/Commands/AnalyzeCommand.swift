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
        commandName: "analyze", abstract: "Analyse video files, pictures and folders of them.",
        discussion: """
            Each frame becomes one line of JSON, also when nobody is seen, or rows of a table with --format csv. Without --output \
            they go to standard output. \
            A folder stands for all videos and pictures in it and below. A recording at a URL (http, https, ftp, sftp or smb, with a length that \
            the container states or bytes that can be fetched in any order) is analysed like a file: every frame, to its end. All other URLs \
            and cameras are live: what is too much is dropped, and told in the records. Beside each file of records stands a sidecar, \
            NAME.meta.json, with what is true of the whole run.
            """,
        aliases: ["analyse"])

    @Argument(help: "Files, folders, URLs, or - for standard input.", completion: .file())
    var inputs: [String]

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A file for one input; a folder, made if needed, for several. What is there is replaced.", valueName: "path"
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

    @Option(
        name: .long,
        help: ArgumentHelp("The expression bundle: a folder, or a name in the models folder.", valueName: "bundle"),
        completion: .directory)
    var bundle: String?

    @OptionGroup var models: ModelOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard !inputs.isEmpty else { throw ValidationError("Name an input.") }
        guard !resume || (output != nil && output != "-") else { throw ValidationError("--resume needs --output.") }
        guard inputs.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("Standard input can be read once.") }
    }

    func run() throws {
        let signals = StopSignals()
        let console = messages.console
        try console.run {
            LibavLog.capture { _, line in console.say(.debug, line) }
            let format = OutputPlan.format(named: format, output: output)
            let jobs = try OutputPlan.jobs(for: try InputSearch.find(inputs), output: output, format: format)
            guard analysis.saveBaseline == nil || jobs.count == 1 else {
                throw Failure(.usage, "--save-baseline takes one input; here are \(jobs.count)")
            }
            let search = models.search
            let loaded = try AnalysisModels(frontEnd: search.frontEnd, bundle: search.bundle(named: bundle))
            try loaded.check(analysis.settings)
            let analyzer = BatchAnalyzer(
                models: loaded,
                settings: analysis.settings, media: recording.media, hashes: recording.hashes, format: format)
            signals.whenStopped({ analyzer.stop() }, leave: { console.leave() })
            let code = try BatchRun(jobs: jobs, analyzer: analyzer, resumes: resume, console: console).run()
            return signals.code ?? code
        }
    }
}
