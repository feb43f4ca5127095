import Glibc
import JSON
import SystemPackage
import TestSupport
import Testing

/// Normalized faces as pictures and videos: `norface normalize`.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)), .timeLimit(.minutes(15)))
struct NormalizeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func normalize(_ arguments: String..., output: String = "out") throws -> Norface.Run {
        try Norface.run(
            ["normalize", "--bundle", Norface.bundle.string, "--quiet", "-o", path(output).string] + arguments)
    }

    /// The manifest's rows, by the names of its columns.
    private func manifest(_ output: String = "out") throws -> [[String: String]] {
        let lines = String(decoding: try File.read(path(output).appending("manifest.csv")), as: UTF8.self)
            .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let names = try #require(lines.first)
        return lines.dropFirst().map { Dictionary(zip(names, $0)) { first, _ in first } }
    }

    private func files(_ output: String = "out") throws -> Set<String> {
        let text = try Command.run("sh", "-c", "cd '\(path(output))' && find . -type f | sed 's|^./||'")
        return Set(String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    private func facts(_ file: String, _ entries: String) throws -> [Substring] {
        String(
            decoding: try Command.run(
                "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", entries, "-of",
                "csv=p=0", path(file).string), as: UTF8.self
        ).split(separator: "\n").first?.split(separator: ",") ?? []
    }

    @Test func eachFaceIsAPictureThatTheManifestNames() throws {
        let run = try normalize(Clips.short.string)
        #expect(run.status == 0, "\(run.errors)")
        let records = path("short.jsonl")
        #expect(try Norface.analyze(Clips.short.string, "-o", records.string, "--quiet").status == 0)
        let faces = try Lines(file: records).records.flatMap { record in
            (record["faces"]?.array ?? []).map { (record["seq"]?.integer ?? -1, $0) }
        }
        let rows = try manifest()
        #expect(rows.count == faces.count && rows.count > 20)
        #expect(try files() == Set(rows.compactMap { $0["file"] } + ["manifest.csv"]))
        for (row, (frame, face)) in zip(rows, faces) {
            let person = face["track"]?.integer ?? -1
            #expect(row["input"] == "short.mp4" && row["frame"] == "\(frame)" && row["person"] == "\(person)")
            let number = String(repeating: "0", count: 6 - "\(frame)".count) + "\(frame)"
            #expect(row["file"] == "short/person-\(person)/\(number).png")
            #expect(Double(row["x"] ?? "") == face["box"]?.array?.first?.number)
            #expect(Double(row["yaw"] ?? "") == face["yaw"]?.number)
            #expect(Double(row["quality"] ?? "") == face["quality"]?.number)
            #expect(row["bundle"]?.count == 64)
        }
        #expect(try facts("out/\(rows[0]["file"] ?? "")", "stream=width,height,pix_fmt") == ["72", "72", "gray"])
    }

    @Test func sizeRateAndQualityAreChosen() throws {
        let run = try normalize(Clips.short.string, "--size", "200", "--max-rate", "5", "--format", "jpg")
        #expect(run.status == 0, "\(run.errors)")
        let rows = try manifest()
        #expect(Set(rows.compactMap { $0["frame"] }).count == 5)
        #expect(rows.allSatisfy { $0["file"]?.hasSuffix(".jpg") ?? false })
        #expect(try facts("out/\(rows[0]["file"] ?? "")", "stream=width,height") == ["200", "200"])
        #expect(try normalize(Clips.short.string, "--min-quality", "1", output: "none").status == 0)
        #expect(try manifest("none").allSatisfy { $0["quality"] == "1.00" })
        #expect(try normalize(Clips.short.string, "--size", "15").status == 64)
        #expect(try normalize(Clips.short.string, "--size", "73", "--format", "mp4").status == 64)
        #expect(try normalize(path("none.mp4").string, output: "no").status == 66)
        #expect(!File.exists(path("no")), "nothing is left of what could not be read")
        #expect(try normalize().status == 64)
    }

    @Test func aVideoOfEachPersonHasTheirFrames() throws {
        let run = try normalize(Clips.short.string, "--format", "mp4")
        #expect(run.status == 0, "\(run.errors)")
        let rows = try manifest()
        let videos = Dictionary(grouping: rows) { $0["file"] ?? "" }
        #expect(try files() == Set(videos.keys).union(["manifest.csv"]))
        for (file, rows) in videos {
            #expect(try facts("out/\(file)", "stream=nb_read_frames") == ["\(rows.count)"])
        }
    }

    @Test func picturesAndVideosOfAFolderHaveFoldersOfTheirOwn() throws {
        let input = path("in")
        try Command.run("mkdir", "-p", input.appending("deep").string)
        for name in ["a.png", "deep/a.png"] {
            try Command.run(
                "ffmpeg", "-v", "error", "-i", Clips.sample.string, "-frames:v", "1", input.appending(name).string)
        }
        try File.write(Array("no picture".utf8), to: input.appending("bad.jpg"))
        let run = try normalize(input.string)
        #expect(run.status == 2 && run.errors.contains("bad.jpg"), "\(run.errors)")
        let rows = try manifest()
        #expect(
            Set(rows.compactMap { $0["file"] }).isSuperset(of: ["a/person-1/000000.png", "deep/a/person-1/000000.png"]))
        #expect(Set(rows.compactMap { $0["input"] }) == ["a.png", "deep/a.png"])
    }

    @Test func aStoppedRunLeavesWhatIsWhole() throws {
        let child = try Child([
            Norface.executable.string, "normalize", Clips.long.string, "--format", "mp4", "--quiet", "-o",
            path("out").string,
        ])
        // Not before something was written.
        #expect(until { File.exists(path("out").appending("long")) })
        usleep(1_000_000)
        child.signal(SIGINT)
        #expect(child.wait() == 130)
        let videos = Dictionary(grouping: try manifest()) { $0["file"] ?? "" }
        #expect(!videos.isEmpty)
        #expect(try files() == Set(videos.keys).union(["manifest.csv"]), "nothing unfinished is left")
        for (file, rows) in videos {
            #expect(try facts("out/\(file)", "stream=nb_read_frames") == ["\(rows.count)"])
        }
    }
}
