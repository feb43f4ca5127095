import FaceTracking
import Faces
import Imaging
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// What training and the product must agree on: the fixtures are what `Training/` makes of the same landmarks.
struct AlignmentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var testDescription: String { name }
    }

    private static let folder = Paths.fixtures.appending("alignment")

    private func cases() throws -> [JSONValue] { try Fixture.json("alignment/cases.json").array ?? [] }

    @Test func cropEqualsTrainingsCropToThePixel() throws {
        #expect(try cases().count == 2)
        for item in try cases() {
            let landmarks = Fixture.floats(item["landmarks"])
            let size = try #require(item["size"]?.integer)
            let (width, height, luma) = try PGM.read(Self.folder.appending(#require(item["image"]?.string)))
            let expected = try File.read(Self.folder.appending(#require(item["crop"]?.string)))
            let map = landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: size) }
            let transform = Fixture.doubles(item["transform"])
            let forward = map.inverse
            #expect(abs(forward.xx - transform[0]) < 1e-6 && abs(forward.yx - transform[1]) < 1e-6)
            #expect(abs(forward.x0 - transform[2]) < 1e-4 && abs(forward.y0 - transform[3]) < 1e-4)
            var crop = [UInt8](repeating: 0, count: size * size)
            luma.withUnsafeBufferPointer { luma in
                let image = PlanarImage(
                    width: width, height: height, y: luma.baseAddress!, yStride: width, u: nil, v: nil,
                    chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil)
                crop.withUnsafeMutableBufferPointer {
                    image.sampleLuma(into: $0.baseAddress!, width: size, height: size, map: map)
                }
            }
            let different = zip(crop, expected).count { $0 != $1 }
            #expect(crop.count == expected.count && different == 0)
        }
    }

    @Test func poseAndGeometryEqualTrainings() throws {
        for item in try cases() {
            let landmarks = Fixture.floats(item["landmarks"])
            let pose = Fixture.floats(item["pose"])
            let expected = Fixture.floats(item["geometry"])
            var geometry = [Float](repeating: 0, count: landmarks.count)
            let fit = landmarks.withUnsafeBufferPointer { landmarks in
                let fit = CanonicalFit(landmarks: landmarks)
                geometry.withUnsafeMutableBufferPointer { fit.geometry(of: landmarks, into: $0) }
                return fit
            }
            #expect(abs(fit.pose.yaw - pose[0]) < 2e-4)
            #expect(abs(fit.pose.pitch - pose[1]) < 2e-4)
            #expect(abs(fit.pose.roll - pose[2]) < 2e-4)
            #expect(try abs(Double(fit.eyeDistance) - #require(item["scale"]?.number)) < 1e-4)
            #expect(expected.count == geometry.count)
            #expect(zip(geometry, expected).allSatisfy { abs($0 - $1) < 2e-5 })
        }
    }

    @Test func anchorsGoToTheirPlacesWhenTheHeadIsCanonical() {
        let landmarks = CanonicalHead.points.map { $0 * 50 + 200 }
        let forward = landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: 96) }.inverse
        for (landmark, _) in CropAlignment.anchors {
            let place = forward(Double(landmarks[landmark * 3]), Double(landmarks[landmark * 3 + 1]))
            #expect(abs(place.x - 96 * (0.5 + 0.34 * Double(CanonicalHead.points[landmark * 3]))) < 1e-3)
            #expect(abs(place.y - 96 * (0.33 + 0.34 * Double(CanonicalHead.points[landmark * 3 + 1]))) < 1e-3)
        }
    }

    @Test func coincidentLandmarksGiveNoFiniteMap() {
        let landmarks = [Float](repeating: 7, count: 468 * 3)
        let map = landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: 96) }
        #expect(!(map.xx.isFinite && map.x0.isFinite))
    }
}
