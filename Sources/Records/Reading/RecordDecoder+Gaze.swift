internal import JSON

/// What is seen, and where the eyes look.
extension RecordDecoder {
    static let regionKeys = KeyTable(FaceRecord.regions)
    private static let gazeKeys = KeyTable(["yaw", "pitch", "head_yaw", "head_pitch", "error", "left", "right"])

    mutating func visible(_ cursor: inout JSONCursor, into visible: inout [Float]) throws {
        guard !cursor.takeNull() else { return visible.removeAll(keepingCapacity: true) }
        try values(&cursor, of: Self.regionKeys, into: &visible)
    }

    mutating func gaze(_ cursor: inout JSONCursor) throws -> GazeRecord? {
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
