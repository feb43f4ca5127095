internal import Analysis
public import ArgumentParser
public import Batch
internal import Expression
internal import Media
internal import ModelStore
internal import Pipeline
internal import Platform
internal import SystemPackage

/// `norface normalize`.
struct NormalizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "normalize", abstract: "Write the normalized faces of videos and images as pictures or videos.",
        discussion: """
            A normalized face is the bundle's picture of one common person, seen from the front, who has the expression of the face: what the \
            classifier reads. Pictures go to FOLDER/NAME/person-ID/FRAME.png, videos to FOLDER/NAME/person-ID.mp4; manifest.csv says of each \
            which input, frame, time and person it is of. A folder stands for all videos and images in it and below.
            """,
        aliases: ["normalise"])

    @Argument(help: "Files, folders or URLs, or - for standard input.", completion: .file())
    var inputs: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The folder, made if needed. What is there of the same name is replaced.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(name: .long, help: "What faces are written as: png, jpg, or mp4 (a video for each person).")
    var format = NormalizeRun.Format.png

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The side of the pictures, 16 to 1024, bicubically from what the network makes; without it that.",
            valueName: "pixels"))
    var size: Int?

    @OptionGroup(title: "Recordings") var recording: RecordingOptions
    @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

    @OptionGroup var models: BundleOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard !inputs.isEmpty else { throw ValidationError("Name an input.") }
        guard inputs.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Standard input can be read once.")
        }
        guard (16...1024).contains(size ?? 16) else { throw ValidationError("--size takes 16 to 1024.") }
        guard format != .mp4 || (size ?? 16).isMultiple(of: 2) else {
            throw ValidationError("--size takes even numbers for mp4.")
        }
    }

    func run() throws {
        try messages.run { signals, console in
            let found = try InputSearch.find(BatchOptions.inputs(inputs))
            console.tell(found)
            var settings = analysis.settings
            settings.picture = .plain
            settings.events.isOn = false
            let loaded = try models.load(for: settings)
            var options = NormalizeRun.Options()
            (options.format, options.size, options.minimumQuality) = (format, size, settings.minimumQuality)
            let run = NormalizeRun(
                inputs: found.inputs, folder: RawArguments.path(output), options: options, passedOver: found.passedOver,
                bundle: loaded.bundle.hashes.first?.sha256 ?? "", console: console
            ) { [settings] faces in
                BatchAnalyzer(models: loaded, settings: settings, media: recording.media, faces: faces)
            }
            signals.whenStopped(run.stop, leave: { console.leave() })
            return try run.run()
        }
    }
}

extension NormalizeRun.Format: ExpressibleByArgument {}
