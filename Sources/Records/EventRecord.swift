internal import JSON

/// Something that happened beside the frames: subscribers are told, and files of events hold it; files of records do not.
public struct EventRecord: Sendable, Equatable {
    /// What happened, as it is written in the `event` key.
    public enum Name: String, Sendable, CaseIterable {
        /// A live source stopped giving frames (`reason`).
        case streamLost = "stream_lost"
        /// It gives frames again, in a new epoch (`seconds` since it was lost).
        case recovered
        /// A source came to its end or was stopped (`reason`).
        case ended
        /// The film was cut: another frame begins, and all faces are looked for anew (`pts`).
        case cut
        /// A face is followed from here on (`track`).
        case trackStarted = "track_started"
        /// A face is no longer followed (`track`).
        case trackEnded = "track_ended"
        /// A unit was shown (`track`, `span`); told when it is known to have ended.
        case segment
        /// Lids closed and opened (`track`, `span`).
        case blink
        /// One eye closed and opened while the other stayed open (`track`, `span`).
        case wink
        /// Frames of a face come too seldom for blinks from here on; none is told (`track`, `reason`).
        case blinksUnwatched = "blinks_unwatched"
        /// They come often enough again (`track`).
        case blinksWatched = "blinks_watched"
        /// Frames, lines or markers were lost (`count`, `reason`).
        case dropped
        /// Somebody marked this moment (`marker`).
        case marker
        /// The configuration was read again.
        case reloaded
        /// The server ends this subscription (`reason`).
        case closed
        /// A line from the subscriber was not understood or not allowed (`reason`).
        case refused
    }

    /// What happened.
    public var name: Name
    /// The source it concerns; nil if it concerns all.
    public var source: String?
    /// Where in the source it happened, in seconds as in `FrameRecord`.
    public var pts: Double?
    /// The epoch that `pts` belongs to.
    public var epoch: Int?
    /// UTC time in microseconds since 1970.
    public var time: Int64?
    /// The track it concerns.
    public var track: Int?
    /// How many were lost.
    public var count: Int?
    /// How long it lasted, in seconds.
    public var seconds: Double?
    /// Why; for people to read.
    public var reason: String?
    /// Text of a marker.
    public var marker: String?
    /// What an event tells that lasted; `pts` and `time` are its onset.
    public var span: EventSpan?

    /// Makes an event; what does not apply stays nil and is not written.
    public init(
        _ name: Name, source: String? = nil, pts: Double? = nil, epoch: Int? = nil, time: Int64? = nil,
        track: Int? = nil, count: Int? = nil, seconds: Double? = nil, reason: String? = nil, marker: String? = nil,
        span: EventSpan? = nil
    ) {
        self.name = name
        self.source = source
        self.pts = pts
        self.epoch = epoch
        self.time = time
        self.track = track
        self.count = count
        self.seconds = seconds
        self.reason = reason
        self.marker = marker
        self.span = span
    }

    /// The event as one line.
    public var line: EncodedLine {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("v")
        writer.integer(FrameRecord.version)
        writer.key("event")
        writer.string(name.rawValue)
        write("source", source, to: &writer) { $0.string($1) }
        write("pts", pts, to: &writer) { $0.fixed($1, decimals: 6) }
        write("epoch", epoch, to: &writer) { $0.integer($1) }
        write("time", time, to: &writer) { $0.time(microseconds: $1) }
        write("track", track, to: &writer) { $0.integer($1) }
        span?.write(to: &writer)
        write("count", count, to: &writer) { $0.integer($1) }
        write("seconds", seconds, to: &writer) { $0.fixed($1, decimals: 3) }
        write("reason", reason, to: &writer) { $0.string($1) }
        write("marker", marker, to: &writer) { $0.string($1) }
        writer.endObject()
        writer.endLine()
        return EncodedLine(kind: .event, source: source, bytes: writer.bytes)
    }

    private func write<Value>(
        _ key: StaticString, _ value: Value?, to writer: inout JSONWriter,
        _ body: (inout JSONWriter, Value) -> Void
    ) {
        guard let value else { return }
        writer.key(key)
        body(&writer, value)
    }
}
