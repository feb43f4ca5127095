import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// `summary.csv`: of records of our own making, and of recordings.
@Suite(.enabled(if: access(Norface.executable.string, X_OK) == 0, "needs the built program"), .timeLimit(.minutes(30)))
struct SummaryTests {
    private static let labels = RecordLabels(au: ["AU01", "AU12"], sides: [], emotions: ["neutral", "happiness"])
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func face(_ track: Int, au: [Float], present: [Bool], quality: Float, emotion: Int) -> FaceRecord {
        FaceRecord(
            track: track, certain: true, box: (1, 2, 3, 4), score: 0.5, pitch: 1, yaw: 2, roll: 3, quality: quality,
            au: au, auRaw: au, left: [], right: [], present: present, emotions: [0.5, 0.5], emotion: emotion,
            baseline: "off")
    }

    private func record(_ index: Int, pts: Double, source: String = "a.mp4", _ faces: [FaceRecord]) -> FrameRecord {
        FrameRecord(
            source: source, sequence: index, pts: pts, epoch: 0, time: nil, dropped: 0, width: 64, height: 48,
            isDamaged: index == 3, faces: faces)
    }

    private func write(_ records: [FrameRecord], _ name: String) throws {
        let encoder = JSONLinesEncoder(labels: Self.labels)
        try File.write(records.flatMap { encoder.line($0).bytes }, to: path(name + ".jsonl"))
        let run = RunInfo(
            program: "norface", started: nil, labels: Self.labels,
            model: RunInfo.Model(name: "m", version: "1", hashes: []), smoothing: [],
            sources: [RunInfo.Source(name: "a.mp4", input: "a.mp4")], versions: [],
            completion: RunInfo.Completion(
                records: records.count, frames: records.count, damaged: records.count > 50 ? 1 : 0, bytes: 1,
                inputBytes: nil, inputModified: nil
            ))
        try File.write(run.sidecar, to: path(name + ".meta.json"))
    }

    /// The rows of a table, by the names of its columns.
    private func rows(_ file: FilePath) throws -> [[String: String]] {
        let lines = String(decoding: try File.read(file), as: UTF8.self).split(separator: "\n")
        let cells = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        guard let names = cells.first else { return [] }
        // A note may hold commas; it is the last cell.
        #expect(cells.allSatisfy { $0.count >= names.count })
        return cells.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
    }

    @Test func eachColumnIsWhatItsDescriptionSays() throws {
        // A hundred frames of ten a second. One is there all the time, smiles from frame 20 to 39 and again from 60 on; the other in the
        // frames 50 to 59 and, much later, 95 to 99, smiling.
        let records = (0..<100).map { index -> FrameRecord in
            let smiles = (20..<40).contains(index) || index >= 60
            var faces = [
                face(
                    1, au: [1, smiles ? 3 : 0], present: [true, smiles], quality: index < 25 ? 0.49 : 0.5,
                    emotion: smiles ? 1 : 0)
            ]
            if (50..<60).contains(index) || index >= 95 {
                faces.append(face(7, au: [0.5, Float(index) / 25], present: [false, true], quality: 1, emotion: 1))
            }
            return record(index, pts: Double(index) / 10, faces)
        }
        try write(records, "a")
        try write((0..<5).map { record($0, pts: Double($0) / 10, source: "b.mp4", []) }, "b")
        let run = try Norface.run(["summary", folder.path.string])
        #expect(run.status == 0, "\(run.errors)")
        let rows = try rows(path("summary.csv"))
        #expect(rows.map { $0["recording"] } == ["a.mp4", "a.mp4", "b.mp4"])
        #expect(rows.map { $0["person"] } == ["1", "7", ""])
        #expect(rows.map { $0["results"] } == ["a.jsonl", "a.jsonl", "b.jsonl"])
        let first = rows[0]
        let expected = [
            "status": "done", "seconds": "10.000", "frames": "100", "damaged_frames": "1", "faces_share": "1.0000",
            "person_frames": "100", "person_share": "1.0000", "person_seconds": "10.000", "good_share": "0.7500",
            "AU01_mean": "1.000", "AU12_mean": "1.800", "AU12_p95": "3.00", "AU12_onsets_per_min": "12.00",
            "AU01_onsets_per_min": "0.00", "happiness_share": "0.6000", "neutral_share": "0.4000", "note": "",
        ]
        for (name, value) in expected { #expect(first[name] == value, "\(name)") }
        // Who comes back smiling has not begun to smile then.
        #expect(rows[1]["person_frames"] == "15" && rows[1]["person_share"] == "0.1500")
        #expect(rows[1]["AU12_onsets_per_min"] == "0.00" && rows[1]["AU12_p95"] == "3.96")
        #expect(rows[2]["frames"] == "5" && rows[2]["faces_share"] == "0.0000" && rows[2]["AU12_mean"] == "")
    }

    @Test func recordsThatCannotBeReadHaveARowThatSaysSo() throws {
        try write([record(0, pts: 0, [])], "a")
        try write([record(0, pts: 0, [])], "b")
        try File.write(Array("{\"v\":2}\n".utf8), to: path("b.jsonl"))
        let run = try Norface.run(["summary", folder.path.string])
        #expect(run.status == 2 && run.errors.contains("b.jsonl"), "\(run.errors)")
        let rows = try rows(path("summary.csv"))
        #expect(rows.map { $0["status"] } == ["done", "failed"])
        #expect(try Norface.run(["summary", path("none").string]).status == 66)
        try Command.run("mkdir", path("empty").string)
        #expect(try Norface.run(["summary", path("empty").string]).status == 66)
    }

    @Test(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
    func theTableOfARunIsThatOfItsRecords() throws {
        try Command.run("mkdir", path("in").string)
        try Command.run("cp", Clips.uneven.string, path("in/a.mkv").string)
        try Command.run("cp", Clips.short.string, path("in/b.mp4").string)
        let out = path("results")
        func analyze(_ arguments: String...) throws -> String {
            let run = try Norface.analyze([path("in").string, "-o", out.string] + arguments)
            #expect(run.status == 0, "\(run.errors)")
            return String(decoding: try File.read(out.appending("summary.csv")), as: UTF8.self)
        }
        let table = try analyze()
        let rows = try rows(out.appending("summary.csv"))
        #expect(Set(rows.map { $0["recording"] }) == ["a.mkv", "b.mp4"])
        for row in rows {
            let records = try Lines(file: out.appending(row["results"] ?? "")).records
            let faces = records.flatMap { $0["faces"]?.array ?? [] }.filter {
                "\($0["track"]?.integer ?? -1)" == row["person"]
            }
            let values = faces.compactMap { $0["au"]?["AU12"]?.number }.sorted()
            #expect(row["frames"] == "\(records.count)" && row["person_frames"] == "\(faces.count)")
            let mean = values.reduce(0, +) / Double(values.count)
            #expect(abs((Double(row["AU12_mean"] ?? "") ?? -1) - mean) <= 0.0006)
            let percentile = values[Int((0.95 * Double(values.count)).rounded(.up)) - 1]
            #expect(abs((Double(row["AU12_p95"] ?? "") ?? -1) - percentile) <= 0.0051)
        }
        #expect(try Norface.run(["summary", out.string]).status == 0)
        #expect(String(decoding: try File.read(out.appending("summary.csv")), as: UTF8.self) == table)
        // What is passed over keeps its rows, and has them again where the table is lost.
        #expect(try analyze("--resume") == table)
        try Command.run("rm", out.appending("summary.csv").string)
        #expect(try analyze("--resume") == table)
        try Command.run("rm", out.appending("b.jsonl").string)
        #expect(try analyze("--resume") == table)
        if Readers.hasPandas {
            let block = try #require(try Readers.blocks("python", in: "Documentation/Batch.md").first)
            let checks = "assert len(people) == \(rows.count) and people.AU12_mean.dtype == float and len(smiles) > 0\n"
            _ = try Readers.run([Readers.python], script: block + checks, in: folder.path)
        }
        if Readers.hasR {
            let block = try #require(try Readers.blocks("r", in: "Documentation/Batch.md").first)
            _ = try Readers.run(
                ["Rscript"], script: block + "stopifnot(nrow(people) == \(rows.count), is.numeric(people$AU12_p95))\n",
                in: folder.path)
        }
    }
}
