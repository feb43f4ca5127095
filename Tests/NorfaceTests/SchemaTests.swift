import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// What the program itself writes follows the schema that we give to who reads it.
@Suite(
    .enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)),
    .enabled(if: RecordSchema.isAvailable, Comment(rawValue: RecordSchema.reason)))
struct SchemaTests {
    private static let sample = Clips.sample.string

    @Test(arguments: [
        [], ["--offline"], ["--no-smoothing"], ["--every", "7"], ["--fps", "4"],
        ["--faces", "1", "--detector", "full"],
        ["--neutral-at", "0.5"],
    ])
    func everyLineOfTheSampleIsARecord(options: [String]) throws {
        let run = try Norface.run(["analyze", "--bundle", Norface.bundle.string, Self.sample] + options)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try RecordSchema.fault(in: run.output.utf8) == nil)
        #expect(try Lines(run.output).records.contains { $0["faces"]?.array?.isEmpty == false })
    }

    /// A still, frames without a face, standard input, several inputs, another bundle.
    @Test func soIsEveryLineOfOtherInputs() throws {
        let folder = try TemporaryFolder()
        let empty = folder.path.appending("empty.mkv").string
        try Command.run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=161x121:duration=0.4", empty)
        let still = Paths.fixtures.appending("face.jpg").string
        let several = try Norface.analyze(still, empty, Clips.uneven.string)
        #expect(several.status == 0, "\(several.errors)")
        #expect(try RecordSchema.fault(in: several.output.utf8) == nil)
        #expect(try Lines(several.output).records.contains { $0["faces"]?.array?.isEmpty == true })
        let command = "\(Norface.executable) analyze --bundle \(Norface.bundle) --quiet - <\(Clips.uneven)"
        #expect(try RecordSchema.fault(in: Command.run("bash", "-c", command)) == nil)
        let wide = Paths.fixtures.appending("wide-bundle").string
        let other = try Norface.run(["analyze", "--bundle", wide, Clips.short.string])
        #expect(other.status == 0, "\(other.errors)")
        #expect(try RecordSchema.fault(in: other.output.utf8) == nil)
    }

    /// Written to a file while somebody stops it.
    @Test(.timeLimit(.minutes(30))) func soIsEveryLineOfAFileThatWasStopped() throws {
        let folder = try TemporaryFolder()
        let child = try Norface.start(Clips.long.string, "-o", folder.path.appending("a.jsonl").string)
        // What is not whole has this name.
        let output = folder.path.appending("a.jsonl.part")
        #expect(until { (try? File.read(output).count { $0 == 10 }) ?? 0 >= 5 })
        child.signal(SIGINT)
        #expect(child.wait() == 130)
        #expect(try RecordSchema.fault(in: File.read(output)) == nil)
    }
}
