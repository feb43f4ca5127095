import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Files that say how they are to be turned give upright planes.
@Suite(.timeLimit(.minutes(30))) struct OrientationTests {
    /// The eight symmetries as ffmpeg's filters make them of the stored frame, and as Exif numbers them.
    static let symmetries: [(exif: Int, filter: String)] = [
        (1, "null"), (2, "hflip"), (3, "hflip,vflip"), (4, "vflip"), (5, "transpose=cclock_flip"),
        (6, "transpose=clock"), (7, "transpose=clock_flip"), (8, "transpose=cclock"),
    ]

    @Test(arguments: symmetries) func planesAreTurnedAsFFmpegTurnsThem(exif: Int, filter: String) throws {
        let clips = try Clips()
        // Not a multiple of the block that is turned at a time, and odd.
        let file = try clips.make("s.mkv", size: "101x67", seconds: 0.08, ["-c:v", "ffv1", "-pix_fmt", "yuv444p"])
        let stored = try Clips.pixels(file, format: "yuv444p")
        let expected = try Clips.pixels(file, format: "yuv444p", filter: filter)
        let orientation = Orientation(exif: exif)
        let (width, height) = orientation.transposed ? (67, 101) : (101, 67)
        var turned = [UInt8](repeating: 0, count: stored.count)
        stored.withUnsafeBufferPointer { from in
            turned.withUnsafeMutableBufferPointer { to in
                for plane in 0..<stored.count / (101 * 67) {
                    orientation.copyPlane(
                        from.baseAddress! + plane * 101 * 67, stride: 101, step: 1, width: 101, height: 67,
                        to: to.baseAddress! + plane * width * height, targetStride: width)
                }
            }
        }
        #expect(firstDifference(turned, expected) == nil)
    }

    @Test(arguments: [90, 180, 270], ["yuv420p", "yuv422p10le"])
    func phoneVideoStandsUpright(degrees: Int, format: String) throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", size: "176x98", seconds: 0.4, ["-c:v", "libx264", "-pix_fmt", format])
        let file = clips.path("turned.mp4")
        try Command.run(
            Clips.quiet + ["-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=\(degrees)", file])
        let source = try MediaSource(file)
        let frames = try frames(source)
        #expect(frames.count == 10)
        #expect(source.info.width == (degrees == 180 ? 176 : 98))
        #expect(frames.allSatisfy { $0.width == source.info.width && $0.height == source.info.height })
        #expect(source.info.orientation.degrees % 180 == degrees % 180)
        #expect(!source.info.orientation.isMirrored)
        // ffmpeg itself turns by the same matrix.
        let expected = try Clips.pixels(file, format: "yuv420p")
        #expect(psnr(frames.flatMap { packed($0.image) }, expected) > (format == "yuv420p" ? 99 : 40))
    }

    @Test func flipInTheStreamIsUndone() throws {
        let clips = try Clips()
        let plain = try clips.make("plain.mp4", seconds: 0.2, ["-c:v", "libx264", "-pix_fmt", "yuv420p"])
        let file = clips.path("flipped.mp4")
        try Command.run(
            Clips.quiet + [
                "-i", plain, "-c", "copy", "-bsf:v", "h264_metadata=display_orientation=insert:flip=horizontal", file,
            ])
        let frames = try frames(MediaSource(file))
        let expected = try Clips.pixels(plain, format: "yuv420p", filter: "hflip")
        #expect(firstDifference(frames.flatMap { packed($0.image) }, expected) == nil)
    }

    /// A JPEG as a phone writes it: an APP1 segment with tag 0112 after the start marker.
    @Test(arguments: symmetries) func exifOrientationIsHonoured(exif: Int, filter: String) throws {
        let clips = try Clips()
        let plain = try clips.make("p.jpg", size: "64x48", ["-frames:v", "1", "-update", "1", "-pix_fmt", "yuvj420p"])
        let tiff: [UInt8] =
            Array("MM".utf8) + [
                0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(exif), 0, 0, 0, 0, 0, 0,
            ]
        let segment: [UInt8] = Array("Exif".utf8) + [0, 0] + tiff
        var bytes = try File.read(FilePath(plain))
        bytes.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment, at: 2)
        try File.write(bytes, to: FilePath(clips.path("exif.jpg")))
        let frames = try frames(MediaSource(clips.path("exif.jpg")))
        let expected = try Clips.pixels(plain, format: "yuvj420p", filter: filter)
        #expect(frames.count == 1)
        #expect(firstDifference(frames.flatMap { packed($0.image) }, expected) == nil)
    }

    /// A PNG with an eXIf chunk after its header, and a TIFF whose first directory has the tag; both orders of bytes.
    @Test(arguments: symmetries, [true, false]) func exifOrientationOfPNGIsHonoured(
        symmetry: (exif: Int, filter: String), bigEndian: Bool
    ) throws {
        let clips = try Clips()
        let plain = try clips.make("p.png", size: "64x48", ["-frames:v", "1", "-update", "1", "-pix_fmt", "rgb24"])
        let value = UInt8(symmetry.exif)
        let tiff: [UInt8] =
            bigEndian
            ? Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0]
            : Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0]
        let content = Array("eXIf".utf8) + tiff
        let sum = Self.checksum(content)
        let chunk =
            [0, 0, 0, UInt8(tiff.count)] + content + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
        var bytes = try File.read(FilePath(plain))
        // Signature and header take 33 bytes.
        bytes.insert(contentsOf: chunk, at: 33)
        try File.write(bytes, to: FilePath(clips.path("exif.png")))
        let frames = try frames(MediaSource(clips.path("exif.png")))
        let expected = try Clips.pixels(plain, format: "yuvj420p", filter: symmetry.filter)
        #expect(frames.count == 1)
        #expect(psnr(frames.flatMap { packed($0.image) }, expected) > 30)
    }

    @Test(arguments: symmetries) func orientationOfTIFFIsHonoured(exif: Int, filter: String) throws {
        let clips = try Clips()
        let plain = try clips.make("p.tiff", size: "64x48", ["-frames:v", "1", "-update", "1", "-pix_fmt", "rgb24"])
        var bytes = try File.read(FilePath(plain))
        // ffmpeg writes the low byte first. The tag of the file's software (0131) goes, that of the orientation comes; tags ascend.
        let directory = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let count = Int(bytes[directory]) | Int(bytes[directory + 1]) << 8
        func tag(_ entry: [UInt8]) -> Int { Int(entry[0]) | Int(entry[1]) << 8 }
        var entries = (0..<count).map { Array(bytes[(directory + 2 + $0 * 12)...].prefix(12)) }
        entries.removeAll { tag($0) == 0x0131 }
        entries.append([0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(exif), 0, 0, 0])
        #expect(entries.count == count)
        entries.sort { tag($0) < tag($1) }
        bytes.replaceSubrange(directory + 2..<directory + 2 + count * 12, with: entries.joined())
        try File.write(bytes, to: FilePath(clips.path("turned.tiff")))
        let frames = try frames(MediaSource(clips.path("turned.tiff")))
        let expected = try Clips.pixels(plain, format: "yuvj420p", filter: filter)
        #expect(frames.count == 1)
        #expect(psnr(frames.flatMap { packed($0.image) }, expected) > 30)
    }

    /// CRC-32 as PNG has it (annex D).
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }

    @Test func angleBetweenGoesToTheNearest() {
        let turned = { (a: Double, b: Double) in
            Orientation(displayMatrix: [a, b, 0, -b, a, 0, 0, 0, 16384].map { Int32($0 * 65536) })
        }
        #expect(turned(0.94, 0.34) == .upright)
        #expect(turned(0.34, 0.94).degrees == 90)
        #expect(turned(-0.94, 0.34).degrees == 180)
        #expect(turned(0.34, -0.94).degrees == 270)
    }
}
