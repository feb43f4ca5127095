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
    private let auTokens: [[UInt8]]
    private let sideTokens: [[UInt8]]
    private let emotionTokens: [[UInt8]]
    private let regionTokens = FaceRecord.regions.map(JSONWriter.token)

    /// Makes an encoder for records with these labels.
    public init(labels: RecordLabels) {
        self.labels = labels
        auTokens = labels.au.map(JSONWriter.token)
        sideTokens = labels.sides.map(JSONWriter.token)
        emotionTokens = labels.emotions.map(JSONWriter.token)
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
        precondition(
            face.au.count == auTokens.count && face.auRaw.count == auTokens.count
                && face.present.count == auTokens.count && face.left.count == sideTokens.count
                && face.right.count == sideTokens.count && face.emotions.count == emotionTokens.count
                && emotionTokens.indices.contains(face.emotion),
            "the values of track \(face.track) do not follow the run's labels")
        writer.beginObject()
        writer.key("track")
        writer.integer(face.track)
        if fields.contains(.box) {
            writer.key("certain")
            writer.bool(face.certain)
            writer.key("box")
            writer.beginArray()
            writer.fixed(face.box.0, decimals: 1)
            writer.fixed(face.box.1, decimals: 1)
            writer.fixed(face.box.2, decimals: 1)
            writer.fixed(face.box.3, decimals: 1)
            writer.endArray()
            writer.key("score")
            writer.fixed(face.score, decimals: 2)
        }
        if fields.contains(.pose) {
            writer.key("pitch")
            writer.fixed(face.pitch, decimals: 1)
            writer.key("yaw")
            writer.fixed(face.yaw, decimals: 1)
            writer.key("roll")
            writer.fixed(face.roll, decimals: 1)
        }
        if fields.contains(.gaze) { append(face.gaze, to: &writer) }
        if fields.contains(.quality) {
            writer.key("quality")
            writer.fixed(face.quality, decimals: 2)
        }
        if fields.contains(.visible) {
            writer.key("visible")
            if face.visible.isEmpty {
                writer.null()
            } else {
                append(face.visible, tokens: regionTokens, decimals: 2, to: &writer)
            }
        }
        appendValues(of: face, fields: fields, to: &writer)
        writer.endObject()
    }

    private func append(_ gaze: GazeRecord?, to writer: inout JSONWriter) {
        writer.key("gaze")
        guard let gaze else { return writer.null() }
        writer.beginObject()
        writer.key("yaw")
        writer.fixed(gaze.joint.yaw, decimals: 1)
        writer.key("pitch")
        writer.fixed(gaze.joint.pitch, decimals: 1)
        writer.key("head_yaw")
        writer.fixed(gaze.joint.headYaw, decimals: 1)
        writer.key("head_pitch")
        writer.fixed(gaze.joint.headPitch, decimals: 1)
        writer.key("error")
        writer.fixed(gaze.error, decimals: 1)
        writer.key("left")
        append(gaze.left, to: &writer)
        writer.key("right")
        append(gaze.right, to: &writer)
        writer.endObject()
    }

    private func append(_ eye: GazeRecord.Eye?, to writer: inout JSONWriter) {
        guard let eye else { return writer.null() }
        writer.beginArray()
        writer.fixed(eye.yaw, decimals: 1)
        writer.fixed(eye.pitch, decimals: 1)
        writer.fixed(eye.headYaw, decimals: 1)
        writer.fixed(eye.headPitch, decimals: 1)
        writer.endArray()
    }

    private func appendValues(of face: FaceRecord, fields: RecordFields, to writer: inout JSONWriter) {
        if fields.contains(.au) {
            writer.key("au")
            append(face.au, tokens: auTokens, decimals: 3, to: &writer)
        }
        if fields.contains(.auRaw) {
            writer.key("au_raw")
            append(face.auRaw, tokens: auTokens, decimals: 3, to: &writer)
        }
        if fields.contains(.sides) {
            writer.key("au_left")
            append(face.left, tokens: sideTokens, decimals: 3, to: &writer)
            writer.key("au_right")
            append(face.right, tokens: sideTokens, decimals: 3, to: &writer)
        }
        if fields.contains(.present) {
            writer.key("present")
            writer.beginArray()
            for index in auTokens.indices where face.present[index] { writer.string(token: auTokens[index]) }
            writer.endArray()
        }
        if fields.contains(.emotions) {
            writer.key("emotion")
            writer.string(token: emotionTokens[face.emotion])
            writer.key("emotions")
            append(face.emotions, tokens: emotionTokens, decimals: 4, to: &writer)
        }
        if fields.contains(.baseline) {
            writer.key("baseline")
            writer.string(face.baseline)
        }
        if fields.contains(.speaking) {
            writer.key("speaking")
            writer.fixed(face.speaking, decimals: 2)
        }
        if fields.contains(.landmarks), !face.landmarks.isEmpty {
            writer.key("landmarks")
            writer.beginArray()
            for value in face.landmarks { writer.fixed(value, decimals: 1) }
            writer.endArray()
        }
        if fields.contains(.head), let head = face.head {
            writer.key("head")
            writer.beginObject()
            writer.key("x")
            writer.fixed(head.x, decimals: 1)
            writer.key("y")
            writer.fixed(head.y, decimals: 1)
            writer.key("z")
            writer.fixed(head.z, decimals: 1)
            writer.endObject()
        }
        if fields.contains(.derived), let derived = face.derived {
            writer.key("derived")
            writer.beginObject()
            writer.key("valence")
            writer.fixed(derived.valence, decimals: 3)
            writer.key("arousal")
            writer.fixed(derived.arousal, decimals: 3)
            writer.endObject()
        }
    }

    private func append(_ values: [Float], tokens: [[UInt8]], decimals: Int, to writer: inout JSONWriter) {
        writer.beginObject()
        for index in tokens.indices {
            writer.key(token: tokens[index])
            writer.fixed(values[index], decimals: decimals)
        }
        writer.endObject()
    }
}
