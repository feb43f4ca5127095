import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// `norface analyze` of many inputs.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct BatchTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func copy(_ clip: FilePath, _ names: String...) throws {
        for name in names {
            try Command.run("mkdir", "-p", path(name).removingLastComponent().string)
            try Command.run("cp", clip.string, path(name).string)
        }
    }

    /// What stands in a folder, sorted, without sidecars.
    private func names(_ folder: String) throws -> [String] {
        let text = try Command.run("bash", "-c", "cd '\(path(folder))' && find . -type f | LC_ALL=C sort")
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { String($0.dropFirst(2)) }
            .filter { !$0.hasSuffix(".meta.json") }
    }

    private func analyze(_ arguments: String...) throws -> Norface.Run { try Norface.analyze(arguments) }

    @Test func resultsKeepTheirNamesWhenInputsAreAdded() throws {
        try copy(Clips.uneven, "in/y.mp4")
        #expect(try analyze(path("in").string, "-o", path("out").string).status == 0)
        let before = try File.read(path("out/y.jsonl"))
        try copy(Clips.uneven, "in/y.mov")
        let run = try analyze(path("in").string, "-o", path("out").string, "--resume")
        #expect(run.status == 0 && run.errors.contains("y.mp4: finished before"), "\(run.errors)")
        #expect(try names("out") == ["summary.csv", "y.jsonl", "y.mov.jsonl"])
        #expect(try File.read(path("out/y.jsonl")) == before)
        // Also where the first one is no longer there, or is named by itself from elsewhere.
        try Command.run("rm", path("in/y.mp4").string)
        let alone = try Norface.run([
            "analyze", "--bundle", Norface.bundle.string, path("in/y.mov").string, "--resume", "-o", path("out").string,
        ])
        #expect(alone.errors.contains("finished before"), "\(alone.errors)")
        #expect(try names("out") == ["summary.csv", "y.jsonl", "y.mov.jsonl"])
    }

    @Test func anotherRecordingOfTheSameNameDoesNotTakeThePlaceOfTheFirst() throws {
        try copy(Clips.uneven, "a/x.mp4")
        try copy(Clips.short, "b/x.mp4")
        let out = path("out").string + "/"
        #expect(try analyze(path("a/x.mp4").string, "-o", out).status == 0)
        #expect(try analyze(path("b/x.mp4").string, "-o", out).status == 0)
        #expect(try names("out") == ["x.jsonl", "x.mp4.jsonl"])
        #expect(try Lines(file: path("out/x.jsonl")).records.count == 9)
        // A recording that is gone keeps nothing.
        try Command.run("rm", path("a/x.mp4").string)
        try copy(Clips.uneven, "c/x.mp4")
        #expect(try analyze(path("c/x.mp4").string, "-o", out).status == 0)
        #expect(try names("out") == ["x.jsonl", "x.mp4.jsonl"])
    }

    @Test func recordsTellTwoFilesOfOneNameApart() throws {
        try copy(Clips.uneven, "in/a/x.mp4", "in/b/x.mp4")
        #expect(try analyze(path("in").string, "-o", path("out").string).status == 0)
        for name in ["a", "b"] {
            let record = try Lines(file: path("out/\(name)/x.jsonl")).records[0]
            #expect(record["source"]?.string == "\(name)/x.mp4")
        }
    }

    @Test func whatIsFinishedIsKnownFromEverywhere() throws {
        try copy(Clips.uneven, "in/a.mkv")
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle) --resume"
        func run(_ folder: String, _ input: String) throws -> Bool {
            let text = try Command.run(
                "bash", "-c", "cd '\(path(folder))' && \(norface) \(input) -o '\(path("out"))' 2>&1")
            return String(decoding: text, as: UTF8.self).contains("finished before")
        }
        try Command.run("mkdir", path("elsewhere").string)
        #expect(try !run("in", "./"))
        #expect(try run("in", "."))
        #expect(try run("elsewhere", "../in/"))
        #expect(try run(".", path("in").string))
        // The folder of recordings may move.
        try Command.run("mv", path("in").string, path("moved").string)
        #expect(try run(".", "moved"))
        #expect(try names("out") == ["a.jsonl"])
    }

    @Test func theOutputIsAFileForOneInputHoweverOftenItIsNamed() throws {
        try copy(Clips.uneven, "a.mkv")
        let run = try analyze(path("a.mkv").string, path(".").string + "/./a.mkv", "-o", path("out").string)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try Lines(file: path("out")).records.count == 9)
        let folder = try analyze(path("a.mkv").string, "-o", path("new").string + "/")
        #expect(folder.status == 0)
        #expect(try names("new") == ["a.jsonl"])
        let several = try analyze(path("a.mkv").string, Clips.short.string, "-o", path("x.jsonl").string)
        #expect(several.status == 64 && several.errors.contains("named like one file"), "\(several.errors)")
    }

    @Test func namesThatAreNotUTF8AreAnalysed() throws {
        try copy(Clips.uneven, "in/a.mkv")
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle) --quiet"
        let script = """
            cd '\(folder.path)' && mv in/a.mkv $'in/caf\\xe9.mkv' && cp $'in/caf\\xe9.mkv' $'in/caf\\xe8.mkv'
            \(norface) in -o out && \(norface) $'in/caf\\xe8.mkv' $'in/caf\\xe9.mkv' -o named/
            \(norface) $'in/caf\\xe9.mkv' -o out --resume --log-level error
            ls -b out named
            """
        let text = String(decoding: try Command.run("bash", "-c", script), as: UTF8.self)
        for name in ["caf\\350.jsonl", "caf\\351.jsonl", "caf\\350.meta.json", "caf\\351.meta.json"] {
            #expect(text.split(separator: "\n").count { $0 == name } == 2, "\(text)")
        }
    }

    @Test func whatIsBeingWrittenHasAnotherName() throws {
        let output = path("a.jsonl")
        try File.write(Array("old\n".utf8), to: output)
        let child = try Norface.start(Clips.long.string, "-o", output.string, errors: path("err"))
        let part = path("a.jsonl.part")
        #expect(until { (try? File.read(part).filter { $0 == 10 }.count) ?? 0 >= 3 })
        // Two cannot write one file.
        let second = try analyze(Clips.long.string, "-o", output.string)
        #expect(second.status == 75 && second.errors.contains("another run"), "\(second.errors)")
        child.signal(SIGKILL)
        _ = child.wait()
        #expect(try File.read(output) == Array("old\n".utf8))
        #expect(try analyze(Clips.uneven.string, "-o", output.string).status == 0)
        #expect(try Lines(file: output).records.count == 9)
        #expect(!File.exists(part))
    }

    @Test func aBatchThatIsStoppedLeavesWholeResultsAndATally() throws {
        try copy(Clips.uneven, "in/a.mkv")
        try copy(Clips.long, "in/b.mp4", "in/c.mp4")
        let child = try Norface.start(
            path("in").string, "-o", path("out").string, "--jobs", "1", errors: path("err"))
        #expect(until { (try? File.read(path("out/b.jsonl.part")).filter { $0 == 10 }.count) ?? 0 >= 3 })
        child.signal(SIGINT)
        #expect(child.wait() == 130)
        let errors = String(decoding: try File.read(path("err")), as: UTF8.self)
        #expect(errors.contains("done") && errors.contains("stopped") && errors.contains("not begun"), "\(errors)")
        #expect(try names("out") == ["a.jsonl", "b.jsonl.part", "summary.csv"])
        #expect(try Lines(file: path("out/b.jsonl.part")).records.count >= 3)
    }

    @Test func severalAtOnceGiveTheSameAsOneAfterAnother() throws {
        try copy(Clips.uneven, "in/a.mkv", "in/d.mkv")
        try copy(Clips.short, "in/b.mp4", "in/c/b.mp4")
        for jobs in ["1", "3"] {
            let run = try analyze(path("in").string, "-o", path(jobs).string, "--jobs", jobs)
            #expect(run.status == 0, "\(run.errors)")
        }
        let all = ["a.jsonl", "b.jsonl", "c/b.jsonl", "d.jsonl", "summary.csv"]
        #expect(try names("1") == all && names("3") == all)
        for name in all { #expect(try File.read(path("1/\(name)")) == File.read(path("3/\(name)")), "\(name)") }
        let printed = try analyze(path("in").string, "--jobs", "3").output
        #expect(
            try Lines(printed).records.compactMap { $0["source"]?.string }.reduce(into: []) {
                if $0.last != $1 { $0.append($1) }
            } == ["a.mkv", "b.mp4", "c/b.mp4", "d.mkv"])
    }

    @Test func aListIsDoneAndWhatIsMissingOfItIsTold() throws {
        try copy(Clips.uneven, "a.mkv", "b.mkv")
        let list = path("list")
        try File.write(Array("\(path("a.mkv"))\n\n\(path("gone.mkv"))\n\(path("b.mkv"))\n".utf8), to: list)
        let run = try analyze("--files-from", list.string, "-o", path("out").string)
        #expect(run.status == 2 && run.errors.contains("gone.mkv"), "\(run.errors)")
        #expect(try names("out") == ["a.jsonl", "b.jsonl", "summary.csv"])
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle) --quiet"
        try Command.run(
            "bash", "-c", "printf '%s\\0' '\(path("a.mkv"))' | \(norface) --files-from - -o '\(path("nul"))'")
        #expect(try names("nul") == ["a.jsonl"])
        #expect(try analyze("--files-from", path("none").string).status == 66)
        #expect(try analyze("-", "--files-from", "-").status == 64)
    }

    @Test func partsOfTheInputsAreTogetherAllOfThem() throws {
        try copy(Clips.uneven, "in/a.mkv", "in/b.mkv", "in/c.mkv", "in/d/e.mkv")
        for part in 1...3 {
            let run = try analyze(path("in").string, "-o", path("out").string, "--shard", "\(part)/3")
            #expect(run.status == 0, "\(run.errors)")
        }
        #expect(
            try names("out") == [
                "a.jsonl", "b.jsonl", "c.jsonl", "d/e.jsonl", "summary-1-of-3.csv", "summary-2-of-3.csv",
                "summary-3-of-3.csv",
            ])
        let rows = try Command.run(
            "bash", "-c", "cat '\(path("out"))'/summary-*.csv | grep -v ^recording | cut -d, -f1 | sort -u")
        #expect(String(decoding: rows, as: UTF8.self) == "a.mkv\nb.mkv\nc.mkv\nd/e.mkv\n")
        #expect(try analyze(path("in").string, "--shard", "4/3").status == 64)
    }

    @Test(
        .enabled(
            if: Environment.value("NORFACE_SANITIZER") != "thread",
            "ThreadSanitizer's own files are longer than the limit of the test"))
    func aProblemWithTheOutputIsToldOnceAndEndsAll() throws {
        try copy(Clips.uneven, "in/a.mkv", "in/b.mkv", "in/c.mkv")
        let nowhere = try analyze(path("in").string, "-o", "/proc/nothing/")
        #expect(nowhere.status == 73)
        #expect(nowhere.errors.split(separator: "\n").count == 1, "\(nowhere.errors)")
        // A file that may not grow is a full disk. The signal that comes with it does not end the program.
        let norface = "\(Norface.executable) analyze --bundle \(Norface.bundle) --quiet --jobs 1"
        let script = """
            ulimit -f 4
            \(norface) '\(path("in"))' -o '\(path("out"))' 2>'\(path("err"))' >&2
            echo $?
            """
        let status = String(decoding: try Command.run("bash", "-c", script), as: UTF8.self)
        #expect(status == "74\n")
        let errors = String(decoding: try File.read(path("err")), as: UTF8.self)
        #expect(errors.split(separator: "\n").count { $0.contains("error:") } == 1, "\(errors)")
        #expect(!File.exists(path("out/a.jsonl")) && !File.exists(path("out/c.jsonl.part")))
    }

    @Test(.enabled(if: !Build.isSanitized, "a sanitizer needs more address space than the limit leaves"))
    func tooLittleAddressSpaceIsToldAtOnce() throws {
        let script = "ulimit -v 700000; \(Norface.executable) --version 2>&1; echo $?"
        let text = String(decoding: try Command.run("bash", "-c", script), as: UTF8.self)
        #expect(
            text == "norface: the limit of address space (ulimit -v) is 683 MiB; 1024 MiB are needed\n69\n")
    }

    @Test func theEndTellsWhatBecameOfEachAndWhatWasPassedOver() throws {
        try copy(Clips.uneven, "in/a.mkv")
        try File.write(Array("no video".utf8), to: path("in/bad.mp4"))
        try File.write(Array("notes".utf8), to: path("in/notes.txt"))
        try Command.run("mkfifo", path("in/pipe.mp4").string)
        try Command.run(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:d=0.4:s=128x96", "-c:v", "libx264",
            path("in/nobody.mp4").string)
        let run = try analyze(path("in").string, "-o", path("out").string, "--quiet")
        #expect(run.status == 2)
        for text in [
            "3 inputs, summary in", "of them without faces", "      nobody.mp4", "failed", "in/bad.mp4: cannot open",
            "1  a FIFO, not opened", "pipe.mp4", "1  text",
        ] { #expect(run.errors.contains(text), "\(text) in \(run.errors)") }
        let rows = String(decoding: try File.read(path("out/summary.csv")), as: UTF8.self).split(separator: "\n")
        #expect(rows.contains { $0.hasPrefix("bad.mp4,bad.jsonl,failed,") })
        #expect(rows.contains { $0.hasPrefix("nobody.mp4,nobody.jsonl,done,") && $0.contains(",0.0000,,") })
    }
}
