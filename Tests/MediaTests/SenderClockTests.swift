import Media
import Platform
import TestSupport
import Testing

/// The time that a camera tells by its own clock.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SenderClockTests {
    @Test func aCamerasOwnClockIsTakenWhereItTellsIt() throws {
        let server = try Peer("rtsp_server.py")
        var options = MediaOptions()
        options.liveClock = .sender
        let source = try MediaSource("rtsp://127.0.0.1:\(server.port)/live", options: options)
        // Reports come every five seconds or so.
        var frame = try source.next()
        for _ in 0..<1_000 where source.info.clock != .sender { frame = try source.next() }
        #expect(source.info.clock == .sender)
        let next = try #require(try source.next())
        let (before, after) = (try #require(frame?.time), try #require(next.time))
        // Steps of the stream's time, and this machine's clock, which is the server's.
        #expect(abs(Double(after - before) / 1e6 - (next.pts - (frame?.pts ?? 0))) < 0.002)
        #expect(abs(after - MonotonicClock.wallMicroseconds()) < 2_000_000)
        #expect(source.remarks.isEmpty, "\(source.remarks)")
    }

    @Test func withoutBeingAskedTheTimeOfArrivalIsTaken() throws {
        let server = try Peer("rtsp_server.py")
        let source = try MediaSource("rtsp://127.0.0.1:\(server.port)/live")
        for _ in 0..<160 { _ = try source.next() }
        #expect(source.info.clock == .none)
    }
}

/// Devices that decode. There is none where this is tested: what is asked for and cannot be had is told.
@Suite(.timeLimit(.minutes(10))) struct HardwareDecoderTests {
    @Test(arguments: ["vaapi", "cuda"]) func aDeviceThatIsNotThereIsToldAndTheProcessorDecodes(name: String) throws {
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 1, ["-c:v", "libx264"])
        var options = MediaOptions()
        options.decoder = .device(name)
        let source = try MediaSource(file, options: options)
        #expect(source.remarks.count == 1)
        #expect(source.remarks.first?.contains(name) == true, "\(source.remarks)")
        #expect(source.remarks.first?.contains("the processor") == true)
        #expect(try frames(source).count == 25)
    }

    @Test func whatNoDeviceDecodesIsToldAndTheProcessorDecodes() throws {
        let clips = try Clips()
        let file = try clips.make("a.mkv", seconds: 1, ["-c:v", "ffv1"])
        var options = MediaOptions()
        options.decoder = .device("vaapi")
        let source = try MediaSource(file, options: options)
        #expect(source.remarks == ["vaapi does not decode ffv1 here; the processor does"])
        #expect(try frames(source).count == 25)
    }

    @Test func anyDeviceWillDoAndNoneIsNeeded() throws {
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 1, ["-c:v", "libx264"])
        var options = MediaOptions()
        options.decoder = .automatic
        let source = try MediaSource(file, options: options)
        #expect(source.remarks.isEmpty)
        #expect(try frames(source).count == 25)
    }
}
