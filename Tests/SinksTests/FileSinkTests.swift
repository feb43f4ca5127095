import Glibc
import JSON
import Platform
import Records
import Sinks
import SystemPackage
import TestSupport
import Testing

/// The sink with its thread, on real files.
@Suite(.timeLimit(.minutes(30))) struct FileSinkTests {
    private func folder() -> FilePath {
        var template = Array("/tmp/norface-sink-XXXXXX".utf8CString)
        #expect(mkdtemp(&template) != nil)
        return FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private func text(_ path: FilePath) throws -> String {
        let descriptor = try FileDescriptor.open(path, .readOnly)
        return try descriptor.closeAfter {
            var bytes: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try block.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                if count == 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes += block[..<count]
            }
        }
    }

    private func remove(_ folder: FilePath) throws {
        for name in try RealSystemCalls().names(in: folder) { unlink(folder.appending(name).string) }
        rmdir(folder.string)
    }

    private func line(_ number: Int) -> EncodedLine {
        EncodedLine(kind: .record, source: "a", bytes: Array("line \(number)\n".utf8))
    }

    @Test func recordsAreInTheFileAfterClosing() throws {
        let folder = folder()
        let path = folder.appending("a.jsonl")
        let sink = try FileSink(path: path)
        for number in 0..<50_000 { sink.write(line(number)) }
        sink.write(EventRecord(.reloaded).line)
        sink.close()
        sink.close()
        sink.write(line(1))
        #expect(try text(path) == (0..<50_000).map { "line \($0)\n" }.joined())
        #expect(sink.status.records == 50_000 && sink.status.dropped == 0)
        try remove(folder)
    }

    @Test func recordsThatFindNoRoomAreToldByTheNextThatDo() throws {
        let calls = ScriptedSystemCalls()
        let sink = try FileSink(
            path: "/data/a.jsonl",
            options: FileSinkOptions(flushInterval: .milliseconds(5), sync: .none, capacity: 64 << 10), calls: calls)
        calls.limitSpace(0)
        let encoder = JSONLinesEncoder(labels: RecordLabels(au: [], sides: [], emotions: []))
        func write(_ sequence: Int, _ source: String) {
            sink.write(
                encoder.line(
                    FrameRecord(
                        source: source, sequence: sequence, pts: 0, epoch: 0, time: nil, dropped: 1, width: 1,
                        height: 1, faces: [])))
        }
        for sequence in 0..<5_000 { write(sequence, sequence % 2 == 0 ? "a" : "b") }
        #expect(sink.status.dropped > 1_000)
        calls.limitSpace(.max)
        #expect(until { sink.status.isHealthy && sink.status.records > 0 })
        for source in ["a", "b"] { write(5_000, source) }
        sink.close()
        let text = try #require(calls.text("/data/a.jsonl"))
        let records = try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        for source in ["a", "b"] {
            let own = records.filter { $0["source"]?.string == source }
            #expect(own.last?["seq"]?.integer == 5_000)
            let told = own.reduce(0) { $0 + ($1["dropped"]?.integer ?? 0) }
            // One frame was lost before each of the 2501 records already.
            #expect(own.count + told == 2 * 2_501, "\(own.count) written, \(told) told")
        }
    }

    @Test func recordsCanBeReadWhileTheSinkIsOpen() throws {
        let folder = folder()
        let path = folder.appending("a.jsonl")
        let sink = try FileSink(path: path, options: FileSinkOptions(flushInterval: .milliseconds(10)))
        sink.write(line(1))
        #expect(try until { try !text(path).isEmpty })
        #expect(try text(path) == "line 1\n")
        sink.close()
        try remove(folder)
    }

    @Test func aFileThatIsMovedAwayIsReopenedOnRequest() throws {
        let folder = folder()
        let path = folder.appending("a.jsonl")
        let sink = try FileSink(path: path)
        sink.write(line(1))
        try RealSystemCalls().rename(path, to: folder.appending("a.jsonl.1"))
        sink.reopen()
        #expect(until { sink.status.reopens > 0 })
        sink.write(line(2))
        sink.close()
        let old = try text(folder.appending("a.jsonl.1"))
        #expect(old + (try text(path)) == "line 1\nline 2\n")
        try remove(folder)
    }

    @Test func rotatedFilesTogetherHoldEveryLine() throws {
        let folder = folder()
        let path = folder.appending("a.jsonl")
        let options = FileSinkOptions(flushInterval: .milliseconds(1), rotation: RotationLimits(bytes: 4_000))
        let sink = try FileSink(path: path, options: options)
        for number in 0..<5_000 { sink.write(line(number)) }
        sink.close()
        let names = try RealSystemCalls().names(in: folder)
        #expect(names.count > 10 && sink.status.rotations == names.count - 1)
        let lines = try names.flatMap { try text(folder.appending($0)).split(separator: "\n") }
        #expect(Set(lines) == Set((0..<5_000).map { Substring("line \($0)") }) && lines.count == 5_000)
        try remove(folder)
    }

    @Test func aNewNameNeverReplacesAFile() throws {
        let folder = folder()
        let calls = RealSystemCalls()
        for name in ["a", "b"] {
            try calls.close(try calls.openForAppending(folder.appending(name), mode: 0o600))
        }
        #expect(throws: Errno.fileExists) {
            try calls.rename(folder.appending("a"), to: folder.appending("b"))
        }
        #expect(Set(try calls.names(in: folder)) == ["a", "b"])
        try remove(folder)
    }

    @Test func aDeviceThatIsAlwaysFullIsCountedAndDoesNotHoldTheProducer() throws {
        let sink = try FileSink(path: "/dev/full", options: FileSinkOptions(flushInterval: .zero, capacity: 1_000))
        for number in 0..<10_000 { sink.write(line(number)) }
        sink.close()
        #expect(sink.status.records == 0 && sink.status.dropped == 10_000)
        #expect(sink.status.errors["ENOSPC"] ?? 0 >= 1 && !sink.status.isHealthy)
    }

    /// A process is killed at a random moment while it writes as fast as it can: the file holds whole lines after the
    /// next opening, in their order and without a gap.
    @Test(arguments: [1, 2, 3, 4, 5, 6]) func aKilledProcessLeavesWholeLines(round: Int) async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [round] in
            // The parent finds the file by its own process number and the round.
            let path = FilePath("/tmp/norface-kill-\(getppid())-\(round).jsonl")
            let options = FileSinkOptions(flushInterval: .zero, sync: .none, overflow: .wait, capacity: 1 << 16)
            let sink = try FileSink(path: path, options: options)
            let killer = WorkerThread(name: "killer") {
                var generator = SeededGenerator(seed: UInt64(round))
                usleep(UInt32.random(in: 1_000...60_000, using: &generator))
                kill(getpid(), SIGKILL)
            }
            let padding = String(repeating: "x", count: 1_500)
            for number in 0... {
                sink.write(EncodedLine(kind: .record, source: nil, bytes: Array("\(number) \(padding)\n".utf8)))
            }
            killer.join()
        }
        let path = FilePath("/tmp/norface-kill-\(getpid())-\(round).jsonl")
        let sink = try FileSink(path: path)
        sink.close()
        let text = try text(path)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        for (number, line) in text.split(separator: "\n").enumerated() {
            #expect(line.hasPrefix("\(number) ") && line.utf8.count == "\(number) ".utf8.count + 1_500)
        }
        unlink(path.string)
    }
}
