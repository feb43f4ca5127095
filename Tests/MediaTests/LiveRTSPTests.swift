import Glibc
import Media
import Platform
import Synchronization
import TestSupport
import Testing

/// A real RTSP server, GStreamer's, and the same server behind a proxy that fails at a chosen moment.
@Suite(.serialized, .timeLimit(.minutes(30))) struct LiveRTSPTests {
    @Test(arguments: [MediaOptions.Transport.tcp, .udp])
    func framesComeWithTheirTimes(transport: MediaOptions.Transport) throws {
        let server = try Peer("rtsp_server.py")
        var options = quick(open: .seconds(10), frame: .seconds(10))
        options.transport = transport
        let source = try MediaSource("rtsp://127.0.0.1:\(server.port)/live", options: options, epoch: 7)
        #expect(source.info.isLive && source.info.codec == "h264" && source.info.format == "rtsp")
        let before = MonotonicClock.wallMicroseconds()
        let frames = try take(60, from: source)
        let after = MonotonicClock.wallMicroseconds()
        #expect(frames.count == 60 && frames.allSatisfy { $0.width == 320 && $0.height == 240 })
        #expect(frames.first?.pts == 0 && frames.allSatisfy { $0.epoch == 7 })
        expectOrder(frames)
        let steps = zip(frames, frames.dropFirst()).map { $1.pts - $0.pts }.sorted()
        #expect(abs(steps[steps.count / 2] - 0.04) < 0.005, "the camera's own 25 a second: \(steps)")
        // Frames that were waiting when it opened may be a little older.
        #expect(frames.allSatisfy { ($0.time ?? 0) > before - 6_000_000 && ($0.time ?? .max) <= after })
        #expect(zip(frames, frames.dropFirst()).allSatisfy { ($0.time ?? 0) <= ($1.time ?? 0) })
    }

    @Test func framesThatWereSentOutOfOrderComeInOrder() throws {
        let server = try Peer("rtsp_server.py")
        let source = try MediaSource("rtsp://127.0.0.1:\(server.port)/bframes", options: quick(open: .seconds(10)))
        let frames = try take(80, from: source)
        expectOrder(frames)
        let steps = zip(frames, frames.dropFirst()).map { $1.pts - $0.pts }
        // The decoder learns at the first frames how far they are moved.
        #expect(steps.dropFirst(20).allSatisfy { $0 > 0 })
        #expect(source.counters.estimated < 10)
    }

    @Test func aRecordedClipEnds() throws {
        let clips = try Clips()
        let clip = try clips.make("clip.mp4", seconds: 2, ["-c:v", "libx264", "-g", "25"])
        let server = try Peer("rtsp_server.py", "--clip", clip)
        let attempt = Attempt("rtsp://127.0.0.1:\(server.port)/clip", quick(open: .seconds(10), frame: .seconds(10)))
        // How the server ends the connection is its own matter: with a word, or with silence.
        #expect(attempt.error == nil || attempt.error?.code == .timedOut, "\(String(describing: attempt.error))")
        #expect(attempt.frames.count >= 45, "\(attempt.frames.count) of 50 frames")
        expectOrder(attempt.frames)
    }

    @Test func passwordsOpenTheDoorAndAreNeverTold() throws {
        let server = try Peer("rtsp_server.py")
        let lines = Mutex<[String]>([])
        LibavLog.capture(threshold: .debug, linesPerSecond: .max) { _, line in lines.withLock { $0.append(line) } }
        defer { LibavLog.capture(sink: nil) }
        let base = "127.0.0.1:\(server["guarded"])/secret"
        let refused = Attempt("rtsp://viewer:wr0ng-w0rd@\(base)")
        #expect(refused.error?.code == .notAllowed)
        #expect(refused.error?.description.contains("rtsp://viewer:***@\(base)") == true)
        let source = try MediaSource("rtsp://viewer:p4ss-w0rd@\(base)", options: quick(open: .seconds(10)))
        #expect(try take(5, from: source).count == 5)
        #expect(source.info.name == "rtsp://viewer:***@\(base)")
        let told = lines.withLock { $0.joined(separator: "\n") }
        #expect(!told.isEmpty)
        for secret in ["wr0ng-w0rd", "p4ss-w0rd", "dmlld2VyOndyMG5nLXcwcmQ", "dmlld2VyOnA0c3MtdzByZA"] {
            #expect(!told.contains(secret) && refused.error?.description.contains(secret) == false)
        }
    }

    @Test(arguments: ["describe", "play", "frames:50"], ["silent", "reset", "close"])
    func aServerThatFailsIsNoticedInTime(moment: String, how: String) throws {
        let server = try Peer("rtsp_server.py")
        let proxy = try Peer("fault_peer.py", "proxy", "\(server.port)", "--until", moment, "--then", how)
        let attempt = Attempt("rtsp://127.0.0.1:\(proxy.port)/live", quick(open: .seconds(8), frame: .seconds(4)))
        let isOpen = moment == "frames:50"
        if isOpen {
            #expect((35...50).contains(attempt.frames.count), "\(attempt.frames.count)")
            expectOrder(attempt.frames)
        } else {
            #expect(attempt.frames.isEmpty)
        }
        if how == "silent" {
            #expect(attempt.error?.code == .timedOut)
        } else {
            // A closed connection after the last frame is an end, before the first it is a failure.
            #expect(attempt.error != nil || isOpen || moment == "play")
            #expect(attempt.error?.code != .timedOut && attempt.error?.code != .interrupted)
        }
        #expect(attempt.duration < .seconds(25))
    }

    @Test func aServerThatIsKilledIsNoticedAtOnce() throws {
        let server = try Peer("rtsp_server.py")
        let source = try MediaSource(
            "rtsp://127.0.0.1:\(server.port)/live", options: quick(open: .seconds(10), stall: .seconds(60)))
        _ = try take(10, from: source)
        server.kill()
        let start = ContinuousClock.now
        while (try? source.next()) != nil {}
        #expect(ContinuousClock.now - start < .seconds(10), "without waiting for the stall")
    }
}
