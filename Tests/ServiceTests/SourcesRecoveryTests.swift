import Glibc
import Media
import Platform
import Records
import Service
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// How soon a source is found again after it came back, and that it always is.
@Suite(.serialized, .timeLimit(.minutes(20))) struct SourcesRecoveryTests {
    /// Seconds from each return to the first frame after it.
    struct Recoveries: CustomStringConvertible {
        var seconds: [Double] = []
        var missing = 0
        /// Returns that ended in another cut before a frame came: nothing can be said of them.
        var cutAgain = 0

        var median: Double { seconds.isEmpty ? .infinity : seconds.sorted()[seconds.count / 2] }
        var longest: Double { seconds.max() ?? .infinity }

        var description: String {
            let sorted = seconds.sorted()
            func text(_ share: Double) -> String {
                guard !sorted.isEmpty else { return "-" }
                let value = sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
                return "\((value * 100).rounded() / 100)"
            }
            return
                "\(seconds.count) returns (and \(cutAgain) cut again at once), \(missing) not found; median \(text(0.5)) s, p90 \(text(0.9)) s, longest \(text(1)) s"
        }
    }

    private func clip(in folder: TemporaryFolder, seconds: Int) throws -> String {
        let path = folder.path.appending("clip.ts").string
        try Command.run(
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i",
            "testsrc2=size=160x120:rate=10:duration=\(seconds)", "-c:v", "libx264", "-preset", "ultrafast", "-tune",
            "zerolatency", "-g", "10", "-muxrate", "200k", path)
        return path
    }

    /// Lets cameras go and come back, and measures.
    private func recoveries(
        sources: Int, cuts: Int, clipSeconds: Int, ladder: ReconnectLadder, deadlines: MediaOptions.Deadlines,
        limit: Duration, _ arguments: [String]
    ) throws -> [String: Recoveries] {
        let folder = try TemporaryFolder()
        let peer = try Peer(
            "cutting_peer.py",
            [
                try clip(in: folder, seconds: clipSeconds), "--seconds", "\(clipSeconds)", "--sources", "\(sources)",
                "--cuts", "\(cuts)",
            ]
                + arguments)
        let ports = peer.lines.filter { $0.first == "source" }.map { $0[2] }
        #expect(ports.count == sources)
        let journals = ports.map { _ in Journal() }
        let supervisor = SourceSupervisor(logger: journals[0].logger)
        var options = MediaOptions()
        options.threads = 1
        options.deadlines = deadlines
        for (number, port) in ports.enumerated() {
            supervisor.start(
                name: "\(number)", url: "tcp://127.0.0.1:\(port)", options: options, ladder: ladder,
                handlers: journals[number].handlers)
        }
        let begin = ContinuousClock.now
        while peer.lines.filter({ $0.first == "done" }).count < sources, ContinuousClock.now - begin < limit {
            usleep(200_000)
        }
        // The last return, too, is given as long as anything may take.
        let lines = peer.lines.filter { $0.count == 4 }
        let returns = lines.filter { $0[0] == "back" }
        #expect(returns.count == sources * cuts)
        let patience = ContinuousClock.now + .seconds(60)
        func firstFrame(_ source: Int, after moment: Int64) -> Int64? {
            journals[source].frames.first { $0.arrival > moment }?.arrival
        }
        while ContinuousClock.now < patience,
            returns.contains(where: { firstFrame(Int($0[1])!, after: Int64($0[3])!) == nil })
        {
            usleep(200_000)
        }
        var isAlive = false
        while !isAlive, ContinuousClock.now < patience + .seconds(30) {
            usleep(100_000)
            isAlive = supervisor.statuses.values.allSatisfy { $0.state == .streaming }
        }
        #expect(isAlive, "one is stuck: \(supervisor.statuses)")
        var result: [String: Recoveries] = [:]
        for line in returns {
            let moment = Int64(line[3])!
            let nextCut = lines.first { $0[0] == "down" && $0[1] == line[1] && Int64($0[3])! > moment }
            for key in ["all", line[2]] {
                if let arrival = firstFrame(Int(line[1])!, after: moment) {
                    if let nextCut, arrival > Int64(nextCut[3])! {
                        result[key, default: Recoveries()].cutAgain += 1
                        continue
                    }
                    result[key, default: Recoveries()].seconds.append(Double(arrival - moment) / 1e9)
                } else {
                    result[key, default: Recoveries()].missing += 1
                }
            }
        }
        #expect(supervisor.stopAll(within: .seconds(10)))
        for journal in journals {
            journal.expectOrder()
            // Every loss is followed by a return, and the other way round.
            let names = journal.events.map(\.name).filter { $0 != .ended }
            #expect(names.enumerated().allSatisfy { $1 == ($0 % 2 == 0 ? .streamLost : .recovered) })
        }
        return result
    }

    @Test func camerasThatGoAndComeBackAreAlwaysFoundAgain() throws {
        let result = try recoveries(
            sources: 4, cuts: 5, clipSeconds: 30,
            ladder: ReconnectLadder(healthyPeriod: .seconds(1)),
            deadlines: .init(open: .seconds(3), firstFrame: .seconds(3), stall: .seconds(2)), limit: .seconds(120),
            ["--up", "1", "3", "--down", "0.2", "3"])
        #expect(result["all"]?.missing == 0 && result["all"]?.seconds.count ?? 0 >= 5)
        #expect(result["all"]?.median ?? .infinity < 5)
    }

    /// The numbers of the documentation: `NORFACE_MEASURE=1 swift test --filter twoHundredCuts`. With the daemon's own
    /// ladder and deadlines, in real time; some eight minutes.
    @Test(.enabled(if: getenv("NORFACE_MEASURE") != nil, "measures only when asked to")) func twoHundredCuts() throws {
        let result = try recoveries(
            sources: 20, cuts: 10, clipSeconds: 200, ladder: ReconnectLadder(), deadlines: .init(),
            limit: .seconds(900),
            ["--up", "20", "45", "--down", "0.2", "20", "--kinds", "reset", "close", "reset", "close", "hang"])
        for (kind, recoveries) in result.sorted(by: { $0.key < $1.key }) { print("recovery, \(kind): \(recoveries)") }
        #expect(result["all"]?.missing == 0 && result["all"]?.median ?? .infinity < 2)
    }

    /// The same with GStreamer's RTSP server, killed and started again: `NORFACE_MEASURE=1 swift test --filter killedServers`.
    @Test(.enabled(if: getenv("NORFACE_MEASURE") != nil, "measures only when asked to")) func killedServers() throws {
        let journal = Journal()
        let supervisor = SourceSupervisor(logger: journal.logger)
        var server = try Peer("rtsp_server.py", "--lifetime", "900")
        let port = server.port
        supervisor.start(
            name: "door", url: "rtsp://127.0.0.1:\(port)/live", options: MediaOptions(), handlers: journal.handlers)
        var recoveries = Recoveries()
        for _ in 0..<20 {
            try journal.wait { $0.frames.last.map { MonotonicClock.now() - $0.arrival < 500_000_000 } ?? false }
            usleep(.random(in: 1_000_000...5_000_000))
            server.kill()
            usleep(.random(in: 200_000...8_000_000))
            server = try Peer("rtsp_server.py", "--port", "\(port)", "--lifetime", "900")
            let back = MonotonicClock.now()
            try journal.wait { ($0.frames.last?.arrival ?? 0) > back }
            recoveries.seconds.append(
                Double((journal.frames.first { $0.arrival > back }?.arrival ?? .max) - back) / 1e9)
        }
        print("recovery, GStreamer's RTSP server: \(recoveries)")
        #expect(recoveries.median < 2)
        #expect(supervisor.stopAll(within: .seconds(10)))
        journal.expectOrder()
    }
}
