import Media
import TestSupport
import Testing

/// A part of a recording, and one of several streams.
struct PartTests {
    private let clips: Clips

    init() throws { clips = try Clips() }

    private func read(_ file: String, _ change: (inout MediaOptions) -> Void) throws -> (MediaSource, [VideoFrame]) {
        var options = MediaOptions()
        change(&options)
        let source = try MediaSource(file, options: options)
        return (source, try frames(source))
    }

    @Test(
        .timeLimit(.minutes(30)),
        arguments: [
            ("a.mp4", ["-c:v", "libx264", "-bf", "2", "-g", "30"]), ("a.mkv", ["-c:v", "libx264", "-g", "200"]),
            ("a.avi", ["-c:v", "mpeg4", "-g", "20"]), ("a.ts", ["-c:v", "libx264", "-bf", "2", "-g", "30"]),
            ("a.mpg", ["-c:v", "mpeg2video", "-g", "12"]), ("a.webm", ["-c:v", "libvpx", "-g", "40"]),
            ("a.mov", ["-c:v", "mjpeg"]), ("a.h264", ["-c:v", "libx264", "-g", "30"]),
            ("a.hevc.mp4", ["-c:v", "libx265", "-x265-params", "log-level=error", "-g", "30"]),
        ])
    func aPartHoldsTheFramesOfTheWholeWithinIt(name: String, encoding: [String]) throws {
        let file = try clips.make(name, seconds: 8, encoding)
        let (_, whole) = try read(file) { _ in }
        let first = try #require(whole.first?.pts)
        for (from, to) in [(4.2, 5.4), (0.5, 1.1), (7.5, 100)] {
            let (start, end) = (first + from, first + to)
            let (source, part) = try read(file) {
                $0.start = start
                $0.end = end
            }
            let wanted = whole.filter { $0.pts >= start - 1e-6 && $0.pts < end }
            #expect(part.map(\.pts) == wanted.map(\.pts), "\(name) from \(from)")
            #expect(!wanted.isEmpty && zip(part, wanted).allSatisfy { packed($0.image) == packed($1.image) })
            #expect(source.completeness?.isComplete == true && source.counters.damaged == 0)
        }
    }

    @Test func aPartWithoutAFrameIsAnError() throws {
        let file = try clips.make("a.mp4", seconds: 2, ["-c:v", "libx264"])
        #expect {
            try self.read(file) { $0.start = 10 }
        } throws: { error in
            let error = error as? MediaError
            return error?.code == .nothingDecoded && error?.reason.contains("it runs from 0.0 s to 2.0 s") == true
        }
        #expect(throws: MediaError.self) { try self.read(file) { $0.end = 0 } }
    }

    @Test func theTimeOfDayGoesOnFromTheRecordingsBeginning() throws {
        let file = try clips.make(
            "a.mov", seconds: 8,
            [
                "-c:v", "libx264", "-g", "25", "-movflags", "use_metadata_tags", "-metadata",
                "com.apple.quicktime.creationdate=2024-05-01T14:00:00+0200",
            ])
        let (source, part) = try read(file) { $0.start = 5.2 }
        guard case .tag(let recorded) = source.info.clock else {
            Issue.record("the tag names its zone")
            return
        }
        #expect(recorded.microseconds == 1_714_564_800_000_000)
        #expect(part.first?.time == 1_714_564_805_200_000)
        let (_, bare) = try read(file) { $0.clock = .none }
        #expect(bare.allSatisfy { $0.time == nil })
    }

    @Test func oneOfSeveralStreamsIsChosenAndTold() throws {
        let small = try clips.make("small.mkv", size: "64x48", seconds: 0.4, ["-c:v", "libx264"])
        let large = try clips.make("large.mkv", size: "160x120", seconds: 0.4, ["-c:v", "mpeg4"])
        let both = clips.path("both.mkv")
        try Command.run(Clips.quiet + ["-i", small, "-i", large, "-map", "0", "-map", "1", "-c", "copy", both])
        let (chosen, frames) = try read(both) { $0.stream = 0 }
        #expect(chosen.info.stream == 0 && frames.first?.width == 64 && chosen.remarks.isEmpty)
        let (other, _) = try read(both) { $0.stream = 1 }
        #expect(other.info.width == 160 && other.info.codec == "mpeg4")
        let (free, _) = try read(both) { _ in }
        #expect(free.remarks.count == 1 && free.remarks[0].contains("0 (h264 64x48), 1 (mpeg4 160x120)"))
        #expect {
            try self.read(both) { $0.stream = 7 }
        } throws: { ($0 as? MediaError)?.reason.contains("there is no video stream 7; there are 0") == true }
    }
}
