internal import JSON

extension RecordFormat {
    /// One JSON object a frame.
    public static let jsonLines = RecordFormat(name: "jsonl", fileExtension: "jsonl") { JSONLinesEncoder(labels: $0) }
}

/// Writes records, events and run descriptions as JSON Lines (`Documentation/Records.md`).
///
/// Decimals are fixed by field: seconds 6, pixels and degrees 1, scores and quality 2, intensities 3, probabilities 4.
/// Key order is fixed too, so that the same input gives the same bytes.
public struct JSONLinesEncoder: RecordEncoder {
    /// The labels that the value arrays of every record must follow.
    public let labels: RecordLabels
    private let tokens: LabelTokens

    /// Makes an encoder for records with these labels.
    public init(labels: RecordLabels) {
        self.labels = labels
        tokens = LabelTokens(labels)
    }

    /// JSON Lines has no header.
    public var header: [UInt8] { [] }

    /// A stream of lines tells events between records. Files of records leave them out.
    public var holdsEvents: Bool { true }

    /// Appends a record as one line.
    ///
    /// - Precondition: the value arrays of every face are as long as the label lists, and `emotion` is an index of one.
    /// - Returns: where the digits of `dropped` stand.
    public func append(_ record: FrameRecord, fields: RecordFields, to bytes: inout [UInt8]) -> Range<Int>? {
        var held: [UInt8] = []
        swap(&held, &bytes)
        var writer = JSONWriter(continuing: held)
        // The writer is the only holder from here on, or every append would copy.
        held = []
        writer.beginObject()
        writer.key("v")
        writer.integer(FrameRecord.version)
        writer.key("source")
        writer.string(record.source)
        writer.key("seq")
        writer.integer(record.sequence)
        writer.key("pts")
        writer.fixed(record.pts, decimals: 6)
        writer.key("epoch")
        writer.integer(record.epoch)
        writer.key("time")
        writer.time(microseconds: record.time)
        writer.key("dropped")
        let start = writer.bytes.count
        writer.integer(max(0, record.dropped))
        let digits = start..<writer.bytes.count
        let drops = record.drops
        if drops.total > 0 {
            writer.key("drops")
            writer.beginObject()
            if drops.thinned > 0 { writer.member("thinned", drops.thinned) }
            if drops.undecoded > 0 { writer.member("undecoded", drops.undecoded) }
            if drops.overload > 0 { writer.member("overload", drops.overload) }
            if drops.missing > 0 { writer.member("missing", drops.missing) }
            writer.endObject()
        }
        writer.key("width")
        writer.integer(record.width)
        writer.key("height")
        writer.integer(record.height)
        if record.isDamaged { writer.member("damaged", true) }
        if !record.markers.isEmpty {
            writer.key("markers")
            writer.beginArray()
            for marker in record.markers { writer.string(marker) }
            writer.endArray()
        }
        writer.key("faces")
        writer.beginArray()
        for face in record.faces { append(face, fields: fields, to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
        return digits
    }

    private func append(_ face: FaceRecord, fields: RecordFields, to writer: inout JSONWriter) {
        tokens.check(face)
        writer.beginObject()
        writer.key("track")
        writer.integer(face.track)
        for part in FacePart.all where fields.contains(part.field) { part.writeJSON(face, tokens, &writer) }
        writer.endObject()
    }
}
