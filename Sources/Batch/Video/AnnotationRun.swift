public import Media
public import Overlay
public import Platform
internal import Records
internal import Synchronization
public import SystemPackage

/// Writes a recording as a video again, with what its records say drawn onto it.
public final class AnnotationRun: Sendable {
    /// What is drawn and kept.
    public struct Options: Sendable {
        /// What is drawn.
        public var parts = Set(FaceOverlay.Part.allCases)
        /// Bars at a face at most.
        public var units = 6
        /// Whether the sound is copied.
        public var keepsSound = true
        /// How the recording is read.
        public var media = MediaOptions()

        /// The defaults.
        public init() {}
    }

    private let options: Options
    private let console: Console
    private let isStopped = Atomic(false)

    /// Makes a run.
    public init(options: Options, console: Console) {
        self.options = options
        self.console = console
    }

    /// Ends it; what was written becomes a whole file.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Draws.
    ///
    /// - Parameter records: the file of the recording's records.
    /// - Returns: nil when all went well; `someFailed` when more than half of the frames had no record.
    /// - Throws: `Failure` when the recording or its records cannot be read or do not belong together, or the video not be written.
    public func run(_ input: Input, records: Input, output: FilePath) throws(Failure) -> Failure.Code? {
        do {
            try RecordOrigin.check(records, of: input)
            var track = try RecordTrack(records)
            var overlay: FaceOverlay?
            let unnamed = RecordLabels(au: [], sides: [], emotions: [])
            let rewrite = VideoRewrite(
                input: input, output: output, title: output.lastComponent?.string ?? output.string,
                media: options.media, keepsSound: options.keepsSound, console: console,
                isStopped: { self.isStopped.load(ordering: .relaxed) })
            let frames = try rewrite.run { picture, frame in
                let record = try track.record(epoch: frame.epoch, pts: frame.pts)
                if let record, (record.width, record.height) != (frame.width, frame.height) {
                    throw Failure(
                        .badInput,
                        "\(records.name) is of another video: its frames have \(record.width)x\(record.height) pixels, those of \(input.name) \(frame.width)x\(frame.height)"
                    )
                }
                // The names of the values are known with the first face; before it there is nothing to name.
                let labels = track.labels ?? unnamed
                if overlay?.labels != labels {
                    overlay = FaceOverlay(
                        labels: labels, width: picture.width, height: picture.height, parts: options.parts,
                        units: options.units)
                }
                overlay?.draw(record, time: frame.pts, on: picture)
            }
            console.say(
                .info, "\(input.name): \(frames) frames\(isStopped.load(ordering: .relaxed) ? ", stopped" : "")")
            guard track.missed > 0 else { return nil }
            console.say(
                .warning,
                "\(records.name): \(track.missed) of \(frames) frames have no record and are marked \"not analysed\"")
            return track.missed * 2 > frames ? .someFailed : nil
        } catch {
            throw Failure(error)
        }
    }
}
