import Media
import SystemPackage
import TestSupport
import Testing

/// Times of files whose containers tell them badly, and the time of day of a recording.
@Suite(.timeLimit(.minutes(30))) struct TimeTests {
    @Test(arguments: [["-c:v", "libx264", "-bf", "3"], ["-c:v", "mpeg4", "-bf", "2"], ["-c:v", "mpeg4", "-bf", "0"]])
    func aviStartsAtZeroAndEndsWithinItsLength(arguments: [String]) throws {
        let clips = try Clips()
        let file = try clips.make("a.avi", seconds: 2, arguments)
        for threads in [1, 4] {
            var options = MediaOptions()
            options.threads = threads
            let frames = try frames(MediaSource(file, options: options))
            #expect(frames.count == 50)
            for (index, frame) in frames.enumerated() { #expect(abs(frame.pts - Double(index) / 25) < 1e-9) }
            #expect(frames.allSatisfy { $0.epoch == 0 })
        }
    }

    @Test func aDamagedAviDoesNotDrift() throws {
        let clips = try Clips()
        let file = try clips.make("a.avi", size: "320x240", seconds: 4, ["-c:v", "libx264", "-bf", "2", "-g", "10"])
        var bytes = try File.read(FilePath(file))
        let middle = bytes.count / 2
        bytes.replaceSubrange(middle..<middle + 2000, with: repeatElement(0xA5, count: 2000))
        try File.write(bytes, to: FilePath(file))
        let frames = try frames(MediaSource(file))
        #expect(frames.count > 80)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.epoch == $1.epoch && $0.pts <= $1.pts })
        let last = try #require(frames.last)
        #expect(last.pts <= 4 && last.pts > 3.7)
    }

    @Test func negativeTimesCountBackFromTheFirstThatIsKnown() throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", seconds: 2, ["-c:v", "libx264", "-bf", "2"])
        let file = clips.path("negative.mkv")
        try Command.run(
            Clips.quiet + [
                "-i", plain, "-c", "copy", "-output_ts_offset", "-0.5", "-avoid_negative_ts", "disabled", file,
            ])
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 50)
        #expect(frames.allSatisfy { $0.epoch == 0 })
        for (index, frame) in frames.enumerated() { #expect(abs(frame.pts - Double(index) / 25) < 0.011) }
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.pts < $1.pts })
        #expect(frames.first?.estimated == true && frames.last?.estimated == false)
    }

    @Test func aClockSetBackIsNoWrap() throws {
        let clips = try Clips()
        let first = try clips.make("1.ts", seconds: 2, ["-c:v", "libx264", "-output_ts_offset", "500"])
        let second = try clips.make("2.ts", seconds: 2, ["-c:v", "libx264"])
        let file = clips.path("both.ts")
        try File.write(File.read(FilePath(first)) + File.read(FilePath(second)), to: FilePath(file))
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 100)
        #expect(frames.first.map { $0.pts > 499 } == true)
        #expect(frames.last?.epoch == 1)
        #expect(frames.last.map { $0.pts < 4 } == true, "\(frames.last?.pts ?? -1)")
    }

    @Test func aClockThatRunsOverItsEndGoesOn() throws {
        let clips = try Clips()
        // 2^33 ticks of 90 kHz are 95443.717 s.
        let file = try clips.make("wrap.ts", seconds: 4, ["-c:v", "libx264", "-output_ts_offset", "95440.5"])
        let frames = try frames(MediaSource(file))
        #expect(frames.count == 100)
        #expect(frames.allSatisfy { $0.epoch == 0 })
        #expect(zip(frames, frames.dropFirst()).allSatisfy { abs($1.pts - $0.pts - 0.04) < 0.001 })
    }

    @Test func theTimeOfDayIsTheTagsOrTheUsers() throws {
        let clips = try Clips()
        let file = try clips.make(
            "a.mp4", seconds: 0.4, ["-c:v", "libx264", "-metadata", "creation_time=2024-05-01T12:00:00.5Z"])
        let source = try MediaSource(file)
        #expect(source.info.recorded?.tag == "creation_time")
        #expect(try frames(source).allSatisfy { $0.time == nil }, "not without being asked")
        var options = MediaOptions()
        options.clock = .tag
        let start: Int64 = 1_714_564_800_000_000
        let frames = try frames(MediaSource(file, options: options))
        for (index, frame) in frames.enumerated() {
            #expect(frame.time.map { abs($0 - start - Int64(index) * 40_000) < 1_000_000 } == true)
        }
        let times = frames.compactMap(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 40_000 })
        options.clock = .start(1_000_000)
        #expect(try MediaSource(file, options: options).next()?.time == 1_000_000)
        let untagged = try clips.make("b.mp4", seconds: 0.4, ["-c:v", "libx264"])
        options.clock = .tag
        let bare = try MediaSource(untagged, options: options)
        #expect(bare.remarks.count == 1)
        #expect(try bare.next()?.time == nil)
    }

    @Test(arguments: [
        ("2024-05-01T12:34:56.000000Z", 1_714_566_896_000_000 as Int64?, false),
        ("2024-05-01T14:34:56+0200", 1_714_566_896_000_000, true),
        ("2024-05-01T07:04:56-05:30", 1_714_566_896_000_000, true),
        ("2024-05-01 12:34:56", 1_714_566_896_000_000, false), ("2024:05:01 12:34:56", 1_714_566_896_000_000, false),
        ("2000-02-29T23:59:59.25Z", 951_868_799_250_000, false), ("1904-01-01T00:00:00Z", nil, false),
        ("1970-01-01T00:00:00Z", nil, false), ("2024-13-01T00:00:00Z", nil, false), ("2024-05-01", nil, false),
        ("", nil, false), ("2024-05-01T12:34:56Zoo", nil, false), ("2024-05-01T12:34:56+9", nil, false),
    ])
    func tagsAreRead(text: String, microseconds: Int64?, hasZone: Bool) {
        let time = RecordingTime(text, tag: "creation_time")
        #expect(time?.microseconds == microseconds)
        if let time { #expect(time.hasZone == hasZone) }
    }
}
