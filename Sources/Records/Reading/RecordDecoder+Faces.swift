internal import JSON

/// The values of faces, and single values with their limits.
extension RecordDecoder {
    private static let faceKeys = KeyTable(["track"] + FacePart.all.flatMap(\.keys))
    /// Whose each of the keys behind `track` is, and its number there.
    private static let owners = FacePart.all.flatMap { part in part.keys.indices.map { (part: part, key: $0) } }
    /// The places of each part's keys.
    private static let parts: [(field: RecordFields, keys: Range<Int>)] = {
        var next = 1
        return FacePart.all.map { part in
            defer { next += part.keys.count }
            return (part.field, next..<next + part.keys.count)
        }
    }()

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
            if index == 0 {
                face.track = try integer(&cursor)
            } else {
                let owner = Self.owners[index - 1]
                try owner.part.read(owner.key, &cursor, &self, &face)
            }
            place.faceKey = nil
        }
        let fields = try fields(found)
        if fields != .all { blank(&face, except: fields) }
        // Some parts are there only where the run has them: a face that lacks nothing else lacks nothing.
        return fields.union(.optional) == .all ? .all : fields
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
        guard let labels else { return }
        for part in FacePart.all where !fields.contains(part.field) { part.blank(&face, labels) }
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

    func label(_ raw: UnsafeBufferPointer<UInt8>, in table: KeyTable, after last: Int) throws -> Int {
        if let index = try table.index(of: raw, after: last) { return index }
        var place = place
        place.label = try JSONCursor.text(of: raw)
        throw place.failure("is not among the labels of the run")
    }

    /// Up to three numbers, each once, in any order.
    func numbers(_ cursor: inout JSONCursor, named names: [String]) throws -> SIMD3<Float> {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        var numbers = SIMD3<Float>(repeating: .nan)
        var found = 0
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            let name = try JSONCursor.text(of: key)
            guard let index = names.firstIndex(of: name), found & (1 << index) == 0 else {
                throw place.failure("has '\(name)', where \(names.joined(separator: ", ")) are expected")
            }
            found |= 1 << index
            numbers[index] = try float(&cursor)
        }
        guard found == (1 << names.count) - 1 else {
            throw place.failure("lacks one of \(names.joined(separator: ", "))")
        }
        return numbers
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
