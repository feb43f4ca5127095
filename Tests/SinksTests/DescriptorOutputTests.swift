import Glibc
import Records
import Sinks
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(30))) struct DescriptorOutputTests {
    @Test func aFullPipeIsWaitedFor() {
        let calls = ScriptedSystemCalls()
        let descriptor = try! calls.openForAppending("/pipe", mode: 0)
        let output = DescriptorOutput(descriptor: descriptor, calls: calls)
        calls.script(.write, .short(2), .error(.wouldBlock), .error(.interrupted))
        let text = Array("one\ntwo\n".utf8)
        #expect(text.withUnsafeBytes { output.write($0, now: .zero, wall: 0) } == 8)
        #expect(calls.text("/pipe") == "one\ntwo\n")
        #expect(calls.count(of: .poll) == 1)
        #expect(output.status.records == 2)
    }

    @Test func aReaderThatGoesAwayIsNoError() {
        let calls = ScriptedSystemCalls()
        let descriptor = try! calls.openForAppending("/pipe", mode: 0)
        let output = DescriptorOutput(descriptor: descriptor, calls: calls)
        calls.script(.write, .short(4), .error(.brokenPipe))
        let text = Array("one\ntwo\n".utf8)
        #expect(text.withUnsafeBytes { output.write($0, now: .zero, wall: 0) } == 8)
        #expect(output.status.isClosedByReader && output.status.isHealthy && output.status.errors.isEmpty)
        #expect(output.status.records == 1)
        #expect(text.withUnsafeBytes { output.write($0, now: .zero, wall: 0) } == 8)
        #expect(calls.count(of: .write) == 2, "nothing is written after the reader went")
    }

    @Test func anErrorOfTheDeviceIsTold() {
        let calls = ScriptedSystemCalls()
        let descriptor = try! calls.openForAppending("/pipe", mode: 0)
        let output = DescriptorOutput(descriptor: descriptor, calls: calls)
        calls.script(.write, .error(.ioError))
        _ = Array("one\n".utf8).withUnsafeBytes { output.write($0, now: .zero, wall: 0) }
        #expect(output.status.errors == ["EIO": 1] && !output.status.isHealthy)
    }

    @Test func recordsReachAPipeAndEventsDoNot() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let sink = StdoutSink(descriptor: ends[1])
        sink.write(EventRecord(.reloaded).line)
        sink.write(EncodedLine(kind: .record, source: "a", bytes: Array("one\n".utf8)))
        sink.close()
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 100)
        #expect(read(ends[0], &buffer, 100) == 4)
        #expect(read(ends[0], &buffer, 100) == 0)
        close(ends[0])
        #expect(sink.status.records == 1 && sink.status.dropped == 0)
    }
}
