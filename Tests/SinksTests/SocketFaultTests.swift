import Glibc
import JSON
import Platform
import Records
import Sinks
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// The server on real sockets whose system calls fail, fall short, and are interrupted at random.
@Suite(.timeLimit(.minutes(30))) struct SocketFaultTests {
    private let labels = RecordLabels(au: [], sides: [], emotions: [])

    private func server(_ path: FilePath, _ calls: ScriptedSocketCalls) throws -> SocketServer {
        let run = RunInfo(
            program: "test", started: nil, labels: labels, model: .init(name: "m", version: "1", hashes: []),
            smoothing: [],
            sources: [], versions: [])
        return SocketServer(
            // Clients are read one after the other here: the last one waits.
            listener: try UnixListener.bind(path: path), options: SocketOptions(stallLimit: .seconds(600)), run: run,
            handlers: SocketHandlers(
                status: { EncodedLine(kind: .event, source: nil, bytes: Array("{\"event\":\"status\"}\n".utf8)) },
                marker: { _ in }), calls: calls)
    }

    private func socketPath() -> FilePath {
        FilePath("/tmp/norface-fault-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock")
    }

    private func record(_ sequence: Int) -> EncodedLine {
        JSONLinesEncoder(labels: labels).line(
            FrameRecord(
                source: "door", sequence: sequence, pts: 0, epoch: 0, time: nil, dropped: 0, width: 1, height: 1,
                faces: []))
    }

    @Test(arguments: 1...4) func everyLineArrivesOnceAndWholeWhateverTheCallsDo(seed: UInt64) throws {
        let calls = ScriptedSocketCalls(seed: seed)
        let path = socketPath()
        let server = try server(path, calls)
        let clients = try (0..<6).map { _ in try Client(path) }
        for client in clients {
            #expect(try client.next()["event"]?.string == "run")
            // The request comes in pieces, too.
            client.send("{\"sources\":[\"door\"],\"status\":true}\n")
            #expect(try client.next()["event"]?.string == "status")
        }
        for sequence in 0..<400 {
            server.write(record(sequence))
            if sequence % 20 == 0 { usleep(1_000) }
        }
        for client in clients {
            for sequence in 0..<400 { #expect(try client.next()["seq"]?.integer == sequence) }
        }
        server.close()
        for client in clients {
            #expect(try client.next()["event"]?.string == "closed")
            #expect(client.isAtEnd)
        }
        #expect(server.statistics.accepted == 6 && server.statistics.dropped == 0)
        #expect(calls.faults > 100)
        #expect(calls.openDescriptors == 0 && calls.wrongCloses == 0)
    }

    @Test func aBrokenPipeEndsOneSubscriptionAndNoOther() throws {
        let calls = ScriptedSocketCalls(seed: 9)
        let path = socketPath()
        let server = try server(path, calls)
        let (victim, other) = (try Client(path), try Client(path))
        _ = (try victim.next(), try other.next())
        calls.breakPipe(ofConnection: 0)
        for sequence in 0..<50 { server.write(record(sequence)) }
        for sequence in 0..<50 { #expect(try other.next()["seq"]?.integer == sequence) }
        #expect(victim.isAtEnd)
        #expect(server.statistics.closed == [.gone: 1] && server.statistics.subscribers == 1)
        server.close()
        #expect(calls.openDescriptors == 0 && calls.wrongCloses == 0)
    }

    @Test func withoutDescriptorsTheServerWaitsAndServesThoseWhoAreHere() throws {
        let calls = ScriptedSocketCalls(seed: 3)
        let path = socketPath()
        let server = try server(path, calls)
        let here = try Client(path)
        _ = try here.next()
        calls.refuseAccepts(with: .tooManyOpenFiles)
        let waiting = try Client(path)
        let before = calls.accepts
        for sequence in 0..<20 {
            server.write(record(sequence))
            #expect(try here.next()["seq"]?.integer == sequence)
            usleep(20_000)
        }
        let tries = calls.accepts - before
        #expect(tries >= 1 && tries < 15, "\(tries) attempts in 0.4 s")
        calls.refuseAccepts(with: nil)
        #expect(try waiting.next()["event"]?.string == "run")
        server.close()
    }
}

/// The real calls, disturbed.
private final class ScriptedSocketCalls: SocketCalls {
    private struct State {
        var generator: SeededGenerator
        var faults = 0
        var accepts = 0
        var acceptError: Errno?
        var connections: [Int32] = []
        var broken: Set<Int32> = []
        var open: Set<Int32> = []
        var wrongCloses = 0
    }

    private let real = RealSocketCalls()
    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed &* 7_919))) }

    var faults: Int { state.withLock { $0.faults } }
    var accepts: Int { state.withLock { $0.accepts } }
    var openDescriptors: Int { state.withLock { $0.open.count } }
    var wrongCloses: Int { state.withLock { $0.wrongCloses } }

    func breakPipe(ofConnection number: Int) {
        state.withLock { state in _ = state.broken.insert(state.connections[number]) }
    }

    func refuseAccepts(with error: Errno?) { state.withLock { $0.acceptError = error } }

    /// A number below `limit`; 0 to 3 are faults.
    private func dice(_ limit: Int) -> Int {
        state.withLock { state in
            let value = Int.random(in: 0..<limit, using: &state.generator)
            if value < 4 { state.faults += 1 }
            return value
        }
    }

    func accept(_ listener: Int32) throws(Errno) -> Int32 {
        let error = state.withLock { state in
            state.accepts += 1
            return state.acceptError
        }
        if let error { throw error }
        switch dice(8) {
        case 0: throw .interrupted
        case 1: throw .connectionAbort
        default: break
        }
        let descriptor = try real.accept(listener)
        state.withLock { state in
            state.connections.append(descriptor)
            state.open.insert(descriptor)
        }
        return descriptor
    }

    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        if state.withLock({ $0.broken.contains(descriptor) }) { throw .brokenPipe }
        switch dice(8) {
        case 0: throw .wouldBlock
        case 1: throw .interrupted
        case 2: return try real.send(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1)))
        case 3: return try real.send(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix((bytes.count + 1) / 2)))
        default: return try real.send(descriptor, bytes)
        }
    }

    func receive(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        switch dice(6) {
        case 0: throw .wouldBlock
        case 1: throw .interrupted
        default: return try real.receive(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(3)))
        }
    }

    func unread(_ descriptor: Int32) -> Int? { real.unread(descriptor) }

    func close(_ descriptor: Int32) {
        state.withLock { state in
            if state.open.remove(descriptor) == nil { state.wrongCloses += 1 }
        }
        real.close(descriptor)
    }
}
