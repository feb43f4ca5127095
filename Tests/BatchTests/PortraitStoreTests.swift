import Batch
import Faces
import Media
import Overlay
import Pipeline
import Platform
import SystemPackage
import TestSupport
import Testing

/// The normalized faces of a recording, kept until its anonymous video is drawn.
struct PortraitStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func face(_ track: Int, yaw: Float = 0, score: Float = 1, distance: Float = 40, visible: Float = 1) -> Face
    {
        var face = Face()
        face.track = track
        face.score = score
        face.pose = HeadPose(pitch: 5, yaw: yaw, roll: -3)
        face.eyes = EyePlace(x: 100, y: 80, distance: distance)
        face.visible = [Float](repeating: visible, count: 8)
        face.normalized = (0..<64).map { UInt8($0 + track) }
        return face
    }

    private func frame(_ sequence: Int, _ faces: [Face]) -> FaceFrame {
        FaceFrame(
            sequence: sequence, timing: VideoFrame.Timing(pts: Double(sequence)), squareScale: (1, 1), faces: faces)
    }

    @Test func aPortraitComesBackAsItWasTaken() throws {
        let store = try PortraitStore(folder.path.appending("portraits"))
        try store.take(frame(0, [face(1), face(2)]))
        try store.take(frame(1, [face(2)]))
        let portrait = try #require(try store.portrait(PortraitStore.Key(sequence: 0, track: 2)))
        #expect(portrait.picture == (2..<66).map { UInt8($0) })
        #expect(portrait.distance == 40 && portrait.pitch == 5 && portrait.roll == -3 && portrait.opacity == 1)
        #expect(store.has(PortraitStore.Key(sequence: 1, track: 2)))
        #expect(!store.has(PortraitStore.Key(sequence: 1, track: 1)))
        #expect(try store.portrait(PortraitStore.Key(sequence: 1, track: 1)) == nil)
    }

    @Test func aFaceWithoutANormalizedOneIsNotKept() throws {
        let store = try PortraitStore(folder.path.appending("portraits"))
        var bare = face(1)
        bare.normalized = []
        try store.take(frame(0, [bare, face(2, yaw: 60)]))
        #expect(
            !store.has(PortraitStore.Key(sequence: 0, track: 1)) && !store.has(PortraitStore.Key(sequence: 0, track: 2))
        )
    }

    @Test func aFaceThatIsSeenBadlyIsDrawnThinlyOrNotAtAll() {
        #expect(PortraitStore.opacity(of: face(1)) == 1)
        #expect(abs(PortraitStore.opacity(of: face(1, yaw: -46)) - 0.5) < 1e-6)
        #expect(abs(PortraitStore.opacity(of: face(1, visible: 0.4)) - 0.5) < 1e-6)
        #expect(PortraitStore.opacity(of: face(1, yaw: 53)) == 0)
        #expect(PortraitStore.opacity(of: face(1, score: 0.4)) == 0)
        #expect(PortraitStore.opacity(of: face(1, distance: 5)) == 0)
        #expect(PortraitStore.opacity(of: face(1, visible: 0.2)) == 0)
    }

    @Test func aFileThatBecameShorterIsAFailure() throws {
        let path = folder.path.appending("portraits")
        let store = try PortraitStore(path)
        try store.take(frame(0, [face(1)]))
        try File.write([1, 2, 3], to: path)
        #expect(throws: Failure.self) { try store.portrait(PortraitStore.Key(sequence: 0, track: 1)) }
    }

    @Test func aFileThatCannotBeMadeIsNamed() {
        let path = folder.path.appending("none").appending("portraits")
        let error = #expect(throws: Failure.self) { try PortraitStore(path) }
        #expect(error?.message.contains(path.string) == true)
    }
}
