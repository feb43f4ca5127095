import Faces
import Testing

struct FaceListTests {
    static let labels = FaceLabels(au: ["AU01", "AU12"], sides: ["AU12"], emotions: ["neutral", "happiness", "anger"])

    @Test func aSpareFaceHasRoomForAllThatIsFound() {
        var list = FaceList()
        let face = list.spare(cropSize: 20)
        #expect(face.landmarks.count == 468 * 3 && face.geometry.count == 468 * 3 && face.crop.count == 400)
        #expect(list.faces.isEmpty)
    }

    @Test func theMemoryOfRemovedFacesIsUsedAgain() {
        var list = FaceList()
        var face = list.spare(cropSize: 20)
        let place = face.landmarks.withUnsafeBufferPointer { $0.baseAddress }
        face.track = 7
        list.faces.append(face)
        face = Face()
        list.clear()
        #expect(list.faces.isEmpty)
        let again = list.spare(cropSize: 20)
        #expect(again.landmarks.withUnsafeBufferPointer { $0.baseAddress } == place)
    }

    @Test func aCropOfAnotherSizeIsMadeAnew() {
        var list = FaceList()
        list.faces.append(list.spare(cropSize: 20))
        list.clear()
        #expect(list.spare(cropSize: 30).crop.count == 900)
    }

    @Test func roomForReadingsFollowsTheLabels() {
        var face = Face()
        face.makeRoom(for: Self.labels)
        #expect(face.au.count == 2 && face.auRaw.count == 2 && face.present.count == 2)
        #expect(face.left.count == 1 && face.right.count == 1 && face.emotions.count == 3)
        face.au[1] = 2
        face.makeRoom(for: Self.labels)
        #expect(face.au == [0, 2], "what fits is left as it is")
    }

    @Test func withoutPixelsTheReadingsStay() {
        var list = FaceList()
        var face = list.spare(cropSize: 20)
        face.makeRoom(for: Self.labels)
        face.track = 3
        face.au[0] = 4
        let kept = face.withoutPixels
        #expect(kept.track == 3 && kept.au == face.au)
        #expect(kept.crop.isEmpty && kept.landmarks.isEmpty && kept.geometry.isEmpty)
    }
}
