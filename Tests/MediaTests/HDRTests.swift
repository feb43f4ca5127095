import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// HDR that is coded with PQ comes out as SDR.
struct HDRTests {
    /// A clip of the sample in PQ, its white at so many cd/m2.
    private func clip(_ clips: Clips, white: Int, format: String, _ options: [String] = []) throws -> String {
        let filter =
            "zscale=tin=bt709:min=bt709:pin=bt709:rin=tv:t=linear:npl=\(white),format=gbrpf32le,"
            + "zscale=p=bt709:t=smpte2084:m=bt709:r=tv:npl=\(white),format=\(format)"
        let file = clips.path("pq.mkv")
        try Command.run(
            Clips.quiet + ["-t", "0.2", "-i", Paths.fixtures.appending("sample.mp4").string, "-an", "-vf", filter]
                + ["-c:v", "ffv1", "-color_trc", "smpte2084", "-colorspace", "bt709", "-color_primaries", "bt709"]
                + options + [file])
        return file
    }

    @Test(arguments: ["yuv420p10le", "yuv422p10le", "yuv444p12le"]) func pqBecomesSDR(format: String) throws {
        let clips = try Clips()
        let source = try MediaSource(clip(clips, white: 203, format: format))
        let frames = try frames(source)
        #expect(frames.count == 5)
        #expect(source.info.transfer == "smpte2084")
        let sample = Paths.fixtures.appending("sample.mp4").string
        let expected = try Clips.pixels(sample, format: "yuv420p", filter: "trim=end_frame=5")
        // Midtones stay, highlights are held back.
        #expect(psnr(frames.flatMap { packed($0.image) }, expected) > 26)
    }

    @Test func pqThatIsTurnedIsMappedOnce() throws {
        let clips = try Clips()
        let file = try clip(clips, white: 203, format: "yuv420p10le")
        let upright = try frames(MediaSource(file))
        let turned = clips.path("turned.mov")
        try Command.run(
            Clips.quiet + ["-i", file, "-c", "copy", "-strict", "-1", "-metadata:s:v:0", "rotate=180", turned])
        let frames = try frames(MediaSource(turned))
        #expect(frames.count == upright.count)
        for (a, b) in zip(frames, upright) {
            let (turned, plain) = (packed(a.image).prefix(640 * 360), packed(b.image).prefix(640 * 360))
            #expect(turned.elementsEqual(plain.reversed()))
        }
    }
}
