import Glibc
import Media
import SystemPackage
import TestSupport
import Testing

/// Streams over TCP, HTTP, SRT and HLS, and what changes in the middle of them.
@Suite(.timeLimit(.minutes(30))) struct LiveStreamTests {
    static let h264 = ["-c:v", "libx264", "-g", "10", "-tune", "zerolatency", "-pix_fmt", "yuv420p"]
    private let clips: Clips

    init() throws { clips = try Clips() }

    @Test func aNewSizeInMidStreamStartsAnEpoch() throws {
        let small = try clips.make("a.ts", size: "160x120", Self.h264)
        let large = try clips.make("b.ts", size: "320x240", Self.h264)
        let peer = try Peer("fault_peer.py", "play", small, large, small, "--rate", "80000")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(attempt.error == nil)
        expectOrder(attempt.frames)
        let widths = Dictionary(grouping: attempt.frames, by: \.epoch).mapValues { Set($0.map(\.width)) }
        #expect(widths == [0: [160], 1: [320], 2: [160]])
        #expect(attempt.frames.count > 80)
    }

    @Test(arguments: [
        ["-c:v", "mpeg2video", "-g", "10"], ["-c:v", "libx265", "-x265-params", "log-level=none:keyint=10"],
    ])
    func anotherCodecInANewStreamStartsAnEpoch(arguments: [String]) throws {
        let first = try clips.make("a.ts", seconds: 2, Self.h264)
        let second = try clips.make(
            "b.ts", seconds: 5, arguments + ["-pix_fmt", "yuv420p", "-mpegts_start_pid", "0x180"])
        let peer = try Peer("fault_peer.py", "play", first, second, "--rate", "80000")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(attempt.error == nil)
        expectOrder(attempt.frames)
        // Two seconds of it go by before it is believed.
        let counts = Dictionary(grouping: attempt.frames, by: \.epoch).mapValues(\.count)
        #expect(counts[0] ?? 0 >= 48 && counts[1] ?? 0 >= 60, "\(counts)")
    }

    /// libav keeps the codec of a stream that changes it under the same number, and its decoder makes frames of rubbish.
    @Test func anotherCodecInTheSameStreamIsNoSignOfLife() throws {
        let first = try clips.make("a.ts", seconds: 2, Self.h264)
        let second = try clips.make("b.ts", seconds: 30, ["-c:v", "mpeg2video", "-g", "10"])
        let size = try File.read(FilePath(second)).count
        let peer = try Peer("fault_peer.py", "play", first, second, "--rate", "\(size / 30)")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(
            attempt.error?.code == .timedOut, "\(String(describing: attempt.error)), \(attempt.frames.count) frames")
        #expect(attempt.duration < .seconds(20))
        expectOrder(attempt.frames)
    }

    @Test(arguments: [-3600.0, 86_400]) func aClockThatIsSetInMidStreamStartsAnEpoch(offset: Double) throws {
        let first = try clips.make("a.ts", seconds: 2, Self.h264 + ["-output_ts_offset", "5000"])
        let second = try clips.make("b.ts", seconds: 2, Self.h264 + ["-output_ts_offset", "\(5000 + offset)"])
        let peer = try Peer("fault_peer.py", "play", first, second, "--rate", "80000")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(attempt.error == nil && attempt.frames.count >= 95)
        expectOrder(attempt.frames)
        #expect(Set(attempt.frames.map(\.epoch)) == [0, 1])
        #expect(attempt.frames.allSatisfy { $0.pts < 3 }, "each epoch begins at 0")
        // However the camera's clock is set, ours tells when a frame was taken.
        #expect(zip(attempt.frames, attempt.frames.dropFirst()).allSatisfy { ($0.time ?? 0) <= ($1.time ?? 0) })
    }

    @Test(arguments: [10.0, 40]) func framesOfMotionJPEGHaveTheTimesAtWhichTheyCame(rate: Double) throws {
        let frames = try (0..<2).map { try clips.make("\($0).jpg", ["-frames:v", "1", "-update", "1"]) }
        let peer = try Peer(
            "fault_peer.py", "mjpeg", frames[0], frames[1], "--fps", "\(rate)", "--count", "\(Int(rate * 3))")
        let attempt = Attempt("http://127.0.0.1:\(peer.port)/video.mjpg")
        // The end of the connection is no end of the stream: the next part was announced.
        #expect(attempt.error == nil || attempt.error?.code == .readFailed)
        #expect(abs(attempt.frames.count - Int(rate * 3)) <= 1)
        expectOrder(attempt.frames)
        let span = (attempt.frames.last?.pts ?? 0) - (attempt.frames.first?.pts ?? 0)
        #expect(abs(span - 3) < 0.7, "\(span) s, where libav's 25 a second would make \(rate * 3 / 25)")
    }

    @Test func theFirstKeyFrameIsNotThrownAway() throws {
        // One key frame, and no other for the rest of the stream.
        let clip = try clips.make("a.ts", seconds: 3, ["-c:v", "libx264", "-g", "1000", "-tune", "zerolatency"])
        let peer = try Peer("fault_peer.py", "play", clip, "--rate", "60000")
        let attempt = Attempt("tcp://127.0.0.1:\(peer.port)")
        #expect(attempt.frames.count == 75 && attempt.frames.first?.isKey == true)
    }

    /// Every frame that was sent is given out or told, and none is decoded of frames that were not.
    @Test func whatIsNotDecodedIsTold() throws {
        let clip = try clips.make(
            "a.ts", seconds: 8, ["-c:v", "libx264", "-g", "25", "-tune", "zerolatency", "-pix_fmt", "yuv420p"])
        let peer = try Peer("fault_peer.py", "play", clip, "--rate", "200000")
        let source = try MediaSource("tcp://127.0.0.1:\(peer.port)", options: quick())
        var (count, lost) = (0, FrameLoss())
        var keys: [Bool] = []
        while let frame = try source.next() {
            count += 1
            lost += frame.lostBefore
            switch count {
            case 30: source.thinning = .keyframes
            case 33: source.thinning = .all
            default: break
            }
            if count > 30 { keys.append(frame.isKey) }
        }
        lost += source.untold
        #expect(count + lost.total == 200, "\(count) and \(lost)")
        #expect(lost.thinned == 0 && lost.missing == 0 && lost.undecoded > 48)
        #expect(source.counters.undecoded == lost.undecoded)
        // Key frames alone, and from a key frame on all.
        #expect(keys.prefix(4).allSatisfy { $0 } && keys.filter { !$0 }.count > 20)
        #expect(source.counters.damaged == 0)
    }

    @Test func openingDoesNotWaitLongerThanTheFirstFrames() throws {
        let clip = try clips.make("a.ts", seconds: 8, ["-c:v", "libx264", "-g", "25", "-tune", "zerolatency"])
        let size = try File.read(FilePath(clip)).count
        let peer = try Peer("fault_peer.py", "play", clip, "--rate", "\(size / 8)")
        let start = ContinuousClock.now
        let source = try MediaSource("tcp://127.0.0.1:\(peer.port)", options: quick())
        #expect(try source.next() != nil)
        let duration = ContinuousClock.now - start
        #expect(duration < .seconds(2.5), "\(duration)")
    }

    @Test func aRecordingOnAWebServerIsReadLikeAFile() throws {
        let clip = try clips.make("film.mp4", seconds: 2, ["-c:v", "libx264", "-movflags", "+faststart"])
        let server = try Peer("fault_peer.py", "files", clips.folder.path.string)
        let source = try MediaSource("http://127.0.0.1:\(server.port)/film.mp4", options: quick())
        #expect(!source.info.isLive && source.info.duration != nil)
        let remote = try frames(source)
        #expect(remote.map(\.pts) == (try frames(MediaSource(clip))).map(\.pts))
        #expect(remote.allSatisfy { $0.time == nil })
    }

    @Test func aFinishedPlaylistIsARecordingAndAGrowingOneIsLive() throws {
        _ = try clips.make("all.m3u8", seconds: 4, Self.h264 + ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0"])
        let server = try Peer("fault_peer.py", "files", clips.folder.path.string)
        let recording = Attempt("http://127.0.0.1:\(server.port)/all.m3u8")
        #expect(recording.error == nil && recording.frames.count == 100)
        let encoder = try Child(
            Clips.quiet + ["-re", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=60"] + Self.h264 + [
                "-f", "hls", "-hls_time", "1", "-hls_flags", "delete_segments", clips.path("live.m3u8"),
            ])
        // Two whole segments are there, so that it is a playlist that grows and no empty one.
        let playlist = FilePath(clips.path("live.m3u8"))
        let hasBegun = until {
            let text = String(decoding: (try? File.read(playlist)) ?? [], as: UTF8.self)
            return text.split(separator: "\n").filter { $0.hasSuffix(".ts") }.count >= 2
        }
        #expect(hasBegun)
        let source = try MediaSource("http://127.0.0.1:\(server.port)/live.m3u8", options: quick(open: .seconds(10)))
        #expect(source.info.isLive)
        let frames = try take(75, from: source)
        #expect(frames.count == 75)
        expectOrder(frames)
        encoder.signal(SIGKILL)
        // The last frames, then silence: a playlist that does not grow any more.
        #expect(throws: MediaError.self) { while try source.next() != nil {} }
    }

    @Test func securelyTransportedStreamsAreOpened() throws {
        let protocols = String(decoding: try Command.run("ffmpeg", "-hide_banner", "-protocols"), as: UTF8.self)
        try #require(protocols.contains("srt"))
        let port = Int.random(in: 20_000...30_000)
        let encoder = try Child(
            Clips.quiet + ["-re", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=60"] + Self.h264 + [
                "-f", "mpegts", "srt://127.0.0.1:\(port)?mode=listener&passphrase=a-long-secret",
            ])
        // It listens when the kernel says so.
        let isListening = until {
            let sockets = String(decoding: (try? Command.run("cat", "/proc/net/udp")) ?? [], as: UTF8.self)
            return sockets.contains(":" + String(port, radix: 16, uppercase: true) + " ")
        }
        #expect(isListening)
        let url = "srt://127.0.0.1:\(port)?passphrase=a-long-secret"
        let source = try MediaSource(url, options: quick(open: .seconds(10), frame: .seconds(10)))
        #expect(!source.info.name.contains("a-long-secret"))
        #expect(try take(30, from: source).count == 30)
        encoder.signal(SIGKILL)
        let start = ContinuousClock.now
        while (try? source.next()) != nil {}
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test func aFileAtItsOwnPaceThatBeginsAgain() throws {
        let clip = try clips.make("loop.mp4", seconds: 0.8, ["-c:v", "libx264"])
        var options = MediaOptions()
        options.realtime = true
        options.loops = true
        let source = try MediaSource(clip, options: options)
        let start = ContinuousClock.now
        let frames = try take(50, from: source)
        let duration = ContinuousClock.now - start
        #expect(Set(frames.map(\.epoch)) == [0, 1, 2])
        expectOrder(frames)
        #expect(duration > .seconds(1.8) && duration < .seconds(6), "\(duration) for 50 frames at 25 a second")
        #expect(frames.allSatisfy { $0.time != nil })
    }
}
