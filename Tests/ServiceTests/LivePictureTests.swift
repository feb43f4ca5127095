import Faces
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

@testable import Service

/// Pictures of the live page: when they are made, and what can be seen in them.
@Suite(.timeLimit(.minutes(10))) struct LivePictureTests {
    private static let second: Int64 = 1_000_000_000

    /// A frame of black and white columns, one pixel wide each, that no blurred picture may show.
    private func stripes(width: Int = 640, height: Int = 480, period: Int = 8) -> VideoFrame {
        let luma = (0..<width * height).map { UInt8(($0 % width) / (period / 2) % 2 == 0 ? 255 : 0) }
        return luma.withUnsafeBufferPointer { bytes in
            VideoFrame(
                copying: PlanarImage(
                    width: width, height: height, y: bytes.baseAddress!, yStride: width, u: nil, v: nil,
                    chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil),
                timing: .init(pts: 0))
        }
    }

    private func face(_ x: Float, _ y: Float, _ side: Float) -> Face {
        var face = Face()
        face.box = FaceBox(x: x, y: y, width: side, height: side)
        return face
    }

    /// The luma of a JPEG, as libav reads it.
    private func luma(_ jpeg: [UInt8]) throws -> (width: Int, height: Int, rows: [[UInt8]]) {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("a.jpg")
        try File.write(jpeg, to: path)
        let frame = try #require(try MediaSource(path.string).next())
        let image = frame.image
        return withExtendedLifetime(frame) {
            let rows = (0..<frame.height).map { row in
                (0..<frame.width).map { image.y[row * image.yStride + $0] }
            }
            return (frame.width, frame.height, rows)
        }
    }

    @Test func nothingIsMadeUntilSomebodyLooks() throws {
        let picture = LivePicture(.full)
        picture.see(stripes(), [], now: 0)
        #expect(picture.newest(now: Self.second) == nil)
        picture.see(stripes(), [], now: Self.second + 1)
        #expect(picture.newest(now: Self.second + 2)?.starts(with: [0xFF, 0xD8, 0xFF]) == true)
        // Nobody takes an old one for what is seen now.
        #expect(picture.newest(now: 8 * Self.second) == nil)
    }

    @Test func picturesAreFewAndEndWhenNobodyLooksAnyMore() throws {
        let picture = LivePicture(.full)
        _ = picture.newest(now: 0)
        picture.see(stripes(period: 8), [], now: 1)
        let first = try #require(picture.newest(now: 2))
        picture.see(stripes(period: 80), [], now: Self.second / 10)
        #expect(picture.newest(now: Self.second / 10) == first)
        picture.see(stripes(period: 80), [], now: Self.second / 2)
        let next = try #require(picture.newest(now: Self.second / 2))
        #expect(next != first)
        picture.see(stripes(period: 160), [], now: 9 * Self.second)
        #expect(picture.newest(now: 9 * Self.second) == nil)
    }

    @Test func aFullPictureHasTheShapeThatIsShown() throws {
        let picture = LivePicture(.full)
        _ = picture.newest(now: 0)
        picture.see(stripes(width: 1_280, height: 720, period: 160), [], now: 1)
        let shown = try luma(#require(picture.newest(now: 2)))
        #expect(shown.width == 480 && shown.height == 270)
        #expect(shown.rows[100][15] > 225 && shown.rows[100][45] < 30)
    }

    @Test func aBlurredPictureHasFewColumnsAndNoFace() throws {
        let picture = LivePicture(.blurred)
        _ = picture.newest(now: 0)
        // 64 columns: stripes of a column each are seen outside the face and not within.
        let frame = stripes(period: 20)
        picture.see(frame, [face(220, 140, 200)], now: 1)
        let shown = try luma(#require(picture.newest(now: 2)))
        #expect(shown.width == LivePicture.columns && shown.height == 48)
        func contrast(_ row: Int, _ columns: Range<Int>) -> Int {
            let values = columns.map { Int(shown.rows[row][$0]) }
            return values.max()! - values.min()!
        }
        #expect(contrast(4, 4..<12) > 150)
        #expect(contrast(24, 27..<37) < 40, "the middle of the face")
        // A face that is lost for a moment stays covered.
        picture.see(frame, [], now: Self.second)
        let later = try luma(#require(picture.newest(now: Self.second)))
        let row = later.rows[24][27..<37].map(Int.init)
        #expect(row.max()! - row.min()! < 40)
        picture.see(frame, [], now: 3 * Self.second)
        let gone = try luma(#require(picture.newest(now: 3 * Self.second)))
        let free = gone.rows[24][27..<37].map(Int.init)
        #expect(free.max()! - free.min()! > 150)
    }

    @Test func normalizedFacesStandSideBySide() throws {
        let picture = LivePicture(.normalized)
        _ = picture.newest(now: 0)
        picture.see(stripes(), [face(220, 140, 200)], now: 1)
        #expect(picture.newest(now: 1) == nil, "nothing of the camera's picture")
        var (dark, bright) = (face(0, 0, 100), face(300, 0, 100))
        dark.normalized = [UInt8](repeating: 20, count: 72 * 72)
        bright.normalized = [UInt8](repeating: 230, count: 72 * 72)
        picture.take([dark, bright], now: 2)
        let shown = try luma(#require(picture.newest(now: 2)))
        #expect(shown.width == 2 * LivePicture.tile && shown.height == LivePicture.tile)
        #expect(abs(Int(shown.rows[70][70]) - 20) < 4 && abs(Int(shown.rows[70][200]) - 230) < 4)
        picture.take([], now: Self.second)
        let nobody = try luma(#require(picture.newest(now: Self.second)))
        #expect(nobody.width == LivePicture.tile && abs(Int(nobody.rows[70][70]) - 128) < 4)
        picture.show(.none)
        #expect(picture.newest(now: Self.second) == nil)
    }

    @Test func framesOfAnotherSizeAndOddOnesAreTaken() throws {
        let picture = LivePicture(.full)
        for (number, size) in [(640, 480), (101, 33), (2, 2), (1, 1), (9, 2_000)].enumerated() {
            let now = Int64(number) * Self.second
            _ = picture.newest(now: now)
            picture.see(stripes(width: size.0, height: size.1), [], now: now + 1)
            #expect(picture.newest(now: now + 2) != nil, "\(size)")
        }
    }
}
