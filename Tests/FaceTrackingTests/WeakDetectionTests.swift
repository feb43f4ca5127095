import FaceTracking
import Faces
import Imaging
import Testing

/// Faces that a detector sees only weakly count where the landmarks leave no doubt.
struct WeakDetectionTests {
    private let picture = BlankPicture()
    private let script = Script()

    private func tracker(_ change: (inout TrackingOptions) -> Void = { _ in }) -> FaceTracker {
        var options = TrackingOptions()
        options.detector = .short
        change(&options)
        return FaceTracker(
            shortRange: ScriptedFinder(script, .short), fullRange: ScriptedFinder(script, .full),
            mesher: ScriptedMesher(script), options: options)
    }

    private func face(_ x: Float, side: Float = 120) -> FaceRegion {
        FaceRegion(centre: SIMD2(x, 180), side: side, rotation: 0)
    }

    private func find(_ tracker: FaceTracker, pts: Double = 0) throws -> [Face] {
        try tracker.process(picture.image, pts: pts, epoch: 0)
    }

    @Test func plainFaceIsFoundByAWeakDetection() throws {
        script.faces = [face(200)]
        script.scores = [0.2]
        #expect(try find(tracker()).count == 1)
    }

    @Test func weakDetectionWithDoubtfulLandmarksIsNoFace() throws {
        script.faces = [face(200)]
        script.presence = 0.95
        script.scores = [0.2]
        #expect(try find(tracker()).isEmpty)
        // Of a sure detection they are enough.
        script.scores = []
        #expect(try find(tracker()).count == 1)
    }

    @Test(arguments: [(48, 0), (56, 1)] as [(Float, Int)])
    func weakDetectionIsAsLargeAsTheSmallestFace(side: Float, count: Int) throws {
        script.faces = [face(200, side: side)]
        script.scores = [0.2]
        #expect(try find(tracker()).count == count)
        script.scores = []
        #expect(try find(tracker()).count == 1)
    }

    @Test func whereNoSmallFacesAreLookedForWeakDetectionsAreNone() throws {
        script.faces = [face(200)]
        script.scores = [0.4]
        #expect(try find(tracker { $0.smallestFace = 0 }).isEmpty)
    }

    @Test func weakDetectionThatTouchesAFaceIsAPartOfIt() throws {
        // Detections are 80 wide: these overlap by a quarter.
        script.faces = [face(200), face(260), face(400)]
        script.scores = [0.9, 0.2, 0.2]
        let places = try find(tracker()).map { ($0.box.x + $0.box.width / 2).rounded() }
        #expect(places.count == 2)
        #expect(places.allSatisfy { abs($0 - 200) < 3 || abs($0 - 400) < 3 }, "\(places)")
    }

    @Test func clutterCostsOneLookAFrame() throws {
        let tracker = tracker()
        #expect(try find(tracker).isEmpty)
        script.faces = (0..<5).map { face(80 + 120 * Float($0)) }
        script.scores = Array(repeating: 0.3, count: 5)
        script.presence = 0.1
        #expect(try find(tracker, pts: 0.04).isEmpty)
        #expect(script.meshes == 1)
        for frame in 2..<10 { #expect(try find(tracker, pts: 0.04 * Double(frame)).isEmpty) }
        // Each was looked at once.
        #expect(script.meshes == 5)
        // After a second they are looked at again, and one of them is a face now.
        script.presence = 0.999_999
        #expect(try find(tracker, pts: 1.24).count == 1)
    }

    @Test func landmarksThatAreUnsureAtFirstArePlacedAgain() throws {
        script.faces = [face(200)]
        script.detectionOffset = SIMD2(40, 10)
        script.presences = [0.2, 0.1, 0.2]
        #expect(try find(tracker()).count == 1)
        script.presences = [0.2, 0.1, 0.2]
        script.presence = 0.8
        #expect(try find(tracker()).isEmpty)
    }
}
