public import Faces
internal import Media
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
            speaking: face.speaking ?? .nan, landmarks: face.points, head: face.head, visible: face.visible,
            gaze: face.gaze.flatMap(GazeRecord.init))
    }
}

extension FrameDrops {
    /// What is written of a loss.
    init(_ loss: QueueLoss) {
        self.init(
            thinned: loss.handedOn.thinned, undecoded: loss.handedOn.undecoded, overload: loss.overflowed,
            missing: loss.handedOn.missing)
    }
}

extension GazeRecord {
    /// What is written of a gaze; nil while neither eye is seen.
    init?(_ gaze: Gaze) {
        guard let joint = gaze.joint else { return nil }
        self.init(
            joint: Eye(joint), error: joint.error, left: gaze.left.map(Eye.init), right: gaze.right.map(Eye.init))
    }
}

extension GazeRecord.Eye {
    fileprivate init(_ eye: Gaze.Eye) {
        self.init(yaw: eye.yaw, pitch: eye.pitch, headYaw: eye.headYaw, headPitch: eye.headPitch)
    }
}

extension RecordLabels {
    /// The names in the records of faces that were read with these labels.
    public init(_ labels: FaceLabels) {
        self.init(au: labels.au, sides: labels.sides, emotions: labels.emotions)
    }
}
