import Glibc
import JSON
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

/// A real daemon with a clip that plays for ever, from its start to its stop.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: Programs.hasModels, "\(Programs.absence)"))
struct DaemonTests {
    private static let socket =
        "outputs: {socket: {path: FOLDER/s.sock}, files: {r: {path: \"FOLDER/{source}.jsonl\"}}}\n"
    private static func source(_ name: String, _ more: String = "") -> String {
        "  \(name): {url: \(Programs.clip), capture: {realtime: true, loop: true}\(more)}\n"
    }

    @Test func itServesEveryoneAndStopsCleanly() throws {
        let daemon = try RunningDaemon(
            Self.socket + "sources:\n" + Self.source("door"), environment: ["WATCHDOG_USEC=4000000"])
        // A subscriber with three lines of code.
        let subscriber = try PlainSubscriber(daemon.socket)
        let run = try #require(try subscriber.next())
        #expect(run["event"]?.string == "run" && run["sources"]?.array?.count == 1)
        let first = try subscriber.record()
        #expect(first["source"]?.string == "door" && first["time"]?.string != nil)
        var faces = 0
        for _ in 0..<10 { faces += try subscriber.record()["faces"]?.array?.count ?? 0 }
        #expect(faces > 0, "the clip shows a face")

        // The tool.
        let status = try JSONValue(
            parsing: try Command.run(Programs.norface, "status", "--json", "--socket", daemon.socket))
        #expect(status["sources"]?.array?.first?["state"]?.string == "streaming")
        let table = String(
            decoding: try Command.run(Programs.norface, "status", "--socket", daemon.socket), as: UTF8.self)
        #expect(table.contains("door") && table.contains("streaming"))
        let lines = try Command.run(
            Programs.norface, "subscribe", "--socket", daemon.socket, "--records-only", "-n", "3", "-f", "au")
        let records = try lines.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
        #expect(records.count == 3 && records.allSatisfy { $0["event"] == nil })
        #expect(records.allSatisfy { $0["faces"]?.array?.allSatisfy { $0["au"] != nil && $0["box"] == nil } == true })
        try Command.run(Programs.norface, "mark", "stimulus 3", "--socket", daemon.socket)
        #expect(try subscriber.event("marker")["marker"]?.string == "stimulus 3")
        // It is in the next record; on a busy machine that can be a while coming.
        let file = daemon.folder.path.appending("door.jsonl")
        #expect(try daemon.wait(60) { String(decoding: try File.read(file), as: UTF8.self).contains("stimulus 3") })

        // The service manager hears that it lives.
        #expect(daemon.manager.waitFor("WATCHDOG=1", seconds: 30))
        #expect(daemon.manager.waitFor("WATCHDOG=1", seconds: 30))

        // Pages.
        #expect(try daemon.page("/healthz").status == 200)
        #expect(try daemon.wait(30) { try daemon.page("/readyz").status == 200 })
        #expect(try daemon.page("/other").status == 404)
        try checkMetrics(try daemon.page("/metrics").body)
        daemon.child.signal(SIGUSR1)
        #expect(try daemon.wait(20) { daemon.log.contains(#"state: {"v":1,"event":"status""#) })

        // The stop.
        #expect(daemon.stop() == 0)
        #expect(daemon.manager.waitFor("STOPPING=1", seconds: 5))
        var last: JSONValue?
        while let line = try subscriber.next(seconds: 5) { last = line }
        #expect(last?["event"]?.string == "closed")
        let written = try wholeRecords(file)
        #expect(written.count > 10)
        #expect(written.enumerated().allSatisfy { $0.element["seq"]?.integer == $0.offset })
        #expect(written.contains { $0["markers"]?.array?.first?.string == "stimulus 3" })
        let sidecar = try JSONValue(parsing: try File.read(daemon.folder.path.appending("door.meta.json")))
        #expect(sidecar["sources"]?.array?.first?["name"]?.string == "door")
        #expect(access(daemon.socket, F_OK) != 0 && access(daemon.http, F_OK) != 0)
    }

    /// Every line is what Prometheus reads, and families are declared before their samples.
    private func checkMetrics(_ text: String) throws {
        var types: [String: String] = [:]
        var buckets: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                types[String(words[2])] = String(words[3])
            }
            guard !line.hasPrefix("#") else { continue }
            let space = try #require(line.lastIndex(of: " "))
            let value = try #require(Double(line[line.index(after: space)...]), "\(line)")
            let name = String(line.prefix { $0 != "{" && $0 != " " })
            let family = ["_bucket", "_sum", "_count"].reduce(name) { name, suffix in
                name.hasSuffix(suffix) && types[String(name.dropLast(suffix.count))] == "histogram"
                    ? String(name.dropLast(suffix.count)) : name
            }
            #expect(types[family] != nil, "\(line)")
            #expect(name.hasPrefix("norfaced_") || name.hasPrefix("process_"))
            #expect((types[family] == "counter") == family.hasSuffix("_total"), "\(line)")
            guard name.hasSuffix("_bucket"), let le = line.firstRange(of: "le=") else { continue }
            let series = String(line[..<le.lowerBound])
            #expect(value >= buckets[series] ?? 0, "buckets are cumulative: \(line)")
            buckets[series] = value
        }
        #expect(text.contains("norfaced_source_state{source=\"door\",state=\"streaming\"} 1\n"))
        for name in [
            "source_frames_analysed_total", "end_to_end_latency_seconds_count", "output_records_total", "subscribers",
        ] {
            let line = text.split(separator: "\n").first { $0.hasPrefix("norfaced_\(name)") }
            #expect(Double(line?.split(separator: " ").last ?? "") ?? 0 > 0, "\(name)")
        }
        #expect(!text.contains("sample.mp4"), "no paths in labels of sources")
    }

    @Test func aReloadTouchesOnlyWhatChanged() throws {
        let stays = Self.source("stays")
        let daemon = try RunningDaemon(Self.socket + "sources:\n" + stays + Self.source("goes"))
        let subscriber = try PlainSubscriber(daemon.socket, request: #"{"sources":["stays"]}"#)
        let all = try PlainSubscriber(daemon.socket, request: #"{"events_only":true}"#)
        var sequence = try #require(try subscriber.record()["seq"]?.integer)
        let epoch = try subscriber.record()["epoch"]?.integer
        sequence += 1

        // One goes, one comes, one changes its settings.
        try daemon.write(Self.socket + "sources:\n" + Self.source("comes") + stays)
        #expect(daemon.reload().contains("STATUS="))
        #expect(try all.event("ended")["source"]?.string == "goes")
        _ = try all.event("reloaded")
        #expect(
            try daemon.wait(60) {
                (try daemon.metric("norfaced_source_frames_analysed_total{source=\"comes\"}") ?? 0) > 0
            })
        #expect(try daemon.metric("norfaced_source_frames_analysed_total{source=\"goes\"}") == nil)

        // A file with a mistake changes nothing and is told.
        try daemon.write(Self.socket + "sources:\n" + Self.source("x", ", captre: {}"))
        #expect(daemon.reload().contains("the last reload failed"))
        #expect(daemon.log.contains("sources.x.captre: unknown key; did you mean capture?"))
        #expect(try daemon.metric("norfaced_config_last_reload_success") == 0)
        // So does one whose output cannot be made.
        try daemon.write(
            "outputs: {socket: {path: FOLDER/s.sock}, files: {r: {path: /proc/none.jsonl}}}\nsources:\n" + stays)
        #expect(daemon.reload().contains("the last reload failed"))
        #expect(try daemon.metric("norfaced_source_frames_analysed_total{source=\"comes\"}") != nil)

        // Files were moved away: a reload opens them anew.
        let file = daemon.folder.path.appending("stays.jsonl")
        try Command.run("mv", file.string, file.string + ".1")
        try daemon.write(Self.socket + "sources:\n" + stays)
        _ = daemon.reload()
        #expect(try daemon.wait(60) { ((try? File.read(file))?.count ?? 0) > 0 })
        #expect(try daemon.metric("norfaced_config_last_reload_success") == 1)

        // All the while the one that stays lost nothing: no gap, no new epoch.
        for _ in 0..<5 { _ = try subscriber.record() }
        #expect(daemon.stop() == 0)
        let records = try wholeRecords(FilePath(file.string + ".1")) + wholeRecords(file)
        #expect(records.enumerated().allSatisfy { $0.element["seq"]?.integer == $0.offset })
        #expect(Set(records.compactMap { $0["pts"]?.number }).count > 3)
        let starts = records.compactMap { $0["epoch"]?.integer }.min()
        #expect(starts == 0 && epoch != nil && sequence > 0)
        // The clip began again when it ended, and at no other time: each epoch but the last has the clip's length.
        let lengths = Dictionary(grouping: records) { $0["epoch"]?.integer ?? 0 }.sorted { $0.key < $1.key }
        let last = lengths.map { $0.value.compactMap { $0["pts"]?.number }.max() ?? 0 }
        #expect(last.dropLast().allSatisfy { abs($0 - (last.first ?? 0)) < 0.5 }, "\(last)")
    }

    @Test func picturesAreShownOnlyWhereTheConfigurationAllowsThem() throws {
        func body(_ pictures: String) -> String {
            let http = "http: {listen: FOLDER/h.sock, page: true, pictures: \(pictures)}\n"
            return Self.socket + http + "sources:\n" + Self.source("door")
        }
        let daemon = try RunningDaemon(body("none"))
        #expect(try daemon.page("/picture?source=door").status == 404)
        #expect(try daemon.page("/status").body.contains("\"pictures\"") == false)
        // A reload switches them on without an interruption.
        try daemon.write(body("blurred"))
        #expect(daemon.reload().contains("READY=1"))
        #expect(try daemon.page("/status").body.contains("\"http\":{\"pictures\":\"blurred\"}"))
        #expect(try daemon.wait(60) { try daemon.page("/picture?source=door").status == 200 })
        #expect(try daemon.page("/picture?source=yard").status == 404)
        #expect(daemon.log.contains("reloaded: 1 sources untouched, new http"))
        try daemon.write(body("normalized"))
        #expect(daemon.reload().contains("READY=1"))
        #expect(daemon.log.contains("restarted door, new http"))
        #expect(try daemon.wait(60) { try daemon.page("/picture?source=door").status == 200 })
        try daemon.write(body("none"))
        #expect(daemon.reload().contains("READY=1"))
        #expect(try daemon.page("/picture?source=door").status == 404)
        #expect(daemon.stop() == 0)
    }

    @Test func whatOthersTakeAwayIsMadeAgain() throws {
        let outputs =
            "outputs: {socket: {path: FOLDER/s.sock}, files: {r: {path: FOLDER/kept/door.jsonl, events: true}}}\n"
        let folder = try TemporaryFolder()
        let out = folder.path.appending("kept")
        try Command.run("mkdir", out.string)
        let daemon = try RunningDaemon(outputs + "sources:\n" + Self.source("door"), folder: folder)
        let before = try PlainSubscriber(daemon.socket)
        _ = try before.record()
        #expect(try daemon.wait(30) { ((try? File.read(out.appending("door.jsonl")))?.count ?? 0) > 0 })

        // The folder goes; and then it cannot be made again for a while.
        try Command.run("rm", "-r", out.string)
        #expect(try daemon.wait(30) { ((try? File.read(out.appending("door.jsonl")))?.count ?? 0) > 0 })
        try Command.run("sh", "-c", "rm -r \(out) && touch \(out)")
        #expect(try daemon.wait(30) { daemon.log.contains("does not work") })
        #expect(try daemon.page("/readyz").status == 503)
        try Command.run("rm", out.string)
        #expect(try daemon.wait(60) { daemon.log.contains("works again") })
        #expect(try daemon.wait(30) { try daemon.page("/readyz").status == 200 })

        // The socket goes: who was there stays, who comes finds it.
        unlink(daemon.socket)
        #expect(try daemon.wait(30) { access(daemon.socket, F_OK) == 0 })
        _ = try PlainSubscriber(daemon.socket).record()
        var last = try #require(try before.record()["seq"]?.integer)

        // Other settings: the numbers of the records go on.
        try daemon.write(outputs + "sources:\n" + Self.source("door", ", analysis: {max_rate: 4}"))
        _ = daemon.reload()
        var after = 0
        while after < 10 {
            let line = try #require(try before.next())
            if line["event"]?.string == "ended" { after = 1 }
            guard let next = line["seq"]?.integer else { continue }
            #expect(next == last + 1)
            last = next
            if after > 0 { after += 1 }
        }
        #expect(daemon.stop() == 0)
        // What happened is told beside the records: the end of the first self of the source, and of the second.
        let events = try wholeRecords(out.appending("door.events.jsonl")).compactMap { $0["event"]?.string }
        #expect(events.filter { $0 == "ended" }.count == 2 && events.contains("track_started"), "\(events)")
        #expect(try wholeRecords(out.appending("door.jsonl")).allSatisfy { $0["event"] == nil })
    }

    @Test func killedAtAnyMomentItLeavesWholeLines() throws {
        let folder = try TemporaryFolder()
        let body =
            "outputs: {socket: {path: FOLDER/s.sock}, files: {r: {path: \"FOLDER/{source}.jsonl\", flush_interval: 0s}}}\n"
            + "sources:\n" + Self.source("door", ", analysis: {max_rate: none}")
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<4 {
            let daemon = try RunningDaemon(body, folder: folder)
            let subscriber = try PlainSubscriber(daemon.socket)
            _ = try subscriber.record()
            usleep(UInt32.random(in: 0..<300_000, using: &generator))
            daemon.child.signal(SIGKILL)
            #expect(daemon.child.wait() == 128 + SIGKILL)
        }
        // What a crash of the machine may leave: half a line.
        let path = folder.path.appending("door.jsonl")
        try Command.run("sh", "-c", "printf '{\"v\":1,\"sour' >> \(path)")
        let daemon = try RunningDaemon(body, folder: folder)
        let subscriber = try PlainSubscriber(daemon.socket)
        _ = try subscriber.record()
        #expect(daemon.stop() == 0)
        let records = try wholeRecords(path)
        #expect(records.filter { $0["seq"]?.integer == 0 }.count == 5)
    }

    @Test func aStormOfSubscribersCostsTheAnalysisNothing() throws {
        let daemon = try RunningDaemon(Self.socket + "sources:\n" + Self.source("door", ", analysis: {max_rate: none}"))
        let reader = try PlainSubscriber(daemon.socket)
        _ = try reader.record()
        var crowd: [PlainSubscriber] = []
        for index in 0..<63 {
            let one = try PlainSubscriber(
                daemon.socket, request: index % 3 == 0 ? String(repeating: "{", count: 4_000) : nil)
            crowd.append(one)
        }
        // Nobody of the crowd reads. More are turned away with a reason.
        let late = try PlainSubscriber(daemon.socket)
        #expect(try late.next()?["reason"]?.string == "too many subscribers")
        for _ in 0..<100 { _ = try? PlainSubscriber(daemon.socket) }
        // The one that reads gets all records on: none is lost to it.
        var sequence = try #require(try reader.record()["seq"]?.integer)
        for _ in 0..<30 {
            let record = try reader.record()
            #expect(record["seq"]?.integer == sequence + 1)
            sequence += 1
        }
        #expect(try daemon.page("/healthz").status == 200)
        withExtendedLifetime(crowd) {}
        #expect(daemon.stop() == 0)
    }

    /// Without a descriptor left the pages still come, and everything goes on when there are some again.
    @Test func healthIsToldWithoutDescriptors() throws {
        let folder = try TemporaryFolder()
        let daemon = try RunningDaemon(
            Self.socket + "sources:\n" + Self.source("door"), prefix: ["prlimit", "--nofile=64"], folder: folder)
        let subscriber = try PlainSubscriber(daemon.socket)
        #expect(try subscriber.record()["source"]?.string == "door")
        #expect(try daemon.page("/healthz").status == 200)
        // Connections to the pages that say nothing take up what is left, and more wait in the socket.
        var silent = try (0..<100).map { _ in try PlainSubscriber(daemon.http) }
        let descriptors = FilePath("/proc/\(daemon.child.process)/fd")
        #expect(try daemon.wait(10) { try Command.run("ls", descriptors.string).split(separator: 10).count >= 62 })
        for _ in 0..<5 { #expect(try daemon.page("/healthz").status == 200) }
        #expect(try subscriber.record()["source"]?.string == "door")
        withExtendedLifetime(silent) {}
        silent = []
        #expect(try daemon.page("/readyz").status == 200)
        #expect(try PlainSubscriber(daemon.socket).record()["source"]?.string == "door")
        #expect(daemon.stop() == 0)
    }

    @Test func aSocketOfTheServiceManagerIsTakenOver() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("activated.sock").string
        let script = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX); s.bind('\(path)'); s.listen(16)
            if s.fileno() != 3: os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='subscribers')
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let daemon = try RunningDaemon(
            "sources:\n" + Self.source("door"), prefix: ["python3", "-c", script], folder: folder)
        let subscriber = try PlainSubscriber(path)
        #expect(try subscriber.record()["source"]?.string == "door")
        // A reload, also one with another socket in the file, leaves it in its place.
        try daemon.write("outputs: {socket: {max_subscribers: 3}}\nsources:\n" + Self.source("door"))
        _ = daemon.reload()
        // Whoever comes after it is with the new server.
        #expect(try PlainSubscriber(path).record()["source"]?.string == "door")
        #expect(daemon.stop() == 0)
        #expect(access(path, F_OK) == 0, "what somebody else made is not removed")
    }

    /// A list of recordings that libav reads by itself; the only one is a FIFO whose writer says a word, and then no more. Its reader hangs in
    /// the kernel.
    private func silentList(_ path: FilePath) throws -> FileDescriptor {
        let fifo = path.adding(".fifo")
        #expect(mkfifo(fifo.string, 0o600) == 0)
        try File.write(Array("ffconcat version 1.0\nfile \(fifo.lastComponent?.string ?? "")\n".utf8), to: path)
        let writer = try FileDescriptor.open(fifo, .readWrite)
        _ = try [UInt8(0x47)].withUnsafeBytes { try writer.write($0) }
        return writer
    }

    /// A reader that hangs in the kernel does not keep it from stopping, and a second signal ends it at once.
    @Test func aHangingSourceIsLeftBehind() throws {
        let folder = try TemporaryFolder()
        let writer = try silentList(folder.path.appending("list"))
        defer { try? writer.close() }
        let body = Self.socket + "sources: {stuck: {url: FOLDER/list}}\n"
        let daemon = try RunningDaemon(body, folder: folder)
        #expect(try daemon.page("/healthz").status == 200)
        #expect(try daemon.page("/readyz").body.contains("\"stuck\":\"opening"))
        usleep(500_000)
        #expect(daemon.stop() == 0)
        #expect(daemon.log.contains("left behind"), "\(daemon.log)")

        let second = try RunningDaemon(body, folder: folder)
        second.child.signal(SIGTERM)
        #expect(second.manager.waitFor("STOPPING=1", seconds: 30))
        second.child.signal(SIGTERM)
        #expect(second.child.wait() == 143)
    }

    /// Sources that hang in the kernel hold up neither a reload nor the stop: they are waited for side by side.
    @Test func manyThatHangHoldNothingUp() throws {
        let folder = try TemporaryFolder()
        let writers = try (0..<6).map { try silentList(folder.path.appending("f\($0)")) }
        defer { for writer in writers { try? writer.close() } }
        let good = "  good: {url: \(Programs.clip), capture: {realtime: true, loop: true}, analysis: {max_rate: "
        let stuck = (0..<6).map { "  f\($0): {url: FOLDER/f\($0)}\n" }.joined()
        let daemon = try RunningDaemon(
            Self.socket + "sources:\n" + stuck + good + "5}}\n", environment: ["WATCHDOG_USEC=4000000"], folder: folder)
        let subscriber = try PlainSubscriber(daemon.socket)
        var sequence = 0
        while sequence < 2 { sequence = try subscriber.record()["seq"]?.integer ?? 0 }
        // All of them go, and the good one starts anew.
        try daemon.write(Self.socket + "sources:\n" + good + "4}}\n")
        let start = ContinuousClock.now
        daemon.child.signal(SIGHUP)
        while try subscriber.event("ended")["source"]?.string != "good" {}
        _ = try subscriber.record()
        #expect(ContinuousClock.now - start < .seconds(8), "one after the other they take 12 s")
        #expect(daemon.manager.waitFor("READY=1", seconds: 30))

        // A stop in the middle of a reload.
        try daemon.write(Self.socket + "sources:\n" + stuck + good + "4}}\n")
        _ = daemon.reload()
        try daemon.write(Self.socket + "sources:\n" + good + "4}}\n")
        daemon.child.signal(SIGHUP)
        #expect(daemon.manager.waitFor("RELOADING=1", seconds: 60))
        let stop = ContinuousClock.now
        #expect(daemon.stop() == 0)
        #expect(ContinuousClock.now - stop < .seconds(20))
    }

    /// Everybody can read a command line; what a source is opened with is not what is read there.
    @Test func aPasswordOnTheCommandLineIsNotInTheTitle() throws {
        let folder = try TemporaryFolder()
        let (port, request) = (folder.path.appending("port"), folder.path.appending("request"))
        let script = """
            import os, socket
            s = socket.create_server(('127.0.0.1', 0))
            open('\(port).new', 'w').write(str(s.getsockname()[1])); os.rename('\(port).new', '\(port)')
            s.settimeout(60); c = s.accept()[0]; c.settimeout(60); text = c.recv(4096)
            open('\(request).new', 'wb').write(text); os.rename('\(request).new', '\(request)')
            """
        let peer = try Child(["timeout", "120", "python3", "-c", script])
        #expect(until { access(port.string, F_OK) == 0 })
        let address = "http://127.0.0.1:\(String(decoding: try File.read(port), as: UTF8.self))/x?token=hunter2"
        let daemon = try RunningDaemon(
            Self.socket + "sources: {door: {url: /none}}\n", folder: folder,
            arguments: ["--set", "sources.door.url=\(address)"])
        let title = String(decoding: try readAll(FilePath("/proc/\(daemon.child.process)/cmdline")), as: UTF8.self)
        #expect(title.contains("token=***") && !title.contains("hunter2"), "\(title)")
        #expect(try daemon.wait(60) { access(request.string, F_OK) == 0 })
        #expect(String(decoding: try File.read(request), as: UTF8.self).hasPrefix("GET /x?token=hunter2 "))
        #expect(!daemon.log.contains("hunter2"))
        #expect(daemon.stop() == 0)
        withExtendedLifetime(peer) {}
    }

    @Test func whatCannotStartSaysWhy() throws {
        func outcome(_ body: String) throws -> (code: Int32, log: String) {
            let daemon = try RunningDaemon(body, waits: false)
            let code = daemon.child.wait()
            return (code, daemon.log)
        }
        let unknown = try outcome("sources: {door: {uri: /a}}")
        #expect(unknown.code == 78 && unknown.log.contains("sources.door.uri: unknown key; did you mean url?"))
        let json = try outcome("log: {format: json}\nsources: {door: {uri: /a}}")
        #expect(json.log.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }, "\(json.log)")
        let noUser = try outcome("outputs: {socket: {path: FOLDER/s.sock, users: [nobody-of-this-name]}}")
        #expect(noUser.code == 78, "\(noUser.log)")
        let noFile = try outcome(
            "outputs: {socket: {path: FOLDER/s.sock}, files: {r: {path: /proc/x}}}\nsources: {a: {url: \(Programs.clip)}}"
        )
        #expect(noFile.code == 73, "\(noFile.log)")
        let first = try RunningDaemon(Self.socket)
        let inUse = try outcome("outputs: {socket: {path: \(first.socket)}}")
        #expect(inUse.code == 69 && inUse.log.contains("another process listens there"))
        #expect(first.stop() == 0)
        #expect(first.log.contains("there is no source"))
    }
}

/// `norfaced check`, as it is typed.
@Suite(.timeLimit(.minutes(30))) struct CheckCommandTests {
    private func check(
        _ text: String, _ arguments: String..., naming: [String] = []
    ) throws -> (code: Int32, out: String, err: String) {
        let folder = try TemporaryFolder()
        let path = folder.path
        try File.write(text.utf8, to: path.appending("c.yaml"))
        let child = try Child(
            ["env", "NORFACED_LOG_LEVEL=debug", Programs.norfaced, "check"] + naming
                + [path.appending("c.yaml").string] + arguments,
            standardOutput: path.appending("out"), standardError: path.appending("err"))
        let code = child.wait()
        return (
            code, String(decoding: try File.read(path.appending("out")), as: UTF8.self),
            String(decoding: try File.read(path.appending("err")), as: UTF8.self)
        )
    }

    @Test func aGoodFileIsOk() throws {
        let result = try check("sources: {door: {url: /a}}")
        #expect(result.code == 0 && result.out.hasSuffix("c.yaml: ok, 1 sources\n"))
    }

    @Test func theFileIsNamedAsForRunToo() throws {
        let result = try check("sources: {door: {url: /a}}", naming: ["--config"])
        #expect(result.code == 0 && result.out.hasSuffix("c.yaml: ok, 1 sources\n"))
        let twice = try check("sources: {door: {url: /a}}", "--config", "/b")
        #expect(twice.code == 64 && twice.err.contains("named twice"))
    }

    @Test func aBadFileIsExplained() throws {
        let result = try check("sources: {door: {url: /a, enabled: yes}}")
        #expect(result.code == 78 && result.err.contains("c.yaml:1: sources.door.enabled: true or false is expected"))
    }

    @Test func whatIsOddIsToldAndTaken() throws {
        let result = try check(
            """
            outputs: {files: {r: {path: "/a/{sorce}.jsonl"}}}
            capture: {loop: true}
            sources:
              door: {url: "rtsp://b/", capture: {realtime: true, libav: {rtsp_flags: prefer_tcp, rtps_flags: x}}}
              film: {url: /a.mp4, capture: {loop: true}}
            """)
        #expect(result.code == 0)
        let lines = result.err.split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix("warning: ") }, "\(result.err)")
        #expect(result.err.contains("outputs.files.r.path: {sorce} means nothing"))
        #expect(result.err.contains("sources.door.capture.realtime: it is for files"))
        #expect(result.err.contains("sources.door.capture.libav.rtps_flags: this libav knows no such option"))
    }

    @Test func secretsThatAreForTheServiceAloneAreNotChecked() throws {
        let credential = try check("sources: {door: {url_file: door-url}}")
        #expect(credential.code == 0 && credential.err.contains("sources.door.url_file: it may not be read here"))
        let missing = try check("sources: {door: {url_file: /nowhere/door}}")
        #expect(missing.code == 78)
        let folder = try TemporaryFolder()
        let secret = folder.path.appending("door").string
        try File.write("rtsp://a:b@c/\n".utf8, to: FilePath(secret))
        try Command.run("chmod", "644", secret)
        let open = try check("sources: {door: {url_file: \(secret)}}")
        #expect(open.code == 0 && open.err.contains("everybody may use it"))
        try Command.run("chmod", "640", secret)
        let kept = try check("sources: {door: {url_file: \(secret)}}")
        #expect(kept.code == 0 && kept.err.isEmpty, "\(kept.err)")
    }

    @Test func originsArePrinted() throws {
        let result = try check(
            "sources: {door: {url: \"rtsp://a:secret@b/\"}}", "--print", "--set", "http.listen=127.0.0.1:1")
        #expect(result.code == 0 && !result.out.contains("secret"))
        #expect(result.out.contains("  level: debug  # NORFACED_LOG_LEVEL\n"))
        #expect(result.out.contains("  listen: 127.0.0.1:1  # --set\n"))
        #expect(result.out.contains("    url: 'rtsp://a:***@b/'  # "))
        #expect(result.out.contains("  max_sources: 64  # built-in\n"))
        #expect(try check("", "--set", "x").code == 64)
        #expect(try check("", "--print", "--no-environment").out.contains("  level: info  # built-in\n"))
    }
}

extension StringProtocol {
    /// Where a text stands first.
    func firstRange(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
