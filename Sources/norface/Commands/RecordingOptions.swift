public import ArgumentParser
public import Media
internal import Platform

/// How recordings are read.
struct RecordingOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Begin at this time of the recording (pts of the records): 90, 1:30 or 0:01:30.5.", valueName: "time"))
    var start: MediaTime?

    @Option(name: .long, help: ArgumentHelp("End before this time of the recording.", valueName: "time"))
    var end: MediaTime?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The video stream that is read, by its number in the container. Without it the best one, and of several it is told which.",
            valueName: "number"))
    var stream: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Width to height of the whole upright picture, such as 16:9, for recorders that state none or the wrong one.",
            valueName: "aspect"))
    var aspect: AspectRatio?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "UTC of the first frame, such as 2026-05-01T09:30:00Z or with +02:00; or tag: as the recording's own tag says; or none.",
            discussion: "Without it the tag is believed where it names its time zone in digits, as phones do.",
            valueName: "when"))
    var startTime: StartTime?

    @Flag(name: .customLong("hash"), help: "Tell the SHA-256 of each input in its sidecar.")
    var hashes = false

    func validate() throws {
        guard start.flatMap({ start in end.map { start.seconds < $0.seconds } }) ?? true else {
            throw ValidationError("--end must come after --start.")
        }
        guard stream ?? 0 >= 0 else { throw ValidationError("--stream takes 0 or more.") }
    }

    /// What is asked for.
    var media: MediaOptions {
        var media = MediaOptions()
        media.start = start?.seconds
        media.end = end?.seconds
        media.stream = stream
        media.displayAspect = aspect
        if let startTime { media.clock = startTime.clock }
        return media
    }
}

/// A time of a recording: seconds, or minutes or hours before a colon.
struct MediaTime: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = parts.last.flatMap({ Double($0) }), last.isFinite else {
            return nil
        }
        var sum = 0.0
        for part in parts.dropLast() {
            guard let whole = Int(part), (0...100_000).contains(whole) else { return nil }
            sum = (sum + Double(whole)) * 60
        }
        guard parts.count == 1 || (0..<60).contains(last) else { return nil }
        seconds = sum + last
    }
}

/// Where the time of frames comes from.
struct StartTime: ExpressibleByArgument {
    let clock: MediaOptions.Clock

    init?(argument: String) {
        switch argument {
        case "none": clock = .none
        case "tag": clock = .tag
        default:
            guard let time = RecordingTime(argument, tag: "start_time") else { return nil }
            clock = .start(time.microseconds)
        }
    }
}

extension AspectRatio: ExpressibleByArgument {
    /// Takes an aspect such as 16:9.
    public init?(argument: String) { self.init(argument) }
}
