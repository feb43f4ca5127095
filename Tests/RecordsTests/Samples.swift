import Records

/// Records as the tests use them.
enum Samples {
    static let labels = RecordLabels(
        au: ["AU01", "AU06", "AU12"], sides: ["AU12"], emotions: ["neutral", "happiness"])

    static func face(track: Int = 3, value: Float = 2.25) -> FaceRecord {
        FaceRecord(
            track: track, certain: true, box: (412, 118.5, 220.25, 220.25), score: 0.98, pitch: -3.14, yaw: 11.8,
            roll: 0.04, quality: 0.87, au: [0.31, 1.5, value], auRaw: [0.2, 1.25, value], left: [2.4], right: [2.1],
            present: [false, true, true], emotions: [0.07, 0.93], emotion: 1, baseline: "settled",
            visible: [1, 0.98, 0.97, 0.5, 1, 1, 0.03, 0.125], gaze: gaze)
    }

    static let gaze = GazeRecord(
        joint: .init(yaw: 4.26, pitch: -2, headYaw: -7.5, headPitch: 1.14), error: 3.2,
        left: .init(yaw: 4.26, pitch: -2, headYaw: -7.5, headPitch: 1.14), right: nil)

    static func record(faces: [FaceRecord] = [face()], dropped: Int = 0, markers: [String] = []) -> FrameRecord {
        FrameRecord(
            source: "door", sequence: 812, pts: 27.0666667, epoch: 0, time: 1_795_335_387_066_999, dropped: dropped,
            width: 1280, height: 720, markers: markers, faces: faces)
    }

    static let run = RunInfo(
        program: "norface 0.1.0", started: 1_795_335_360_000_000, labels: labels,
        model: .init(name: "norface-s", version: "0.1.0", hashes: [.init("classifier", "00ff")]),
        smoothing: [.init("min_cutoff", 1.2)], sources: [.init(name: "door", input: "rtsp://camera/live")],
        versions: [.init("libavformat", "59.27.100")])

    static func text(_ line: EncodedLine) -> String {
        String(decoding: line.bytes, as: UTF8.self)
    }
}
