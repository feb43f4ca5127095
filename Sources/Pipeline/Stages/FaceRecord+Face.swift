public import Faces
public import Records

// The one place where a face becomes what is written of it.

extension FaceRecord {
    /// What is written of a face. Shares its arrays.
    init(_ face: Face) {
        self.init(
            track: face.track, certain: face.certain,
            box: (face.box.x, face.box.y, face.box.width, face.box.height), score: face.score,
            pitch: face.pose.pitch, yaw: face.pose.yaw, roll: face.pose.roll, quality: face.quality,
            au: face.au, auRaw: face.auRaw, left: face.left, right: face.right, present: face.present,
            emotions: face.emotions, emotion: face.emotion, baseline: face.baseline.rawValue,
            speaking: face.speaking ?? .nan, landmarks: face.points, head: face.head)
    }
}

extension RecordLabels {
    /// The names in the records of faces that were read with these labels.
    public init(_ labels: FaceLabels) {
        self.init(au: labels.au, sides: labels.sides, emotions: labels.emotions)
    }
}
