import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// What every container and codec must give: ffprobe's frames, ffprobe's times, ffmpeg's pixels.
@Suite(.timeLimit(.minutes(30))) struct FormatTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var size = "160x120"
        var arguments: [String]
        /// ffmpeg's name of the format in which pixels are compared.
        var format = "yuv420p"
        /// What the comparison must reach; infinity where the decoder's planes are taken as they are.
        var decibels = Double.infinity
        /// The container has times of decoding only, which ffprobe gives to frames that are shown later: the times are the frames' numbers.
        var hasDecodingTimesOnly = false
        var testDescription: String { "\(file) \(size) \(arguments.joined(separator: " "))" }
    }

    static let cases = [
        Case(file: "a.mp4", arguments: ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3"]),
        Case(
            file: "a.mkv", arguments: ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-x264-params", "open-gop=1:keyint=9"]),
        Case(file: "a.ts", arguments: ["-c:v", "libx264", "-pix_fmt", "yuv420p"]),
        Case(
            file: "hevc.mp4", arguments: ["-c:v", "libx265", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none"]),
        Case(file: "vp9.webm", arguments: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p"]),
        Case(file: "av1.mkv", arguments: ["-c:v", "libaom-av1", "-cpu-used", "8", "-pix_fmt", "yuv420p"]),
        Case(file: "mpeg2.mpg", arguments: ["-c:v", "mpeg2video", "-bf", "2"]),
        Case(file: "mpeg4.avi", arguments: ["-c:v", "mpeg4", "-bf", "2"], hasDecodingTimesOnly: true),
        Case(
            file: "h264.avi", arguments: ["-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"],
            hasDecodingTimesOnly: true),
        Case(file: "theora.ogv", arguments: ["-c:v", "libtheora", "-pix_fmt", "yuv420p"]),
        Case(file: "mjpeg.avi", arguments: ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"], format: "yuvj420p"),
        Case(file: "odd.mkv", size: "161x123", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuv420p"]),
        Case(
            file: "oddvp9.webm", size: "35x77",
            arguments: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p"]),
        Case(file: "tiny.mkv", size: "2x2", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuv420p"]),
        Case(file: "grey.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "gray"], format: "gray"),
        Case(file: "nv12.nut", arguments: ["-c:v", "rawvideo", "-pix_fmt", "nv12"]),
        Case(file: "nv21.nut", size: "33x21", arguments: ["-c:v", "rawvideo", "-pix_fmt", "nv21"]),
        Case(
            file: "10.mkv",
            arguments: ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none"], decibels: 48),
        Case(file: "422.mkv", arguments: ["-c:v", "libx264", "-pix_fmt", "yuv422p"], decibels: 40),
        Case(file: "444.mkv", arguments: ["-c:v", "libx264", "-pix_fmt", "yuv444p"], decibels: 40),
        Case(file: "444odd.mkv", size: "45x31", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuv444p"], decibels: 36),
        Case(file: "422-10.mov", arguments: ["-c:v", "prores"], decibels: 40),
        Case(file: "j422.avi", arguments: ["-c:v", "mjpeg", "-pix_fmt", "yuvj422p"], format: "yuvj420p", decibels: 40),
        Case(file: "rgb.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "bgr0"], format: "yuvj420p", decibels: 36),
        Case(
            file: "bottom-up.avi", arguments: ["-c:v", "rawvideo", "-pix_fmt", "bgr24"], format: "yuvj420p",
            decibels: 36),
        Case(file: "palette.gif", arguments: [], format: "yuvj420p", decibels: 36),
        Case(file: "grey16.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "gray16le"], format: "gray", decibels: 46),
    ]

    @Test(arguments: cases) func framesTimesAndPixelsAreThoseOfFFmpeg(_ item: Case) throws {
        let clips = try Clips()
        let file = try clips.make(item.file, size: item.size, seconds: 0.8, item.arguments)
        let source = try MediaSource(file)
        let frames = try frames(source)

        #expect(try frames.count == Clips.frameCount(file))
        #expect(source.counters.decoded == frames.count)
        #expect(source.counters.damaged == 0)
        #expect(frames.map(\.index) == Array(0..<frames.count))

        let times = try item.hasDecodingTimesOnly ? frames.indices.map { Double($0) / 25 } : Clips.times(file)
        #expect(times.count == frames.count)
        let shift = min(0, (times.first ?? 0) ?? 0)
        for (frame, time) in zip(frames, times) {
            #expect(frame.estimated == (time == nil))
            if let time { #expect(abs(frame.pts - (time - shift)) < 1e-6) }
        }
        #expect(frames.allSatisfy { $0.epoch == 0 && $0.time == nil })

        let expected = try Clips.pixels(file, format: item.format)
        let pixels = frames.flatMap { packed($0.image) }
        #expect(pixels.count == expected.count)
        if item.decibels == .infinity {
            #expect(firstDifference(pixels, expected) == nil)
        } else {
            #expect(psnr(pixels, expected) > item.decibels)
        }
    }

    @Test(arguments: ["jpg", "png", "webp", "bmp", "tiff"]) func stillGivesOneFrame(kind: String) throws {
        let clips = try Clips()
        let file = try clips.make("still.\(kind)", size: "64x48", ["-frames:v", "1", "-update", "1"])
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 1)
        #expect(frames.first?.width == 64)
        #expect(frames.first?.height == 48)
        #expect(frames.first?.pts == 0)
        let frame = try #require(frames.first)
        let (pixels, isFullRange) = (packed(frame.image), frame.image.fullRange)
        let expected = try Clips.pixels(file, format: isFullRange ? "yuvj420p" : "yuv420p")
        #expect(psnr(pixels.prefix(64 * 48), expected.prefix(64 * 48)) > 40)
        #expect(psnr(pixels, expected) > 26)
    }

    @Test func percentSignInAPhotosNameIsNoSequence() throws {
        let clips = try Clips()
        let file = try clips.make("still.jpg", size: "64x48", ["-frames:v", "1", "-update", "1"])
        try File.write(File.read(FilePath(file)), to: FilePath(clips.path("100%d.jpg")))
        #expect(try frames(MediaSource(clips.path("100%d.jpg"))).count == 1)
    }

    @Test func variableRateKeepsTheFilesTimes() throws {
        let clips = try Clips()
        let file = try clips.make(
            "vfr.mkv", seconds: 4,
            ["-vf", "select='not(mod(n,7))+not(mod(n,11))',setpts=PTS*1.37", "-fps_mode", "vfr", "-c:v", "libx264"])
        let frames = try frames(MediaSource(file))
        let times = try Clips.times(file)
        #expect(frames.count == times.count)
        #expect(Set(zip(frames.dropFirst(), frames).map { Int((($0.pts - $1.pts) * 1000).rounded()) }).count > 3)
        for (frame, time) in zip(frames, times) { #expect(abs(frame.pts - (time ?? -1)) < 1e-6) }
    }

    @Test func longPauseInAFileIsNoNewEpoch() throws {
        let clips = try Clips()
        let file = try clips.make(
            "pause.mp4", ["-vf", "setpts='PTS+gte(N,10)*40/TB'", "-fps_mode", "vfr", "-c:v", "libx264"])
        let frames = try frames(MediaSource(file))
        #expect(frames.allSatisfy { $0.epoch == 0 && !$0.estimated })
        #expect(try abs((frames.last?.pts ?? 0) - ((Clips.times(file).last ?? 1) ?? 1)) < 1e-6)
        #expect((frames.last?.pts ?? 0) > 40)
    }

    @Test func infoTellsWhatTheContainerTells() throws {
        let clips = try Clips()
        let file = try clips.make("info.mp4", rate: "30", seconds: 2, ["-c:v", "libx264", "-pix_fmt", "yuv422p10le"])
        let info = try MediaSource(file).info
        #expect(info.codec == "h264")
        #expect(info.pixelFormat == "yuv422p10le")
        #expect(info.width == 160)
        #expect(info.height == 120)
        #expect(info.nominalRate == 30)
        #expect(info.frameCountEstimate == 60)
        #expect(abs((info.duration ?? 0) - 2) < 0.05)
        #expect(info.orientation == .upright)
        #expect(!info.isLive)
        #expect(info.name == file)
    }
}
