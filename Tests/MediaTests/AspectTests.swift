import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Pixels that are not square: what container and codec say of them, and what a user may say instead.
@Suite(.timeLimit(.minutes(30))) struct AspectTests {
    @Test(arguments: [
        ("a.mp4", ["-c:v", "libx264"]), ("a.mkv", ["-c:v", "libx264"]), ("a.ts", ["-c:v", "libx264"]),
        ("a.h264", ["-c:v", "libx264"]), ("a.avi", ["-c:v", "mpeg4"]), ("a.mpg", ["-c:v", "mpeg2video"]),
        ("a.mov", ["-c:v", "prores"]), ("a.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime"]),
        ("a.mkv", ["-c:v", "ffv1"]), ("hevc.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none"]),
    ])
    func aspectOfContainerOrCodecIsTold(name: String, arguments: [String]) throws {
        let clips = try Clips()
        // 160x90 as shown: WebM knows that size alone, and MPEG-2 only that it is 16:9.
        let file = try clips.make(name, size: "120x90", seconds: 0.4, ["-vf", "setsar=4/3"] + arguments)
        let source = try MediaSource(file)
        let frames = try frames(source)
        #expect(frames.count == 10)
        #expect(source.info.pixelAspect == AspectRatio(4, 3))
        #expect(frames.allSatisfy { $0.pixelAspect == AspectRatio(4, 3) && $0.epoch == 0 && $0.width == 120 })
        let image = try #require(frames.first?.image)
        #expect(abs(image.squareWidth - 160) < 1e-9)
        #expect(image.squareHeight == 90)
    }

    @Test func theContainersWordGoesBeforeTheCodecs() throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", seconds: 0.4, ["-vf", "setsar=4/3", "-c:v", "libx264"])
        let file = clips.path("other.mov")
        try Command.run(Clips.quiet + ["-i", plain, "-c", "copy", "-aspect", "160:60", file])
        let source = try MediaSource(file)
        #expect(source.info.pixelAspect == AspectRatio(2, 1))
        #expect(try frames(source).allSatisfy { $0.pixelAspect == AspectRatio(2, 1) })
    }

    @Test(arguments: [90, 180, 270]) func aQuarterTurnSwapsIt(degrees: Int) throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", seconds: 0.4, ["-vf", "setsar=4/3", "-c:v", "libx264"])
        let file = clips.path("turned.mp4")
        try Command.run(
            Clips.quiet + ["-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=\(degrees)", file])
        let source = try MediaSource(file)
        let expected = degrees == 180 ? AspectRatio(4, 3) : AspectRatio(3, 4)
        #expect(source.info.pixelAspect == expected)
        let frames = try frames(source)
        #expect(frames.allSatisfy { $0.pixelAspect == expected && $0.epoch == 0 })
        // Drawn out, never made smaller: 120x160 with pixels of 3:4 are 120 x 213 square ones.
        let image = try #require(frames.first?.image)
        #expect(abs(max(image.squareWidth, image.squareHeight) - 160 * 4 / 3) < 1e-9)
        #expect(min(image.squareWidth, image.squareHeight) == 120)
    }

    @Test func aChangeInMidStreamStartsANewEpoch() throws {
        let clips = try Clips()
        let first = try clips.make("1.h264", seconds: 1, ["-vf", "setsar=4/3", "-c:v", "libx264"])
        let second = try clips.make("2.h264", seconds: 1, ["-vf", "setsar=1", "-c:v", "libx264"])
        let file = clips.path("both.h264")
        try File.write(File.read(FilePath(first)) + File.read(FilePath(second)), to: FilePath(file))
        let source = try MediaSource(file)
        let frames = try frames(source)
        #expect(frames.count == 50)
        #expect(frames.prefix(25).allSatisfy { $0.pixelAspect == AspectRatio(4, 3) && $0.epoch == 0 })
        #expect(frames.suffix(25).allSatisfy { $0.pixelAspect == .square && $0.epoch == 1 })
        #expect(source.info.pixelAspect == .square)
    }

    @Test func whatTheUserSaysGoesBeforeAll() throws {
        let clips = try Clips()
        var options = MediaOptions()
        options.displayAspect = AspectRatio("16:9")
        let file = try clips.make("a.mp4", seconds: 0.4, ["-vf", "setsar=1", "-c:v", "libx264"])
        let source = try MediaSource(file, options: options)
        #expect(source.info.pixelAspect == AspectRatio(4, 3))
        #expect(try frames(source).allSatisfy { $0.pixelAspect == AspectRatio(4, 3) })
        // It is the aspect of the frame as it stands upright.
        let turned = clips.path("turned.mp4")
        try Command.run(Clips.quiet + ["-i", file, "-c", "copy", "-metadata:s:v:0", "rotate=90", turned])
        options.displayAspect = AspectRatio("9:16")
        #expect(try MediaSource(turned, options: options).info.pixelAspect == AspectRatio(3, 4))
        options.displayAspect = AspectRatio("20:1")
        let error = try #require(throws: MediaError.self) { try MediaSource(file, options: options) }
        #expect(error.code == .badOption)
        #expect(error.reason.contains("20:1"))
    }

    /// A pasp box of 1:100, as a faulty recorder would write it.
    @Test func whatIsNotPlausibleIsPassedOverWithARemark() throws {
        let clips = try Clips()
        let file = try clips.make("a.mov", seconds: 0.4, ["-vf", "setsar=4/3", "-c:v", "mjpeg"])
        var bytes = try File.read(FilePath(file))
        let box = Array("pasp".utf8)
        let place = try #require(bytes.indices.dropLast(12).first { Array(bytes[$0..<$0 + 4]) == box })
        bytes.replaceSubrange(place + 4..<place + 12, with: [0, 0, 0, 1, 0, 0, 0, 100])
        try File.write(bytes, to: FilePath(file))
        let source = try MediaSource(file)
        #expect(source.info.pixelAspect == .square)
        #expect(try frames(source).allSatisfy { $0.pixelAspect == .square })
        #expect(source.remarks.count { $0.contains("1:100") } == 1)
    }

    @Test func ratiosAreReadAndReduced() {
        #expect(AspectRatio("16:9").map { [$0.numerator, $0.denominator] } == [16, 9])
        #expect(AspectRatio("16/9") == AspectRatio(32, 18))
        #expect(AspectRatio("2.39:1") == AspectRatio(239, 100))
        #expect(AspectRatio("1.85") == AspectRatio(37, 20))
        #expect(AspectRatio(720 * 64, 576 * 45) == AspectRatio("16:9"))
        for text in ["", ":", "16:", ":9", "0:1", "1:0", "-1:1", "1:1:1", "nan", "inf", "1e3", "1:101", "200:1", "a:b"]
        {
            #expect(AspectRatio(text) == nil, "\(text)")
        }
        #expect(AspectRatio(0, 1) == nil && AspectRatio(1, -1) == nil && AspectRatio(.min, .max) == nil)
    }
}
