import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// `norface analyze` as people run it.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct AnalyzeTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func probedTimes(_ clip: FilePath) throws -> [Double] {
        let text = try Command.run(
            "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time",
            "-of", "csv=p=0", clip.string)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
            Double($0.split(separator: ",").first ?? "")
        }
    }

    @Test(arguments: [0, 1])
    func everyFrameIsARecordWithItsOwnTime(which: Int) throws {
        let clip = which == 0 ? Clips.short : Clips.uneven
        let run = try Norface.analyze(clip.string)
        #expect(run.status == 0, "\(run.errors)")
        let lines = try Lines(run.output)
        let times = try probedTimes(clip)
        #expect(times.count == (which == 0 ? 25 : 9))
        #expect(lines.records.count == times.count)
        #expect(zip(lines.times, times).allSatisfy { abs($0 - ($1 - times[0])) < 1e-5 })
        #expect(lines.records.map { $0["seq"]?.integer } == Array(0..<times.count))
        #expect(
            lines.records.allSatisfy {
                $0["dropped"] == .number(0) && $0["source"]?.string == clip.lastComponent?.string
            })
        // The sample shows people all the time.
        #expect(lines.records.allSatisfy { $0["faces"]?.array?.isEmpty == false })
    }

    @Test func theSameInputGivesTheSameBytes() throws {
        for name in ["first", "second"] {
            let run = try Norface.analyze(Clips.uneven.string, Clips.short.string, "-o", path(name).string)
            #expect(run.status == 0, "\(run.errors)")
        }
        // Neither a second run nor what was analysed before changes a byte.
        let alone = try Norface.analyze(Clips.short.string, "-o", path("alone.jsonl").string)
        #expect(alone.status == 0)
        for name in ["short", "uneven"] {
            #expect(try File.read(path("first/\(name).jsonl")) == File.read(path("second/\(name).jsonl")))
            // Of the sidecar only the time of the run is another.
            let sidecars = try ["first", "second"].map { folder -> [JSONValue.Member] in
                let sidecar = try JSONValue(parsing: File.read(path("\(folder)/\(name).meta.json")))
                guard case .object(let members) = sidecar else { return [] }
                return members.filter { $0.key != "started" }
            }
            #expect(sidecars[0] == sidecars[1] && !sidecars[0].isEmpty)
        }
        #expect(try File.read(path("first/short.jsonl")) == File.read(path("alone.jsonl")))
    }

    @Test func theSidecarTellsOfTheRun() throws {
        let run = try Norface.analyze(Clips.uneven.string, "--faces", "2", "-o", path("a.jsonl").string)
        #expect(run.status == 0)
        let sidecar = try JSONValue(parsing: File.read(path("a.meta.json")))
        #expect(sidecar["complete"]?["records"] == .number(9))
        #expect(sidecar["complete"]?["bytes"]?.integer == (try File.read(path("a.jsonl"))).count)
        #expect(sidecar["settings"]?["max_faces"] == .string("2"))
        #expect(sidecar["sources"]?.array?.first?["input"] == .string(Clips.uneven.string))
        #expect(sidecar["versions"]?["libavcodec"]?.string?.isEmpty == false)
        #expect(sidecar["model"]?["sha256"]?["classifier"]?.string?.count == 64)
        let labels = sidecar["labels"]?["au"]?.array
        let face = try Lines(file: path("a.jsonl")).records[0]["faces"]?.array?[0]["au"]
        guard case .object(let members)? = face else { return #expect(Bool(false), "no intensities") }
        #expect(labels == members.map { .string($0.key) })
    }

    @Test func framesAreThinnedAndKeepTheirTimes() throws {
        let all = try Lines(Norface.analyze(Clips.short.string).output).times
        let every = try Lines(Norface.analyze(Clips.short.string, "--every", "4").output).times
        #expect(every == stride(from: 0, to: 25, by: 4).map { all[$0] })
        let rate = try Lines(Norface.analyze(Clips.short.string, "--fps", "10").output).times
        #expect(rate.allSatisfy(all.contains))
        #expect((9...11).contains(rate.count))
    }

    @Test func smoothingWithTheFutureLosesNothing() throws {
        let causal = try Lines(Norface.analyze(Clips.short.string).output)
        let offline = try Lines(Norface.analyze(Clips.short.string, "--offline").output)
        #expect(offline.times == causal.times)
        #expect(offline.records.map { $0["seq"] } == causal.records.map { $0["seq"] })
        #expect(offline.records != causal.records)
        let raw = try Lines(Norface.analyze(Clips.short.string, "--no-smoothing").output)
        #expect(raw.times == causal.times && raw.records != causal.records)
    }

    @Test func aBadFileAmongGoodOnesIsReportedAndTheRestGoOn() throws {
        try File.write(Array("this is no video".utf8), to: path("bad.mp4"))
        let run = try Norface.analyze(
            path("bad.mp4").string, path("missing.mp4").string, Clips.uneven.string, "-o", path("out").string)
        #expect(run.status == 2)
        #expect(run.errors.contains("bad.mp4") && run.errors.contains("missing.mp4"))
        #expect(try Lines(file: path("out/uneven.jsonl")).records.count == 9)
        // What failed at once leaves nothing that looks like a result.
        #expect(!File.exists(path("out/bad.jsonl")) && !File.exists(path("out/bad.meta.json")))
    }

    @Test func aFolderIsAnalysedIntoAFolder() throws {
        try Command.run("mkdir", "-p", path("in/deep").string)
        try Command.run("cp", Clips.uneven.string, path("in/deep/a.mkv").string)
        try Command.run("cp", Paths.fixtures.appending("face.jpg").string, path("in/b.jpg").string)
        let run = try Norface.analyze(path("in").string, "-o", path("out").string)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try Lines(file: path("out/deep/a.jsonl")).records.count == 9)
        let picture = try Lines(file: path("out/b.jsonl")).records
        #expect(picture.count == 1)
        #expect(picture[0]["faces"]?.array?.count == 1)
    }

    @Test func standardInputIsRead() throws {
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle) --quiet"
        let piped = try Command.run("bash", "-c", "set -o pipefail; cat \(Clips.uneven) | \(norface) -")
        let named = try Norface.analyze(Clips.uneven.string).output
        let text = String(decoding: piped, as: UTF8.self)
        #expect(text.replacing("\"source\":\"stdin\"", with: "\"source\":\"uneven.mkv\"") == named)
    }

    @Test func aReaderThatGoesIsNoError() throws {
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle)"
        let script = """
            \(norface) --quiet \(Clips.long) 2>\(path("err")) | head -n 1 >\(path("out"))
            echo ${PIPESTATUS[0]}
            """
        let status = try Command.run("bash", "-c", script)
        #expect(String(decoding: status, as: UTF8.self) == "0\n")
        #expect(try File.read(path("err")).isEmpty)
        #expect(try Lines(file: path("out")).records.count == 1)
    }

    @Test func aBaselineIsSavedAndUsed() throws {
        let file = path("neutral.json").string
        let saved = try Norface.analyze(Clips.short.string, "--neutral-at", "0.2", "--save-baseline", file)
        #expect(saved.status == 0, "\(saved.errors)")
        let states = try Lines(saved.output).baselines
        #expect(states.first == "learning" && states.last == "frozen")
        let used = try Norface.analyze(Clips.short.string, "--baseline", file)
        #expect(used.status == 0, "\(used.errors)")
        #expect(try Lines(used.output).baselines.first == "frozen")
    }

    /// Somebody sits, leaves, others come, and the first one is back: with their id, and the baseline that goes with it.
    @Test func whoReturnsHasTheirBaselineAgain() throws {
        let face = Paths.fixtures.appending("face.jpg").string
        let scene =
            "fps=15,scale=512:512:force_original_aspect_ratio=decrease,pad=512:512:-1:-1,setsar=1,format=yuv420p"
        let filter = """
            color=black:s=512x512:r=15:d=2.5,setsar=1,format=yuv420p,split[gap1][gap2];[0:v]\(scene)[first];\
            [1:v]\(scene)[others];[2:v]\(scene)[last];[first][gap1][others][gap2][last]concat=n=5
            """
        try Command.run(
            ["ffmpeg", "-v", "error", "-y", "-loop", "1", "-t", "3", "-i", face, "-t", "3", "-i"]
                + [Paths.fixtures.appending("sample.mp4").string, "-loop", "1", "-t", "3", "-i", face]
                + ["-filter_complex", filter, "-c:v", "libx264", "-preset", "ultrafast", path("scene.mp4").string])
        let run = try Norface.analyze(path("scene.mp4").string, "--neutral-at", "1")
        #expect(run.status == 0, "\(run.errors)")
        func baselines(_ from: Double, _ to: Double) throws -> [Int: Set<String>] {
            var found: [Int: Set<String>] = [:]
            for record in try Lines(run.output).records {
                guard let pts = record["pts"]?.number, pts >= from, pts < to else { continue }
                for face in record["faces"]?.array ?? [] where face["certain"] == .bool(true) {
                    found[face["track"]?.integer ?? 0, default: []].insert(face["baseline"]?.string ?? "")
                }
            }
            return found
        }
        #expect(try baselines(1.5, 3) == [1: ["frozen"]])
        let others = try baselines(5.5, 8.5)
        #expect(!others.isEmpty && others[1] == nil && others.values.allSatisfy { $0 == ["learning"] }, "\(others)")
        #expect(try baselines(11, 14) == [1: ["frozen"]])
    }

    @Test func aBaselineIsNotTakenForOtherPeoples() throws {
        let face = Paths.fixtures.appending("face.jpg").string
        let filter = "fps=10,scale=384:384,setsar=1,split[a][b];[a][b]hstack,format=yuv420p"
        try Command.run(
            "ffmpeg", "-v", "error", "-y", "-loop", "1", "-t", "1", "-i", face, "-filter_complex", filter, "-c:v",
            "libx264",
            "-preset", "ultrafast", path("two.mp4").string)
        try Command.run("cp", path("two.mp4").string, path("other.mp4").string)
        let file = path("neutral.json")
        let saved = try Norface.analyze(
            path("two.mp4").string, "--neutral-at", "0.2", "--save-baseline", file.string)
        #expect(saved.status == 0, "\(saved.errors)")
        #expect(try Norface.analyze(path("two.mp4").string, "--baseline", file.string).status == 0)
        let refused = try Norface.analyze(path("other.mp4").string, "--baseline", file.string)
        #expect(refused.status != 0 && refused.errors.contains("2 persons of two.mp4"), "\(refused.errors)")
        // Only the first is left.
        let text = String(decoding: try File.read(file), as: UTF8.self)
        let second = try #require(text.firstRange(of: ",{\"track\""))
        try File.write((text[..<second.lowerBound] + "]}\n").utf8, to: file)
        let shared = try Norface.analyze(path("other.mp4").string, "--baseline", file.string)
        #expect(shared.status == 0 && shared.errors.contains("taken off 2 faces at once"), "\(shared.errors)")
    }

    @Test func quietIsQuietAndOtherwiseTheEndIsTold() throws {
        #expect(try Norface.analyze("--quiet", Clips.uneven.string).errors.isEmpty)
        let errors = try Norface.analyze(Clips.uneven.string).errors
        #expect(errors.contains("uneven.mkv: 9 records"))
        // Escape sequences are for terminals.
        #expect(!errors.contains("\r") && !errors.contains("\u{1b}"))
    }
}
