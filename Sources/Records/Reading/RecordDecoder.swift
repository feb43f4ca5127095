internal import JSON

/// Reads lines of JSON back as records: the other way of `JSONLinesEncoder`.
///
/// Keys that are not known are passed over, since fields may be added at any time. Another version of the meaning (`v`) is refused. A
/// record is decoded into one that is used again, so that a long file allocates next to nothing.
public struct RecordDecoder: Sendable {
    /// What a line holds.
    public enum Kind: Sendable, Equatable {
        /// A record with these parts of its faces; all where there are no faces.
        case record(RecordFields)
        /// An event, or the run's description; nothing of it was decoded.
        case event
    }

    static let keys = KeyTable([
        "v", "source", "seq", "pts", "epoch", "time", "dropped", "width", "height", "faces", "drops", "markers",
        "damaged", "event",
    ])
    /// So many of the keys are in every record.
    private static let required = 10

    /// The names that the values follow; nil until they are known. The first record with a face tells them.
    public private(set) var labels: RecordLabels?
    var au = KeyTable([])
    var sides = KeyTable([])
    var emotions = KeyTable([])
    var seen: [Bool] = []
    var place = DecodingPlace()
    private var sourceText: [UInt8] = []
    private var source = ""

    /// Makes a decoder.
    ///
    /// - Parameter labels: the run's labels; nil takes those of the first record that has a face.
    public init(labels: RecordLabels? = nil) {
        if let labels { adopt(labels) }
    }

    /// Takes the labels of a run for the records that follow.
    public mutating func adopt(_ labels: RecordLabels) {
        guard labels != self.labels else { return }
        self.labels = labels
        au = KeyTable(labels.au)
        sides = KeyTable(labels.sides)
        emotions = KeyTable(labels.emotions)
    }

    /// Decodes one line.
    ///
    /// - Parameters:
    ///   - line: UTF-8, with or without its newline.
    ///   - record: takes the record; its memory is used again. Undefined after an event or an error.
    /// - Throws: `RecordError` with the key at fault.
    public mutating func decode(_ line: some Collection<UInt8>, into record: inout FrameRecord) throws(RecordError)
        -> Kind
    {
        let bytes = ContiguousArray(line)
        // A typed error does not pass through the closure of every standard library.
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(RecordError) in try decode(bytes: bytes, into: &record) }
        }
        return try result.get()
    }

    /// The same for bytes that stay in place.
    mutating func decode(
        bytes line: UnsafeBufferPointer<UInt8>, into record: inout FrameRecord
    ) throws(RecordError) -> Kind {
        place = DecodingPlace()
        do {
            var cursor = JSONCursor(line)
            return try decode(&cursor, line: line, into: &record)
        } catch {
            // The line of another version may fail in any way: the version is what is wrong with it.
            if let version = (try? JSONValue(parsing: line))?["v"], version != .number(Double(FrameRecord.version)) {
                throw RecordError(key: "v", Self.refusal)
            }
            switch error {
            case let error as RecordError: throw error
            case let error as JSONSyntaxError: throw RecordError(error.problem)
            default: throw RecordError("\(error)")
            }
        }
    }

    static let refusal = "is another version than \(FrameRecord.version), the only one that is known here"

    private mutating func decode(
        _ cursor: inout JSONCursor, line: UnsafeBufferPointer<UInt8>, into record: inout FrameRecord
    ) throws -> Kind {
        guard cursor.kind() == .object else { throw place.failure("a record is an object, and this is none") }
        var (found, last) = (0, -1)
        var fields = RecordFields.all
        record.drops = FrameDrops()
        record.isDamaged = false
        record.markers.removeAll(keepingCapacity: true)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard let index = try Self.keys.index(of: key, after: last) else {
                try cursor.skip()
                continue
            }
            last = index
            place.key = Self.keys.names[index]
            guard found & (1 << index) == 0 else { throw place.failure("stands twice") }
            found |= 1 << index
            switch index {
            case 0:
                guard try integer(&cursor) == FrameRecord.version else { throw place.failure(Self.refusal) }
            case 1: try decodeSource(&cursor, into: &record)
            case 2: record.sequence = try integer(&cursor)
            case 3: record.pts = try number(&cursor)
            case 4: record.epoch = try integer(&cursor)
            case 5: record.time = try time(&cursor)
            case 6: record.dropped = try integer(&cursor)
            case 7: record.width = try integer(&cursor)
            case 8: record.height = try integer(&cursor)
            case 9: fields = try decodeFaces(&cursor, line: line, into: &record)
            case 10: try decodeDrops(&cursor, into: &record)
            case 11: try decodeMarkers(&cursor, into: &record)
            case 12: record.isDamaged = try truth(&cursor)
            default: return .event
            }
            place.key = nil
        }
        try cursor.end()
        for index in 0..<Self.required where found & (1 << index) == 0 {
            place.key = Self.keys.names[index]
            throw place.failure("is missing")
        }
        return .record(fields)
    }

    private mutating func decodeSource(_ cursor: inout JSONCursor, into record: inout FrameRecord) throws {
        let raw = try string(&cursor)
        // One source for the whole file, as a rule: its name is made once.
        if !raw.elementsEqual(sourceText) {
            source = try JSONCursor.text(of: raw)
            sourceText = Array(raw)
        }
        record.source = source
    }

    func truth(_ cursor: inout JSONCursor) throws -> Bool {
        guard cursor.kind() == .bool else { throw place.failure("is not true or false") }
        return try cursor.bool()
    }

    private mutating func decodeDrops(_ cursor: inout JSONCursor, into record: inout FrameRecord) throws {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch try JSONCursor.text(of: key) {
            case "thinned": record.drops.thinned = try integer(&cursor)
            case "undecoded": record.drops.undecoded = try integer(&cursor)
            case "overload": record.drops.overload = try integer(&cursor)
            case "missing": record.drops.missing = try integer(&cursor)
            default: try cursor.skip()
            }
        }
    }

    private mutating func decodeMarkers(_ cursor: inout JSONCursor, into record: inout FrameRecord) throws {
        guard cursor.kind() == .array else { throw place.failure("is not an array") }
        try cursor.beginArray()
        while try cursor.nextElement() { record.markers.append(try JSONCursor.text(of: string(&cursor))) }
    }

    private mutating func decodeFaces(
        _ cursor: inout JSONCursor, line: UnsafeBufferPointer<UInt8>, into record: inout FrameRecord
    ) throws -> RecordFields {
        guard cursor.kind() == .array else { throw place.failure("is not an array") }
        var fields = RecordFields.all
        var count = 0
        try cursor.beginArray()
        while try cursor.nextElement() {
            if labels == nil { adopt(try RecordLabels(ofFirstFaceIn: line)) }
            if count == record.faces.count { record.faces.append(FaceRecord.blank) }
            place.face = count
            let own = try decodeFace(&cursor, into: &record.faces[count])
            guard count == 0 || own == fields else { throw place.failure("has other parts than the faces before it") }
            fields = own
            count += 1
            place.face = nil
        }
        record.faces.removeLast(record.faces.count - count)
        return fields
    }
}

/// Where in a line the decoder is.
struct DecodingPlace: Sendable {
    var key: String?
    var face: Int?
    var faceKey: String?
    var label: String?

    /// An error at this place.
    func failure(_ reason: String) -> RecordError {
        var text = key ?? ""
        if let face { text += "[\(face)]" }
        for part in [faceKey, label] {
            if let part { text += ".\(part)" }
        }
        return RecordError(key: text, reason)
    }
}

extension RecordLabels {
    /// The labels as the first face of a line has them.
    init(ofFirstFaceIn line: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) {
        let face = try JSONValue(parsing: line)["faces"]?.array?.first
        func keys(_ names: String...) -> [String] {
            for name in names {
                if case .object(let members)? = face?[name] { return members.map(\.key) }
            }
            return []
        }
        self.init(
            au: keys("au", "au_raw"), sides: keys("au_left", "au_right"), emotions: keys("emotions"),
            landmarks: (face?["landmarks"]?.array?.count ?? 0) / 2,
            optionalParts: RecordLabels.optionalParts { face?[$0] != nil })
    }
}
