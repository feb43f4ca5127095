import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// What `norface analyze` says of recordings of which something is missing.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct IncompleteTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    /// A recording of 40 frames whose list of frames stands at its beginning.
    private func recording(_ options: String...) throws -> [UInt8] {
        let whole = path("whole.mp4")
        try Command.run(
            ["ffmpeg", "-v", "error", "-i", Paths.fixtures.appending("sample.mp4").string, "-frames:v", "40", "-an"]
                + options
                + ["-movflags", "+faststart", whole.string])
        return try File.read(whole)
    }

    @Test func aRecordingThatWasCutOffIsToldAndNotTakenForWhole() throws {
        let bytes = try recording("-c:v", "libx264", "-g", "10")
        let (clip, output) = (path("cut.mp4"), path("out.jsonl"))
        try File.write(bytes[..<(bytes.count * 6 / 10)], to: clip)
        let arguments = [clip.string, "-o", output.string, "--quiet"]
        let run = try Norface.analyze(arguments)
        #expect(run.status == 2)
        #expect(run.errors.contains("cut.mp4: incomplete:") && run.errors.contains("of 40 frames"), "\(run.errors)")
        let records = try Lines(file: output).records
        #expect(records.count > 5 && records.count < 40)
        let sidecar = try JSONValue(parsing: File.read(path("out.meta.json")))
        #expect(sidecar["complete"] == nil)
        #expect(sidecar["incomplete"]?["expected_frames"] == .number(40))
        #expect(sidecar["incomplete"]?["records"]?.integer == records.count)
        #expect(sidecar["incomplete"]?["reason"]?.string?.isEmpty == false)

        // Nothing is gained by reading it again, and nothing is kept quiet.
        let again = try Norface.analyze(arguments + ["--resume"])
        #expect(again.status == 2 && again.errors.contains("not changed since"), "\(again.errors)")
        // The rest has come.
        try File.write(bytes, to: clip)
        let rest = try Norface.analyze(arguments + ["--resume"])
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(try Lines(file: output).records.count == 40)
        #expect(try JSONValue(parsing: File.read(path("out.meta.json")))["complete"] != nil)
    }

    @Test func aWholeRecordingGivesNoWarning() throws {
        _ = try recording("-c:v", "libx264", "-g", "10")
        let run = try Norface.analyze(path("whole.mp4").string, "-o", path("out.jsonl").string, "--quiet")
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    }

    @Test func aRecordingOfWhichNothingCanBeDecodedIsAFailureWithoutAFile() throws {
        let bytes = try recording("-c:v", "libx264", "-g", "10")
        let clip = path("head.mp4")
        try File.write(bytes[..<3000], to: clip)
        let run = try Norface.analyze(clip.string, "-o", path("out.jsonl").string, "--quiet")
        #expect(run.status != 0 && run.errors.contains("head.mp4"), "\(run.errors)")
        #expect(!File.exists(path("out.jsonl")) && !File.exists(path("out.meta.json")))
    }

    @Test func damagedFramesAreMarked() throws {
        // HEVC of one group whose second picture is lost: all that follow are decoded from it.
        let whole = path("whole.mkv")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Paths.fixtures.appending("sample.mp4").string, "-frames:v", "30", "-an",
            "-c:v",
            "libx265", "-x265-params", "log-level=none:keyint=60:bframes=0", whole.string)
        let clip = path("lossy.mkv")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", whole.string, "-c", "copy", "-bsf:v", "noise=drop='eq(n,5)'", clip.string)
        let run = try Norface.analyze(clip.string, "-o", path("out.jsonl").string, "--quiet")
        #expect(run.status == 2 && run.errors.contains("damaged"), "\(run.errors)")
        let records = try Lines(file: path("out.jsonl")).records
        let damaged = records.filter { $0["damaged"] == .bool(true) }
        #expect(damaged.count >= 20 && damaged.count <= 25, "\(damaged.count)")
        #expect(records.prefix(5).allSatisfy { $0["damaged"] == nil })
    }

    @Test func facesInDamagedFramesAreDistrusted() throws {
        let whole = path("whole.ts")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Paths.fixtures.appending("sample.mp4").string, "-frames:v", "40", "-an",
            "-c:v",
            "libx264", "-g", "10", whole.string)
        var bytes = try File.read(whole)
        for index in stride(from: bytes.count * 4 / 10, to: bytes.count, by: 1_500) { bytes[index] ^= 0x55 }
        let clip = path("hurt.ts")
        try File.write(bytes, to: clip)
        let run = try Norface.analyze(clip.string, "-o", path("out.jsonl").string, "--quiet")
        #expect(run.status == 2 && run.errors.contains("damaged"), "\(run.errors)")
        let damaged = try Lines(file: path("out.jsonl")).records.filter { $0["damaged"] == .bool(true) }
        let qualities = damaged.flatMap { $0["faces"]?.array ?? [] }.compactMap { $0["quality"]?.number }
        #expect(!qualities.isEmpty && qualities.allSatisfy { $0 <= 0.3 })
    }
}
