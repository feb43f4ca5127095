import FaceTracking
import Faces
import Imaging
import JSON
import Media
import SystemPackage
import TestSupport
import Testing

/// Eye crops are cut as training cuts them, and angles come out in the frames that are promised.
struct GazeNetworkTests {
    /// The fixtures are what `norface_training.world.eyes` makes of the same landmarks: both eyes, the right one mirrored.
    @Test func eyeCropsEqualTrainings() throws {
        let folder = Paths.fixtures.appending("alignment")
        let cases = try Fixture.json("alignment/cases.json").array ?? []
        #expect(cases.count == 2)
        for item in cases {
            let landmarks = Fixture.floats(item["landmarks"])
            let (width, height, luma) = try PGM.read(folder.appending(#require(item["image"]?.string)))
            let expected = try File.read(folder.appending(#require(item["eyes"]?.string)))
            var crops: [UInt8] = []
            luma.withUnsafeBufferPointer { luma in
                let image = PlanarImage(
                    width: width, height: height, y: luma.baseAddress!, yStride: width, u: nil, v: nil,
                    chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil)
                for side in 0..<2 {
                    let map = landmarks.withUnsafeBufferPointer {
                        GazeNetwork.eyeMap(
                            CropAlignment.map(landmarks: $0, size: GazeNetwork.scale), landmarks: $0, side: side)
                    }
                    var crop = [UInt8](repeating: 0, count: GazeNetwork.width * GazeNetwork.height)
                    crop.withUnsafeMutableBufferPointer {
                        image.sampleLuma(
                            into: $0.baseAddress!, width: GazeNetwork.width, height: GazeNetwork.height, map: map)
                    }
                    crops += crop
                }
            }
            #expect(crops.count == expected.count)
            #expect(zip(crops, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            #expect(zip(crops, expected).count { $0 != $1 } < crops.count / 100)
        }
    }

    @Test func bothEyesTogetherAreTheirWeighedMean() throws {
        let left = Gaze.Eye(yaw: 10, pitch: 0, headYaw: 4, headPitch: 2, error: 2)
        let right = Gaze.Eye(yaw: 4, pitch: 6, headYaw: -2, headPitch: 8, error: 4)
        let joint = try #require(Gaze(left: left, right: right).joint)
        // Weights 1/4 and 1/16.
        #expect(abs(joint.yaw - 8.8) < 1e-4 && abs(joint.pitch - 1.2) < 1e-4 && joint.error == 2)
        #expect(Gaze(left: nil, right: right).joint == right && Gaze(left: nil, right: nil).joint == nil)
    }

    /// A quarter clockwise takes the image's right to its bottom, and its top to its right.
    @Test func directionsTurnWithThePicture() {
        func isNear(_ a: (yaw: Float, pitch: Float), _ b: (Float, Float)) -> Bool {
            abs(a.yaw - b.0) < 1e-3 && abs(a.pitch - b.1) < 1e-3
        }
        #expect(isNear(GazeNetwork.turned(yaw: 20, pitch: 0, by: .pi / 2), (0, -20)))
        #expect(isNear(GazeNetwork.turned(yaw: 0, pitch: 15, by: .pi / 2), (15, 0)))
        #expect(isNear(GazeNetwork.turned(yaw: 12, pitch: -7, by: 0), (12, -7)))
        #expect(isNear(GazeNetwork.turned(yaw: 12, pitch: -7, by: .pi), (-12, 7)))
    }

    /// A picture turned on its side looks elsewhere by a quarter turn, in the camera's frame, and nowhere else in the head's.
    @Test(.enabled(if: FrontEnd.isThere, FrontEnd.reason)) func aTurnedPictureTurnsTheGaze() throws {
        let frame = try Fixture.picture("face.jpg")
        let upright = try #require(
            try FaceTracker(models: FrontEnd.models()).process(frame.image, pts: 0, epoch: 0).first)
        let folder = try TemporaryFolder()
        let turned = folder.path.appending("turned.png")
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Paths.fixtures.appending("face.jpg").string, "-vf", "transpose=clock",
            turned.string)
        let other = try #require(
            try FaceTracker(models: FrontEnd.models()).process(Fixture.picture(at: turned).image, pts: 0, epoch: 0)
                .first)
        let (a, b) = (try #require(upright.gaze?.joint), try #require(other.gaze?.joint))
        #expect(abs(other.pose.roll - upright.pose.roll - 90) < 5)
        #expect(abs(a.headYaw - b.headYaw) < 4 && abs(a.headPitch - b.headPitch) < 4)
        // A quarter clockwise takes the image's right to its bottom, and its top to its right.
        #expect(abs(b.yaw - a.pitch) < 4 && abs(b.pitch + a.yaw) < 4, "\(a) \(b)")
    }
}
