internal import JSON

/// One part of a face's record, and all that is known of it: what it is called, how each format writes it, and how it is read again.
///
/// A new value of a face is a part in a file of its own, and a line in `all`.
struct FacePart: Sendable {
    /// Its place in sets of parts.
    let field: RecordFields
    /// What configurations and subscribers call it.
    let name: String
    /// Its keys in JSON, in their order. A face has all of them or none.
    let keys: [String]
    /// Whether only those runs have it that ask for it.
    var isOptional = false
    /// Its columns in a table.
    let columns: @Sendable (RecordLabels) -> [String]
    /// Writes its keys and values; nothing where an optional part is not known.
    let writeJSON: @Sendable (FaceRecord, LabelTokens, inout JSONWriter) -> Void
    /// Writes a comma and a value for each column; no value where none is known. The set says which parts the reader has chosen.
    let writeCells: @Sendable (FaceRecord, RecordFields, LabelTokens, inout [UInt8]) -> Void
    /// Reads the value of one of its keys, by its number.
    let read: @Sendable (Int, inout JSONCursor, inout RecordDecoder, inout FaceRecord) throws -> Void
    /// Makes its values such that they say nothing.
    let blank: @Sendable (inout FaceRecord, RecordLabels) -> Void

    /// All parts, in the order of a record.
    static let all: [FacePart] = [
        .box, .pose, .gaze, .quality, .visible, .au, .auRaw, .sides, .present, .emotions, .baseline, .speaking,
        .landmarks, .head, .derived,
    ]
}

/// The names of a run's values, made ready to be written.
struct LabelTokens: Sendable {
    /// The names themselves.
    let labels: RecordLabels
    /// The names of AUs, sides and emotions as strings of JSON.
    let au, sides, emotions: [[UInt8]]
    /// The emotions as cells of a table.
    let emotionCells: [[UInt8]]
    /// The regions of `visible` as strings of JSON.
    let regions = FaceRecord.regions.map(JSONWriter.token)

    init(_ labels: RecordLabels) {
        self.labels = labels
        au = labels.au.map(JSONWriter.token)
        sides = labels.sides.map(JSONWriter.token)
        emotions = labels.emotions.map(JSONWriter.token)
        emotionCells = labels.emotions.map { emotion in
            var cell: [UInt8] = []
            cell.appendCell(emotion)
            return cell
        }
    }

    /// Stops the program when a face's values are not as many as the names.
    func check(_ face: FaceRecord) {
        precondition(
            face.au.count == au.count && face.auRaw.count == au.count && face.present.count == au.count
                && face.left.count == sides.count && face.right.count == sides.count
                && face.emotions.count == emotions.count && emotions.indices.contains(face.emotion),
            "the values of track \(face.track) do not follow the run's labels")
    }
}

extension JSONWriter {
    /// An object of values by their names.
    mutating func object(_ values: [Float], _ tokens: [[UInt8]], decimals: Int) {
        beginObject()
        for index in tokens.indices {
            key(token: tokens[index])
            fixed(values[index], decimals: decimals)
        }
        endObject()
    }

    /// A key and its number.
    mutating func number(_ name: String, _ value: Float, decimals: Int) {
        key(name)
        fixed(value, decimals: decimals)
    }
}
