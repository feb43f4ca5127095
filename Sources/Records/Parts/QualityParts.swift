internal import JSON

extension RecordFields {
    /// `quality`.
    public static let quality = RecordFields(rawValue: 1 << 2)
    /// `visible`.
    public static let visible = RecordFields(rawValue: 1 << 10)
    /// `baseline`.
    public static let baseline = RecordFields(rawValue: 1 << 8)
}

extension FacePart {
    /// How far to trust the face.
    static let quality = FacePart(
        field: .quality, name: "quality", keys: ["quality"], columns: { _ in ["quality"] },
        writeJSON: { face, _, writer in writer.number("quality", face.quality, decimals: 2) },
        writeCells: { face, _, _, row in row.appendValue(face.quality, decimals: 2) },
        read: { _, cursor, decoder, face in face.quality = try decoder.float(&cursor) },
        blank: { face, _ in face.quality = .nan })

    /// How far each region can be seen; null where nothing tells.
    static let visible = FacePart(
        field: .visible, name: "visible", keys: ["visible"],
        columns: { _ in FaceRecord.regions.map { "visible_" + $0 } },
        writeJSON: { face, tokens, writer in
            writer.key("visible")
            if face.visible.isEmpty {
                writer.null()
            } else {
                writer.object(face.visible, tokens.regions, decimals: 2)
            }
        },
        writeCells: { face, _, tokens, row in
            for index in tokens.regions.indices {
                row.appendValue(face.visible.isEmpty ? .nan : face.visible[index], decimals: 2)
            }
        },
        read: { _, cursor, decoder, face in
            guard !cursor.takeNull() else { return face.visible.removeAll(keepingCapacity: true) }
            try decoder.values(&cursor, of: RecordDecoder.regionKeys, into: &face.visible)
        },
        blank: { face, _ in face.visible.removeAll(keepingCapacity: true) })

    /// How far the neutral baseline can be relied on.
    static let baseline = FacePart(
        field: .baseline, name: "baseline", keys: ["baseline"], columns: { _ in ["baseline"] },
        writeJSON: { face, _, writer in
            writer.key("baseline")
            writer.string(face.baseline)
        },
        writeCells: { face, _, _, row in
            row.comma()
            row.appendCell(face.baseline)
        },
        read: { _, cursor, decoder, face in face.baseline = try decoder.baseline(&cursor) },
        blank: { face, _ in face.baseline = "" })
}

extension RecordDecoder {
    fileprivate static let regionKeys = KeyTable(FaceRecord.regions)
    private static let baselines = KeyTable(["off", "learning", "settled", "frozen"])

    fileprivate func baseline(_ cursor: inout JSONCursor) throws -> String {
        let raw = try string(&cursor)
        if let index = try Self.baselines.index(of: raw, after: 1) { return Self.baselines.names[index] }
        return try JSONCursor.text(of: raw)
    }
}
