import Faces
import Testing

struct PlaceTests {
    @Test func theHeadIsWhereAPinholeCameraSeesIt() throws {
        // Eyes 63 mm apart that are 63 pixels apart at 1000 pixels of focal length are a metre away.
        let eyes = EyePlace(x: 740, y: 310, distance: 63)
        let head = try #require(eyes.position(focal: 1000, width: 1280, height: 720))
        #expect(head == SIMD3(100, -50, 1000))
        #expect(EyePlace(x: 0, y: 0, distance: 0).position(focal: 1000, width: 10, height: 10) == nil)
    }

    @Test func theUsualPointsAreMirrorImagesOfEachOther() {
        #expect(LandmarkSet.pairs.count == 68)
        #expect(LandmarkSet.pairs.allSatisfy { 0..<468 ~= $0.first && 0..<468 ~= $0.second })
        // A mesh whose landmarks are numbered.
        let landmarks: [Float] = (0..<468).flatMap { index -> [Float] in [Float(index), Float(index) * 2, 0] }
        var points: [Float] = []
        LandmarkSet.ibug.write(landmarks, scale: (1, 2), into: &points)
        #expect(points.count == 136)
        // The chin; the outer corner of the subject's right eye; the right corner of the mouth; a point between two.
        #expect(points[16] == 152 && points[72] == 33 && points[96] == 61 && points[54] == 87)
        #expect(points[17] == 152, "y is in stored pixels")
        LandmarkSet.mesh.write(landmarks, scale: (1, 1), into: &points)
        #expect(points.count == 936 && points[934] == 467 && points[935] == 934)
        LandmarkSet.none.write(landmarks, scale: (1, 1), into: &points)
        #expect(points.isEmpty)
    }
}
