internal import Analysis
public import ArgumentParser
public import Batch
internal import Expression
internal import FaceTracking
internal import Faces
internal import Media
internal import ModelStore
internal import Platform
internal import SystemPackage

/// `norface anonymize`.
struct AnonymizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anonymize", abstract: "Write a recording as a video with every face covered.",
        discussion: """
            Faces are looked for with more care than otherwise, and covered for a while before they are first seen and after they are \
            last seen, too. The result is analysed again: a face where none was covered is covered and all is drawn once more, and what \
            is left then is told, with exit code 2. Look at the result before you hand it on: no detector finds every face, \
            and clothes, voices and places tell who somebody is as well. The tags of the recording are not copied.
            """)

    @Argument(help: "The recording.", completion: .file())
    var input: String

    @Option(
        name: [.short, .long], help: ArgumentHelp("The video. What is there is replaced.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(
        name: .long,
        help:
            "How faces are covered: face (blurred, and over that one common person's, with the pose and the expression), blur (a few blocks), box (grey), or mesh (blurred, with the lines of brows, eyes and lips)."
    )
    var style = AnonymizationRun.Style.face

    @Flag(name: .long, inversion: .prefixedNo, help: "Keep the sound. Voices tell who speaks.")
    var sound = true

    @OptionGroup(title: "Recording") var recording: RecordingOptions
    @OptionGroup var models: ModelOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard input != "-" else {
            throw ValidationError("A recording is read several times; standard input cannot be.")
        }
    }

    func run() throws {
        try messages.run { signals, console in
            let clip = Input(argument: input, path: RawArguments.exactPath(input, occurrence: 0))
            let path = RawArguments.path(output)
            try VideoTarget.check(path, inputs: [clip])
            let loaded = try models.load()
            let quiet = Console(program: "norface", threshold: .warning, isQuiet: true)
            let scratch = try ScratchFolder(beside: path)
            var options = AnonymizationRun.Options()
            (options.style, options.keepsSound, options.media) = (style, sound, recording.media)
            let settings = Self.settings
            let run = AnonymizationRun(
                options: options, console: console, isStopped: { signals.code != nil }
            ) { [media = recording.media] input, records, faces in
                // The part that was asked for is all that there is in the draft.
                let isDraft = records.removingLastComponent() == input.path?.removingLastComponent()
                var settings = settings
                if faces != nil { settings.picture = .portrait }
                let analyzer = BatchAnalyzer(
                    models: loaded, settings: settings, media: isDraft ? MediaOptions() : media, faces: faces)
                signals.whenStopped({ analyzer.stop() }, leave: { console.leave() })
                _ = try BatchRun(
                    jobs: [Job(input: input, destination: .file(records))], analyzer: analyzer,
                    options: BatchRun.Options(), console: quiet
                ).run()
            }
            do throws(Failure) {
                let files = AnonymizationRun.Scratch(
                    records: scratch.records, draft: scratch.draft(of: path), portraits: scratch.portraits)
                return try run.run(clip, scratch: files, output: path)
            } catch {
                guard let code = signals.code else { throw error }
                throw Failure(code, error.message)
            }
        }
    }

    /// Rather a cover too many than a face too few.
    private static var settings: AnalysisSettings {
        var settings = AnalysisSettings()
        settings.tracking.maximumFaces = AnalysisKey.facesRange.upperBound
        settings.tracking.minimumDetectionScore = 0.35
        settings.tracking.minimumPresence = 0.25
        settings.tracking.detectionInterval = 0.1
        settings.tracking.smallestFace = 24
        settings.smoothing = .off
        settings.baseline = .off
        settings.landmarks = .ibug
        return settings
    }
}

extension AnonymizationRun.Style: ExpressibleByArgument {}
