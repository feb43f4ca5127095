import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// Pictures in one file of records, and as a video.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)), .timeLimit(.minutes(30)))
struct PictureTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func pictures(_ count: Int, _ pattern: String) throws {
        try Command.run("mkdir", "-p", path(pattern).removingLastComponent().string)
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Clips.sample.string, "-frames:v", "\(count)", "-start_number", "7", "-vf",
            "setsar=1", path(pattern).string)
    }

    @Test func allPicturesAreRecordsOfOneFile() throws {
        try pictures(3, "in/p%d.png")
        try pictures(1, "in/deep/p%d.png")
        try Command.run("cp", Clips.uneven.string, path("in/clip.mkv").string)
        try File.write(Array("no picture".utf8), to: path("in/bad.jpg"))
        let run = try Norface.analyze(path("in").string, "--stills", path("faces.jsonl").string)
        #expect(run.status == 2 && run.errors.contains("bad.jpg"), "\(run.errors)")
        #expect(run.errors.contains("a video, and only pictures are taken"), "\(run.errors)")
        let records = try Lines(file: path("faces.jsonl")).records
        #expect(records.map { $0["source"]?.string } == ["deep/p7.png", "p7.png", "p8.png", "p9.png"])
        #expect(records.map { $0["seq"]?.integer } == [0, 1, 2, 3])
        #expect(records.allSatisfy { $0["faces"]?.array?.first?["track"]?.integer == 1 })
        // Each is what it is by itself.
        let alone = try Lines(Norface.analyze(path("in/p8.png").string).output).records
        #expect(alone.first?["faces"] == records[2]["faces"])
        let sidecar = try JSONValue(parsing: File.read(path("faces.meta.json")))
        #expect(sidecar["sources"]?.array?.count == 4 && sidecar["complete"]?["records"]?.integer == 4)
        let table = try Norface.analyze(
            path("in/p7.png").string, path("in/p8.png").string, "--stills", path("t.csv").string)
        #expect(table.status == 0, "\(table.errors)")
        #expect(String(decoding: try File.read(path("t.csv")), as: UTF8.self).split(separator: "\n").count == 3)
        #expect(try Norface.analyze(path("in/p7.png").string, "--stills", "-").output.contains("\"seq\":0"))
        #expect(try Norface.analyze(path("in/p7.png").string, "--stills", "x", "-o", "y").status == 64)
    }

    @Test func numberedPicturesAreAVideo() throws {
        try pictures(6, "frames/f_%04d.png")
        try Command.run("rm", path("frames/f_0009.png").string, path("frames/f_0010.png").string)
        let run = try Norface.analyze(
            path("frames").string, "--image-sequence", "--fps", "50", "-o", path("frames.jsonl").string)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("2 of 6 numbered pictures are missing: 9-10"), "\(run.errors)")
        let lines = try Lines(file: path("frames.jsonl"))
        #expect(lines.times == [0, 0.02, 0.08, 0.1])
        #expect(lines.records.map { $0["dropped"]?.integer } == [0, 0, 2, 0])
        #expect(lines.records.allSatisfy { $0["source"]?.string == "frames" && $0["epoch"]?.integer == 0 })
        // One person is one track.
        #expect(lines.records.allSatisfy { $0["faces"]?.array?.first?["track"]?.integer == 1 })
        let sidecar = try JSONValue(parsing: File.read(path("frames.meta.json")))
        #expect(sidecar["settings"]?["picture_rate"]?.string == "50.0" && sidecar["settings"]?["fps"] == nil)

        let pattern = try Norface.analyze(path("frames/f_%04d.png").string, "--image-sequence")
        #expect(try Lines(pattern.output).times == [0, 0.04, 0.16, 0.2], "\(pattern.errors)")
        let resumed = try Norface.analyze(
            path("frames").string, "--image-sequence", "--fps", "50", "-o", path("frames.jsonl").string, "--resume")
        #expect(resumed.errors.contains("finished before"), "\(resumed.errors)")
        #expect(try Norface.analyze(path("frames/x_%d.png").string, "--image-sequence").status == 66)
    }

    @Test func aPictureThatCannotBeReadIsAGapThatIsTold() throws {
        try pictures(4, "frames/%d.png")
        try File.write(Array("no picture".utf8), to: path("frames/8.png"))
        let run = try Norface.analyze(path("frames").string, "--image-sequence", "--quiet")
        #expect(run.status == 2 && run.errors.contains("8.png"), "\(run.errors)")
        let lines = try Lines(run.output)
        #expect(lines.times == [0, 0.08, 0.12])
        #expect(lines.records.map { $0["dropped"]?.integer } == [0, 1, 0])
    }
}
