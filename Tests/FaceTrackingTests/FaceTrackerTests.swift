import FaceTracking
import Faces
import Imaging
import Testing

/// The tracker's own work, with faces by script: what runs when, and what is reported.
struct FaceTrackerTests {
    private let picture = BlankPicture()
    private let script = Script()

    private func tracker(
        cropSize: Int = FaceTracker.cropSize, _ change: (inout TrackingOptions) -> Void = { _ in }
    ) -> FaceTracker {
        var options = TrackingOptions()
        options.detector = .short
        options.detectionInterval = 0.5
        change(&options)
        return FaceTracker(
            shortRange: ScriptedFinder(script, .short), fullRange: ScriptedFinder(script, .full),
            mesher: ScriptedMesher(script), options: options, cropSize: cropSize)
    }

    private func face(_ x: Float, _ y: Float = 180, side: Float = 120) -> FaceRegion {
        FaceRegion(centre: SIMD2(x, y), side: side, rotation: 0)
    }

    @Test func faceIsFoundAndThenFollowedWithoutTheDetector() throws {
        let tracker = tracker()
        script.faces = [face(200)]
        for frame in 0..<12 {
            script.faces[0].centre.x += 5
            let faces = try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0)
            #expect(faces.count == 1)
            let box = try #require(faces.first?.box)
            #expect(abs(box.x + box.width / 2 - script.faces[0].centre.x) < 3)
            #expect(faces.first?.track == 1)
            #expect(faces.first?.certain == true)
            #expect(faces.first?.score == script.presence)
        }
        #expect(script.shortRuns == 1)
        #expect(
            tracker.counters
                == {
                    var counters = TrackerCounters()
                    (counters.frames, counters.detections, counters.meshes, counters.faces) = (12, 1, 12, 12)
                    return counters
                }())
    }

    @Test func facesCountWithinTheZones() throws {
        let tracker = tracker { $0.zones = Polygons("0,0 0.5,0 0.5,1 0,1") }
        let middle = Float(picture.image.width) / 2
        script.faces = [face(middle - 70), face(middle + 70)]
        var counts: [Int] = []
        for frame in 0..<30 {
            counts.append(try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0).count)
            // The first walks out of the zone.
            script.faces[0].centre.x += 5
        }
        #expect(counts.prefix(14).allSatisfy { $0 == 1 } && counts.suffix(14).allSatisfy { $0 == 0 }, "\(counts)")
    }

    @Test func newFaceIsFoundAtTheNextInterval() throws {
        let tracker = tracker()
        script.faces = [face(200)]
        _ = try tracker.process(picture.image, pts: 0, epoch: 0)
        script.faces.append(face(450))
        var counts: [Int] = []
        for frame in 1...14 {
            counts.append(try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0).count)
        }
        #expect(counts == Array(repeating: 1, count: 12) + [2, 2])
        // The one that was known is not meshed a second time.
        #expect(script.meshes == 14 + 1 + 2)
    }

    @Test func vanishedFaceIsNotReportedAndLookedForAtOnce() throws {
        let tracker = tracker()
        script.faces = [face(200), face(450)]
        for frame in 0..<5 { _ = try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0) }
        script.faces.removeLast()
        let runs = script.shortRuns
        let faces = try tracker.process(picture.image, pts: 5.0 / 25, epoch: 0)
        #expect(faces.map(\.track) == [1])
        #expect(script.shortRuns == runs + 1)
        script.faces.append(face(455))
        var tracks: [[Int]] = []
        for frame in 6..<10 {
            tracks.append(try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0).map(\.track))
        }
        #expect(tracks.last == [1, 2])
    }

    @Test func facesComeByAscendingTrack() throws {
        let tracker = tracker()
        script.faces = [face(500), face(100), face(300)]
        _ = try tracker.process(picture.image, pts: 0, epoch: 0)
        script.faces.reverse()
        for frame in 1..<30 {
            let faces = try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0)
            #expect(faces.map(\.track) == [1, 2, 3])
            #expect(faces.map { $0.box.x > 400 } == [true, false, false])
        }
    }

    @Test func asManyAsMayBeAreFollowed() throws {
        let tracker = tracker { $0.maximumFaces = 2 }
        script.faces = [face(100), face(300), face(500)]
        for frame in 0..<30 {
            #expect(try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0).map(\.track) == [1, 2])
        }
        // With no room the detector has nothing to do.
        #expect(script.shortRuns == 1)
    }

    @Test func doubtfulFaceIsNone() throws {
        let tracker = tracker { $0.minimumPresence = 0.6 }
        script.faces = [face(200)]
        script.presence = 0.55
        #expect(try tracker.process(picture.image, pts: 0, epoch: 0).isEmpty)
        script.presence = 0.65
        #expect(try tracker.process(picture.image, pts: 0.04, epoch: 0).count == 1)
        script.presence = .nan
        #expect(try tracker.process(picture.image, pts: 0.08, epoch: 0).isEmpty)
    }

    @Test func smallFaceIsFoundInTheFirstFrameToo() throws {
        let tracker = tracker { $0.detector = .automatic }
        script.faces = [face(200, side: 40)]
        script.areSmall = true
        #expect(try tracker.process(picture.image, pts: 0, epoch: 0).count == 1)
        let runs = [script.shortRuns, script.fullRuns]
        #expect(try tracker.process(picture.image, pts: 0.04, epoch: 0).count == 1)
        #expect([script.shortRuns, script.fullRuns] == runs)
    }

    @Test func smallFaceIsFoundWhenTheFullRangeHasItsTurn() throws {
        let tracker = tracker { $0.detector = .automatic }
        script.areSmall = true
        #expect(try tracker.process(picture.image, pts: 0, epoch: 0).isEmpty)
        script.faces = [face(200, side: 40)]
        let before = script.regions.count
        let counts = try [0.04, 0.08].map { try tracker.process(picture.image, pts: $0, epoch: 0).count }
        #expect(counts.last == 1)
        #expect(script.regions.count <= before + 4, "one look at the whole frame and one at a part of it, each frame")
    }

    @Test func everyPartOfTheFrameHasItsTurn() throws {
        let tracker = tracker { $0.detector = .automatic }
        let picture = BlankPicture(width: 1280, height: 720)
        _ = try tracker.process(picture.image, pts: 0, epoch: 0)
        let all = script.regions
        #expect(all.count > 10)
        script.regions = []
        for frame in 1...all.count { _ = try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0) }
        #expect(all.allSatisfy { script.regions.contains($0) })
        #expect(script.regions.count == 2 * all.count)
    }

    @Test func newEpochEndsTracks() throws {
        let tracker = tracker()
        script.faces = [face(200)]
        _ = try tracker.process(picture.image, pts: 10, epoch: 0)
        let faces = try tracker.process(picture.image, pts: 0, epoch: 1)
        #expect(faces.map(\.track) == [2])
        #expect(script.shortRuns == 2)
    }

    @Test func twoFoundInOnePlaceAreOne() throws {
        let tracker = tracker()
        script.faces = [face(200), face(208)]
        for frame in 0..<30 {
            #expect(try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0).map(\.track) == [1])
        }
    }

    @Test func landmarksOfAFaceJustFoundAreSettled() throws {
        let tracker = tracker { $0.settlingPasses = 3 }
        script.faces = [face(200)]
        // The detector's box is far off; each pass halves what is left.
        script.detectionOffset = SIMD2(40, 10)
        script.pull = 0.5
        let found = try #require(try tracker.process(picture.image, pts: 0, epoch: 0).first)
        #expect(script.meshes == 3)
        #expect(abs(found.box.x + found.box.width / 2 - 205) < 2)
        // A face that is followed is not.
        _ = try tracker.process(picture.image, pts: 0.04, epoch: 0)
        #expect(script.meshes == 4)
    }

    @Test func faceThatDissolvesWhileItSettlesIsNone() throws {
        let tracker = tracker()
        script.faces = [face(200)]
        script.detectionOffset = SIMD2(40, 10)
        script.pull = 0.5
        script.presences = [0.9, 0.8, 0.1]
        #expect(try tracker.process(picture.image, pts: 0, epoch: 0).isEmpty)
        #expect(script.meshes == 3)
    }

    @Test func mixedLandmarksAreNoFace() throws {
        let tracker = tracker()
        script.faces = [FaceRegion(centre: SIMD2(200, 180), side: .nan, rotation: 0), face(400)]
        #expect(try tracker.process(picture.image, pts: 0, epoch: 0).count == 1)
    }

    @Test func poseAndCropAreThoseOfTheFace() throws {
        let tracker = tracker()
        script.faces = [face(200)]
        let found = try #require(try tracker.process(picture.image, pts: 0, epoch: 0).first)
        #expect(abs(found.pose.yaw) < 0.1 && abs(found.pose.pitch) < 0.1 && abs(found.pose.roll) < 0.1)
        #expect(found.landmarks.count == 468 * 3)
        #expect(found.crop == [UInt8](repeating: 128, count: 96 * 96))
        // A wall is no face to trust.
        #expect(found.quality == 0)
    }

    @Test func geometryIsThatOfTheFacesOwnLandmarks() throws {
        let tracker = tracker()
        script.faces = [face(200), face(450)]
        for frame in 0..<3 {
            script.faces[0].centre.x += 4
            for face in try tracker.process(picture.image, pts: Double(frame) / 25, epoch: 0) {
                var expected = [Float](repeating: 1, count: 468 * 3)
                face.landmarks.withUnsafeBufferPointer { landmarks in
                    let fit = CanonicalFit(landmarks: landmarks)
                    expected.withUnsafeMutableBufferPointer { fit.geometry(of: landmarks, into: $0) }
                }
                #expect(face.geometry == expected)
            }
        }
    }

    /// What is handed on is as large as the networks read it, whatever the tracker itself looks at.
    @Test(arguments: [64, FaceTracker.cropSize, 128, 224])
    func theCropHasTheSizeThatIsAskedFor(size: Int) throws {
        let tracker = tracker(cropSize: size)
        script.faces = [face(200), face(450)]
        var list = FaceList()
        for round in 0..<4 {
            // Recycled places hold nothing of the round before.
            let pattern = PatternedPicture(shift: round * 3)
            script.faces[0].centre.x += 5
            try tracker.process(pattern.image, pts: Double(round) / 5, epoch: 0, into: &list)
            #expect(list.faces.map(\.track) == [1, 2])
            for face in list.faces {
                var expected = [UInt8](repeating: 0, count: size * size)
                let map = face.landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: size) }
                expected.withUnsafeMutableBufferPointer {
                    pattern.image.sampleLuma(into: $0.baseAddress!, width: size, height: size, map: map)
                }
                #expect(face.crop == expected)
                #expect(Set(expected).count > 50)
            }
        }
    }
}
