import Media
import SystemPackage
import TestSupport
import Testing

/// Containers whose times or frames are not simply one after the other: ffprobe's count and ffprobe's times hold for them too.
@Suite(.timeLimit(.minutes(30))) struct ContainerTests {
    /// Compares a file with what ffprobe says of it.
    @discardableResult
    private func compare(_ file: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [VideoFrame] {
        let source = try MediaSource(file)
        let frames = try frames(source)
        let times = try Clips.times(file)
        #expect(try frames.count == Clips.frameCount(file), sourceLocation: sourceLocation)
        #expect(frames.count == times.count, sourceLocation: sourceLocation)
        #expect(source.counters.decoded == frames.count, sourceLocation: sourceLocation)
        let shift = min(0, (times.first ?? 0) ?? 0)
        for (frame, time) in zip(frames, times) {
            #expect(frame.epoch == 0 && frame.estimated == (time == nil), sourceLocation: sourceLocation)
            if let time { #expect(abs(frame.pts - (time - shift)) < 1e-6, sourceLocation: sourceLocation) }
        }
        return frames
    }

    /// A copy that begins within a group of frames: an edit list hides the first frames, which are decoded all the same.
    @Test(arguments: ["0.5", "0.72"]) func cutWithoutReencodingShowsWhatTheEditListShows(start: String) throws {
        let clips = try Clips()
        let whole = try clips.make("whole.mp4", seconds: 3, ["-c:v", "libx264", "-bf", "3", "-g", "20"])
        let file = clips.path("cut.mp4")
        try Command.run(Clips.quiet + ["-ss", start, "-i", whole, "-c", "copy", file])
        let frames = try compare(file)
        #expect(frames.count < 75)
        #expect((frames.first?.pts ?? 9) < 0.05)
    }

    @Test func emptyEditDelaysTheFirstFrame() throws {
        let clips = try Clips()
        let whole = try clips.make("whole.mp4", ["-c:v", "libx264"])
        let file = clips.path("late.mp4")
        try Command.run(Clips.quiet + ["-itsoffset", "1.5", "-i", whole, "-c", "copy", file])
        let frames = try compare(file)
        #expect(abs((frames.first?.pts ?? 0) - 1.5) < 0.001)
    }

    @Test(arguments: [
        ["-c:v", "libx264", "-bf", "3", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
        ["-c:v", "libx264", "-bf", "3", "-movflags", "+negative_cts_offsets"],
        ["-c:v", "libx264", "-flags", "+ildct+ilme", "-bf", "2"],
        ["-c:v", "libaom-av1", "-cpu-used", "8"], ["-c:v", "libx265", "-x265-params", "log-level=none:bframes=4"],
        ["-c:v", "libx265", "-tag:v", "hvc1", "-pix_fmt", "yuv422p10le", "-x265-params", "log-level=none"],
    ])
    func mp4OfEveryKind(arguments: [String]) throws {
        let clips = try Clips()
        #expect(try compare(clips.make("k.mp4", arguments)).count == 30)
    }

    @Test(arguments: [
        ("a.flv", ["-c:v", "libx264", "-bf", "2"]), ("a.webm", ["-c:v", "libvpx", "-deadline", "realtime"]),
        ("alpha.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuva420p"]),
        ("profile2.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p10le"]),
        ("a.wmv", ["-c:v", "wmv2"]), ("a.mov", ["-c:v", "prores_ks", "-profile:v", "4444"]),
        ("a.mxf", ["-c:v", "mpeg2video", "-bf", "2"]), ("a.m2ts", ["-c:v", "libx264", "-bf", "2"]),
        ("a.nut", ["-c:v", "huffyuv"]), ("a.apng", ["-plays", "0"]), ("a.mjpeg", ["-c:v", "mjpeg"]),
        ("a.h264", ["-c:v", "libx264", "-bf", "2"]), ("a.ivf", ["-c:v", "libaom-av1", "-cpu-used", "8"]),
    ])
    func otherContainersAreRead(name: String, arguments: [String]) throws {
        let clips = try Clips()
        #expect(try compare(clips.make(name, seconds: 0.8, arguments)).count >= 19)
    }

    /// A transport stream made of two recordings: the clock starts anew in its middle.
    @Test func concatenatedTransportStreamsStartANewEpoch() throws {
        let clips = try Clips()
        let first = try clips.make("1.ts", seconds: 2, ["-c:v", "libx264", "-output_ts_offset", "100"])
        let second = try clips.make("2.ts", seconds: 2, ["-c:v", "libx264"])
        let file = clips.path("both.ts")
        try File.write(File.read(FilePath(first)) + File.read(FilePath(second)), to: FilePath(file))
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 100)
        #expect(frames.last?.epoch == 1)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.epoch < $1.epoch || $0.pts <= $1.pts })
    }

    /// A stream whose size changes: each part is a frame of its own size, in its own epoch.
    @Test func changeOfSizeStartsANewEpoch() throws {
        let clips = try Clips()
        let first = try clips.make("1.h264", size: "160x120", seconds: 1, ["-c:v", "libx264"])
        let second = try clips.make("2.h264", size: "128x96", seconds: 1, ["-c:v", "libx264"])
        let file = clips.path("both.h264")
        try File.write(File.read(FilePath(first)) + File.read(FilePath(second)), to: FilePath(file))
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 50)
        #expect(frames.first?.width == 160 && frames.first?.epoch == 0)
        #expect(frames.last?.width == 128 && frames.last?.epoch == 1)
    }

    @Test(
        .enabled(if: Environment.sharedData != nil, "needs the clips of NORFACE_SHARED_DATA"),
        arguments: ["WolfgangLanger_Pexels.mp4", "no_face.mp4", "noface_face.mov", "single_face.jpg", "multi_face.jpg"])
    func realClipsHaveFFprobesFramesAndTimes(name: String) throws {
        let folder = try #require(Environment.sharedData).appending("videos")
        try compare(folder.appending(name).string)
    }
}
