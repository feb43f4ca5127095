internal import Platform

/// One line of output, newline included, with what a sink must know of it without reading it again.
///
/// The bytes are a copy-on-write array: sinks that keep a line share it, and a producer that encodes into the same
/// `EncodedLine` again reuses its memory when nobody kept it.
public struct EncodedLine: Sendable {
    /// What a line is about.
    public enum Kind: Sendable, Equatable {
        /// A frame record: what files hold.
        case record
        /// Something that happened (`event` key); for subscribers and files of events.
        case event
    }

    /// Whether this is a record or an event.
    public var kind: Kind
    /// Name of the source that the line is about; nil if it concerns all.
    public var source: String?
    /// The UTF-8 text, ended by a newline.
    public var bytes: [UInt8]
    /// Frames lost before this record, as written in it; 0 in an event.
    public var dropped: Int
    /// Where in `bytes` the digits of `dropped` stand; nil in an event.
    public var droppedDigits: Range<Int>?
    /// The record itself, where a sink may want to write it in another form; it shares the record's arrays.
    public var record: FrameRecord?

    /// Makes an empty line to encode into.
    public init() {
        self.init(kind: .event, source: nil, bytes: [])
    }

    /// Makes a line of finished text.
    public init(kind: Kind, source: String?, bytes: [UInt8], dropped: Int = 0, droppedDigits: Range<Int>? = nil) {
        self.kind = kind
        self.source = source
        self.bytes = bytes
        self.dropped = dropped
        self.droppedDigits = droppedDigits
    }

    /// The same record with `additional` more lost frames in it: what a subscriber is sent that missed some records.
    public func addingDropped(_ additional: Int) -> EncodedLine {
        guard additional > 0, let droppedDigits else { return self }
        var copy = self
        var digits: [UInt8] = []
        copy.dropped = dropped + additional
        digits.appendDecimal(UInt64(copy.dropped), atLeast: 1)
        copy.bytes.replaceSubrange(droppedDigits, with: digits)
        copy.droppedDigits = droppedDigits.lowerBound..<(droppedDigits.lowerBound + digits.count)
        return copy
    }
}
