import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// Tables that `norface analyze` and `norface convert` write, and who reads them.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)), .timeLimit(.minutes(30)))
struct FormatTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func text(_ name: String) throws -> String { String(decoding: try File.read(path(name)), as: UTF8.self) }

    /// Half a second of black, then half of the sample: frames without a face and frames with one.
    private static let mixed: FilePath = {
        let path = Clips.folder.path.appending("mixed.mp4")
        try! Command.run(
            "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=black:s=640x360:r=25:d=0.4", "-t", "0.4", "-i",
            Clips.sample.string, "-filter_complex",
            "[0:v]setsar=1,format=yuv420p[a];[1:v]setsar=1,format=yuv420p[b];[a][b]concat=n=2",
            "-c:v", "libx264", "-preset", "ultrafast", path.string)
        return path
    }()

    @Test func theTableHoldsWhatTheLinesHold() throws {
        #expect(try Norface.analyze(Self.mixed.string, "-o", path("a.jsonl").string).status == 0)
        #expect(try Norface.analyze(Self.mixed.string, "-o", path("b.csv").string).status == 0)
        let records = try Lines(file: path("a.jsonl")).records
        let rows = try text("b.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == records.count + 1 && rows.allSatisfy { $0.count == rows[0].count })
        func column(_ name: String) throws -> [Substring] {
            let index = try #require(rows[0].firstIndex { $0 == name }, "\(name)")
            return rows.dropFirst().map { $0[index] }
        }
        #expect(try column("seq").map { Int($0) } == records.map { $0["seq"]?.integer })
        #expect(try column("pts").map { Double($0) } == records.map { $0["pts"]?.number })
        let counts = records.map { $0["faces"]?.array?.count ?? -1 }
        #expect(counts.contains(0) && counts.contains(1))
        #expect(try column("faces").map { Int($0) } == counts)
        for (name, key, inner) in [
            ("AU12", "au", "AU12"), ("AU12_raw", "au_raw", "AU12"), ("AU06_left", "au_left", "AU06"),
        ] {
            #expect(
                try column(name).map { Double($0) } == records.map { $0["faces"]?.array?.first?[key]?[inner]?.number })
        }
        #expect(
            try column("emotion").map(String.init)
                == records.map { $0["faces"]?.array?.first?["emotion"]?.string ?? "" })
        let sidecar = try RunInfo(text: File.read(path("b.meta.json")), file: "b.meta.json")
        let size = try File.read(path("b.csv")).count
        #expect(sidecar.format == "csv" && sidecar.completion?.bytes == size)
        #expect(try RunInfo(text: File.read(path("a.meta.json")), file: "a.meta.json").format == nil)
        // The same without a detour through a file's name.
        let printed = try Norface.analyze(Self.mixed.string, "--format", "csv", "--quiet")
        #expect(printed.output == (try text("b.csv")))
        #expect(try Norface.analyze(Self.mixed.string, "-o", path("c.csv").string, "--format", "jsonl").status == 0)
        #expect(try File.read(path("c.csv")) == File.read(path("a.jsonl")))
    }

    @Test func realLinesAreWrittenTheSameAfterReading() throws {
        let bytes = Array(try Norface.analyze(Self.mixed.string, "--quiet").output.utf8)
        var position = 0
        var reader = RecordReader(name: "mixed") { buffer in
            let count = min(buffer.count, bytes.count - position)
            buffer.copyBytes(from: bytes[position..<position + count])
            position += count
            return count
        }
        var written: [UInt8] = []
        while case .record(let fields)? = try reader.next() {
            let labels = reader.labels ?? RecordLabels(au: [], sides: [], emotions: [])
            written += JSONLinesEncoder(labels: labels).line(reader.record, fields: fields).bytes
        }
        #expect(written == bytes)
    }

    @Test func convertingGivesTheBytesOfTheAnalysis() throws {
        let inputs = [Self.mixed.string, Clips.uneven.string]
        #expect(
            try Norface.run(["analyze", "--bundle", Norface.bundle.string, "-o", path("lines").string] + inputs).status
                == 0)
        #expect(
            try Norface.run(
                ["analyze", "--bundle", Norface.bundle.string, "--format", "csv", "-o", path("tables").string] + inputs
            ).status == 0)
        let run = try Norface.run(["convert", path("lines").string, "-o", path("converted").string])
        #expect(run.status == 0 && run.errors.contains("uneven.jsonl: 9 records"), "\(run.errors)")
        for name in ["mixed.csv", "uneven.csv"] {
            #expect(try File.read(path("converted/\(name)")) == File.read(path("tables/\(name)")))
        }
        // Without a sidecar the first face names the values, in a file and in a pipe.
        try Command.run("cp", path("lines/mixed.jsonl").string, path("alone.jsonl").string)
        let alone = try Norface.run(["convert", "--quiet", path("alone.jsonl").string])
        let table = try text("tables/mixed.csv")
        #expect(alone.status == 0 && alone.output == table, "\(alone.errors)")
        let piped = try Command.run(
            "bash", "-c",
            "set -o pipefail; cat '\(path("alone.jsonl"))' | '\(Norface.executable)' convert - -o - --quiet")
        #expect(piped == (try File.read(path("tables/mixed.csv"))))
        let named = try Norface.run([
            "convert", "--quiet", "--meta", path("lines/mixed.meta.json").string, path("alone.jsonl").string, "-o",
            path("named.csv").string,
        ])
        #expect(named.status == 0)
        #expect(try File.read(path("named.csv")) == File.read(path("tables/mixed.csv")))
        #expect(!File.exists(path("named.meta.json")))
    }

    @Test func finishedTablesArePassedOver() throws {
        let first = try Norface.analyze(Clips.uneven.string, "-o", path("out").string + "/", "--format", "csv")
        #expect(first.status == 0)
        let again = try Norface.analyze(
            Clips.uneven.string, "-o", path("out").string + "/", "--format", "csv", "--resume")
        #expect(again.errors.contains("finished before"))
        // The other format was not written.
        let lines = try Norface.analyze(Clips.uneven.string, "-o", path("out").string + "/", "--resume")
        #expect(!lines.errors.contains("finished before"))
        #expect(try Lines(file: path("out/uneven.jsonl")).records.count == 9)
    }

    @Test func aSignalLeavesWholeRows() throws {
        let output = path("a.csv.part")
        let child = try Norface.start(Clips.long.string, "-o", path("a.csv").string)
        #expect(until { (try? File.read(output).count { $0 == 10 }) ?? 0 >= 4 })
        child.signal(SIGINT)
        #expect(child.wait() == 130)
        let rows = try text("a.csv.part").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(rows.count > 4 && rows.last?.isEmpty == true)
        let width = rows[0].split(separator: ",").count
        #expect(
            rows.dropLast().allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == width })
    }

    // MARK: Readers

    /// What the readers' programs find in a folder, as our own reader finds it.
    private struct Expected {
        var frames: Int
        var nobody: Int
        /// The intensities of AU12 in all faces.
        var values: [Double]
        var mean: Double { values.reduce(0, +) / Double(values.count) }
        var rows: Int { values.count + nobody }
    }

    private func makeOutputs() throws -> Expected {
        #expect(try Norface.analyze(Self.mixed.string, "-o", path("out.jsonl").string, "--quiet").status == 0)
        try Command.run("cp", path("out.jsonl").string, path("interview.jsonl").string)
        #expect(
            try Norface.run(["convert", path("out.jsonl").string, "-o", path("out.csv").string, "--quiet"]).status == 0)
        let faces = try Lines(file: path("out.jsonl")).records.map { $0["faces"]?.array ?? [] }
        let expected = Expected(
            frames: faces.count, nobody: faces.filter { $0.isEmpty }.count,
            values: faces.joined().compactMap { $0["au"]?["AU12"]?.number })
        #expect(expected.nobody > 0 && expected.values.count > 3)
        return expected
    }

    @Test(.enabled(if: Readers.hasPandas, "needs Python's pandas (NORFACE_PYTHON names a Python that has it)"))
    func pandasReadsWhatTheDocumentsShow() throws {
        let expected = try makeOutputs()
        let blocks = try Readers.blocks("python", in: "Documentation/Formats.md")
        #expect(blocks.count == 2)
        let checks = """
            import pandas.api.types as types
            texts = {"source", "time", "emotion", "baseline", "markers"}
            assert all(types.is_numeric_dtype(table[name]) for name in table.columns if name not in texts), table.dtypes
            assert len(frames) == \(expected.frames) and len(seen) == \(expected.values.count)
            assert abs(seen["AU12"].mean() - \(expected.mean)) < 1e-6
            assert table[table["faces"] == 0]["AU12"].isna().all() and table["source"].notna().all()
            """
        _ = try Readers.run([Readers.python], script: blocks[0] + checks, in: folder.path)
        let lines = """
            assert str(faces["seq"].dtype) == "int64" and str(faces["pts"].dtype) == "float64", faces.dtypes
            assert len(faces) == \(expected.values.count) and len(nobody) == \(expected.nobody)
            assert abs(faces["au.AU12"].mean() - \(expected.mean)) < 1e-6
            """
        _ = try Readers.run([Readers.python], script: blocks[1] + lines, in: folder.path)
        let readme = try #require(
            try Readers.blocks("python", in: "README.md").first { $0.contains("interview.jsonl") })
        let other = lines.replacing("len(nobody)", with: "(rows[\"faces\"].str.len() == 0).sum()")
        _ = try Readers.run([Readers.python], script: readme + other, in: folder.path)
        let documented = try #require(try Readers.blocks("python", in: "Documentation/Records.md").first)
        _ = try Readers.run(
            [Readers.python], script: documented + "assert str(frames['seq'].dtype) == 'int64'\n", in: folder.path)
    }

    @Test(.enabled(if: Readers.hasR, "needs R (Debian's r-base-core)"))
    func rReadsWhatTheDocumentsShow() throws {
        let expected = try makeOutputs()
        let script = try #require(try Readers.blocks("r", in: "Documentation/Formats.md").first)
        let checks = """
            header <- strsplit(readLines("out.csv", n = 1), ",")[[1]]
            stopifnot(identical(names(table), header), nrow(frames) == \(expected.frames))
            stopifnot(nrow(table) == \(expected.rows), nrow(seen) == \(expected.values.count))
            stopifnot(is.numeric(table$AU12), is.integer(table$seq), abs(mean(seen$AU12) - \(expected.mean)) < 1e-6)
            """
        _ = try Readers.run(["Rscript", "--vanilla"], script: script + checks, in: folder.path)
    }

    @Test(.enabled(if: Readers.hasPSPP, "needs PSPP (Debian's pspp)"))
    func psppReadsWhatTheDocumentsShow() throws {
        let expected = try makeOutputs()
        let script = try #require(try Readers.blocks("spss", in: "Documentation/Formats.md").first)
        let output = try Readers.run(["pspp", "-O", "format=csv"], script: script, in: folder.path)
        let rows = output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        func row(_ name: String) throws -> [Double] {
            try #require(rows.first { $0.first == Substring(name) }, "\(output)").dropFirst().compactMap { Double($0) }
        }
        #expect(try row("pts")[0] == Double(expected.rows))
        let found = try row("AU12")
        #expect(found.count == 4 && found[0] == Double(expected.values.count), "\(output)")
        #expect(abs(found[1] - expected.mean) <= 0.0051)
        #expect(found[2] == expected.values.min() && found[3] == expected.values.max())
    }
}
