import Media
import Platform
import SystemPackage
import TestSupport
import Testing

/// Files that are damaged, cut off, empty, or no video at all.
@Suite(.timeLimit(.minutes(30))) struct DamageTests {
    /// 0xA5 over `count` bytes from the middle on.
    private func damaged(_ file: String, count: Int) throws -> String {
        var bytes = try File.read(FilePath(file))
        let middle = bytes.count / 2
        bytes.replaceSubrange(middle..<middle + count, with: repeatElement(0xA5, count: count))
        let path = file + ".damaged." + (FilePath(file).extension ?? "")
        try File.write(bytes, to: FilePath(path))
        return path
    }

    @Test(arguments: ["mp4", "mkv", "ts", "avi"]) func damagedMiddleIsPassedOverAndCounted(container: String) throws {
        let clips = try Clips()
        let codec = container == "avi" ? ["-c:v", "mpeg4"] : ["-c:v", "libx264"]
        let whole = try clips.make("d.\(container)", size: "320x240", seconds: 4, codec + ["-g", "10", "-b:v", "400k"])
        let file = try damaged(whole, count: 3000)
        var options = MediaOptions()
        options.threads = 1
        let source = try MediaSource(file, options: options)
        let frames = try frames(source)
        #expect(frames.count == source.counters.decoded)
        #expect(try frames.count == Clips.frameCount(file))
        #expect(source.counters.damaged > 0)
        // It went on after the damage.
        #expect((frames.last?.pts ?? 0) > 3.5)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.epoch < $1.epoch || $0.pts <= $1.pts })
    }

    @Test(arguments: ["mkv", "ts", "avi", "mp4"]) func truncatedEndEndsCleanly(container: String) throws {
        let clips = try Clips()
        let arguments = ["-c:v", "libx264", "-movflags", "+faststart", "-g", "10"]
        let whole = try clips.make(
            "t.\(container)", size: "320x240", seconds: 4,
            container == "mp4" ? arguments : arguments.filter { !$0.contains("fast") && $0 != "-movflags" })
        let bytes = try File.read(FilePath(whole))
        let file = clips.path("cut.\(container)")
        try File.write(bytes[..<(bytes.count * 6 / 10)], to: FilePath(file))
        let source = try MediaSource(file)
        let frames = try frames(source)
        #expect(frames.count > 40)
        #expect(frames.count < 100)
        #expect(try abs(frames.count - Clips.frameCount(file)) <= 1)
        // The end stays the end.
        #expect(try source.next() == nil)
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: MediaError.self) { try MediaSource("/nonexistent/clip.mp4") }
        #expect(error?.code == .notFound)
        #expect(error?.description == "/nonexistent/clip.mp4: cannot open: No such file or directory")
    }

    @Test func fileThatIsNoMediaIsAnError() throws {
        let clips = try Clips()
        try File.write("This is a letter and no video. ".utf8, to: FilePath(clips.path("letter.mp4")))
        let error = #expect(throws: MediaError.self) { try MediaSource(clips.path("letter.mp4")) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.description.contains("letter.mp4: cannot open: Invalid data") == true)
    }

    @Test func emptyFileIsAnError() throws {
        let clips = try Clips()
        try File.write([], to: FilePath(clips.path("empty.mp4")))
        let error = #expect(throws: MediaError.self) { try MediaSource(clips.path("empty.mp4")) }
        #expect(error?.code == .cannotOpen)
    }

    @Test func folderIsAnError() throws {
        let clips = try Clips()
        let error = #expect(throws: MediaError.self) { try MediaSource(clips.folder.path.string) }
        #expect(error?.code == .cannotOpen)
    }

    @Test func soundAloneIsNoVideo() throws {
        let clips = try Clips()
        let file = clips.path("sound.m4a")
        try Command.run(Clips.quiet + ["-f", "lavfi", "-i", "sine=duration=1", file])
        let error = #expect(throws: MediaError.self) { try MediaSource(file) }
        #expect(error?.code == .noVideo)
        #expect(error?.description == "\(file): there is no video in it")
    }

    @Test func coverArtIsNoVideo() throws {
        let clips = try Clips()
        let art = try clips.make("art.jpg", size: "64x64", ["-frames:v", "1", "-update", "1"])
        let file = clips.path("song.mp3")
        try Command.run(
            Clips.quiet + [
                "-f", "lavfi", "-i", "sine=duration=1", "-i", art, "-map", "0", "-map", "1", "-disposition:v:0",
                "attached_pic", file,
            ])
        let error = #expect(throws: MediaError.self) { try MediaSource(file) }
        #expect(error?.code == .noVideo)
    }

    /// HEVC tells of what it misses in its log only.
    @Test(arguments: ["lost", "headless"]) func hevcWithoutItsReferencesIsMarked(kind: String) throws {
        let clips = try Clips()
        let file = try clips.make(
            "h.hevc", size: "320x240", seconds: 4,
            [
                "-c:v", "libx265", "-x265-params", "log-level=none:keyint=25:min-keyint=25:scenecut=0", "-pix_fmt",
                "yuv420p",
            ])
        let bytes = try File.read(FilePath(file))
        let units = bytes.indices.dropLast(4).filter { bytes[$0] == 0 && bytes[$0 + 1] == 0 && bytes[$0 + 2] == 1 }
        // Types 0 and 1 are frames that need others, 16 to 21 those that need none.
        let types = units.map { bytes[$0 + 3] >> 1 & 63 }
        let taken =
            kind == "lost"
            ? try #require(types.indices.filter { types[$0] == 1 }.dropFirst(20).first)
            : try #require(types.firstIndex { (16...21).contains($0) })
        var damaged = bytes
        damaged.removeSubrange(units[taken]..<units[taken + 1])
        let path = clips.path("damaged.hevc")
        try File.write(damaged, to: FilePath(path))
        let source = try MediaSource(path)
        let frames = try frames(source)
        // Frames that are shown before a first key frame that is not there are not decoded at all.
        #expect((95...99).contains(frames.count))
        let marked = frames.filter(\.isDamaged)
        #expect(marked.count >= 5 && marked.count <= 25, "\(marked.count)")
        #expect(source.counters.damaged == marked.count)
        // Up to the next frame that stands alone; one that was decoded before the fault and is shown after it is sound.
        let first = try #require(marked.first)
        let last = try #require(marked.last)
        #expect(last.index - first.index < marked.count + 4)
        #expect(frames[last.index + 1].isKey)
        if kind == "headless" { #expect(first.index == 0) }
        // The same again, with any number of threads.
        for threads in [1, 2, 4, 4, 4] {
            var options = MediaOptions()
            options.threads = threads
            let again = try Self.reread(path, options)
            #expect(again.map(\.isDamaged) == frames.map(\.isDamaged))
            #expect(zip(again, frames).allSatisfy { packed($0.image) == packed($1.image) })
        }
    }

    private static func reread(_ path: String, _ options: MediaOptions) throws -> [VideoFrame] {
        let source = try MediaSource(path, options: options)
        var frames: [VideoFrame] = []
        while let frame = try source.next() { frames.append(frame) }
        return frames
    }

    @Test(arguments: [
        ["-c:v", "libx264"], ["-c:v", "mpeg2video"], ["-c:v", "libx265", "-x265-params", "log-level=none"],
    ])
    func lostPacketsOfATransportStreamMarkTheirFrames(arguments: [String]) throws {
        let clips = try Clips()
        let file = try clips.make("t.ts", size: "320x240", seconds: 4, arguments + ["-g", "25", "-b:v", "500k"])
        let bytes = try File.read(FilePath(file))
        let middle = bytes.count / 188 / 2 * 188
        let path = clips.path("lossy.ts")
        try File.write(bytes[..<middle] + bytes[(middle + 6 * 188)...], to: FilePath(path))
        let source = try MediaSource(path)
        let frames = try frames(source)
        let marked = frames.filter(\.isDamaged).count
        #expect(marked > 0 && marked < 60, "\(marked)")
        #expect(frames.prefix(25).allSatisfy { !$0.isDamaged } && frames.suffix(20).allSatisfy { !$0.isDamaged })
        #expect(frames.map(\.index) == Array(frames.indices))
        var options = MediaOptions()
        options.threads = 1
        let again = try Self.reread(path, options)
        #expect(again.map(\.timing.pts) == frames.map(\.timing.pts))
        #expect(zip(again, frames).allSatisfy { $0.isDamaged == $1.isDamaged && packed($0.image) == packed($1.image) })
    }

    @Test func soundFilesAreNotMarked() throws {
        let clips = try Clips()
        for name in ["a.mp4", "a.ts", "a.mkv"] {
            let file = try clips.make(name, seconds: 2, ["-c:v", "libx264", "-x264-params", "open-gop=1:keyint=9"])
            #expect(try frames(MediaSource(file)).allSatisfy { !$0.isDamaged })
        }
    }

    @Test func videoBesideCoverArtAndSoundIsFound() throws {
        let clips = try Clips()
        let art = try clips.make("art.png", size: "640x480", ["-frames:v", "1", "-update", "1"])
        let film = try clips.make("film.mp4", ["-c:v", "libx264"])
        let file = clips.path("both.mp4")
        try Command.run(
            Clips.quiet + [
                "-i", art, "-f", "lavfi", "-i", "sine=duration=1", "-i", film, "-map", "0", "-map", "1", "-map", "2",
                "-c:v", "copy", "-disposition:v:0", "attached_pic", file,
            ])
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 30)
        #expect(frames.allSatisfy { $0.width == 160 })
    }

    @Test func videoStreamWithoutFramesIsAnError() throws {
        let clips = try Clips()
        let file = try clips.make("none.avi", ["-c:v", "libx264", "-frames:v", "0"])
        let error = #expect(throws: MediaError.self) { try frames(MediaSource(file)) }
        #expect(error?.code == .nothingDecoded)
    }

    @Test func unknownOptionIsNamed() throws {
        let clips = try Clips()
        let file = try clips.make("o.mp4", seconds: 0.2, ["-c:v", "libx264"])
        var options = MediaOptions()
        options.libav = ["stimeout": "1"]
        let error = #expect(throws: MediaError.self) { try MediaSource(file, options: options) }
        #expect(error?.code == .badOption)
        #expect(error?.description.contains("stimeout") == true)
    }
}
