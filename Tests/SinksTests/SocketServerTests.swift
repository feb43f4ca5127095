import Glibc
import JSON
import Platform
import Records
import Sinks
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// The server with real sockets and clients.
@Suite(.serialized, .timeLimit(.minutes(30))) struct SocketServerTests {
    private let labels = RecordLabels(au: ["AU12"], sides: [], emotions: ["neutral"])

    private var run: RunInfo {
        RunInfo(
            program: "norfaced test", started: nil, labels: labels, model: .init(name: "m", version: "1", hashes: []),
            smoothing: [], sources: [], versions: [])
    }

    private func socketPath() -> FilePath {
        FilePath("/tmp/norface-socket-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock")
    }

    private func server(
        _ path: FilePath, _ options: SocketOptions = SocketOptions(),
        marker: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> SocketServer {
        SocketServer(
            listener: try UnixListener.bind(path: path), options: options, run: run,
            handlers: SocketHandlers(
                status: {
                    EncodedLine(kind: .event, source: nil, bytes: Array("{\"event\":\"status\"}\n".utf8))
                }, marker: marker))
    }

    private func line(_ sequence: Int, source: String = "door") -> EncodedLine {
        let record = FrameRecord(
            source: source, sequence: sequence, pts: 0, epoch: 0, time: nil, dropped: 0, width: 1, height: 1,
            faces: [
                FaceRecord(
                    track: 1, certain: true, box: (0, 0, 1, 1), score: 1, pitch: 0, yaw: 0, roll: 0, quality: 1,
                    au: [2], auRaw: [2], left: [], right: [], present: [true], emotions: [1], emotion: 0,
                    baseline: "off")
            ])
        var line = JSONLinesEncoder(labels: labels).line(record)
        line.record = record
        return line
    }

    @Test func aClientGetsTheRunAndThenRecordsWithoutAsking() throws {
        let path = socketPath()
        let server = try server(path)
        let client = try Client(path)
        #expect(try client.next()["event"]?.string == "run")
        for sequence in 0..<100 { server.write(line(sequence)) }
        for sequence in 0..<100 { #expect(try client.next()["seq"]?.integer == sequence) }
        server.close()
        #expect(try client.next()["event"]?.string == "closed")
        #expect(client.isAtEnd)
        #expect(server.statistics.accepted == 1 && server.statistics.subscribers == 0)
        #expect(server.status.records == 100)
    }

    @Test func aClientThatOnlyListensIsServed() throws {
        let path = socketPath()
        let server = try server(path)
        let client = try Client(path)
        shutdown(client.descriptor, Int32(SHUT_WR))
        _ = try client.next()
        for sequence in 0..<10 { server.write(line(sequence)) }
        for sequence in 0..<10 { #expect(try client.next()["seq"]?.integer == sequence) }
        server.close()
    }

    @Test func requestsAreAnsweredAndMarkersReachEverybody() throws {
        let path = socketPath()
        let markers = Mutex<[String]>([])
        let server = try server(path) { text in markers.withLock { $0.append(text) } }
        let (one, two) = (try Client(path), try Client(path))
        _ = (try one.next(), try two.next())
        one.send("{\"status\":true}\n{\"marker\":\"stimulus 3\"}\n")
        // The marker is told to all as soon as it is read, so before the answers of the same round.
        let answers = [try one.next(), try one.next()]
        #expect(Set(answers.compactMap { $0["event"]?.string }) == ["status", "marker"])
        let told = try two.next()
        #expect(told["event"]?.string == "marker" && told["marker"]?.string == "stimulus 3")
        #expect(told["time"]?.string != nil)
        #expect(markers.withLock { $0 } == ["stimulus 3"])
        server.close()
    }

    @Test func aClientChoosesSourcesAndFields() throws {
        let path = socketPath()
        let server = try server(path)
        let client = try Client(path)
        _ = try client.next()
        client.send("{\"sources\":[\"gate\"],\"fields\":[\"au\"],\"status\":true}\n")
        #expect(try client.next()["event"]?.string == "status")
        server.write(line(1))
        server.write(line(2, source: "gate"))
        let record = try client.next()
        #expect(record["seq"]?.integer == 2)
        #expect(record["faces"]?.array?.first?["au"] != nil && record["faces"]?.array?.first?["pitch"] == nil)
        server.close()
    }

    /// Eight kilobytes at a time: the kernel calls the socket writable again only after many of them.
    @Test func aSlowReaderIsNoIdleOne() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(stallLimit: .milliseconds(500)))
        let slow = try Client(path)
        let idle = try Client(path)
        var block = [UInt8](repeating: 0, count: 8 << 10)
        var sequence = 0
        for _ in 0..<20 {
            for _ in 0..<400 {
                server.write(line(sequence))
                sequence += 1
            }
            usleep(100_000)
            #expect(recv(slow.descriptor, &block, block.count, 0) > 0)
        }
        #expect(server.statistics.closed == [.stalled: 1], "only the one that reads nothing")
        #expect(server.statistics.subscribers == 1)
        withExtendedLifetime(idle) {}
        server.close()
    }

    @Test func aSocketThatWasRemovedCanBeMadeAgainUnderItsSubscribers() throws {
        let path = socketPath()
        let listener = try UnixListener.bind(path: path)
        let server = SocketServer(
            listener: listener, options: SocketOptions(), run: run,
            handlers: SocketHandlers(status: { EncodedLine(kind: .event, source: nil, bytes: []) }, marker: { _ in }))
        let before = try Client(path)
        _ = try before.next()
        #expect(listener.isInPlace)
        unlink(path.string)
        #expect(!listener.isInPlace)
        let again = try UnixListener.bind(path: path)
        server.listen(on: again)
        let after = try Client(path)
        #expect(try after.next()["event"]?.string == "run")
        server.write(line(5))
        #expect(try before.next()["seq"]?.integer == 5)
        #expect(try after.next()["seq"]?.integer == 5)
        server.close()
        withExtendedLifetime((listener, again)) {}
    }

    @Test func hostileClientsAreShownTheDoorAndOthersStay() throws {
        let path = socketPath()
        let server = try server(path)
        let good = try Client(path)
        _ = try good.next()
        let endless = try Client(path)
        endless.send(String(repeating: "x", count: 10_000))
        let garbage = try Client(path)
        garbage.send(String(repeating: "\u{7F}\n", count: 50))
        for (client, reason) in [(endless, "longer than"), (garbage, "no sense")] {
            var last = try client.next()
            while last["event"]?.string != "closed" { last = try client.next() }
            #expect(last["reason"]?.string?.contains(reason) == true)
            #expect(client.isAtEnd)
        }
        server.write(line(7))
        #expect(try good.next()["seq"]?.integer == 7)
        #expect(server.statistics.closed == [.requestTooLong: 1, .nonsense: 1])
        server.close()
    }

    @Test func thousandsOfConnectionsLeaveRoomForThoseWhoAreHere() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(maximumSubscribers: 4))
        let good = try Client(path)
        _ = try good.next()
        for number in 0..<3_000 {
            let client = try Client(path)
            if number % 100 == 0 {
                server.write(line(number))
                #expect(try good.next()["seq"]?.integer == number)
            }
            // Some say something before they go, some do not.
            if number % 3 == 0 { client.send("{\"max_rate\":") }
        }
        let clients = try (0..<8).map { _ in try Client(path) }
        let greetings = try clients.map { try $0.next()["event"]?.string }
        #expect(greetings.filter { $0 == "run" }.count <= 3)
        #expect(greetings.contains("closed"))
        server.close()
    }

    @Test func aClientThatReadsNothingIsDroppedWithALastLine() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(queueCapacity: 50_000, stallLimit: .milliseconds(300)))
        let stuck = try Client(path)
        let good = try Client(path)
        _ = try good.next()
        var sequence = 0
        while server.statistics.closed[.stalled] == nil {
            server.write(line(sequence))
            #expect(try good.next()["seq"]?.integer == sequence)
            sequence += 1
        }
        var last = try stuck.next()
        while last["event"]?.string != "closed" { last = try stuck.next() }
        #expect(last["reason"]?.string == "nothing was read for too long")
        #expect(stuck.isAtEnd)
        server.close()
    }

    @Test func aSlowClientIsToldWhatItMissed() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(queueCapacity: 20_000))
        let slow = try Client(path)
        _ = try slow.next()
        // Records go on until the reader is done: the last ones could be lost without another to tell.
        let finish = OneShot()
        let flood = WorkerThread(name: "flood") {
            var sequence = 0
            while !finish.isDone {
                server.write(line(sequence))
                sequence += 1
            }
        }
        #expect(until { server.statistics.dropped > 0 })
        var (given, told, expected) = (0, 0, 0)
        while expected < 20_000 {
            let record = try slow.next()
            let dropped = try #require(record["dropped"]?.integer)
            #expect(record["seq"]?.integer == expected + dropped)
            given += 1
            told += dropped
            expected += dropped + 1
        }
        finish.done()
        flood.join()
        #expect(given + told == expected && told > 0)
        server.close()
    }

    @Test func usersThatAreNotOnTheListAreTurnedAway() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(allowedUsers: []))
        let client = try Client(path)
        #expect(try client.next()["event"]?.string == "run", "the daemon's own user is always allowed")
        server.close()
    }

    /// Peer credentials are the kernel's word; only root can try them on.
    @Test(.enabled(if: geteuid() == 0, "changing the user takes root"), arguments: [false, true])
    func anotherUserIsLetInOnlyByTheList(isListed: Bool) throws {
        let path = socketPath()
        let options = SocketOptions(allowedUsers: isListed ? [65_534] : [])
        let server = try server(path, options)
        chmod(path.string, 0o666)
        let script = """
            import os, socket
            os.setgid(65534); os.setuid(65534)
            s = socket.socket(socket.AF_UNIX); s.connect("\(path.string)")
            print(s.makefile().readline())
            """
        let line = String(decoding: try Command.run("/usr/bin/python3", "-c", script), as: UTF8.self)
        #expect(line.contains(isListed ? "\"event\":\"run\"" : "this user is not allowed"), "\(line)")
        #expect(until { server.statistics.subscribers == 0 })
        #expect(server.statistics.closed == (isListed ? [.gone: 1] : [.notAllowed: 1]))
        server.close()
    }

    @Test func halfOpenClientsAreNoBurden() throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(queueCapacity: 20_000, stallLimit: .milliseconds(400)))
        let good = try Client(path)
        _ = try good.next()
        // They begin a request, never finish it, never read, and never go.
        let halfOpen = try (0..<40).map { _ in try Client(path) }
        for client in halfOpen { client.send("{\"sources\":[\"do") }
        #expect(until { server.statistics.subscribers == 41 })
        var sequence = 0
        while server.statistics.subscribers > 1 {
            server.write(padded(sequence))
            #expect(try good.next()["seq"]?.integer == sequence)
            sequence += 1
        }
        #expect(server.statistics.closed == [.stalled: 40])
        withExtendedLifetime(halfOpen) { server.close() }
    }

    @Test func aStaleSocketIsReplacedAndALiveOneIsNot() throws {
        let path = socketPath()
        var address = try UnixAddress.make(path)
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(UnixAddress.with(&address) { bind(dead, $0, $1) } == 0)
        close(dead)
        var listener: UnixListener? = try UnixListener.bind(path: path, mode: 0o600)
        var status = stat()
        #expect(stat(path.string, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(throws: ListenError(path: path, problem: .inUse)) { try UnixListener.bind(path: path) }
        listener = nil
        #expect(stat(path.string, &status) == -1, "the socket is removed with its listener")
        #expect(listener == nil)
    }

    @Test func whatIsNoSocketIsNotRemoved() throws {
        let path = socketPath()
        try RealSystemCalls().close(try RealSystemCalls().openForAppending(path, mode: 0o600))
        #expect(throws: ListenError(path: path, problem: .notASocket)) { try UnixListener.bind(path: path) }
        unlink(path.string)
        let long = FilePath("/tmp/" + String(repeating: "x", count: 103))
        #expect(throws: ListenError(path: long, problem: .pathTooLong)) { try UnixListener.bind(path: long) }
        #expect(throws: ListenError(path: path, problem: .noSuchGroup("no such group"))) {
            try UnixListener.bind(path: path, group: "no such group")
        }
    }

    @Test func aSocketOfTheServiceManagerIsTakenOver() throws {
        let path = socketPath()
        var address = try UnixAddress.make(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(UnixAddress.with(&address) { bind(descriptor, $0, $1) } == 0)
        #expect(throws: ListenError.self) { try UnixListener.adopt(descriptor: descriptor) }
        #expect(listen(descriptor, 8) == 0)
        let server = SocketServer(
            listener: try UnixListener.adopt(descriptor: descriptor), options: SocketOptions(), run: run,
            handlers: SocketHandlers(status: { EventRecord(.reloaded).line }, marker: { _ in }))
        #expect(try Client(path).next()["event"]?.string == "run")
        server.close()
        var status = stat()
        #expect(stat(path.string, &status) == 0, "the file is left to its maker")
        unlink(path.string)
    }

    /// Half of 64 subscribers are stuck: the others get every record.
    @Test func stuckSubscribersHoldNobodyUp() throws {
        let path = socketPath()
        // On a loaded machine this takes longer than the ten seconds after which they would be shown out.
        let server = try server(path, SocketOptions(stallLimit: .seconds(600)))
        let stuck = try (0..<32).map { _ in try Client(path) }
        let readers = try (0..<32).map { _ in try Client(path) }
        for client in readers { _ = try client.next() }
        let total = 3_000
        let received = Mutex([Int](repeating: 0, count: readers.count))
        let threads = readers.enumerated().map { place, client in
            WorkerThread(name: "reader") {
                for number in 1...total where client.skipLine() { received.withLock { $0[place] = number } }
            }
        }
        for sequence in 0..<total {
            server.write(padded(sequence))
            // Only those who read are waited for: on a loaded machine they, too, would lose records.
            if sequence % 100 == 0 {
                try #require(until { received.withLock { $0.min() ?? 0 } >= sequence - 200 })
            }
        }
        for thread in threads { thread.join() }
        #expect(received.withLock { $0 } == Array(repeating: total, count: 32))
        #expect(server.statistics.dropped > 0, "the stuck ones have lost records")
        // Optimised builds let go of what is not used any more, and a client's end is its connection's.
        withExtendedLifetime((stuck, readers)) {
            #expect(server.statistics.subscribers == 64)
            server.close()
        }
    }

    /// A record as long as that of a frame with one face.
    private func padded(_ sequence: Int) -> EncodedLine {
        var line = line(sequence)
        line.bytes = line.bytes.dropLast() + Array(repeating: 0x20, count: 1_200) + [10]
        return line
    }

    /// The numbers of the documentation; run with `NORFACE_MEASURE=1 swift test -c release --filter publicationIsMeasured`.
    @Test(.enabled(if: getenv("NORFACE_MEASURE") != nil, "measures only when asked to"), arguments: [0, 32])
    func publicationIsMeasured(stuckCount: Int) throws {
        let path = socketPath()
        let server = try server(path, SocketOptions(stallLimit: .seconds(600)))
        let stuck = try (0..<stuckCount).map { _ in try Client(path) }
        let readers = try (0..<64 - stuckCount).map { _ in try Client(path) }
        for client in readers { _ = try client.next() }
        let (total, rate) = (3_000, 300)
        let delays = Mutex<[Duration]>([])
        let sent = Mutex<[Duration]>([])
        let threads = readers.map { client in
            WorkerThread(name: "reader") {
                var own: [Duration] = []
                for number in 0..<total {
                    guard client.skipLine() else { break }
                    own.append(MonotonicClock.time - sent.withLock { $0[number] })
                }
                delays.withLock { $0 += own }
            }
        }
        var costs: [Duration] = []
        let begin = MonotonicClock.time
        for sequence in 0..<total {
            let line = padded(sequence)
            let start = MonotonicClock.time
            sent.withLock { $0.append(start) }
            server.write(line)
            costs.append(MonotonicClock.time - start)
            let next = begin + .milliseconds(Int64(1_000 * (sequence + 1) / rate))
            let rest = (next - MonotonicClock.time).wholeNanoseconds
            if rest > 0 { usleep(UInt32(rest / 1_000)) }
        }
        for thread in threads { thread.join() }
        costs.sort()
        let all = delays.withLock { $0.sorted() }
        func microseconds(_ value: Duration) -> Int64 { value.wholeNanoseconds / 1_000 }
        print(
            """
            64 subscribers, \(stuckCount) stuck, \(rate) records/s of \(padded(0).bytes.count) bytes: publish median \
            \(costs[total / 2].wholeNanoseconds) ns, p99 \(microseconds(costs[total * 99 / 100])) us, longest \
            \(microseconds(costs[total - 1])) us; arrival at the others median \(microseconds(all[all.count / 2])) us, p99 \
            \(microseconds(all[all.count * 99 / 100])) us, longest \(microseconds(all[all.count - 1])) us
            """)
        #expect(all.count == total * readers.count)
        withExtendedLifetime(stuck) { server.close() }
    }
}

/// Set once, seen by all.
final class OneShot: Sendable {
    private let flag = Atomic(false)

    var isDone: Bool { flag.load(ordering: .acquiring) }

    func done() {
        flag.store(true, ordering: .releasing)
    }
}

/// A blocking client that reads lines.
final class Client: @unchecked Sendable {
    // @unchecked because each client is used by one thread at a time.
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: 1 << 16)

    init(_ path: FilePath) throws {
        var address = try UnixAddress.make(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = UnixAddress.with(&address) { connect(descriptor, $0, $1) }
        try #require(result == 0, "cannot connect to \(path): \(Errno(rawValue: errno))")
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.send(descriptor, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
            // The server may have closed already: it has heard enough.
            if count < 0 { return }
            sent += count
        }
    }

    /// The next line.
    func next() throws -> JSONValue {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeFirst(end + 1) }
                return try JSONValue(parsing: buffer[..<end])
            }
            let count = recv(descriptor, &block, block.count, 0)
            try #require(count > 0, "the server has closed the connection")
            buffer += block[..<count]
        }
    }

    /// Reads a line without looking into it; false at the end.
    func skipLine() -> Bool {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                buffer.removeFirst(end + 1)
                return true
            }
            let count = recv(descriptor, &block, block.count, 0)
            if count <= 0 { return false }
            buffer += block[..<count]
        }
    }

    /// Whether the server has closed and nothing is left.
    var isAtEnd: Bool {
        guard buffer.isEmpty else { return false }
        // A server that closed with our bytes unread resets the connection after its last line.
        return recv(descriptor, &block, block.count, 0) <= 0
    }
}
