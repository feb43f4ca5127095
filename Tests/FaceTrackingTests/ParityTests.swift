import FaceTracking
import Imaging
import Faces
import Media
import SystemPackage
import TestSupport
import Testing

/// The same faces as MediaPipe's legacy solutions (0.10.14), at the same places.
@Suite(.serialized, .enabled(if: MediaPipe.isThere, MediaPipe.reason))
struct ParityTests {
    /// How far landmarks may be off in the mean, in distances between the eyes.
    static let tolerance: Float = 0.015
    /// Two programs whose samples differ in the last bits may part over faces that score this near to the limit.
    static let borderline: Float = 0.06
    /// A detection that scores this near to the limit is a rough guess, and what begins with it is: shown a photograph whose pixels differ by
    /// one level of 255, MediaPipe itself moves such landmarks by 2-7 %. They count as found or not, but not for the distance.
    static let rough: Float = 0.2

    /// Distances between the eyes within which two faces, some frames apart, are the same one moving, or one that MediaPipe follows twice
    /// (two heads side by side are further from one another).
    static let nearby: Float = 2

    /// What we make of one frame, by the means that MediaPipe's view has.
    private struct Ours {
        var shortRange: [FaceDetection] = []
        var fullRange: [FaceDetection] = []
        var fresh: [[Float]] = []
        var followed: [[Float]] = []
    }

    private struct Parts {
        var short = Agreement()
        var full = Agreement()
        var fresh = Agreement()
        var followed = Agreement()
    }

    private func ours(_ file: FilePath) throws -> [Ours] {
        let models = try FrontEnd.models()
        let minimum = TrackingOptions().minimumDetectionScore
        let finders = try [
            BlazeFace.shortRange(models, minimumScore: minimum),
            BlazeFace.fullRange(models, minimumScore: minimum + BlazeFace.fullRangeCaution),
        ]
        var options = TrackingOptions()
        let followed = try FaceTracker(models: models, options: options)
        options.detector = .short
        options.settlingPasses = 1
        let fresh = try FaceTracker(models: models, options: options)
        let source = try MediaSource(file.string)
        var result: [Ours] = []
        while let frame = try source.next() {
            var ours = Ours()
            try finders[0].find(
                in: frame.image, region: .letterbox(width: frame.image.squareWidth, height: frame.image.squareHeight),
                into: &ours.shortRange)
            try finders[1].find(
                in: frame.image, region: .letterbox(width: frame.image.squareWidth, height: frame.image.squareHeight),
                into: &ours.fullRange)
            fresh.reset()
            ours.fresh = try fresh.process(frame.image, pts: frame.pts, epoch: 0).map(\.landmarks)
            ours.followed = try followed.process(frame.image, pts: frame.pts, epoch: frame.epoch).map(\.landmarks)
            result.append(ours)
        }
        return result
    }

    /// Compares a file, prints the figures and expects them to be good.
    private func compare(_ file: FilePath) throws -> (ours: Int, theirs: Int) {
        let theirs = try MediaPipe.frames(of: file)
        let ours = try ours(file)
        #expect(ours.count == theirs.count)
        var parts = Parts()
        for (index, (mine, peer)) in zip(ours, theirs).enumerated() {
            func weak(_ points: [Float], within margin: Float) -> Bool {
                func belongs(_ detection: FaceDetection) -> Bool {
                    detection.points == points || (points.count > 18 && detection.holds(points))
                }
                return (mine.shortRange + peer.shortRange).contains { $0.score < 0.5 + margin && belongs($0) }
                    || (mine.fullRange + peer.fullRange).contains { $0.score < 0.6 + margin && belongs($0) }
            }
            for (agreement, a, b) in [
                (\Parts.short, mine.shortRange.map(\.points), peer.shortRange.map(\.points)),
                (\Parts.full, mine.fullRange.map(\.points), peer.fullRange.map(\.points)),
                (\Parts.fresh, mine.fresh, peer.fresh),
            ] {
                parts[keyPath: agreement].add(
                    a, b, excuse: { face, _ in weak(face, within: Self.borderline) },
                    isRough: { weak($0, within: Self.rough) })
            }
            // We use the full range, too, and so may follow faces that MediaPipe's mesh is never shown: these its own full range must see.
            // Nor does our detector run on every frame: a new face may be found up to half a second later. And a face that leaves may be
            // let go two frames earlier.
            let near = max(0, index - 13)...min(theirs.count - 1, index + 13)
            parts.followed.add(mine.followed, peer.followed) { face, isOurs in
                isOurs
                    ? theirs[near].contains { $0.fullRange.contains { $0.holds(face) } }
                    : ours[max(0, index - 2)...near.upperBound].contains {
                        $0.followed.contains { Agreement.distance($0, face) < Self.nearby }
                    }
            }
        }
        print("\(file.lastComponent?.string ?? ""), \(ours.count) frames")
        print("  short range: \(parts.short)")
        print("  full range:  \(parts.full)")
        print("  mesh afresh: \(parts.fresh)")
        print("  followed:    \(parts.followed)")
        for agreement in [parts.short, parts.full, parts.fresh, parts.followed] {
            #expect(agreement.missing == 0 && agreement.extra == 0)
            #expect(agreement.mean < Self.tolerance)
        }
        return (ours.reduce(0) { $0 + $1.followed.count }, theirs.reduce(0) { $0 + $1.followed.count })
    }

    @Test func sampleClipHasTheSameFaces() throws {
        let faces = try compare(Paths.fixtures.appending("sample.mp4"))
        #expect(faces.ours > 150 && faces.theirs > 150)
    }

    @Test(.enabled(if: Environment.sharedData != nil, "needs the clips of NORFACE_SHARED_DATA"))
    func clipWithoutFacesHasNone() throws {
        let faces = try compare(#require(Environment.sharedData).appending("videos/no_face.mp4"))
        #expect(faces.ours == 0)
    }

    @Test(
        .enabled(if: Environment.sharedData != nil, "needs the clips of NORFACE_SHARED_DATA"),
        arguments: ["single_face.jpg", "multi_face.jpg", "noface_face.mov", "WolfgangLanger_Pexels.mp4"])
    func realFacesAreTheSame(name: String) throws {
        let faces = try compare(#require(Environment.sharedData).appending("videos").appending(name))
        #expect(faces.ours > 0 && faces.theirs > 0)
    }
}
