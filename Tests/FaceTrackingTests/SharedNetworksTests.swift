import FaceTracking
import Faces
import Media
import Testing

/// One tracker after another uses the same networks, and nobody can tell.
@Suite(.enabled(if: FrontEnd.isThere, FrontEnd.reason))
struct SharedNetworksTests {
    private static func landmarks(_ models: FrontEndModels, of picture: String) throws -> [[Float]] {
        let tracker = try FaceTracker(models: models)
        return try tracker.process(Fixture.picture(picture).image, pts: 0, epoch: 0).map(\.landmarks)
    }

    @Test func networksGoFromATrackerToTheNext() throws {
        let models = try FrontEnd.models()
        #expect(models.idleSessions == 0)
        let first = try Self.landmarks(models, of: "face.jpg")
        #expect(first.count == 1)
        #expect(models.idleSessions == 6)
        // Something else between the two.
        #expect(try Self.landmarks(models, of: "poses/03.jpg") != first)
        let tracker = try FaceTracker(models: models)
        #expect(models.idleSessions == 0)
        #expect(try tracker.process(Fixture.picture("face.jpg").image, pts: 0, epoch: 0).map(\.landmarks) == first)
    }
}
