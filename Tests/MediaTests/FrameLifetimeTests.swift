import Imaging
import Media
import Testing

/// Who keeps a frame's memory, and for how long.
@Suite(.timeLimit(.minutes(30))) struct FrameLifetimeTests {
    /// Both kinds of memory: the decoder's own, and our canvas, which the next frames would be written to.
    @Test(arguments: ["yuv420p", "yuv444p"])
    func anImageKeepsItsFrameWhileTheSourceGoesOn(format: String) throws {
        let clips = try Clips()
        let source = try MediaSource(clips.make("clip.mkv", ["-c:v", "ffv1", "-pix_fmt", format]))
        var frame = try source.next()
        weak let first = frame
        let image = try #require(frame?.image)
        let before = packed(image)
        frame = nil
        var later: [UInt8] = []
        for _ in 0..<20 {
            let next = try #require(try source.next())
            later = packed(next.image)
        }
        #expect(first != nil)
        #expect(firstDifference(packed(image), before) == nil)
        #expect(firstDifference(later, before) != nil)
    }

    @Test func aFrameGoesWithItsLastImage() throws {
        let clips = try Clips()
        let source = try MediaSource(clips.make("clip.mkv", ["-c:v", "ffv1"]))
        weak var frame: VideoFrame?
        do {
            let image = try {
                let first = try #require(try source.next())
                frame = first
                return first.image
            }()
            #expect(frame != nil)
            #expect(image.owner === frame)
        }
        #expect(frame == nil)
    }
}
