import Imaging
import Media
import Platform
import SystemPackage
import TestSupport
import Testing

/// Grey pictures as files, read by ffmpeg.
struct StillEncoderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func decoded(_ bytes: [UInt8], _ name: String) throws -> [UInt8] {
        let path = folder.path.appending(name)
        try File.write(bytes, to: path)
        return Array(
            try Command.run("ffmpeg", "-v", "error", "-i", path.string, "-f", "rawvideo", "-pix_fmt", "gray", "-"))
    }

    private func picture(_ number: Int, _ width: Int, _ height: Int) -> [UInt8] {
        (0..<width * height).map { (place: Int) -> UInt8 in
            let value = place % width * 3 + place / width * 2 + number * 20
            return UInt8(value % 256)
        }
    }

    @Test(arguments: [(72, 72), (33, 17)]) func aPNGIsThePicture(width: Int, height: Int) throws {
        let encoder = try StillEncoder(.png, width: width, height: height)
        for number in 0..<3 {
            let picture = picture(number, width, height)
            #expect(try decoded(encoder.encode(picture), "p\(number).png") == picture)
        }
    }

    @Test(arguments: [(72, 72), (33, 17)]) func aJPEGIsNearlyThePicture(width: Int, height: Int) throws {
        let encoder = try StillEncoder(.jpg, width: width, height: height)
        for number in 0..<3 {
            let picture = (0..<width * height).map { (place: Int) -> UInt8 in
                UInt8(place % width + place / width + number * 30)
            }
            let found = try decoded(encoder.encode(picture), "p\(number).jpg")
            try #require(found.count == picture.count)
            #expect(zip(found, picture).allSatisfy { abs(Int($0) - Int($1)) <= 6 })
        }
    }

    @Test func aGreyPictureInAVideoIsAsBrightAsItWas() throws {
        let picture = try Picture(width: 8, height: 4)
        picture.copy(grey: (0..<32).map { UInt8($0 * 8) })
        for index in 0..<32 {
            let sample = Double(picture.planes[0].samples[index / 8 * picture.planes[0].stride + index % 8])
            let light = (sample - 16) * 255 / 219
            #expect(abs(light - Double(index * 8)) <= 0.6)
        }
        #expect(picture.planes[1].samples[0] == 128 && picture.planes[2].samples[1] == 128 && !picture.fullRange)
    }
}
