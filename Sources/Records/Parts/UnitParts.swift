internal import JSON

extension RecordFields {
    /// `au`.
    public static let au = RecordFields(rawValue: 1 << 3)
    /// `au_raw`.
    public static let auRaw = RecordFields(rawValue: 1 << 4)
    /// `au_left` and `au_right`.
    public static let sides = RecordFields(rawValue: 1 << 5)
    /// `present`.
    public static let present = RecordFields(rawValue: 1 << 6)
}

extension FacePart {
    /// Smoothed intensities.
    static let au = FacePart(
        field: .au, name: "au", keys: ["au"], columns: { $0.au },
        writeJSON: { face, tokens, writer in
            writer.key("au")
            writer.object(face.au, tokens.au, decimals: 3)
        },
        writeCells: { face, _, _, row in row.appendValues(face.au, decimals: 3) },
        read: { _, cursor, decoder, face in try decoder.values(&cursor, of: decoder.au, into: &face.au) },
        blank: { face, labels in face.au = Array(repeating: .nan, count: labels.au.count) })

    /// The classifier's own intensities.
    static let auRaw = FacePart(
        field: .auRaw, name: "au_raw", keys: ["au_raw"], columns: { $0.au.map { $0 + "_raw" } },
        writeJSON: { face, tokens, writer in
            writer.key("au_raw")
            writer.object(face.auRaw, tokens.au, decimals: 3)
        },
        writeCells: { face, _, _, row in row.appendValues(face.auRaw, decimals: 3) },
        read: { _, cursor, decoder, face in try decoder.values(&cursor, of: decoder.au, into: &face.auRaw) },
        blank: { face, labels in face.auRaw = Array(repeating: .nan, count: labels.au.count) })

    /// Intensities of the subject's own sides.
    static let sides = FacePart(
        field: .sides, name: "sides", keys: ["au_left", "au_right"],
        columns: { labels in labels.sides.map { $0 + "_left" } + labels.sides.map { $0 + "_right" } },
        writeJSON: { face, tokens, writer in
            writer.key("au_left")
            writer.object(face.left, tokens.sides, decimals: 3)
            writer.key("au_right")
            writer.object(face.right, tokens.sides, decimals: 3)
        },
        writeCells: { face, _, _, row in
            row.appendValues(face.left, decimals: 3)
            row.appendValues(face.right, decimals: 3)
        },
        read: { key, cursor, decoder, face in
            if key == 0 {
                try decoder.values(&cursor, of: decoder.sides, into: &face.left)
            } else {
                try decoder.values(&cursor, of: decoder.sides, into: &face.right)
            }
        },
        blank: { face, labels in
            face.left = Array(repeating: .nan, count: labels.sides.count)
            face.right = face.left
        })

    /// Which units are there.
    static let present = FacePart(
        field: .present, name: "present", keys: ["present"], columns: { $0.au.map { $0 + "_present" } },
        writeJSON: { face, tokens, writer in
            writer.key("present")
            writer.beginArray()
            for index in tokens.au.indices where face.present[index] { writer.string(token: tokens.au[index]) }
            writer.endArray()
        },
        writeCells: { face, fields, _, row in
            for (index, isPresent) in face.present.enumerated() {
                row.comma()
                // Whether a unit is there that cannot be read is not known.
                let isKnown = face.au[index].isFinite || !fields.contains(.au) || isPresent
                if isKnown { row.append(UInt8(ascii: isPresent ? "1" : "0")) }
            }
        },
        read: { _, cursor, decoder, face in try decoder.present(&cursor, into: &face.present) },
        blank: { face, labels in face.present = Array(repeating: false, count: labels.au.count) })
}

extension RecordDecoder {
    fileprivate mutating func present(_ cursor: inout JSONCursor, into present: inout [Bool]) throws {
        guard cursor.kind() == .array else { throw place.failure("is not an array") }
        let count = au.names.count
        if present.count != count { present = Array(repeating: false, count: count) }
        for index in 0..<count { present[index] = false }
        var last = -1
        try cursor.beginArray()
        while try cursor.nextElement() {
            last = try label(try string(&cursor), in: au, after: last)
            present[last] = true
        }
    }
}
