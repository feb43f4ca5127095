import Glibc
import JSON
import SystemPackage
import TestSupport
import Testing

/// Videos that are made of recordings: `norface annotate` and `norface anonymize`.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)), .timeLimit(.minutes(15)))
struct VideoTests {
    private let folder: TemporaryFolder
    private let clip: FilePath

    init() throws {
        folder = try TemporaryFolder()
        clip = folder.path.appending("clip.mp4")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Clips.short.string, "-f", "lavfi", "-i", "sine=440", "-shortest", "-c:v",
            "copy",
            "-c:a", "aac", clip.string)
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    /// Streams of a video: their codecs' types, and how many frames of video there are.
    private func facts(_ path: FilePath) throws -> (types: [String], frames: Int) {
        let text = String(
            decoding: try Command.run(
                "ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_type,nb_read_frames", "-of",
                "csv=p=0",
                path.string), as: UTF8.self)
        let rows = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        return (rows.map { $0[0] }, rows.first { $0[0] == "video" }.flatMap { Int($0[1]) } ?? 0)
    }

    /// How much two videos differ in each frame: PSNR of luma, in decibels.
    private func likeness(_ a: FilePath, _ b: FilePath, crop: String = "iw:ih:0:0") throws -> Double {
        let text = String(
            decoding: try Command.run(
                "sh", "-c",
                "ffmpeg -nostdin -v info -i '\(a)' -i '\(b)' -lavfi '[0:v]crop=\(crop)[x];[1:v]crop=\(crop)[y];[x][y]psnr' -f null - 2>&1 | grep -o 'PSNR y:[0-9.inf]*'"
            ), as: UTF8.self)
        return Double(text.split(separator: ":").last?.split(separator: "\n").first ?? "") ?? .nan
    }

    private func faces(in clip: FilePath) throws -> Int {
        let output = path("check.jsonl")
        _ = try Norface.analyze(clip.string, "-o", output.string, "--quiet")
        return try Lines(file: output).records.reduce(0) { $0 + ($1["faces"]?.array?.count ?? 0) }
    }

    private func annotate(_ arguments: String...) throws -> Norface.Run {
        try Norface.run(["annotate", "--bundle", Norface.bundle.string, "--quiet"] + arguments)
    }

    @Test func aVideoIsDrawnOnAndKeepsFramesAndSound() throws {
        let run = try annotate(clip.string, "-o", path("out.mp4").string)
        #expect(run.status == 0, "\(run.errors)")
        let (before, after) = (try facts(clip), try facts(path("out.mp4")))
        #expect(after.frames == before.frames && Set(after.types) == ["video", "audio"])
        #expect(try likeness(clip, path("out.mp4")) < 35, "something is drawn")
        #expect(try annotate(clip.string, "-o", path("mute.mkv").string, "--no-sound", "--draw", "time").status == 0)
        #expect(try facts(path("mute.mkv")).types == ["video"])
        // The time stands at the bottom: the rest is as it was.
        #expect(try likeness(clip, path("mute.mkv"), crop: "iw:ih/2:0:0") > 38)
        let left = try Command.run("ls", "-A", folder.path.string)
        #expect(
            !String(decoding: left, as: UTF8.self).contains(".part")
                && !String(decoding: left, as: UTF8.self).contains(".norface"))
    }

    @Test func recordsThatAreThereAreDrawnAndGapsAreTold() throws {
        let records = path("clip.jsonl")
        #expect(try Norface.analyze(clip.string, "-o", records.string, "--quiet").status == 0)
        let run = try annotate(clip.string, records.string, "-o", path("out.mp4").string)
        #expect(run.status == 0 && !run.errors.contains("have no record"), "\(run.errors)")
        let lines = String(decoding: try File.read(records), as: UTF8.self).split(separator: "\n")
        try File.write(Array((lines.prefix(2).joined(separator: "\n") + "\n").utf8), to: path("few.jsonl"))
        let few = try annotate(clip.string, path("few.jsonl").string, "-o", path("few.mp4").string)
        #expect(few.errors.contains("frames have no record"), "\(few.errors)")
    }

    @Test func whatCannotBeWrittenIsTold() throws {
        #expect(try annotate(clip.string, "-o", path("out.txt").string).status == 64)
        #expect(try annotate(clip.string, "-o", path("none/out.mp4").string).status == 73)
        #expect(try annotate(path("none.mp4").string, "-o", path("out.mp4").string).status == 66)
        #expect(try annotate(clip.string, path("none.jsonl").string, "-o", path("out.mp4").string).status == 66)
        #expect(try annotate("-", "-o", path("out.mp4").string).status == 64)
        #expect(try annotate(clip.string, "-o", path("out.mp4").string, "--draw", "nose").status == 64)
        let silent = try annotate(clip.string, "-o", path("out.webm").string)
        #expect(silent.status == 0 && silent.errors.contains("has no place in out.webm"), "\(silent.errors)")
        #expect(!File.exists(path("out.mp4")))
    }

    /// What is read would be lost, under whatever name.
    @Test func aRecordingIsNotWrittenOverItself() throws {
        let own = path("own.mp4")
        try Command.run("cp", clip.string, own.string)
        try Command.run("ln", own.string, path("other.mp4").string)
        try Command.run("ln", "-s", own.string, path("link.mp4").string)
        for name in ["own.mp4", "other.mp4", "link.mp4"] {
            for command in ["annotate", "anonymize"] {
                let run = try Norface.run([command, own.string, "-o", path(name).string])
                #expect(
                    run.status == 64 && run.errors.contains("name another file"), "\(command) \(name): \(run.errors)")
            }
        }
        #expect(try File.read(own) == File.read(clip))
    }

    /// The name is looked at before hours of analysis.
    @Test(arguments: ["out.txt", "out.jpg", "out.wav", "out"]) func aNameThatIsNoVideosIsToldAtOnce(name: String) throws
    {
        for command in ["annotate", "anonymize"] {
            let run = try Norface.run([command, clip.string, "-o", path(name).string])
            #expect(run.status == 64 && run.errors.contains("\(path(name)): the name says no kind of video file"))
            #expect(!run.errors.contains("records") && !run.errors.contains("draft"), "\(run.errors)")
        }
    }

    @Test func recordsOfAnotherVideoAreRefused() throws {
        let other = path("other.mp4")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", clip.string, "-frames:v", "10", "-vf", "scale=320:180", other.string)
        let records = path("other.jsonl")
        let analysis = try Norface.run(
            ["analyze", "--bundle", Norface.bundle.string, other.string, "-o", records.string, "--quiet"])
        #expect(analysis.status == 0, "\(analysis.errors)")
        let run = try annotate(clip.string, records.string, "-o", path("out.mp4").string)
        #expect(run.status == 65 && run.errors.contains("is of another recording"), "\(run.errors)")
        // Without the sidecar the size of the frames tells.
        try Command.run("rm", path("other.meta.json").string)
        let blind = try annotate(clip.string, records.string, "-o", path("out.mp4").string)
        #expect(blind.status == 65 && blind.errors.contains("320x180"), "\(blind.errors)")
        #expect(!File.exists(path("out.mp4")))
    }

    @Test(arguments: ["blur", "box"]) func nobodyIsFoundInAnAnonymousVideo(style: String) throws {
        #expect(try faces(in: clip) > 20)
        let run = try Norface.run([
            "anonymize", clip.string, "-o", path("out.mp4").string, "--style", style, "--quiet", "--no-sound",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let (before, after) = (try facts(clip), try facts(path("out.mp4")))
        #expect(after.frames == before.frames && after.types == ["video"])
        #expect(try faces(in: path("out.mp4")) == 0)
    }

    @Test func aMeshShowsTheExpressionAndNotTheSkin() throws {
        let run = try Norface.run([
            "anonymize", clip.string, "-o", path("out.mp4").string, "--style", "mesh", "--quiet",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(Set(try facts(path("out.mp4")).types) == ["video", "audio"])
        #expect(try likeness(clip, path("out.mp4")) < 35)
        let blurred = path("blur.mp4").string
        #expect(
            try Norface.run(["anonymize", clip.string, "-o", blurred, "--style", "blur", "--quiet"]).status == 0)
        #expect(try likeness(path("blur.mp4"), path("out.mp4")) < 38, "lines are drawn over the blur")
    }

    @Test func aCommonFaceHasTheExpressionOfTheOneThatItHides() throws {
        let run = try Norface.run([
            "anonymize", clip.string, "-o", path("out.mp4").string, "--quiet",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try facts(path("out.mp4")).frames == facts(clip).frames)
        #expect(try likeness(clip, path("out.mp4")) < 35)
        let (before, after) = (try faces(in: clip), try faces(in: path("out.mp4")))
        #expect(Double(after) > 0.8 * Double(before), "\(after) of \(before) faces are seen")
        let left = String(decoding: try Command.run("ls", "-A", folder.path.string), as: UTF8.self)
        #expect(!left.contains(".norface"), "\(left)")
    }

    /// Two recordings one behind the other, as recorders join them: the times begin anew in the middle.
    @Test func timesThatBeginAnewGoOnInTheVideo() throws {
        let part = path("part.ts")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Clips.short.string, "-c", "copy", "-f", "mpegts", part.string)
        try Command.run("sh", "-c", "cat '\(part)' '\(part)' > '\(path("joined.ts"))'")
        let single = try facts(part).frames
        let run = try annotate(path("joined.ts").string, "-o", path("out.mp4").string, "--draw", "box")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try facts(path("out.mp4")).frames == 2 * single)
        let text = String(
            decoding: try Command.run(
                "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=duration", "-of", "csv=p=0",
                path("out.mp4").string), as: UTF8.self)
        let seconds = Double(text.split(separator: "\n").first ?? "") ?? 0
        #expect(abs(seconds - Double(2 * single) / 25) < 0.3, "\(seconds) s of \(2 * single) frames")
        let anonymous = try Norface.run(
            ["anonymize", path("joined.ts").string, "-o", path("nobody.mkv").string, "--style", "box", "--quiet"])
        #expect(anonymous.status == 0, "\(anonymous.errors)")
        #expect(try faces(in: path("nobody.mkv")) == 0)
    }

    @Test func aStoppedRunLeavesNoVideoThatIsNotAnonymousForSure() throws {
        let long = path("long.mp4")
        try Command.run(
            "ffmpeg", "-v", "error", "-stream_loop", "40", "-i", Clips.short.string, "-c", "copy", long.string)
        let child = try Child([
            Norface.executable.string, "anonymize", long.string, "-o", path("out.mp4").string, "--quiet",
        ])
        usleep(1_500_000)
        child.signal(SIGINT)
        #expect(child.wait() == 130)
        let left = String(decoding: try Command.run("ls", "-A", folder.path.string), as: UTF8.self)
        #expect(!left.contains("out.mp4") && !left.contains(".norface"), "\(left)")
    }
}
