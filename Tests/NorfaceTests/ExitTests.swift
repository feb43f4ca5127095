import Glibc
import Records
import SystemPackage
import TestSupport
import Testing

/// How the program ends.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct ExitTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    /// Waits until the file holds a few records.
    private func waitForRecords(_ file: FilePath) -> Bool {
        for _ in 0..<3000 {
            if let bytes = try? File.read(file), bytes.filter({ $0 == 10 }).count >= 3 { return true }
            usleep(10_000)
        }
        return false
    }

    @Test func eachFailureHasItsCode() throws {
        #expect(try Norface.analyze(path("missing.mp4").string).status == 66)
        #expect(try Norface.analyze(Clips.uneven.string, "--every", "0").status == 64)
        #expect(try Norface.analyze(Clips.uneven.string, "-o", Clips.uneven.string).status == 64)
        #expect(try Norface.analyze(Clips.uneven.string, "-o", "/proc/nothing/x.jsonl").status == 73)
        #expect(try Norface.analyze(Clips.uneven.string, "-o", "/dev/full").status == 74)
        #expect(try Norface.analyze(Clips.uneven.string, "--baseline", path("none.json").string).status == 66)
        #expect(try Norface.analyze(Clips.uneven.string, "--models", path("none").string).status == 69)
        #expect(try Norface.run(["analyze", "--bundle", path("none").string + "/x", Clips.uneven.string]).status == 69)
        #expect(try Norface.run(["nonsense"]).status == 64)
        #expect(try Norface.run(["analyze"]).status == 64)
        try File.write(Array("no video".utf8), to: path("bad.mp4"))
        #expect(try Norface.analyze(path("bad.mp4").string).status == 1)
        // The input that was named as the output is still there.
        #expect(try Norface.analyze("--quiet", Clips.uneven.string).status == 0)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func aSignalLeavesWholeLines(signal: Int32, code: Int32) throws {
        let output = path("a.jsonl")
        let child = try Norface.start(Clips.long.string, "-o", output.string)
        #expect(waitForRecords(output))
        child.signal(signal)
        #expect(child.wait() == code)
        let lines = try Lines(file: output)
        #expect(lines.records.count >= 3)
        #expect(lines.records.map { $0["seq"]?.integer } == Array(0..<lines.records.count))
        #expect(try JSONValue(parsing: File.read(path("a.meta.json")))["complete"] == nil)
    }

    @Test func aSignalEndsWaitingForStandardInput() throws {
        let pipe = path("pipe").string
        try Command.run("mkfifo", pipe)
        // Nobody ever writes: the read blocks in the kernel.
        let child = try Child([
            "bash", "-c", "exec \(Norface.executable) analyze --bundle \(Norface.bundle) - <>\(pipe)",
        ])
        usleep(1_500_000)
        child.signal(SIGINT)
        #expect(child.wait() == 130)
    }

    @Test func whatWasKilledIsDoneAgainAndWhatWasFinishedIsNot() throws {
        let out = path("out")
        let arguments = [Clips.uneven.string, Clips.long.string, "-o", out.string]
        let child = try Child([Norface.executable.string, "analyze", "--bundle", Norface.bundle.string] + arguments)
        #expect(waitForRecords(out.appending("long.jsonl")))
        child.signal(SIGKILL)
        #expect(child.wait() == 128 + SIGKILL)
        let finished = try Command.run("stat", "-c", "%i %y", out.appending("uneven.jsonl").string)
        let killed = try Command.run("stat", "-c", "%i", out.appending("long.jsonl").string)

        let second = try Child(
            [Norface.executable.string, "analyze", "--bundle", Norface.bundle.string, "--resume"] + arguments,
            standardError: path("err"))
        // Long enough to see that it began anew.
        #expect(waitForRecords(out.appending("long.jsonl")))
        second.signal(SIGINT)
        #expect(second.wait() == 130)
        #expect(try Command.run("stat", "-c", "%i %y", out.appending("uneven.jsonl").string) == finished)
        #expect(try Lines(file: out.appending("long.jsonl")).records.first?["seq"] == .number(0))
        let errors = String(decoding: try File.read(path("err")), as: UTF8.self)
        #expect(errors.contains("uneven.mkv: finished before"))
        #expect(!killed.isEmpty)
    }

    @Test func whatHasChangedIsDoneAgain() throws {
        let clip = path("clip.mkv").string
        try Command.run("cp", Clips.uneven.string, clip)
        func resume(_ arguments: String...) throws -> Bool {
            let run = try Norface.run(
                ["analyze", "--bundle", Norface.bundle.string, "--resume", clip, "-o", path("out/").string] + arguments)
            #expect(run.status == 0, "\(run.errors)")
            return run.errors.contains("finished before")
        }
        #expect(try !resume())
        #expect(try resume())
        // Other settings, another input, records that somebody cut.
        #expect(try !resume("--every", "2"))
        #expect(try !resume())
        #expect(try resume())
        try Command.run("cp", Clips.short.string, clip)
        #expect(try !resume())
        #expect(try resume())
        try Command.run("truncate", "-s", "-10", path("out/clip.jsonl").string)
        #expect(try !resume())
        #expect(try Lines(file: path("out/clip.jsonl")).records.count == 25)
    }
}
