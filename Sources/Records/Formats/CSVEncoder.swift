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
    private let tokens: LabelTokens
    /// The parts, and how many columns each has.
    private let parts: [(part: FacePart, columns: Int)]
    /// As many commas as an empty row of face values has cells, without the first.
    private let emptyFace: [UInt8]

    /// Makes an encoder for records with these labels.
    public init(labels: RecordLabels) {
        tokens = LabelTokens(labels)
        parts = FacePart.all.map { ($0, $0.columns(labels).count) }
        let names = CSVColumns.names(for: labels)
        header = Array((names.joined(separator: ",") + "\n").utf8)
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
        tokens.check(face)
        bytes.appendInteger(face.track)
        for (part, columns) in parts {
            if fields.contains(part.field) {
                part.writeCells(face, fields, tokens, &bytes)
            } else {
                for _ in 0..<columns { bytes.comma() }
            }
        }
    }
}
