internal import JSON

extension RecordFields {
    /// `gaze`.
    public static let gaze = RecordFields(rawValue: 1 << 9)
}

extension FacePart {
    /// Where the eyes look; null while both are closed or hidden.
    static let gaze = FacePart(
        field: .gaze, name: "gaze", keys: ["gaze"],
        columns: { _ in
            let angles = ["yaw", "pitch", "head_yaw", "head_pitch"]
            return angles.map { "gaze_" + $0 } + ["gaze_error"]
                + ["left", "right"].flatMap { side in angles.map { "gaze_\(side)_\($0)" } }
        },
        writeJSON: { face, _, writer in
            writer.key("gaze")
            guard let gaze = face.gaze else { return writer.null() }
            writer.beginObject()
            writer.number("yaw", gaze.joint.yaw, decimals: 1)
            writer.number("pitch", gaze.joint.pitch, decimals: 1)
            writer.number("head_yaw", gaze.joint.headYaw, decimals: 1)
            writer.number("head_pitch", gaze.joint.headPitch, decimals: 1)
            writer.number("error", gaze.error, decimals: 1)
            writer.key("left")
            writer.eye(gaze.left)
            writer.key("right")
            writer.eye(gaze.right)
            writer.endObject()
        },
        writeCells: { face, _, _, row in
            row.append(face.gaze?.joint)
            row.appendValue(face.gaze?.error ?? .nan, decimals: 1)
            row.append(face.gaze?.left)
            row.append(face.gaze?.right)
        },
        read: { _, cursor, decoder, face in face.gaze = try decoder.gaze(&cursor) },
        blank: { face, _ in face.gaze = nil })
}

extension JSONWriter {
    fileprivate mutating func eye(_ eye: GazeRecord.Eye?) {
        guard let eye else { return null() }
        beginArray()
        fixed(eye.yaw, decimals: 1)
        fixed(eye.pitch, decimals: 1)
        fixed(eye.headYaw, decimals: 1)
        fixed(eye.headPitch, decimals: 1)
        endArray()
    }
}

extension [UInt8] {
    /// The cells of an eye's gaze.
    fileprivate mutating func append(_ eye: GazeRecord.Eye?) {
        appendValue(eye?.yaw ?? .nan, decimals: 1)
        appendValue(eye?.pitch ?? .nan, decimals: 1)
        appendValue(eye?.headYaw ?? .nan, decimals: 1)
        appendValue(eye?.headPitch ?? .nan, decimals: 1)
    }
}

extension RecordDecoder {
    private static let gazeKeys = KeyTable(["yaw", "pitch", "head_yaw", "head_pitch", "error", "left", "right"])

    fileprivate mutating func gaze(_ cursor: inout JSONCursor) throws -> GazeRecord? {
        guard !cursor.takeNull() else { return nil }
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        let nothing = GazeRecord.Eye(yaw: .nan, pitch: .nan, headYaw: .nan, headPitch: .nan)
        var gaze = GazeRecord(joint: nothing, error: .nan, left: nil, right: nil)
        var (found, last) = (0, -1)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard let index = try Self.gazeKeys.index(of: key, after: last) else {
                try cursor.skip()
                continue
            }
            last = index
            place.label = Self.gazeKeys.names[index]
            guard found & (1 << index) == 0 else { throw place.failure("stands twice") }
            found |= 1 << index
            switch index {
            case 0: gaze.joint.yaw = try float(&cursor)
            case 1: gaze.joint.pitch = try float(&cursor)
            case 2: gaze.joint.headYaw = try float(&cursor)
            case 3: gaze.joint.headPitch = try float(&cursor)
            case 4: gaze.error = try float(&cursor)
            case 5: gaze.left = try eye(&cursor)
            default: gaze.right = try eye(&cursor)
            }
            place.label = nil
        }
        for index in Self.gazeKeys.names.indices where found & (1 << index) == 0 {
            place.label = Self.gazeKeys.names[index]
            throw place.failure("is missing")
        }
        return gaze
    }

    private func eye(_ cursor: inout JSONCursor) throws -> GazeRecord.Eye? {
        guard !cursor.takeNull() else { return nil }
        let (yaw, pitch, headYaw, headPitch) = try fourNumbers(&cursor)
        return GazeRecord.Eye(yaw: yaw, pitch: pitch, headYaw: headYaw, headPitch: headPitch)
    }
}
