import Imaging
import Media
import TestSupport
import Testing

/// Parts of frames that nobody is to see.
@Suite(.timeLimit(.minutes(10))) struct MaskTests {
    static let formats = ["yuv420p", "nv12", "gray", "yuv444p", "yuv420p10le", "rgb24"]

    private func brightness(_ image: PlanarImage, _ columns: Range<Int>, _ rows: Range<Int>) -> (
        least: UInt8, most: UInt8
    ) {
        var (least, most) = (UInt8.max, UInt8.min)
        for row in rows {
            for column in columns {
                let value = image.y[row * image.yStride + column]
                (least, most) = (min(least, value), max(most, value))
            }
        }
        return (least, most)
    }

    @Test(arguments: formats) func maskedPartsAreBlackInEveryFrameAndTheRestIsAsItWas(format: String) throws {
        let clips = try Clips()
        let file = try clips.make(
            "a.mkv", seconds: 1, ["-c:v", format == "nv12" ? "rawvideo" : "ffv1", "-pix_fmt", format])
        var options = MediaOptions()
        options.mask = Polygons("0,0 0.5,0 0.5,1 0,1")
        let (masked, plain) = (try frames(MediaSource(file, options: options)), try frames(MediaSource(file)))
        #expect(masked.count == plain.count && plain.count == 25)
        for (frame, original) in zip(masked, plain) {
            let (image, was) = (frame.image, original.image)
            let black: UInt8 = image.fullRange ? 0 : 16
            #expect(brightness(image, 0..<80, 0..<120) == (black, black))
            #expect(brightness(was, 0..<80, 0..<120).most > 60)
            for row in 0..<120 {
                for column in 82..<160 where image.y[row * image.yStride + column] != was.y[row * was.yStride + column]
                {
                    Issue.record("\(format) \(column) \(row)")
                    return
                }
            }
        }
    }

    /// A decoder goes on from the frames that it has given out.
    @Test func theDecoderDoesNotSeeTheMask() throws {
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 1, ["-c:v", "libx264", "-g", "250", "-bf", "2"])
        var options = MediaOptions()
        options.mask = Polygons("0,0 0.25,0 0.25,1 0,1")
        let (masked, plain) = (try frames(MediaSource(file, options: options)), try frames(MediaSource(file)))
        for (frame, original) in zip(masked, plain) {
            #expect(brightness(frame.image, 44..<160, 0..<120) == brightness(original.image, 44..<160, 0..<120))
        }
    }

    @Test func aMaskIsLaidOnTheUprightFrame() throws {
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 0.4, ["-c:v", "libx264"])
        try Command.run(
            Clips.quiet + ["-i", file, "-c", "copy", "-metadata:s:v:0", "rotate=90", clips.path("r.mp4")])
        var options = MediaOptions()
        options.mask = Polygons("0,0 1,0 1,0.25 0,0.25")
        let frame = try #require(try MediaSource(clips.path("r.mp4"), options: options).next())
        #expect(frame.width == 120 && frame.height == 160)
        #expect(brightness(frame.image, 0..<120, 0..<40) == (16, 16))
        #expect(brightness(frame.image, 0..<120, 44..<160).most > 60)
    }
}
