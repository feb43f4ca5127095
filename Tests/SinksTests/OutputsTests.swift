import Glibc
import JSON
import Platform
import Records
import Settings
import Sinks
import SystemPackage
import TestSupport
import Testing

/// The registry: what settings ask for is opened, what is the same is kept, and a failure leaves everything as it was.
@Suite(.timeLimit(.minutes(30))) struct OutputsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> String { folder.path.appending(name).string }

    private func settings(_ edit: (inout OutputSettings) -> Void) -> OutputSettings {
        var settings = OutputSettings()
        settings.socket.path = nil
        edit(&settings)
        return settings
    }

    private func file(_ name: String, sources: [String] = []) -> FileSettings {
        var file = FileSettings(name: name)
        file.path = path("\(name)-{source}.jsonl")
        file.sources = sources
        return file
    }

    private func context(_ sources: String..., labels: [String] = ["AU12"]) -> OutputContext {
        OutputContext(
            sources: sources,
            run: { names in
                RunInfo(
                    program: "test", started: 0, labels: RecordLabels(au: labels, sides: [], emotions: []),
                    model: RunInfo.Model(name: "m", version: "1", hashes: []), smoothing: [],
                    sources: names.map { RunInfo.Source(name: $0, input: "/\($0)") }, versions: [])
            },
            handed: { _ in nil }, status: { EventRecord(.marker, marker: "status").line }, marker: { _ in })
    }

    @Test func everySourceGetsWhatIsItsOwn() throws {
        let wanted = settings { $0.files = [file("all"), file("one", sources: ["door"])] }
        let outputs = try Outputs().opened(wanted, context("door", "hall"))
        #expect(outputs.all.map(\.name) == ["all-door", "all-hall", "one-door"].map { path("\($0).jsonl") })
        #expect(outputs.sinks(for: "door").count == 2 && outputs.sinks(for: "hall").count == 1)
        #expect(outputs.sinks(for: "other").isEmpty)
        #expect(File.exists(folder.path.appending("one-door.meta.json")))
        for output in outputs.all { output.sink.close() }
    }

    @Test func whatIsTheSameIsKept() throws {
        let first = try Outputs().opened(settings { $0.files = [file("a"), file("b")] }, context("door"))
        let changed = settings { settings in
            settings.files = [file("a"), file("b")]
            settings.files[1].options.mode = 0o600
        }
        let second = try first.opened(changed, context("door"))
        #expect(second.all[0].sink === first.all[0].sink && second.all[1].sink !== first.all[1].sink)
        #expect(first.leftOver(by: second).map { $0 === first.all[1].sink } == [true])
        for output in first.all + second.all { output.sink.close() }
    }

    @Test func aFailureLeavesEverythingAsItWas() throws {
        let first = try Outputs().opened(settings { $0.files = [file("a")] }, context("door"))
        let broken = settings { settings in
            settings.files = [file("a"), file("new"), file("c")]
            settings.files[2].path = "/proc/none.jsonl"
        }
        #expect(throws: Failure.self) { try first.opened(broken, context("door")) }
        // The one that was open takes lines still.
        first.all[0].sink.write(EncodedLine(kind: .record, source: "door", bytes: Array("x\n".utf8)))
        first.all[0].sink.close()
        #expect(try File.read(FilePath(path("a-door.jsonl"))) == Array("x\n".utf8))
    }

    /// Clients that come at that moment find a socket, whichever of the two serves them.
    @Test func aSocketWhoseSettingsChangeStaysInItsPlace() throws {
        let socket = path("s.sock")
        let first = try Outputs().opened(settings { $0.socket.path = socket }, context("door"))
        var facts = stat()
        #expect(stat(socket, &facts) == 0)
        let inode = facts.st_ino
        let changed = settings { settings in
            settings.socket.path = socket
            settings.socket.mode.bits = 0o600
            settings.socket.options.maximumSubscribers = 1
        }
        let second = try first.opened(changed, context("door"))
        for sink in first.leftOver(by: second) { sink.close() }
        #expect(stat(socket, &facts) == 0 && facts.st_ino == inode && facts.st_mode & 0o777 == 0o600)
        let client = try SubscribeClient(socket)
        #expect(try client.line(within: 10_000) != nil)
        // Other labels are another subscription; the same settings are the same output.
        let same = try second.opened(changed, context("door", "hall"))
        #expect(same.all[0] === second.all[0])
        let labels = try second.opened(changed, context("door", labels: ["AU01"]))
        #expect(labels.all[0] !== second.all[0])
        for output in second.all + labels.all { output.sink.close() }
    }

    /// The former server lets go of the socket before the next one takes it: nobody comes to one that is about to close.
    @Test func whoComesAfterAChangeIsWithTheNewServer() throws {
        let listener = try UnixListener.bind(path: FilePath(path("handed.sock")))
        var context = context("door")
        context.handed = { name in name == "subscribers" ? listener.descriptor : nil }
        var outputs = try Outputs().opened(settings { $0.socket.path = nil }, context)
        for number in 1...50 {
            let early = try SubscribeClient(path("handed.sock"))
            let next = try outputs.opened(settings { $0.socket.options.maximumSubscribers = 10 + number }, context)
            let late = try SubscribeClient(path("handed.sock"))
            for sink in outputs.leftOver(by: next) { sink.close() }
            // It came before the change: it may be with either, and hears of it in any case.
            #expect(try event(early) == "run")
            // Once it is greeted it gets what is published.
            #expect(try event(late) == "run")
            let marker = Array("{\"event\":\"marker\"}\n".utf8)
            next.all[0].sink.write(EncodedLine(kind: .event, source: nil, bytes: marker))
            #expect(try event(late) == "marker", "change \(number)")
            outputs = next
        }
        for output in outputs.all { output.sink.close() }
    }

    /// A change that fails leaves the socket to who has it.
    @Test func aFailedChangeDoesNotEndTheAccepting() throws {
        let socket = path("s.sock")
        let first = try Outputs().opened(settings { $0.socket.path = socket }, context("door"))
        var failing = context("door")
        failing.run = { [context = context("door", labels: ["AU01"])] in context.run($0) }
        let broken = settings { settings in
            settings.socket.path = socket
            settings.socket.users = ["no-such-user"]
        }
        #expect(throws: Failure.self) { try first.opened(broken, failing) }
        #expect(try event(try SubscribeClient(socket)) == "run")
        first.all[0].sink.close()
    }

    /// The name of the next event.
    private func event(_ client: SubscribeClient) throws -> String? {
        try client.line(within: 10_000).flatMap { try JSONValue(parsing: $0)["event"]?.string }
    }

    @Test func changesAreNamedByTheirKeys() {
        let old = settings { $0.files = [file("a")] }
        #expect(old.changes(from: nil) == ["stdout", "socket", "files"] && old.changes(from: old).isEmpty)
        #expect(old.changes(from: old, hasOtherSources: true) == ["files"])
        var new = old
        new.stdout = true
        new.socket.users = ["0"]
        #expect(new.changes(from: old) == ["stdout", "socket"] && new != old)
    }
}
