import FaceTracking
import Faces
import Glibc
import JSON
import Media
import Records
import TestSupport
import Testing

/// Angles of a head, from matrices, from the canonical head and from rendered heads.
struct HeadPoseTests {
    private static let radians = Double.pi / 180

    /// The rotation whose angles these are, as the documentation defines it.
    private func rotation(pitch: Double, yaw: Double, roll: Double) -> RigidFitTests.Rotation {
        RigidFitTests.rotation(-pitch * Self.radians, -yaw * Self.radians, roll * Self.radians)
    }

    @Test func anglesOfARotationAreThoseItWasMadeOf() {
        for pitch in stride(from: -80.0, through: 80, by: 20) {
            for yaw in stride(from: -80.0, through: 80, by: 20) {
                for roll in stride(from: -170.0, through: 170, by: 34) {
                    let pose = HeadPose(rotation: rotation(pitch: pitch, yaw: yaw, roll: roll))
                    #expect(abs(Double(pose.pitch) - pitch) < 1e-4)
                    #expect(abs(Double(pose.yaw) - yaw) < 1e-4)
                    #expect(abs(Double(pose.roll) - roll) < 1e-4)
                }
            }
        }
    }

    /// The canonical head itself, turned, enlarged and moved.
    private func head(pitch: Double, yaw: Double, roll: Double, scale: Double = 80) -> [Float] {
        let fit = RigidFit(
            scale: scale, rotation: rotation(pitch: pitch, yaw: yaw, roll: roll), translation: SIMD3(300, 200, -5))
        return stride(from: 0, to: CanonicalHead.points.count, by: 3).flatMap { index -> [Float] in
            let moved = fit(
                SIMD3(
                    Double(CanonicalHead.points[index]), Double(CanonicalHead.points[index + 1]),
                    Double(CanonicalHead.points[index + 2])))
            return [Float(moved.x), Float(moved.y), Float(moved.z)]
        }
    }

    @Test func canonicalHeadHasNoPoseAndNoGeometry() {
        let landmarks = head(pitch: 0, yaw: 0, roll: 0)
        landmarks.withUnsafeBufferPointer { landmarks in
            let fit = CanonicalFit(landmarks: landmarks)
            #expect(abs(fit.pose.pitch) < 1e-3 && abs(fit.pose.yaw) < 1e-3 && abs(fit.pose.roll) < 1e-3)
            #expect(abs(fit.eyeDistance - 80) < 1e-3)
        }
    }

    @Test func turnedHeadHasThePoseAndStillNoGeometry() {
        let landmarks = head(pitch: 12, yaw: -31, roll: 23, scale: 45)
        var geometry = [Float](repeating: 1, count: landmarks.count)
        landmarks.withUnsafeBufferPointer { landmarks in
            let fit = CanonicalFit(landmarks: landmarks)
            #expect(abs(fit.pose.pitch - 12) < 0.01)
            #expect(abs(fit.pose.yaw + 31) < 0.01)
            #expect(abs(fit.pose.roll - 23) < 0.01)
            #expect(abs(fit.eyeDistance - 45) < 0.01)
            geometry.withUnsafeMutableBufferPointer { fit.geometry(of: landmarks, into: $0) }
        }
        #expect(geometry.allSatisfy { abs($0) < 1e-4 })
    }

    @Test func noseThatPointsRightAndUpHasPositiveAngles() {
        // The nose's tip (landmark 1) against the middle of the head, as seen.
        let right = head(pitch: 0, yaw: 20, roll: 0)
        let up = head(pitch: 20, yaw: 0, roll: 0)
        let level = head(pitch: 0, yaw: 0, roll: 0)
        #expect(right[3] > level[3])
        #expect(up[4] < level[4])
        let clockwise = head(pitch: 0, yaw: 0, roll: 20)
        // The subject's left eye is on the image's right; clockwise it goes down.
        #expect(clockwise[263 * 3 + 1] > clockwise[33 * 3 + 1])
    }

    /// Rendered heads whose pose is known, through detector and mesh. Face Mesh itself flattens large angles a little.
    @Test(.enabled(if: FrontEnd.isThere, FrontEnd.reason)) func posesOfRenderedHeadsAreRead() throws {
        let tracker = try FaceTracker(models: FrontEnd.models())
        for row in try Fixture.json("poses.json").array ?? [] {
            let name = try #require(row["image"]?.string)
            let frame = try Fixture.picture(name)
            tracker.reset()
            let faces = try tracker.process(frame.image, pts: 0, epoch: 0)
            #expect(faces.count == 1)
            let face = try #require(faces.first)
            let (yaw, pitch, roll) = (
                Float(row["yaw"]?.number ?? 0), Float(row["pitch"]?.number ?? 0), Float(row["roll"]?.number ?? 0)
            )
            print(
                "\(name): yaw \(face.pose.yaw) (\(yaw)), pitch \(face.pose.pitch) (\(pitch)), roll \(face.pose.roll) (\(roll)), "
                    + "quality \(face.quality)")
            #expect(abs(face.pose.yaw - yaw) < 4 + 0.15 * abs(yaw))
            #expect(abs(face.pose.pitch - pitch) < 5 + 0.15 * abs(yaw))
            #expect(abs(face.pose.roll - roll) < 4 + 0.1 * abs(yaw))
        }
    }
}
