internal import Platform

extension RecordFormat {
    /// One row a face and frame, flat columns.
    public static let csv = RecordFormat(name: "csv", fileExtension: "csv") { CSVEncoder(labels: $0) }
}

/// Writes records as comma-separated values (RFC 4180, UTF-8, rows ended by a newline): one row a face and frame, and one with empty
/// cells for a frame in which no face is seen (`Documentation/Formats.md`).
///
/// Numbers have the decimals of JSON Lines and a point; what is not known or not finite is an empty cell. No cell holds a line break.
public struct CSVEncoder: RecordEncoder {
    /// The row of names.
    public let header: [UInt8]
    private let labels: RecordLabels
    private let emotionCells: [[UInt8]]
    /// As many commas as an empty row of face values has cells, without the first.
    private let emptyFace: [UInt8]

    /// Makes an encoder for records with these labels.
    public init(labels: RecordLabels) {
        self.labels = labels
        let names = CSVColumns.names(for: labels)
        header = Array((names.joined(separator: ",") + "\n").utf8)
        emotionCells = labels.emotions.map { emotion in
            var cell: [UInt8] = []
            cell.appendCell(emotion)
            return cell
        }
        let faceCount = names.count - CSVColumns.frame.count - 1
        emptyFace = Array(repeating: UInt8(ascii: ","), count: faceCount - 1)
    }

    /// Appends the rows of a frame.
    ///
    /// - Precondition: the value arrays of every face are as long as the label lists, and `emotion` is an index of one.
    /// - Returns: nil: nobody adds lost frames to a row.
    public func append(_ record: FrameRecord, fields: RecordFields, to bytes: inout [UInt8]) -> Range<Int>? {
        guard let first = record.faces.first else {
            appendHead(of: record, to: &bytes)
            bytes.append(contentsOf: emptyFace)
            appendMarkers(of: record, to: &bytes)
            return nil
        }
        let start = bytes.count
        appendHead(of: record, to: &bytes)
        let head = start..<bytes.count
        append(first, fields: fields, to: &bytes)
        appendMarkers(of: record, to: &bytes)
        for face in record.faces.dropFirst() {
            // The head's cells are the same in every row of the frame.
            bytes.reserveCapacity(bytes.count + head.count)
            for index in head { bytes.append(bytes[index]) }
            append(face, fields: fields, to: &bytes)
            appendMarkers(of: record, to: &bytes)
        }
        return nil
    }

    /// The cells of the frame, each with its comma.
    private func appendHead(of record: FrameRecord, to bytes: inout [UInt8]) {
        bytes.appendCell(record.source)
        bytes.comma()
        bytes.appendInteger(record.sequence)
        bytes.comma()
        bytes.appendNumber(record.pts, decimals: 6)
        bytes.comma()
        bytes.appendInteger(record.epoch)
        bytes.comma()
        if let time = record.time.flatMap(UTCTime.init(microseconds:)) { time.append(to: &bytes) }
        bytes.comma()
        bytes.appendInteger(max(0, record.dropped))
        bytes.comma()
        bytes.appendInteger(record.width)
        bytes.comma()
        bytes.appendInteger(record.height)
        bytes.comma()
        bytes.appendInteger(record.isDamaged ? 1 : 0)
        bytes.comma()
        bytes.appendInteger(record.faces.count)
        bytes.comma()
    }

    /// The cells of an eye's gaze.
    private func append(_ eye: GazeRecord.Eye?, to bytes: inout [UInt8]) {
        bytes.appendValue(eye?.yaw ?? .nan, decimals: 1, if: true)
        bytes.appendValue(eye?.pitch ?? .nan, decimals: 1, if: true)
        bytes.appendValue(eye?.headYaw ?? .nan, decimals: 1, if: true)
        bytes.appendValue(eye?.headPitch ?? .nan, decimals: 1, if: true)
    }

    /// The last cell and the row's end.
    private func appendMarkers(of record: FrameRecord, to bytes: inout [UInt8]) {
        bytes.comma()
        switch record.markers.count {
        case 0: break
        case 1: bytes.appendCell(record.markers[0])
        default: bytes.appendCell(record.markers.joined(separator: "; "))
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The cells of a face, parted by commas.
    private func append(_ face: FaceRecord, fields: RecordFields, to bytes: inout [UInt8]) {
        precondition(
            face.au.count == labels.au.count && face.auRaw.count == labels.au.count
                && face.present.count == labels.au.count && face.left.count == labels.sides.count
                && face.right.count == labels.sides.count && face.emotions.count == labels.emotions.count,
            "the values of track \(face.track) do not follow the run's labels")
        bytes.appendInteger(face.track)
        let box = fields.contains(.box)
        bytes.comma()
        if box { bytes.append(UInt8(ascii: face.certain ? "1" : "0")) }
        bytes.appendValue(face.box.0, decimals: 1, if: box)
        bytes.appendValue(face.box.1, decimals: 1, if: box)
        bytes.appendValue(face.box.2, decimals: 1, if: box)
        bytes.appendValue(face.box.3, decimals: 1, if: box)
        bytes.appendValue(face.score, decimals: 2, if: box)
        let pose = fields.contains(.pose)
        bytes.appendValue(face.pitch, decimals: 1, if: pose)
        bytes.appendValue(face.yaw, decimals: 1, if: pose)
        bytes.appendValue(face.roll, decimals: 1, if: pose)
        let gaze = fields.contains(.gaze) ? face.gaze : nil
        append(gaze?.joint, to: &bytes)
        bytes.appendValue(gaze?.error ?? .nan, decimals: 1, if: true)
        append(gaze?.left, to: &bytes)
        append(gaze?.right, to: &bytes)
        bytes.appendValue(face.quality, decimals: 2, if: fields.contains(.quality))
        for index in FaceRecord.regions.indices {
            bytes.appendValue(
                face.visible.isEmpty ? .nan : face.visible[index], decimals: 2, if: fields.contains(.visible))
        }
        bytes.appendValues(face.au, decimals: 3, if: fields.contains(.au))
        bytes.appendValues(face.auRaw, decimals: 3, if: fields.contains(.auRaw))
        bytes.appendValues(face.left, decimals: 3, if: fields.contains(.sides))
        bytes.appendValues(face.right, decimals: 3, if: fields.contains(.sides))
        for (index, isPresent) in face.present.enumerated() {
            bytes.comma()
            // Whether a unit is there that cannot be read is not known.
            let isKnown = face.au[index].isFinite || !fields.contains(.au) || isPresent
            if fields.contains(.present), isKnown { bytes.append(UInt8(ascii: isPresent ? "1" : "0")) }
        }
        bytes.comma()
        let emotions = fields.contains(.emotions)
        if emotions { bytes.append(contentsOf: emotionCells[face.emotion]) }
        bytes.appendValues(face.emotions, decimals: 4, if: emotions)
        bytes.comma()
        if fields.contains(.baseline) { bytes.appendCell(face.baseline) }
        bytes.appendValue(face.speaking, decimals: 2, if: fields.contains(.speaking))
        // A run with landmarks may hold faces without: those of another source, or left out by the reader.
        let isKnown = fields.contains(.landmarks) && face.landmarks.count == 2 * labels.landmarks
        for axis in 0..<2 {
            for index in 0..<labels.landmarks {
                bytes.appendValue(isKnown ? face.landmarks[2 * index + axis] : .nan, decimals: 1, if: isKnown)
            }
        }
        if labels.hasHead {
            let head = fields.contains(.head) ? face.head : nil
            for axis in 0..<3 { bytes.appendValue(head?[axis] ?? .nan, decimals: 1, if: true) }
        }
        if labels.hasDerived {
            let derived = fields.contains(.derived) ? face.derived : nil
            bytes.appendValue(derived?.valence ?? .nan, decimals: 3, if: true)
            bytes.appendValue(derived?.arousal ?? .nan, decimals: 3, if: true)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func comma() { append(UInt8(ascii: ",")) }

    fileprivate mutating func appendInteger(_ value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(UInt64(value.magnitude), atLeast: 1)
    }

    fileprivate mutating func appendNumber(_ value: Double, decimals: Int) {
        if value.isFinite { appendFixed(value, decimals: decimals) }
    }

    /// A comma, and the value if it is known.
    fileprivate mutating func appendValue(_ value: Float, decimals: Int, if isKnown: Bool) {
        comma()
        if isKnown { appendNumber(Double(value), decimals: decimals) }
    }

    /// Each value with a comma before it.
    fileprivate mutating func appendValues(_ values: [Float], decimals: Int, if isKnown: Bool) {
        for value in values { appendValue(value, decimals: decimals, if: isKnown) }
    }

    /// A text, quoted where RFC 4180 asks for it. A line break or another control character becomes a space.
    fileprivate mutating func appendCell(_ text: String) {
        let isQuoted = text.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }
        if isQuoted { append(UInt8(ascii: "\"")) }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { append(byte) }
            append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
        }
        if isQuoted { append(UInt8(ascii: "\"")) }
    }
}
