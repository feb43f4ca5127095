internal import Analysis
internal import ArgumentParser
internal import Batch
internal import FaceTracking
internal import Faces
internal import Media
internal import ModelStore
internal import Overlay
internal import Platform
internal import SystemPackage

/// `norface annotate`.
struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate", abstract: "Write a recording as a video with what is seen drawn onto it.",
        discussion: """
            Draws the box of each face, its number, emotion, landmarks, gaze and strongest units, and the time, from records that are \
            there (lines of JSON of this recording) or from an analysis on the way. The sound is copied. The output's name says the \
            container: .mp4, .mkv, .mov, .avi, .webm. Without records up to \(AnalysisKey.facesRange.upperBound) faces are followed, unless --max-faces \
            says otherwise.
            """)

    @Argument(help: "The recording.", completion: .file())
    var input: String

    @Argument(help: "Its records; without them it is analysed first.", completion: .file())
    var records: String?

    @Option(
        name: [.short, .long], help: ArgumentHelp("The video. What is there is replaced.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What is drawn, parted by commas: \(FaceOverlay.Part.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "parts"))
    var draw: DrawnParts = DrawnParts(parts: Set(FaceOverlay.Part.allCases))

    @Option(name: .long, help: ArgumentHelp("Bars of units at a face, at most.", valueName: "n"))
    var units = AnnotationRun.Options().units

    @Flag(name: .long, inversion: .prefixedNo, help: "Keep the sound.")
    var sound = true

    @OptionGroup(title: "Recording") var recording: RecordingOptions
    @OptionGroup(title: "Analysis, where there are no records") var analysis: AnalysisOptions
    @OptionGroup(title: "What the records tell") var content: ContentOptions

    @OptionGroup var models: BundleOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (0...50).contains(units) else { throw ValidationError("--units takes 0 to 50.") }
        guard input != "-" else { throw ValidationError("A recording is read twice; standard input cannot be.") }
    }

    func run() throws {
        try messages.run { signals, console in
            let clip = Input(argument: input, path: RawArguments.exactPath(input, occurrence: 0))
            let path = RawArguments.path(output)
            let lines = records.map {
                Input(argument: $0, path: RawArguments.exactPath($0, occurrence: 0))
            }
            try VideoTarget.check(path, inputs: [clip] + (lines.map { [$0] } ?? []))
            var options = AnnotationRun.Options()
            (options.parts, options.units, options.keepsSound) = (draw.parts, units, sound)
            options.media = recording.media
            let run = AnnotationRun(options: options, console: console)
            if let lines {
                signals.whenStopped({ run.stop() }, leave: { console.leave() })
                return try run.run(clip, records: lines, output: path)
            }
            let scratch = try ScratchFolder(beside: path)
            try analyze(clip, into: scratch.records, signals: signals, console: console)
            if let code = signals.code { return code }
            signals.whenStopped({ run.stop() }, leave: { console.leave() })
            return try run.run(clip, records: Input(argument: scratch.records.string), output: path)
        }
    }

    private func analyze(_ clip: Input, into records: FilePath, signals: StopSignals, console: Console) throws {
        var settings = analysis.settings
        content.apply(to: &settings)
        // Who looks at a picture sees the faces that nothing is drawn at.
        if settings.tracking.maximumFaces == AnalysisSettings().tracking.maximumFaces {
            settings.tracking.maximumFaces = AnalysisKey.facesRange.upperBound
        }
        if draw.parts.contains(.landmarks), settings.landmarks == .none { settings.landmarks = .ibug }
        let loaded = try models.load(for: settings)
        let analyzer = BatchAnalyzer(models: loaded, settings: settings, media: recording.media)
        signals.whenStopped({ analyzer.stop() }, leave: { console.leave() })
        _ = try BatchRun(
            jobs: [Job(input: clip, destination: .file(records))], analyzer: analyzer, options: BatchRun.Options(),
            console: console
        ).run()
    }
}

/// The parts of a drawing.
struct DrawnParts: ExpressibleByArgument {
    let parts: Set<FaceOverlay.Part>

    init(parts: Set<FaceOverlay.Part>) { self.parts = parts }

    init?(argument: String) {
        var parts: Set<FaceOverlay.Part> = []
        for name in argument.split(separator: ",") {
            guard let part = FaceOverlay.Part(rawValue: String(name)) else { return nil }
            parts.insert(part)
        }
        self.parts = parts
    }

    var defaultValueDescription: String { "all" }
}
