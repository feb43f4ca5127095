internal import Media
internal import Platform
internal import SystemPackage

/// Reads a recording and writes it again as a video, each picture changed on its way.
struct VideoRewrite {
    /// The recording.
    let input: Input
    /// The video.
    let output: FilePath
    /// What progress is told of; the video itself may have another name for the time being.
    let title: String
    /// How the recording is read.
    let media: MediaOptions
    /// Whether its sound is copied.
    let keepsSound: Bool
    /// Told of progress, and of what is odd.
    let console: Console
    /// Whether an end was asked for; what was written becomes a whole file then.
    let isStopped: () -> Bool

    /// Does it.
    ///
    /// - Parameter change: draws on the picture of a frame.
    /// - Returns: how many frames were written.
    /// - Throws: `Failure` when the recording cannot be read or the video not be written, and what `change` throws.
    func run(_ change: (Picture, VideoFrame) throws -> Void) throws -> Int {
        let source = try MediaSource(input.media, options: media)
        guard !source.info.isLive else { throw Failure(.usage, "\(input.name) is live; a recording is needed") }
        let heading = ProgressHeading(name: title, number: 1, count: 1)
        console.begin(heading)
        defer { console.endFailed(heading) }
        let start = MonotonicClock.now()
        var (frames, end) = (0, 0.0)
        var line = TimeLine()
        var made: (writer: VideoWriter, picture: Picture)?
        while !isStopped(), let frame = try source.next() {
            if made == nil { made = try begin(frame, source) }
            guard let (writer, picture) = made else { break }
            guard frame.width & ~1 == picture.width, frame.height & ~1 == picture.height else {
                throw Failure(
                    .badInput,
                    "\(input.name): the size changes from \(picture.width)x\(picture.height) to \(frame.width)x\(frame.height)"
                )
            }
            picture.copy(frame)
            try change(picture, frame)
            end = line.time(
                pts: frame.pts, epoch: frame.epoch, interval: source.info.nominalRate.map { 1 / $0 } ?? 0.04)
            try writer.write(picture, at: end)
            frames += 1
            console.progress(
                AnalysisProgress(
                    records: frames, captured: frames, frames: source.info.frameCountEstimate,
                    mediaTime: frame.pts - (source.info.startTime ?? 0), duration: source.info.duration,
                    elapsed: Double(MonotonicClock.now() - start) * 1e-9), of: heading)
        }
        guard let (writer, _) = made else {
            throw Failure(isStopped() ? .interrupted : .badInput, "\(input.name): no frame was written")
        }
        // Of a part, and of what was stopped, the sound ends with the pictures.
        try writer.finish(at: isStopped() || media.end != nil ? end : nil)
        if line.breaks > 0, keepsSound {
            console.say(
                .warning,
                "\(input.name): its clock was set \(line.breaks) times; behind that the sound may be beside the pictures"
            )
        }
        for remark in source.remarks + writer.remarks { console.say(.warning, "\(input.name): \(remark)") }
        return frames
    }

    private func begin(_ frame: VideoFrame, _ source: MediaSource) throws(Failure) -> (VideoWriter, Picture) {
        let picture = try Picture(width: frame.width, height: frame.height)
        picture.copy(frame)
        var options = VideoWriter.Options()
        options.pixelAspect = frame.pixelAspect
        options.rate = source.info.nominalRate
        if keepsSound { options.sound = input.media }
        options.soundStart = media.start
        return (try VideoWriter(output, like: picture, options: options), picture)
    }
}

/// The times of a video, which go on where those of the recording begin anew.
struct TimeLine {
    private var epoch: Int?
    private var offset = 0.0
    private var last = 0.0
    /// How often the recording's times began anew.
    private(set) var breaks = 0

    /// When a frame is shown, in seconds.
    ///
    /// - Parameter interval: seconds between two frames, for the first behind a break.
    mutating func time(pts: Double, epoch: Int, interval: Double) -> Double {
        if let known = self.epoch, known != epoch {
            offset = last + interval - pts
            breaks += 1
        }
        self.epoch = epoch
        last = pts + offset
        return last
    }
}
