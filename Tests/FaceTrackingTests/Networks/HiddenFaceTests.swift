import FaceTracking
import Faces
import Media
import SystemPackage
import TestSupport
import Testing

/// What the networks say of a face that something lies before, and of one that leaves the frame.
@Suite(.enabled(if: FrontEnd.isThere, FrontEnd.reason))
struct HiddenFaceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The face of the fixture behind a filter of ffmpeg.
    private func face(_ filter: String) throws -> Face {
        let path = folder.path.appending("drawn.png")
        try Command.run(
            "ffmpeg", "-v", "error", "-y", "-i", Paths.fixtures.appending("face.jpg").string, "-vf", filter, path.string
        )
        let faces = try FaceTracker(models: FrontEnd.models()).process(
            Fixture.picture(at: path).image, pts: 0, epoch: 0)
        return try #require(faces.first)
    }

    private func hidden(_ face: Face) -> Set<FaceRegionName> {
        Set(FaceRegionName.allCases.filter { face.visible[$0.index] < FaceRegionName.seen })
    }

    @Test func aPlainFaceIsSeenWhole() throws {
        let plain = try face("null")
        #expect(hidden(plain).isEmpty)
        let gaze = try #require(plain.gaze)
        #expect(gaze.left != nil && gaze.right != nil)
        #expect(plain.quality > 0.8)
    }

    @Test func aMaskHidesTheMouth() throws {
        let plain = try face("null")
        let box = plain.box
        // From the base of the nose down, and wider than the face.
        let drawn =
            "drawbox=x=\(box.x - 10):y=\(box.y + box.height * 0.58):w=\(box.width + 20):h=\(box.height * 0.5):color=0xC8D8E0:t=fill"
        let masked = try face(drawn)
        #expect(hidden(masked).isSuperset(of: [.mouthLeft, .mouthRight]))
        #expect(hidden(masked).isDisjoint(with: [.browLeft, .browRight, .eyeLeft, .eyeRight]))
        #expect(masked.quality < plain.quality * 0.8)
    }

    @Test func aBarBeforeTheEyesHidesThemAndTheirGaze() throws {
        let plain = try face("null")
        let y = plain.landmarks[168 * 3 + 1]
        let drawn =
            "drawbox=x=\(plain.box.x - 10):y=\(y - plain.box.height * 0.07):w=\(plain.box.width + 20):h=\(plain.box.height * 0.16):color=black:t=fill"
        let barred = try face(drawn)
        #expect(hidden(barred).isSuperset(of: [.eyeLeft, .eyeRight]))
        #expect(barred.gaze == nil)
    }

    @Test func halfAFaceOutsideTheFrameIsHidden() throws {
        let plain = try face("null")
        let middle = plain.landmarks[1 * 3]
        let cut = try face("crop=iw-\(Int(middle) / 2 * 2):ih:\(Int(middle) / 2 * 2):0")
        // The left half of the picture is gone: the subject's own right.
        #expect(hidden(cut).isSuperset(of: [.eyeRight, .browRight]))
        #expect(!hidden(cut).contains(.eyeLeft))
        #expect(cut.quality < plain.quality)
    }
}
