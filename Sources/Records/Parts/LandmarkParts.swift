internal import JSON

extension RecordFields {
    /// `landmarks`, where the run has them.
    public static let landmarks = RecordFields(rawValue: 1 << 12)
    /// `head`, where the run has it.
    public static let head = RecordFields(rawValue: 1 << 13)
}

extension FacePart {
    /// Landmarks: how many a run has is among its labels.
    static let landmarks = FacePart(
        field: .landmarks, name: "landmarks", keys: ["landmarks"], isOptional: true,
        // As OpenFace names them: all x, then all y.
        columns: { labels in ["x", "y"].flatMap { axis in (0..<labels.landmarks).map { "\(axis)_\($0)" } } },
        writeJSON: { face, _, writer in
            guard !face.landmarks.isEmpty else { return }
            writer.key("landmarks")
            writer.beginArray()
            for value in face.landmarks { writer.fixed(value, decimals: 1) }
            writer.endArray()
        },
        writeCells: { face, _, tokens, row in
            // A run with landmarks may hold faces without: those of another source.
            let count = tokens.labels.landmarks
            let isKnown = face.landmarks.count == 2 * count
            for axis in 0..<2 {
                for index in 0..<count {
                    row.appendValue(isKnown ? face.landmarks[2 * index + axis] : .nan, decimals: 1)
                }
            }
        },
        read: { _, cursor, decoder, face in
            guard cursor.kind() == .array else { throw decoder.place.failure("is not an array") }
            face.landmarks.removeAll(keepingCapacity: true)
            try cursor.beginArray()
            while try cursor.nextElement() { face.landmarks.append(try decoder.float(&cursor)) }
            guard face.landmarks.count.isMultiple(of: 2) else { throw decoder.place.failure("has an x without a y") }
        },
        blank: { face, _ in face.landmarks.removeAll(keepingCapacity: true) })

    /// Where the head is in the camera's frame.
    static let head = FacePart(
        field: .head, name: "head", keys: ["head"], isOptional: true,
        columns: { $0.optionalParts.contains(.head) ? ["head_x", "head_y", "head_z"] : [] },
        writeJSON: { face, _, writer in
            guard let head = face.head else { return }
            writer.key("head")
            writer.beginObject()
            writer.number("x", head.x, decimals: 1)
            writer.number("y", head.y, decimals: 1)
            writer.number("z", head.z, decimals: 1)
            writer.endObject()
        },
        writeCells: { face, _, tokens, row in
            guard tokens.labels.optionalParts.contains(.head) else { return }
            for axis in 0..<3 { row.appendValue(face.head?[axis] ?? .nan, decimals: 1) }
        },
        read: { _, cursor, decoder, face in face.head = try decoder.numbers(&cursor, named: ["x", "y", "z"]) },
        blank: { face, _ in face.head = nil })
}
