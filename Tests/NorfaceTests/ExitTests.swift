import Glibc
import JSON
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

    /// Waits for a condition, generously.
    private func waitUntil(_ condition: () -> Bool) -> Bool {
        for _ in 0..<6000 {
            if condition() { return true }
            usleep(10_000)
        }
        return false
    }

    /// Waits until the file holds a few records.
    private func waitForRecords(_ file: FilePath) -> Bool {
        waitUntil { (try? File.read(file).filter { $0 == 10 }.count) ?? 0 >= 3 }
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
        #expect(try Norface.analyze(path("bad.mp4").string).status == 65)
        // The input that was named as the output is still there.
        #expect(try Norface.analyze("--quiet", Clips.uneven.string).status == 0)
    }

    @Test func aCommandOfThePythonPackageIsFoundOnThePath() throws {
        let program = path("norface-report")
        try File.write(Array("#!/bin/sh\nprintf '%s|' \"$@\"\nexit 3\n".utf8), to: program)
        try Command.run("chmod", "755", program.string)
        let found = try Norface.run(
            ["report", "a.jsonl", "--help", "-o", "x y"], environment: ["PATH=\(folder.path):/usr/bin:/bin"])
        #expect(found.status == 3)
        #expect(found.output == "a.jsonl|--help|-o|x y|")
        let missing = try Norface.run(["export", "a.jsonl"], environment: ["PATH=/usr/bin:/bin"])
        #expect(missing.status == 69 && missing.errors.contains("pip install 'norface[export]'"))
    }

    @Test func watchTellsWhatCannotBeWatched() throws {
        func watch(_ source: String) throws -> Norface.Run { try Norface.run(["watch", "--color", "never", source]) }
        let missing = try watch(path("missing.mp4").string)
        #expect(missing.status == 66 && missing.errors.contains("missing.mp4: "), "\(missing.errors)")
        try File.write(Array("no video".utf8), to: path("bad.mp4"))
        let bad = try watch(path("bad.mp4").string)
        #expect(bad.status == 65 && bad.errors.contains("bad.mp4: "), "\(bad.errors)")
        let gone = try watch(path("none.sock").string)
        #expect(gone.status == 69 && gone.errors.contains("none.sock: "), "\(gone.errors)")
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func aSignalLeavesWholeLines(signal: Int32, code: Int32) throws {
        let output = path("a.jsonl.part")
        let child = try Norface.start(Clips.long.string, "-o", path("a.jsonl").string)
        #expect(waitForRecords(output))
        child.signal(signal)
        #expect(child.wait() == code)
        let lines = try Lines(file: output)
        #expect(lines.records.count >= 3)
        #expect(lines.records.map { $0["seq"]?.integer } == Array(0..<lines.records.count))
        #expect(!File.exists(path("a.jsonl")) && !File.exists(path("a.meta.json")))
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
        func errors() throws -> String { String(decoding: try File.read(path("err")), as: UTF8.self) }
        let arguments = [Clips.uneven.string, Clips.long.string, "-o", out.string]
        let child = try Child(
            [Norface.executable.string, "analyze", "--bundle", Norface.bundle.string, "--jobs", "1"] + arguments)
        let part = out.appending("long.jsonl.part")
        #expect(waitForRecords(part))
        child.signal(SIGKILL)
        #expect(child.wait() == 128 + SIGKILL)
        let finished = try Command.run("stat", "-c", "%i %y", out.appending("uneven.jsonl").string)

        // As a crash of the whole machine may leave it.
        try Command.run("bash", "-c", "printf '{\"v\":1,\"sour' >>\(part)")
        let second = try Child(
            [Norface.executable.string, "analyze", "--bundle", Norface.bundle.string, "--jobs", "1", "--resume"]
                + arguments,
            standardError: path("err"))
        // With the unfinished line the old records cannot be read: what can be is new.
        #expect(waitUntil { (try? Lines(file: part).records.count) ?? 0 > 3 })
        second.signal(SIGINT)
        #expect(second.wait() == 130)
        #expect(try Command.run("stat", "-c", "%i %y", out.appending("uneven.jsonl").string) == finished)
        #expect(try Lines(file: part).records.first?["seq"] == .number(0))
        #expect(!File.exists(out.appending("long.jsonl")))
        #expect(try errors().contains("uneven.mkv: finished before"))
    }

    @Test func whatHasChangedIsDoneAgain() throws {
        let clip = path("clip.mkv").string
        try Command.run("cp", Clips.uneven.string, clip)
        func resume(_ arguments: String...) throws -> Bool {
            let run = try Norface.run(
                ["analyze", "--bundle", Norface.bundle.string, "--resume", clip, "-o", path("out").string + "/"]
                    + arguments)
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
