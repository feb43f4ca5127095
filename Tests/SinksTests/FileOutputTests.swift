import Sinks
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct FileOutputTests {
    private let calls = ScriptedSystemCalls()
    private let path: FilePath = "/data/door.jsonl"

    private func output(_ options: FileSinkOptions = FileSinkOptions(sync: .none)) throws -> FileOutput<
        ScriptedSystemCalls
    > {
        try FileOutput(path: path, options: options, calls: calls, now: .zero)
    }

    private func write(
        _ text: String, to output: FileOutput<ScriptedSystemCalls>, at now: Duration = .zero, wall: Int64 = 0
    ) -> Int {
        Array(text.utf8).withUnsafeBytes { output.write($0, now: now, wall: wall) }
    }

    @Test func shortAndInterruptedWritesAreFinished() throws {
        let output = try output()
        calls.script(.write, .short(3), .error(.interrupted), .short(1), .error(.interrupted))
        #expect(write("one\ntwo\n", to: output) == 8)
        #expect(calls.text(path) == "one\ntwo\n")
        #expect(output.status.records == 2 && output.status.bytes == 8 && output.status.isHealthy)
    }

    @Test(arguments: [
        ("", "", 0), ("one\n", "one\n", 0), ("one\ntw", "one\n", 2), ("on", "", 2),
        ("one\n" + String(repeating: "x", count: 200_000), "one\n", 200_000),
    ])
    func anUnfinishedLastLineIsCutOffOnOpening(before: String, after: String, repaired: Int) throws {
        calls.create(path, before)
        calls.script(.read, .error(.interrupted), .short(7))
        let output = try output()
        #expect(calls.text(path) == after)
        #expect(output.status.repairedBytes == repaired)
    }

    @Test func aFullDiskLeavesWholeLinesAndIsTriedAgain() throws {
        let output = try output()
        calls.limitSpace(6)
        #expect(write("one\ntwo\n", to: output) == 4)
        #expect(calls.text(path) == "one\n")
        #expect(output.status.errors == ["ENOSPC": 1] && !output.status.isHealthy)
        #expect(output.deadline == .milliseconds(100))
        #expect(write("two\n", to: output, at: .milliseconds(99)) == 0)
        #expect(calls.count(of: .open) == 1, "not tried before its time")
        calls.limitSpace(.max)
        #expect(write("two\n", to: output, at: .milliseconds(100)) == 4)
        #expect(calls.text(path) == "one\ntwo\n")
        #expect(output.status.isHealthy && output.status.errors == ["ENOSPC": 1])
    }

    @Test func whatCannotBeCutOffAtOnceIsCutOffOnReopening() throws {
        let output = try output()
        calls.script(.write, .short(6), .error(.ioError))
        calls.script(.truncate, .error(.ioError))
        #expect(write("one\ntwo\n", to: output) == 4)
        #expect(calls.text(path) == "one\ntw")
        #expect(write("two\n", to: output, at: .seconds(1)) == 4)
        #expect(calls.text(path) == "one\ntwo\n")
        #expect(output.status.repairedBytes == 2)
    }

    @Test func aMovedFileIsLeftAloneAndANewOneBegun() throws {
        let output = try output()
        #expect(write("one\n", to: output) == 4)
        calls.move(path, to: "/data/door.jsonl.1")
        output.maintain(now: .milliseconds(1_999), wall: 0)
        #expect(calls.text(path) == nil)
        output.maintain(now: .seconds(2), wall: 0)
        #expect(write("two\n", to: output, at: .seconds(2)) == 4)
        #expect(calls.text("/data/door.jsonl.1") == "one\n")
        #expect(calls.text(path) == "two\n")
        #expect(output.status.reopens == 1 && calls.openDescriptors == 1)
    }

    @Test func aFolderThatIsRemovedIsMadeAgain() throws {
        let output = try output()
        #expect(write("one\n", to: output) == 4)
        calls.removeFolder("/data")
        output.maintain(now: .seconds(2), wall: 0)
        #expect(output.status.isHealthy && output.status.reopens == 1)
        #expect(write("two\n", to: output, at: .seconds(2)) == 4)
        #expect(calls.text(path) == "two\n" && calls.openDescriptors == 1)
    }

    @Test func whatHasNoNameAnyMoreIsNotWrittenTo() throws {
        let output = try output()
        #expect(write("one\n", to: output) == 4)
        calls.removeFolder("/data")
        calls.script(.makeFolder, .error(.permissionDenied), .error(.permissionDenied))
        output.maintain(now: .seconds(2), wall: 0)
        #expect(!output.status.isHealthy && output.status.errors == ["EACCES": 1])
        #expect(write("two\n", to: output, at: .seconds(2)) == 0, "it waits")
        #expect(write("two\n", to: output, at: .seconds(3)) == 0)
        #expect(write("two\n", to: output, at: .seconds(4)) == 4)
        #expect(calls.text(path) == "two\n" && output.status.isHealthy)
    }

    @Test func aFileThatLiesElsewhereIsNotWellHoweverWellItTakesLines() throws {
        let output = try output()
        calls.move(path, to: "/other/door.jsonl")
        calls.script(.open, .error(.permissionDenied), .error(.permissionDenied))
        output.maintain(now: .seconds(2), wall: 0)
        #expect(write("one\n", to: output, at: .seconds(2)) == 4)
        #expect(calls.text("/other/door.jsonl") == "one\n" && !output.status.isHealthy)
        output.maintain(now: .seconds(4), wall: 0)
        #expect(!output.status.isHealthy)
        output.maintain(now: .seconds(6), wall: 0)
        #expect(write("two\n", to: output, at: .seconds(6)) == 4)
        #expect(calls.text(path) == "two\n" && output.status.isHealthy)
    }

    @Test func theOldFileGoesOnWhenTheNewOneCannotBeOpened() throws {
        let output = try output()
        calls.move(path, to: "/data/old")
        calls.script(.open, .error(.permissionDenied))
        output.reopen(now: .zero)
        #expect(write("one\n", to: output) == 4)
        #expect(calls.text("/data/old") == "one\n")
        #expect(output.status.errors == ["EACCES": 1])
        output.reopen(now: .zero)
        #expect(write("two\n", to: output) == 4)
        #expect(calls.text(path) == "two\n")
    }

    @Test func rotationPutsWholeFilesAsideAndKeepsTheNewest() throws {
        let output = try output(FileSinkOptions(sync: .none, rotation: RotationLimits(bytes: 8, keep: 2)))
        for second in 0..<5 {
            #expect(write("one\ntwo\n", to: output, wall: Int64(second)) == 8)
        }
        #expect(
            calls.paths == [
                "/data/door-19700101T000003Z.jsonl", "/data/door-19700101T000004Z.jsonl", "/data/door.jsonl",
            ])
        #expect(calls.paths.allSatisfy { calls.text($0) == "one\ntwo\n" })
        #expect(calls.isSynced("/data/door-19700101T000004Z.jsonl") == true)
        #expect(output.status.rotations == 4)
    }

    @Test func oneBatchFillsSeveralFiles() throws {
        let output = try output(FileSinkOptions(sync: .none, rotation: RotationLimits(bytes: 9)))
        #expect(write("one\ntwo\nthree\nvery long line\n5\n", to: output) == 31)
        let texts = calls.paths.map { calls.text($0)! }
        #expect(texts.sorted() == ["5\n", "one\ntwo\n", "three\n", "very long line\n"].sorted())
    }

    @Test func aRotationThatFailsLosesNothing() throws {
        let output = try output(FileSinkOptions(sync: .none, rotation: RotationLimits(bytes: 4)))
        calls.script(.rename, .error(.permissionDenied))
        #expect(write("one\ntwo\nsix\n", to: output) == 12)
        #expect(calls.text(path) == "one\ntwo\nsix\n")
        #expect(write("ten\n", to: output, at: .seconds(1)) == 4)
        #expect(calls.text(path) == "ten\n")
    }

    @Test func anEmptiedFileIsNotRotatedForItsOldSize() throws {
        let output = try output(FileSinkOptions(sync: .none, rotation: RotationLimits(bytes: 8)))
        #expect(write("one\ntwo\n", to: output) == 8)
        calls.empty(path)
        output.maintain(now: .seconds(2), wall: 0)
        #expect(write("six\n", to: output, at: .seconds(2)) == 4)
        #expect(calls.text(path) == "six\n" && output.status.rotations == 0)
    }

    @Test func syncingFollowsItsPolicy() throws {
        let each = try output(FileSinkOptions(sync: .record))
        _ = write("one\n", to: each)
        _ = write("two\n", to: each)
        #expect(calls.count(of: .sync) == 2)
        let timed = try output(FileSinkOptions(sync: .interval(.seconds(5)), moveCheckInterval: .zero))
        _ = write("one\n", to: timed, at: .seconds(1))
        _ = write("two\n", to: timed, at: .seconds(3))
        #expect(timed.deadline == .seconds(6), "the oldest unsynced write counts")
        timed.maintain(now: .milliseconds(5_999), wall: 0)
        #expect(calls.count(of: .sync) == 2)
        timed.maintain(now: .seconds(6), wall: 0)
        #expect(calls.count(of: .sync) == 3 && timed.deadline == nil)
    }

    @Test func aFileThatCannotBeOpenedAtTheStartIsAnError() {
        calls.script(.open, .error(.isDirectory))
        #expect(throws: SinkError.cannotOpen(path, .isDirectory)) {
            try FileSink(path: path, options: FileSinkOptions(), calls: calls)
        }
        #expect(calls.openDescriptors == 0)
    }

    /// Whatever fails on the way: every line is in the files once, whole and in its order.
    @Test(arguments: 1...60) func noLineIsLostDoubledOrTornByAnyFault(seed: Int) throws {
        let generator = Mutex(SeededGenerator(seed: UInt64(seed)))
        func random(_ range: ClosedRange<Int>) -> Int { generator.withLock { Int.random(in: range, using: &$0) } }
        let limit = seed % 2 == 0 ? Int64(random(20...200)) : nil
        let output = try output(FileSinkOptions(sync: .record, rotation: RotationLimits(bytes: limit)))
        calls.disturb { call in
            let dice = generator.withLock { Int.random(in: 0...9, using: &$0) }
            switch dice {
            case 0: return .error([.interrupted, .ioError, .noSpace][dice % 3])
            case 1: return .error(.ioError)
            case 2...5 where call == .write || call == .read: return .short(1 + dice * 3)
            default: return nil
            }
        }
        var now = Duration.zero
        var waiting: [UInt8] = []
        var lines = 0
        for round in 0..<300 {
            if round == 250 { calls.disturb(nil) }
            for _ in 0..<random(0...4) {
                waiting += Array("line \(lines)\n".utf8)
                lines += 1
            }
            waiting.removeFirst(waiting.withUnsafeBytes { output.write($0, now: now, wall: Int64(round)) })
            if random(0...9) == 0 { output.reopen(now: now) }
            output.maintain(now: now, wall: Int64(round))
            now += .milliseconds(random(0...20_000))
        }
        output.finish()
        #expect(waiting.isEmpty)
        let rotated = calls.paths.filter { $0 != path }.sorted { age($0) < age($1) }
        let text = (rotated + [path]).map { calls.text($0) ?? "" }.joined()
        #expect(text == (0..<lines).map { "line \($0)\n" }.joined())
        #expect(calls.openDescriptors == 0)
        #expect(output.status.records == lines && output.status.bytes == text.utf8.count)
    }

    /// Orders names of rotated files by stamp, then by number.
    private func age(_ path: FilePath) -> (String, Int) {
        let parts = path.stem!.split(separator: "-")
        return (String(parts[1]), parts.count > 2 ? Int(parts[2])! : 0)
    }
}
