import Glibc
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

/// `norface convert` with records of our own making, good and bad.
@Suite(.enabled(if: access(Norface.executable.string, X_OK) == 0, "needs the built program"), .timeLimit(.minutes(30)))
struct ConvertTests {
    private static let labels = RecordLabels(
        au: ["AU01", "AU12"], sides: ["AU12"], emotions: ["neutral", "happiness"])
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func record(_ index: Int, faces: Int = 1) -> FrameRecord {
        FrameRecord(
            source: "door", sequence: index, pts: Double(index) / 25, epoch: 0, time: nil, dropped: 0, width: 640,
            height: 360,
            faces: (0..<faces).map { track in
                FaceRecord(
                    track: track, certain: true, box: (1, 2, 3, 4), score: 0.5, pitch: 1, yaw: 2, roll: 3, quality: 1,
                    au: [1, 2], auRaw: [1, 2], left: [2], right: [2], present: [true, false], emotions: [0.25, 0.75],
                    emotion: 1, baseline: "off")
            })
    }

    private func lines(_ range: Range<Int>, faces: Int = 1) -> [UInt8] {
        let encoder = JSONLinesEncoder(labels: Self.labels)
        return range.flatMap { encoder.line(record($0, faces: faces)).bytes }
    }

    private func table(_ records: [FrameRecord]) -> String {
        let encoder = CSVEncoder(labels: Self.labels)
        return String(decoding: records.reduce(encoder.header) { $0 + encoder.line($1).bytes }, as: UTF8.self)
    }

    private func convert(_ arguments: String...) throws -> Norface.Run { try Norface.run(["convert"] + arguments) }

    @Test func framesBeforeTheFirstFaceAreRowsToo() throws {
        try File.write(lines(0..<3, faces: 0) + lines(3..<5, faces: 2), to: path("a.jsonl"))
        let expected = table((0..<3).map { record($0, faces: 0) } + (3..<5).map { record($0, faces: 2) })
        #expect(try convert(path("a.jsonl").string).output == expected)
        let piped = try Command.run("bash", "-c", "cat '\(path("a.jsonl"))' | '\(Norface.executable)' convert - 2>&-")
        #expect(String(decoding: piped, as: UTF8.self) == expected)
    }

    @Test func eventsArePassedOverAndCounted() throws {
        let run = RunInfo(
            program: "norfaced", started: nil, labels: Self.labels, model: .init(name: "m", version: "1", hashes: []),
            smoothing: [], sources: [], versions: [])
        let event = EventRecord(.trackStarted, source: "door", track: 1).line.bytes
        try File.write(run.line.bytes + lines(0..<1, faces: 0) + event + lines(1..<2) + event, to: path("a.jsonl"))
        let result = try convert(path("a.jsonl").string)
        #expect(result.status == 0 && result.output == table([record(0, faces: 0), record(1)]))
        #expect(result.errors.contains("a.jsonl: 2 records, 3 events passed over"), "\(result.errors)")
    }

    @Test func aTornLastLineIsAWarningEvenWhenQuiet() throws {
        try File.write(lines(0..<3).dropLast(20), to: path("a.jsonl"))
        let result = try convert("--quiet", path("a.jsonl").string)
        #expect(result.status == 0 && result.output == table([record(0), record(1)]))
        let warning = "warning: \(path("a.jsonl")):3: "
        #expect(result.errors.contains(warning) && result.errors.contains("torn"), "\(result.errors)")
    }

    @Test func otherDamageEndsItWithItsPlaceAndKeepsTheRowsBefore() throws {
        let damaged = String(decoding: lines(2..<3), as: UTF8.self).replacing(
            "\"AU12\":2.000", with: "\"AU12\":x", maxReplacements: 1)
        try File.write(lines(0..<2) + damaged.utf8 + lines(3..<4), to: path("a.jsonl"))
        let result = try convert(path("a.jsonl").string, "-o", path("a.csv").string)
        #expect(result.status == 74)
        #expect(result.errors.contains("a.jsonl:3: 'faces[0].au.AU12' is not a number"), "\(result.errors)")
        // What is not whole has not the name of what is.
        #expect(!File.exists(path("a.csv")) && result.errors.contains("a.csv.part"))
        #expect(String(decoding: try File.read(path("a.csv.part")), as: UTF8.self) == table([record(0), record(1)]))
        try File.write(Array("{\"v\":2,\"source\":3}\n".utf8), to: path("b.jsonl"))
        let other = try convert(path("b.jsonl").string)
        #expect(other.status == 74 && other.errors.contains("b.jsonl:1: 'v' is another version"), "\(other.errors)")
    }

    @Test func eachFailureHasItsCode() throws {
        try File.write(lines(0..<1), to: path("a.jsonl"))
        try Command.run("mkdir", path("empty").string)
        #expect(try convert(path("none.jsonl").string).status == 66)
        #expect(try convert(path("empty").string).status == 66)
        #expect(try convert().status == 64)
        #expect(try convert("-", "-").status == 64)
        #expect(try convert(path("a.jsonl").string, "--format", "xml").status == 64)
        #expect(try convert(path("a.jsonl").string, "-o", path("a.jsonl").string).status == 64)
        #expect(try convert(path("a.jsonl").string, "-o", "/proc/none/a.csv").status == 73)
        #expect(try convert(path("a.jsonl").string, "-o", "/dev/full").status == 74)
        #expect(try convert(path("a.jsonl").string, "--meta", path("none").string).status == 66)
        #expect(try convert(path("a.jsonl").string, path("none.jsonl").string, "-o", path("out").string).status == 2)
        #expect(String(decoding: try File.read(path("out/a.csv")), as: UTF8.self) == table([record(0)]))
        // What is no video is no sidecar either; the records are still there.
        #expect(try File.read(path("a.jsonl")) == lines(0..<1))
    }

    @Test func aReaderThatGoesIsNoError() throws {
        try File.write(lines(0..<20_000), to: path("a.jsonl"))
        let script =
            "'\(Norface.executable)' convert '\(path("a.jsonl"))' 2>'\(path("err"))' | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}"
        #expect(try Command.run("bash", "-c", script) == Array("0\n".utf8))
        #expect(!String(decoding: try File.read(path("err")), as: UTF8.self).contains("error"))
    }

    @Test func aSignalEndsItWhileNothingComes() throws {
        try Command.run("mkfifo", path("pipe").string)
        let child = try Child([Norface.executable.string, "convert", path("pipe").string, "-o", path("a.csv").string])
        let pipe = try FileDescriptor.open(path("pipe"), .writeOnly)
        try pipe.writeAll(lines(0..<2) + lines(2..<3).prefix(30))
        #expect(until { (try? File.read(path("a.csv.part")).count { $0 == 10 }) ?? 0 >= 3 })
        child.signal(SIGTERM)
        #expect(child.wait() == 143)
        try pipe.close()
        #expect(String(decoding: try File.read(path("a.csv")), as: UTF8.self) == table([record(0), record(1)]))
    }

    /// The peak of the memory is read while the program waits for more: what was read until then counts, and nothing else does.
    @Test func theMemoryDoesNotGrowWithTheRecords() throws {
        try Command.run("mkfifo", path("pipe").string)
        let child = try Child([Norface.executable.string, "convert", path("pipe").string, "-o", path("a.csv").string])
        let pipe = try FileDescriptor.open(path("pipe"), .writeOnly)
        let block = lines(0..<500)
        let row = table([record(0)]).utf8.count - CSVEncoder(labels: Self.labels).header.count
        var written = 0
        func peak(after blocks: Int) throws -> Int {
            while written < blocks {
                try pipe.writeAll(block)
                written += 1
            }
            // The last lines may wait for the flush of the file.
            #expect(until { (FileFacts(path("a.csv.part"))?.size ?? 0) >= written * 500 * (row - 1) })
            let status = try Command.run("grep", "VmHWM", "/proc/\(child.process)/status")
            return try #require(Int(String(decoding: status, as: UTF8.self).filter(\.isNumber)))
        }
        let early = try peak(after: 5)
        let late = try peak(after: 60)
        try pipe.close()
        #expect(child.wait() == 0)
        #expect(try File.read(path("a.csv")).filter { $0 == 10 }.count == 30_001)
        #expect(late - early < 4_000, "\(early) and \(late) KiB")
    }
}
