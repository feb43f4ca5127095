public import ArgumentParser
internal import Analysis
internal import Batch
internal import Expression
public import FaceTracking
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

    @Option(name: .long, help: ArgumentHelp("Analyse every Nth frame.", valueName: "n"))
    var every: Int?

    @Option(name: .long, help: ArgumentHelp("Analyse at most so many frames a second, evenly.", valueName: "rate"))
    var fps: Double?

    @Option(name: .long, help: ArgumentHelp("Faces that are followed at the same time.", valueName: "n"))
    var faces = AnalysisSettings().tracking.maximumFaces

    @Option(name: .long, help: "How faces are looked for: short (near), full (small faces too) or automatic (both).")
    var detector = AnalysisSettings().tracking.detector

    @Flag(name: .long, help: "Smooth with the future too: nothing comes late. Records come half a second later.")
    var offline = false

    @Flag(name: .long, help: "Do not smooth.")
    var noSmoothing = false

    @Option(
        name: .long,
        help: ArgumentHelp("Neutral baselines that were saved; they are not learned then.", valueName: "file"),
        completion: .file())
    var baseline: String?

    @Option(
        name: .long, help: ArgumentHelp("Save the neutral baselines at the end.", valueName: "file"),
        completion: .file())
    var saveBaseline: String?

    @Option(name: .long, help: ArgumentHelp("The faces that are seen at this time are neutral.", valueName: "seconds"))
    var neutralAt: Double?

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
        guard every == nil || fps == nil else { throw ValidationError("Choose --every or --fps.") }
        guard every ?? 1 >= 1 else { throw ValidationError("--every takes 1 or more.") }
        guard fps.map({ $0 > 0 && $0.isFinite }) ?? true else { throw ValidationError("--fps takes more than 0.") }
        let range = AnalysisKey.facesRange
        guard range.contains(faces) else {
            throw ValidationError("--faces takes \(range.lowerBound) to \(range.upperBound).")
        }
        guard !(offline && noSmoothing) else { throw ValidationError("Choose --offline or --no-smoothing.") }
        guard inputs.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("Standard input can be read once.") }
    }

    func run() throws {
        let signals = StopSignals()
        let console = messages.console
        try console.run {
            LibavLog.capture { _, line in console.say(.debug, line) }
            let format = OutputPlan.format(named: format, output: output)
            let jobs = try OutputPlan.jobs(for: try InputSearch.find(inputs), output: output, format: format)
            guard saveBaseline == nil || jobs.count == 1 else {
                throw Failure(.usage, "--save-baseline takes one input; here are \(jobs.count)")
            }
            let search = models.search
            let analyzer = BatchAnalyzer(
                models: try AnalysisModels(frontEnd: search.frontEnd, bundle: search.bundle(named: bundle)),
                settings: settings, format: format)
            signals.whenStopped({ analyzer.stop() }, leave: { console.leave() })
            let code = try BatchRun(jobs: jobs, analyzer: analyzer, resumes: resume, console: console).run()
            return signals.code ?? code
        }
    }

    private var settings: AnalysisSettings {
        var settings = AnalysisSettings()
        settings.tracking.maximumFaces = faces
        settings.tracking.detector = detector
        if let every, every > 1 { settings.selection = .every(every) }
        if let fps { settings.selection = .rate(fps) }
        settings.smoothing = offline ? .offline : noSmoothing ? .off : .causal
        settings.baselineFile = baseline.map { FilePath($0) }
        settings.savedBaseline = saveBaseline.map { FilePath($0) }
        settings.neutralAt = neutralAt
        return settings
    }
}

extension TrackingOptions.Detector: ExpressibleByArgument {}
