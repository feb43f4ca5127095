/// What a file format of records is: how one frame becomes bytes.
///
/// A format is a file of its own with an encoder and a `RecordFormat`, and one line in `RecordFormat.all`.
public protocol RecordEncoder: Sendable {
    /// What a file begins with, newline included (the row of names); empty where there is nothing of the kind.
    var header: [UInt8] { get }

    /// Whether a stream of this format tells events between the records.
    var holdsEvents: Bool { get }

    /// Appends one frame to a buffer that is used again: whole lines, the last of them ended. Allocates nothing but the buffer's growth.
    ///
    /// - Parameter fields: the parts that are known or wanted; what is left out must not be told as a value.
    /// - Precondition: the value arrays of every face are as long as the run's label lists.
    /// - Returns: where the digits of `dropped` stand, if somebody may add lost frames to them afterwards.
    func append(_ record: FrameRecord, fields: RecordFields, to bytes: inout [UInt8]) -> Range<Int>?
}

extension RecordEncoder {
    /// None.
    public var header: [UInt8] { [] }

    /// False.
    public var holdsEvents: Bool { false }

    /// Encodes a record, reusing the memory of `line`. `line.record` is left as it is.
    public func encode(_ record: FrameRecord, fields: RecordFields = .all, into line: inout EncodedLine) {
        // The buffer is taken out of the line while it is filled, so that it has one holder.
        var bytes: [UInt8] = []
        swap(&bytes, &line.bytes)
        bytes.removeAll(keepingCapacity: true)
        line.droppedDigits = append(record, fields: fields, to: &bytes)
        swap(&bytes, &line.bytes)
        line.kind = .record
        line.source = record.source
        line.dropped = max(0, record.dropped)
    }

    /// Encodes a record as a line of its own.
    public func line(_ record: FrameRecord, fields: RecordFields = .all) -> EncodedLine {
        var line = EncodedLine()
        encode(record, fields: fields, into: &line)
        return line
    }
}
