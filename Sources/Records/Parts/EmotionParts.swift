internal import JSON

extension RecordFields {
    /// `emotion` and `emotions`.
    public static let emotions = RecordFields(rawValue: 1 << 7)
    /// `speaking`.
    public static let speaking = RecordFields(rawValue: 1 << 11)
    /// `derived`, where the run has it.
    public static let derived = RecordFields(rawValue: 1 << 14)
}

extension FacePart {
    /// The reported emotion, and the probability of each.
    static let emotions = FacePart(
        field: .emotions, name: "emotions", keys: ["emotion", "emotions"], columns: { ["emotion"] + $0.emotions },
        writeJSON: { face, tokens, writer in
            writer.key("emotion")
            writer.string(token: tokens.emotions[face.emotion])
            writer.key("emotions")
            writer.object(face.emotions, tokens.emotions, decimals: 4)
        },
        writeCells: { face, _, tokens, row in
            row.comma()
            row.append(contentsOf: tokens.emotionCells[face.emotion])
            row.appendValues(face.emotions, decimals: 4)
        },
        read: { key, cursor, decoder, face in
            if key == 0 {
                face.emotion = try decoder.label(
                    try decoder.string(&cursor), in: decoder.emotions, after: face.emotion - 1)
            } else {
                try decoder.values(&cursor, of: decoder.emotions, into: &face.emotions)
            }
        },
        blank: { face, labels in
            face.emotion = 0
            face.emotions = Array(repeating: .nan, count: labels.emotions.count)
        })

    /// How much the mouth speaks.
    static let speaking = FacePart(
        field: .speaking, name: "speaking", keys: ["speaking"], columns: { _ in ["speaking"] },
        writeJSON: { face, _, writer in writer.number("speaking", face.speaking, decimals: 2) },
        writeCells: { face, _, _, row in row.appendValue(face.speaking, decimals: 2) },
        read: { _, cursor, decoder, face in face.speaking = try decoder.float(&cursor) },
        blank: { face, _ in face.speaking = .nan })

    /// Valence and arousal.
    static let derived = FacePart(
        field: .derived, name: "derived", keys: ["derived"], isOptional: true,
        columns: { $0.optionalParts.contains(.derived) ? ["derived_valence", "derived_arousal"] : [] },
        writeJSON: { face, _, writer in
            guard let derived = face.derived else { return }
            writer.key("derived")
            writer.beginObject()
            writer.number("valence", derived.valence, decimals: 3)
            writer.number("arousal", derived.arousal, decimals: 3)
            writer.endObject()
        },
        writeCells: { face, _, tokens, row in
            guard tokens.labels.optionalParts.contains(.derived) else { return }
            row.appendValue(face.derived?.valence ?? .nan, decimals: 3)
            row.appendValue(face.derived?.arousal ?? .nan, decimals: 3)
        },
        read: { _, cursor, decoder, face in
            let values = try decoder.numbers(&cursor, named: ["valence", "arousal"])
            face.derived = DerivedRecord(valence: values.x, arousal: values.y)
        },
        blank: { face, _ in face.derived = nil })
}
