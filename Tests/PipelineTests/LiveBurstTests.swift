import Glibc
import Media
import Pipeline
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

/// A real stream that comes in pieces, before a pipeline that takes its time.
@Suite(.timeLimit(.minutes(10))) struct LiveBurstTests {
    /// 25 frames a second in pieces of two seconds; each frame costs 10 ms.
    @Test func aLivePlaylistIsAnalysedWhole() throws {
        let folder = try TemporaryFolder()
        let playlist = folder.path.appending("live.m3u8")
        let encoder = try Child([
            "ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i",
            "testsrc2=size=160x120:rate=25:duration=120", "-c:v", "libx264", "-g", "25", "-tune", "zerolatency",
            "-pix_fmt", "yuv420p", "-f", "hls", "-hls_time", "2", "-hls_flags", "delete_segments", playlist.string,
        ])
        let server = try Peer("fault_peer.py", "files", folder.path.string)
        let hasBegun = until {
            let text = String(decoding: (try? File.read(playlist)) ?? [], as: UTF8.self)
            return text.split(separator: "\n").filter { $0.hasSuffix(".ts") }.count >= 2
        }
        #expect(hasBegun)
        let output = Collector()
        let pipeline = Fakes.pipeline(.live(name: "door"), reader: FakeReader(wait: { usleep(10_000) }), output: output)
        pipeline.capture { interrupter in
            var options = MediaOptions()
            options.deadlines.open = .seconds(60)
            return try MediaSource(
                "http://127.0.0.1:\(server.port)/live.m3u8", options: options, interrupter: interrupter)
        }
        #expect(until { output.records.count >= 200 })
        pipeline.stop()
        _ = pipeline.wait(until: MonotonicClock.now() + 20_000_000_000)
        encoder.signal(SIGKILL)
        let records = output.records
        let told = records.reduce(0) { $0 + $1.dropped }
        #expect(
            told == 0, "\(told) of \(records.count + told) were lost: \(records.map(\.drops).filter { $0.total > 0 })")
        // They stand in for each frame that was sent.
        let steps = zip(records, records.dropFirst()).map { $1.pts - $0.pts }
        #expect(steps.allSatisfy { abs($0 - 0.04) < 0.001 })
    }
}
