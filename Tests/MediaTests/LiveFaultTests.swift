import Glibc
import Media
import Platform
import Synchronization
import TestSupport
import Testing

/// Peers that accept and then misbehave. Each must be given up in time and with the right error; none may hold us.
@Suite(.timeLimit(.minutes(30))) struct LiveFaultTests {
    static let schemes = [
        "rtsp://127.0.0.1:%/x", "http://127.0.0.1:%/x", "tcp://127.0.0.1:%", "rtmp://127.0.0.1:%/x/y",
    ]

    private func url(_ scheme: String, _ peer: Peer) -> String {
        scheme.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "\(peer.port)")
    }

    @Test(arguments: schemes) func silenceIsTimedOut(scheme: String) throws {
        let peer = try Peer("fault_peer.py", "silent")
        let attempt = Attempt(url(scheme, peer))
        #expect(attempt.error?.code == .timedOut, "\(String(describing: attempt.error))")
        #expect(attempt.duration > .seconds(2.9) && attempt.duration < .seconds(12))
    }

    @Test(arguments: schemes) func aResetIsAFailure(scheme: String) throws {
        let peer = try Peer("fault_peer.py", "reset")
        let attempt = Attempt(url(scheme, peer))
        #expect([.cannotOpen, .noVideo].contains(attempt.error?.code), "\(String(describing: attempt.error))")
        #expect(attempt.duration < .seconds(8))
    }

    @Test(arguments: schemes) func garbageIsGivenUp(scheme: String) throws {
        let peer = try Peer("fault_peer.py", "garbage")
        let attempt = Attempt(url(scheme, peer))
        #expect(attempt.error != nil && attempt.frames.isEmpty)
        #expect(attempt.duration < .seconds(15))
    }

    @Test(arguments: ["rtsp://127.0.0.1:%/x", "http://127.0.0.1:%/x", "tcp://127.0.0.1:%"])
    func dripsAreTimedOut(scheme: String) throws {
        let peer = try Peer("fault_peer.py", "drip")
        let attempt = Attempt(url(scheme, peer))
        #expect(attempt.error?.code == .timedOut, "\(String(describing: attempt.error))")
        #expect(attempt.duration > .seconds(2.9) && attempt.duration < .seconds(12))
    }

    @Test(arguments: schemes) func anEndedConnectionIsAFailure(scheme: String) throws {
        let peer = try Peer("fault_peer.py", "half-close")
        let attempt = Attempt(url(scheme, peer))
        #expect(attempt.error != nil && attempt.duration < .seconds(12))
    }

    @Test func aRefusedConnectionIsAFailureAtOnce() throws {
        let peer = try Peer("fault_peer.py", "silent")
        peer.kill()
        let attempt = Attempt("rtsp://admin:secret@127.0.0.1:\(peer.port)/x")
        #expect(attempt.error?.code == .cannotOpen && attempt.duration < .seconds(5))
        let text = attempt.error?.description ?? ""
        #expect(text == "rtsp://admin:***@127.0.0.1:\(peer.port)/x: cannot open: Connection refused")
    }

    @Test func anErrorOfTheWebServerIsToldInItsWords() throws {
        let peer = try Peer("fault_peer.py", "http-error")
        let attempt = Attempt("http://127.0.0.1:\(peer.port)/live")
        #expect(attempt.error?.code == .cannotOpen)
        #expect(attempt.error?.description.contains("5XX") == true, "\(String(describing: attempt.error))")
    }

    @Test func aPlaylistWithoutEndIsGivenUpForItsMemory() throws {
        let peer = try Peer("fault_peer.py", "playlist")
        var options = quick(open: .seconds(60))
        options.growthLimit = 64 << 20
        let attempt = Attempt("http://127.0.0.1:\(peer.port)/live.m3u8", options)
        #expect(attempt.error?.code == .cannotOpen)
        #expect(attempt.error?.reason.contains("too much memory") == true, "\(String(describing: attempt.error))")
        #expect(attempt.duration < .seconds(50))
    }

    @Test func aPeerThatStopsInMidStreamIsTimedOutWhenItsSilenceIsTooLong() throws {
        let clips = try Clips()
        let clip = try clips.make("s.ts", seconds: 2, ["-c:v", "libx264", "-g", "10", "-tune", "zerolatency"])
        let peer = try Peer("fault_peer.py", "play", clip, "--then", "silent", "--rate", "60000")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(attempt.error?.code == .timedOut)
        #expect(attempt.frames.count > 20)
        #expect(attempt.duration < .seconds(20))
    }

    /// Whatever a thread waits for, a stop ends it at once.
    @Test(arguments: ["opening", "first frame", "silence", "its pace"]) func aStopEndsEveryWait(what: String) throws {
        let clips = try Clips()
        let interrupter = Interrupter()
        var options = MediaOptions()
        options.deadlines.stall = .seconds(10)
        var peer: Peer?
        let url: String
        switch what {
        case "opening":
            peer = try Peer("fault_peer.py", "silent")
            url = "rtsp://127.0.0.1:\(peer?.port ?? 0)/x"
        case "first frame":
            let server = try Peer("rtsp_server.py")
            let proxy = try Peer("fault_peer.py", "proxy", "\(server.port)", "--until", "play", "--then", "silent")
            after(milliseconds: 2500) { withExtendedLifetime(server) { interrupter.interrupt() } }
            peer = proxy
            url = "rtsp://127.0.0.1:\(proxy.port)/live"
        case "silence":
            let clip = try clips.make("s.ts", seconds: 1, ["-c:v", "libx264", "-g", "5", "-tune", "zerolatency"])
            peer = try Peer("fault_peer.py", "play", clip, "--then", "silent")
            url = "tcp://127.0.0.1:\(peer?.port ?? 0)"
        default:
            url = try clips.make("slow.mkv", rate: "1/30", seconds: 90, ["-c:v", "ffv1"])
            options.realtime = true
        }
        after(milliseconds: 2500) { interrupter.interrupt() }
        let attempt = Attempt(url, options, interrupter: interrupter)
        withExtendedLifetime(peer) {}
        #expect(attempt.error?.code == .interrupted, "\(String(describing: attempt.error))")
        #expect(attempt.duration < .seconds(8))
    }

    @Test func aThreadThatWaitsForTheNetworkIsSeen() throws {
        let peer = try Peer("fault_peer.py", "silent")
        let interrupter = Interrupter()
        let oldest = Oldest()
        after(milliseconds: 500) {
            for _ in 0..<30 {
                oldest.note(MonotonicClock.now() - interrupter.lastSeen)
                usleep(50_000)
            }
        }
        let attempt = Attempt("rtsp://127.0.0.1:\(peer.port)/x", interrupter: interrupter)
        #expect(attempt.error?.code == .timedOut)
        #expect(oldest.value > 0 && oldest.value < 1_500_000_000, "\(oldest.value) ns")
    }
}

/// The greatest of many numbers, from any thread.
private final class Oldest: Sendable {
    private let greatest = Mutex<Int64>(0)
    var value: Int64 { greatest.withLock { $0 } }
    func note(_ value: Int64) { greatest.withLock { $0 = max($0, value) } }
}
