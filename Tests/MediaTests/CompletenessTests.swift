import Media
import SystemPackage
import TestSupport
import Testing

/// What is missing of a recording is known at its end, and nothing is said of one that is whole.
@Suite(.timeLimit(.minutes(30))) struct CompletenessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        /// False where nothing in the file tells how long it should be.
        var tells = true
        var testDescription: String { "\(name) \(arguments.joined(separator: " "))" }
    }

    private static let sound = ["-f", "lavfi", "-i", "sine=duration=4"]

    static let cases = [
        Case(name: "a.mp4", arguments: ["-c:v", "libx264", "-bf", "3", "-movflags", "+faststart", "-c:a", "aac"]),
        Case(name: "frag.mp4", arguments: ["-c:v", "libx264", "-g", "12", "-movflags", "+frag_keyframe+empty_moov"]),
        Case(name: "dash.mp4", arguments: ["-c:v", "libx264", "-g", "12", "-movflags", "+dash+frag_keyframe"]),
        Case(name: "a.mov", arguments: ["-c:v", "prores", "-movflags", "+faststart", "-c:a", "pcm_s16le"]),
        Case(name: "a.mkv", arguments: ["-c:v", "libx264", "-c:a", "aac"]),
        Case(name: "a.webm", arguments: ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"]),
        Case(name: "a.avi", arguments: ["-c:v", "mpeg4", "-bf", "2", "-c:a", "mp2"]),
        Case(name: "h264.avi", arguments: ["-c:v", "libx264", "-bf", "2"]),
        Case(name: "a.flv", arguments: ["-c:v", "libx264", "-c:a", "aac"]),
        Case(name: "a.wmv", arguments: ["-c:v", "wmv2", "-c:a", "wmav2"]),
        Case(name: "a.ts", arguments: ["-c:v", "libx264", "-c:a", "aac"]),
        Case(name: "a.m2ts", arguments: ["-c:v", "libx264", "-c:a", "ac3"]),
        Case(name: "a.mxf", arguments: ["-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"]),
        Case(name: "a.ogv", arguments: ["-c:v", "libtheora", "-c:a", "libvorbis"]),
        Case(name: "a.ivf", arguments: ["-an", "-c:v", "libvpx-vp9", "-deadline", "realtime"]),
        Case(name: "a.gif", arguments: ["-an"]),
        Case(name: "a.apng", arguments: ["-an", "-plays", "0"]),
        Case(name: "a.gxf", arguments: ["-c:v", "mpeg2video", "-s", "720x576", "-ar", "48000", "-ac", "1"]),
        Case(
            name: "vfr.mkv",
            arguments: ["-an", "-vf", "select='not(mod(n,7))+not(mod(n,11))'", "-fps_mode", "vfr", "-c:v", "libx264"]),
        Case(name: "live.mkv", arguments: ["-c:v", "libx264", "-live", "1"], tells: false),
        Case(name: "a.nut", arguments: ["-c:v", "ffv1"], tells: false),
        Case(name: "a.mpg", arguments: ["-c:v", "mpeg2video"], tells: false),
        Case(name: "a.h264", arguments: ["-an", "-c:v", "libx264"], tells: false),
    ]

    /// Three seconds of frame, four of sound.
    private func make(_ item: Case, in clips: Clips) throws -> String {
        let file = clips.path(item.name)
        let frame = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=3"]
        let pixels = item.arguments.contains("libx264") ? ["-pix_fmt", "yuv420p"] : []
        try Command.run(Clips.quiet + frame + Self.sound + item.arguments + pixels + [file])
        return file
    }

    /// Reads a file to its end.
    private func verdict(_ file: String) throws -> MediaCompleteness {
        let source = try MediaSource(file)
        while try source.next() != nil {}
        return try #require(source.completeness)
    }

    @Test(arguments: cases) func aWholeFileIsCompleteAndACutOneIsNot(_ item: Case) throws {
        let clips = try Clips()
        let file = try make(item, in: clips)
        let whole = try verdict(file)
        #expect(whole.isComplete, "\(whole)")
        #expect(try whole.frames == Clips.frameCount(file))
        if let expected = whole.expectedFrames { #expect(expected == whole.frames) }
        let bytes = try File.read(FilePath(file))
        let cut = clips.path("cut." + (FilePath(file).extension ?? ""))
        // A transport stream may well end between two of its packets.
        let length = bytes.count * 6 / 10 / 188 * 188 + 100
        try File.write(bytes[..<length], to: FilePath(cut))
        let rest = try verdict(cut)
        #expect(rest.frames > 0 && rest.frames < whole.frames)
        #expect(rest.isComplete == !item.tells, "\(rest)")
    }

    @Test func anEditListsLeadInIsNotMissed() throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", seconds: 4, ["-c:v", "libx264", "-g", "100"])
        let file = clips.path("edit.mp4")
        try Command.run(Clips.quiet + ["-ss", "1.3", "-i", plain, "-c", "copy", file])
        let result = try verdict(file)
        #expect(result.isComplete && result.expectedFrames == result.frames, "\(result)")
    }

    @Test func whatIsExpectedIsTold() throws {
        let clips = try Clips()
        let file = try make(Self.cases[0], in: clips)
        let bytes = try File.read(FilePath(file))
        try File.write(bytes[..<(bytes.count / 2)], to: FilePath(file))
        let result = try verdict(file)
        #expect(result.expectedFrames == 75)
        #expect(abs((result.expectedSeconds ?? 0) - 3) < 0.05)
        guard case .cutOff(let size, let needed) = result.shortfall else {
            Issue.record("\(result)")
            return
        }
        #expect(size == Int64(bytes.count / 2) && needed > size)
    }

    @Test func aFileThatIsEmptiedWhileItIsReadIsIncomplete() throws {
        let clips = try Clips()
        let file = try clips.make("big.mp4", size: "640x480", seconds: 8, ["-c:v", "mjpeg", "-q:v", "2"])
        let source = try MediaSource(file)
        #expect(try source.next() != nil)
        try File.write([], to: FilePath(file))
        while try source.next() != nil {}
        let result = try #require(source.completeness)
        #expect(result.frames < 200)
        guard case .shrank(let before, 0) = result.shortfall else {
            Issue.record("\(result)")
            return
        }
        #expect(before > 1_000_000)
    }

    @Test func aHeadWithoutFramesIsAnErrorThatSaysSo() throws {
        let clips = try Clips()
        let file = try make(Self.cases[0], in: clips)
        let bytes = try File.read(FilePath(file))
        let type = Array("mdat".utf8)
        let data = try #require(bytes.indices.dropLast(4).first { Array(bytes[$0..<$0 + 4]) == type })
        try File.write(bytes[..<(data + 40)], to: FilePath(file))
        let error = try #require(throws: MediaError.self) { try verdict(file) }
        #expect(error.code == .nothingDecoded)
        #expect(error.reason.contains("cut off"))
        // Without its index it cannot even be opened.
        try File.write(bytes[..<(data - 500)], to: FilePath(file))
        let other = try #require(throws: MediaError.self) { try verdict(file) }
        #expect(other.code == .cannotOpen || other.code == .noVideo)
        #expect(other.reason.contains("cut off"))
    }

    @Test func animatedWebPIsDecodedOrSaidToBeUnknown() throws {
        let clips = try Clips()
        let file = try clips.make("a.webp", seconds: 0.4, ["-c:v", "libwebp_anim"])
        do throws(MediaError) {
            let source = try MediaSource(file)
            var count = 0
            while try source.next() != nil { count += 1 }
            #expect(count == 10)
        } catch {
            #expect(error.code == .nothingDecoded)
            #expect(error.reason.contains("animated WebP"))
        }
    }
}
