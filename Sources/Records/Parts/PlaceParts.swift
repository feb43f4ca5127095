internal import JSON

extension RecordFields {
    /// `box`, `score` and `certain`.
    public static let box = RecordFields(rawValue: 1 << 0)
    /// `pitch`, `yaw` and `roll`.
    public static let pose = RecordFields(rawValue: 1 << 1)
}

extension FacePart {
    /// Where the face is, and how sure that is.
    static let box = FacePart(
        field: .box, name: "box", keys: ["certain", "box", "score"],
        columns: { _ in ["certain", "box_x", "box_y", "box_width", "box_height", "score"] },
        writeJSON: { face, _, writer in
            writer.key("certain")
            writer.bool(face.certain)
            writer.key("box")
            writer.beginArray()
            writer.fixed(face.box.0, decimals: 1)
            writer.fixed(face.box.1, decimals: 1)
            writer.fixed(face.box.2, decimals: 1)
            writer.fixed(face.box.3, decimals: 1)
            writer.endArray()
            writer.number("score", face.score, decimals: 2)
        },
        writeCells: { face, _, _, row in
            row.comma()
            row.append(UInt8(ascii: face.certain ? "1" : "0"))
            row.appendValue(face.box.0, decimals: 1)
            row.appendValue(face.box.1, decimals: 1)
            row.appendValue(face.box.2, decimals: 1)
            row.appendValue(face.box.3, decimals: 1)
            row.appendValue(face.score, decimals: 2)
        },
        read: { key, cursor, decoder, face in
            switch key {
            case 0: face.certain = try decoder.truth(&cursor)
            case 1: face.box = try decoder.fourNumbers(&cursor)
            default: face.score = try decoder.float(&cursor)
            }
        },
        blank: { face, _ in (face.certain, face.box, face.score) = (true, (.nan, .nan, .nan, .nan), .nan) })

    /// Where the head points.
    static let pose = FacePart(
        field: .pose, name: "pose", keys: ["pitch", "yaw", "roll"], columns: { _ in ["pitch", "yaw", "roll"] },
        writeJSON: { face, _, writer in
            writer.number("pitch", face.pitch, decimals: 1)
            writer.number("yaw", face.yaw, decimals: 1)
            writer.number("roll", face.roll, decimals: 1)
        },
        writeCells: { face, _, _, row in
            row.appendValue(face.pitch, decimals: 1)
            row.appendValue(face.yaw, decimals: 1)
            row.appendValue(face.roll, decimals: 1)
        },
        read: { key, cursor, decoder, face in
            let angle = try decoder.float(&cursor)
            switch key {
            case 0: face.pitch = angle
            case 1: face.yaw = angle
            default: face.roll = angle
            }
        },
        blank: { face, _ in (face.pitch, face.yaw, face.roll) = (.nan, .nan, .nan) })
}
