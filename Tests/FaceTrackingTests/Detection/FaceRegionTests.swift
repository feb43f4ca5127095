import FaceTracking
import Faces
import Glibc
import Imaging
import Testing

/// The squares that networks are shown.
struct FaceRegionTests {
    private func detection(eyes: (SIMD2<Float>, SIMD2<Float>)) -> FaceDetection {
        FaceDetection(
            score: 1, minimum: SIMD2(10, 20), maximum: SIMD2(50, 80), rightEye: eyes.0, leftEye: eyes.1,
            noseTip: .zero, mouth: .zero, rightTragion: .zero, leftTragion: .zero)
    }

    @Test func letterboxIsTheLongerSideAroundTheMiddle() {
        let region = FaceRegion.letterbox(width: 640, height: 360)
        #expect(region == FaceRegion(centre: SIMD2(320, 180), side: 640, rotation: 0))
        #expect(region.point(SIMD2(0, 0)) == SIMD2(0, -140))
        #expect(region.point(SIMD2(1, 1)) == SIMD2(640, 500))
        #expect(region.point(SIMD2(0.5, 0.5)) == SIMD2(320, 180))
        #expect(FaceRegion.letterbox(width: 3, height: 9).point(SIMD2(0, 0)) == SIMD2(-3, 0))
    }

    @Test func squareAroundADetectionIsOneAndAHalfTimesItsLongerSide() {
        let region = FaceRegion(detection(eyes: (SIMD2(20, 40), SIMD2(40, 40))))
        #expect(region == FaceRegion(centre: SIMD2(30, 50), side: 90, rotation: 0))
    }

    @Test(arguments: [(SIMD2<Float>(40, 60), Float.pi / 4), (SIMD2(20, 60), .pi / 2), (SIMD2(0, 40), .pi)])
    func squareIsTurnedAsTheEyesAre(left: SIMD2<Float>, angle: Float) {
        #expect(abs(FaceRegion(detection(eyes: (SIMD2(20, 40), left))).rotation - angle) < 1e-6)
    }

    @Test func squareAroundLandmarksComesFromBoundsAndOuterEyeCorners() {
        var landmarks = [Float](repeating: 100, count: 468 * 3)
        (landmarks[0], landmarks[1]) = (40, 90)
        (landmarks[3], landmarks[4]) = (160, 130)
        (landmarks[33 * 3], landmarks[33 * 3 + 1]) = (80, 100)
        (landmarks[263 * 3], landmarks[263 * 3 + 1]) = (110, 130)
        landmarks[300] = 100
        let region = landmarks.withUnsafeBufferPointer { FaceRegion(landmarks: $0) }
        #expect(region.centre == SIMD2(100, 110))
        #expect(region.side == 180)
        #expect(abs(region.rotation - .pi / 4) < 1e-6)
        let bounds = landmarks.withUnsafeBufferPointer { LandmarkBounds($0) }
        #expect(bounds.box == FaceBox(x: 40, y: 90, width: 120, height: 40))
    }

    /// `cv2.getPerspectiveTransform` and `warpPerspective` count from pixel centres: input pixel 0 lies half a pixel inside.
    @Test func mapCountsFromPixelCentreToPixelCentre() {
        let region = FaceRegion(centre: SIMD2(50, 40), side: 20, rotation: 0)
        let map = region.map(toInput: 10)
        let first = map(0.5, 0.5)
        #expect(abs(first.x - 40.5) < 1e-9 && abs(first.y - 30.5) < 1e-9)
        let next = map(1.5, 0.5)
        #expect(abs(next.x - 42.5) < 1e-9 && abs(next.y - 30.5) < 1e-9)
    }

    @Test func mapTurnsClockwise() {
        let region = FaceRegion(centre: SIMD2(50, 40), side: 20, rotation: .pi / 2)
        // The input's right is the picture's below.
        let map = region.map(toInput: 10)
        let (a, b) = (map(5.5, 5.5), map(6.5, 5.5))
        #expect(abs(a.x - 50.5) < 1e-5 && abs(a.y - 40.5) < 1e-5)
        #expect(abs(b.x - 50.5) < 1e-5 && abs(b.y - 42.5) < 1e-5)
    }

    @Test func landmarksGoBackToWhereTheInputWasTaken() {
        let region = FaceRegion(centre: SIMD2(50, 40), side: 96, rotation: 0.3)
        let points: [Float] = [96, 96, 0, 0, 0, 10, 192, 96, -20]
        var landmarks = [Float](repeating: 0, count: 9)
        points.withUnsafeBufferPointer { points in
            landmarks.withUnsafeMutableBufferPointer { region.project(points, inputSide: 192, into: $0) }
        }
        #expect(landmarks[0] == 50 && landmarks[1] == 40 && landmarks[2] == 0)
        let corner = region.point(SIMD2(0, 0))
        #expect(abs(landmarks[3] - corner.x) < 1e-4 && abs(landmarks[4] - corner.y) < 1e-4 && landmarks[5] == 5)
        #expect(abs(landmarks[6] - (50 + 48 * cos(0.3))) < 1e-4)
        #expect(abs(landmarks[7] - (40 + 48 * sin(0.3))) < 1e-4 && landmarks[8] == -10)
    }

    @Test func whatIsNoSquareIsNotUsable() {
        #expect(FaceRegion(centre: SIMD2(5, 5), side: 10, rotation: 0).isUsable)
        for (x, side, rotation) in [
            (Float.nan, Float(10), Float(0)), (5, .nan, 0), (5, 10, .nan), (.infinity, 10, 0), (5, .infinity, 0),
            (5, 0, 0), (5, -3, 0),
        ] {
            #expect(!FaceRegion(centre: SIMD2(x, 5), side: side, rotation: rotation).isUsable)
        }
    }

    @Test func overlapIsThatOfTheUprightSquares() {
        let a = FaceRegion(centre: SIMD2(10, 10), side: 10, rotation: 1)
        #expect(a.overlap(FaceRegion(centre: SIMD2(15, 10), side: 10, rotation: 0)) == 1.0 / 3)
        #expect(a.overlap(FaceRegion(centre: SIMD2(21, 10), side: 10, rotation: 0)) == 0)
        #expect(a.overlap(a) == 1)
    }
}
