internal import JSON

/// The values of faces, and single values with their limits.
extension RecordDecoder {
    private static let faceKeys = KeyTable([
        "track", "certain", "box", "score", "pitch", "yaw", "roll", "gaze", "quality", "visible", "au", "au_raw",
        "au_left", "au_right", "present", "emotion", "emotions", "baseline", "speaking", "landmarks", "head",
        "derived",
    ])
    /// Which of the keys make which part.
    private static let parts: [(field: RecordFields, keys: ClosedRange<Int>)] = [
        (.box, 1...3), (.pose, 4...6), (.gaze, 7...7), (.quality, 8...8), (.visible, 9...9), (.au, 10...10),
        (.auRaw, 11...11), (.sides, 12...13), (.present, 14...14), (.emotions, 15...16), (.baseline, 17...17),
        (.speaking, 18...18), (.landmarks, 19...19), (.head, 20...20), (.derived, 21...21),
    ]
    private static let baselines = KeyTable(["off", "learning", "settled", "frozen"])

    mutating func decodeFace(_ cursor: inout JSONCursor, into face: inout FaceRecord) throws -> RecordFields {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        var (found, last) = (0, -1)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard let index = try Self.faceKeys.index(of: key, after: last) else {
                try cursor.skip()
                continue
            }
            last = index
            place.faceKey = Self.faceKeys.names[index]
            guard found & (1 << index) == 0 else { throw place.failure("stands twice") }
            found |= 1 << index
            switch index {
            case 0: face.track = try integer(&cursor)
            case 1:
                guard cursor.kind() == .bool else { throw place.failure("is not true or false") }
                face.certain = try cursor.bool()
            case 2: face.box = try fourNumbers(&cursor)
            case 3: face.score = try float(&cursor)
            case 4: face.pitch = try float(&cursor)
            case 5: face.yaw = try float(&cursor)
            case 6: face.roll = try float(&cursor)
            case 7: face.gaze = try gaze(&cursor)
            case 8: face.quality = try float(&cursor)
            case 9: try visible(&cursor, into: &face.visible)
            case 10: try values(&cursor, of: au, into: &face.au)
            case 11: try values(&cursor, of: au, into: &face.auRaw)
            case 12: try values(&cursor, of: sides, into: &face.left)
            case 13: try values(&cursor, of: sides, into: &face.right)
            case 14: try present(&cursor, into: &face.present)
            case 15: face.emotion = try label(try string(&cursor), in: emotions, after: face.emotion - 1)
            case 16: try values(&cursor, of: emotions, into: &face.emotions)
            case 17: face.baseline = try baseline(&cursor)
            case 18: face.speaking = try float(&cursor)
            case 19: try landmarks(&cursor, into: &face.landmarks)
            case 20: face.head = try head(&cursor)
            default: face.derived = try derived(&cursor)
            }
            place.faceKey = nil
        }
        let fields = try fields(found)
        if fields != .all { blank(&face, except: fields) }
        // Some parts are there only where the run has them: a face that lacks nothing else lacks nothing.
        let asked: RecordFields = [.landmarks, .head, .derived]
        return fields.union(asked) == .all ? .all : fields
    }

    /// The parts that the keys of a face make.
    private mutating func fields(_ found: Int) throws -> RecordFields {
        func require(_ index: Int) throws {
            guard found & (1 << index) == 0 else { return }
            place.faceKey = Self.faceKeys.names[index]
            throw place.failure("is missing")
        }
        try require(0)
        var fields = RecordFields()
        for (field, keys) in Self.parts where keys.contains(where: { found & (1 << $0) != 0 }) {
            for index in keys { try require(index) }
            fields.insert(field)
        }
        return fields
    }

    /// Gives the parts that a line does not tell values that say nothing.
    private func blank(_ face: inout FaceRecord, except fields: RecordFields) {
        func fill(_ values: inout [Float], _ count: Int, _ field: RecordFields) {
            if !fields.contains(field) { values = Array(repeating: .nan, count: count) }
        }
        fill(&face.au, au.names.count, .au)
        fill(&face.auRaw, au.names.count, .auRaw)
        fill(&face.left, sides.names.count, .sides)
        fill(&face.right, sides.names.count, .sides)
        fill(&face.emotions, emotions.names.count, .emotions)
        if !fields.contains(.present) { face.present = Array(repeating: false, count: au.names.count) }
        if !fields.contains(.emotions) { face.emotion = 0 }
        if !fields.contains(.baseline) { face.baseline = "" }
        if !fields.contains(.speaking) { face.speaking = .nan }
        if !fields.contains(.landmarks) { face.landmarks.removeAll(keepingCapacity: true) }
        if !fields.contains(.head) { face.head = nil }
        if !fields.contains(.derived) { face.derived = nil }
        if !fields.contains(.box) { (face.certain, face.box, face.score) = (true, (.nan, .nan, .nan, .nan), .nan) }
        if !fields.contains(.pose) { (face.pitch, face.yaw, face.roll) = (.nan, .nan, .nan) }
        if !fields.contains(.quality) { face.quality = .nan }
        if !fields.contains(.gaze) { face.gaze = nil }
        if !fields.contains(.visible) { face.visible.removeAll(keepingCapacity: true) }
    }

    // MARK: Values

    mutating func values(_ cursor: inout JSONCursor, of table: KeyTable, into values: inout [Float]) throws {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        let count = table.names.count
        if values.count != count { values = Array(repeating: .nan, count: count) }
        if seen.count < count { seen = Array(repeating: false, count: count) }
        for index in 0..<count { seen[index] = false }
        var last = -1
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            last = try label(key, in: table, after: last)
            place.label = table.names[last]
            guard !seen[last] else { throw place.failure("stands twice") }
            seen[last] = true
            values[last] = try float(&cursor)
            place.label = nil
        }
        for index in 0..<count where !seen[index] {
            place.label = table.names[index]
            throw place.failure("is missing")
        }
    }

    private mutating func present(_ cursor: inout JSONCursor, into present: inout [Bool]) throws {
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

    private func label(_ raw: UnsafeBufferPointer<UInt8>, in table: KeyTable, after last: Int) throws -> Int {
        if let index = try table.index(of: raw, after: last) { return index }
        var place = place
        place.label = try JSONCursor.text(of: raw)
        throw place.failure("is not among the labels of the run")
    }

    private func baseline(_ cursor: inout JSONCursor) throws -> String {
        let raw = try string(&cursor)
        if let index = try Self.baselines.index(of: raw, after: 1) { return Self.baselines.names[index] }
        return try JSONCursor.text(of: raw)
    }

    func fourNumbers(_ cursor: inout JSONCursor) throws -> (Float, Float, Float, Float) {
        guard cursor.kind() == .array else { throw place.failure("is not an array") }
        var numbers: (Float, Float, Float, Float) = (.nan, .nan, .nan, .nan)
        var count = 0
        try cursor.beginArray()
        while try cursor.nextElement() {
            let value = try float(&cursor)
            switch count {
            case 0: numbers.0 = value
            case 1: numbers.1 = value
            case 2: numbers.2 = value
            case 3: numbers.3 = value
            default: throw place.failure("has more than four numbers")
            }
            count += 1
        }
        guard count == 4 else { throw place.failure("has \(count) numbers, where four are expected") }
        return numbers
    }

    func string(_ cursor: inout JSONCursor) throws -> UnsafeBufferPointer<UInt8> {
        guard cursor.kind() == .string else { throw place.failure("is not a string") }
        return try cursor.rawString()
    }

    /// A number, or `null` for one that was not finite.
    func number(_ cursor: inout JSONCursor) throws -> Double {
        if cursor.takeNull() { return .nan }
        guard cursor.kind() == .number else { throw place.failure("is not a number") }
        return try cursor.number()
    }

    func float(_ cursor: inout JSONCursor) throws -> Float {
        let value = try number(&cursor)
        guard !(value.magnitude > Double(Float.greatestFiniteMagnitude)) else { throw place.failure("is out of range") }
        return Float(value)
    }

    /// A whole number from 0 up to what a `Double` holds exactly.
    func integer(_ cursor: inout JSONCursor) throws -> Int {
        guard cursor.kind() == .number, let value = Int(exactly: try cursor.number()), (0...1 << 53).contains(value)
        else {
            throw place.failure("is not a whole number from 0 on")
        }
        return value
    }

    func time(_ cursor: inout JSONCursor) throws -> Int64? {
        if cursor.takeNull() { return nil }
        guard let time = Int64(utcText: try string(&cursor).dropFirst().dropLast()) else {
            throw place.failure("is not a UTC time like 2026-11-22T08:16:27.066Z")
        }
        return time
    }
}

extension FaceRecord {
    /// A face of which nothing is known.
    static let blank = FaceRecord(
        track: 0, certain: true, box: (.nan, .nan, .nan, .nan), score: .nan, pitch: .nan, yaw: .nan, roll: .nan,
        quality: .nan, au: [], auRaw: [], left: [], right: [], present: [], emotions: [], emotion: 0, baseline: "")
}
