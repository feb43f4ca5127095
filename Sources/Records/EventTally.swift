internal import JSON

/// What became of the events of a run: the key `events` in what its sidecar says of its end.
public struct EventTally: Sendable, Equatable {
    /// Lines in the file of events.
    public var lines: Int
    /// Bytes of the file of events.
    public var bytes: Int
    /// Segments told.
    public var segments: Int
    /// Blinks told.
    public var blinks: Int
    /// Winks told.
    public var winks: Int
    /// Seconds of faces in which blinks were watched for.
    public var watched: Double
    /// Seconds of faces in which frames came too seldom for blinks, and none were told.
    public var tooSlow: Double
    /// Seconds of faces in which eyes could not be seen well enough.
    public var unseen: Double

    /// Makes a tally.
    public init(
        lines: Int, bytes: Int, segments: Int, blinks: Int, winks: Int, watched: Double, tooSlow: Double,
        unseen: Double
    ) {
        self.lines = lines
        self.bytes = bytes
        self.segments = segments
        self.blinks = blinks
        self.winks = winks
        self.watched = watched
        self.tooSlow = tooSlow
        self.unseen = unseen
    }

    /// What people must know who count blinks; nil when they were watched for all the time.
    public var remark: String? {
        guard tooSlow > 0 else { return nil }
        return watched > 0
            ? "below 15 frames a second no blinks are told: not in \(Int(tooSlow.rounded())) s of faces"
            : "no blinks are told: the frames came more slowly than 15 a second"
    }

    func write(to writer: inout JSONWriter) {
        writer.key("events")
        writer.beginObject()
        writer.member("lines", lines)
        writer.member("bytes", bytes)
        writer.member("segments", segments)
        writer.member("blinks", blinks)
        writer.member("winks", winks)
        writer.member("blinks_watched_s", watched, decimals: 3)
        writer.member("blinks_too_slow_s", tooSlow, decimals: 3)
        writer.member("blinks_unseen_s", unseen, decimals: 3)
        if let remark { writer.member("remark", remark) }
        writer.endObject()
    }

    init(_ field: JSONField<RecordError>) throws(RecordError) {
        let range = 0...1 << 53
        func seconds(_ key: String) throws(RecordError) -> Double { try field.optional(key)?.number() ?? 0 }
        self.init(
            lines: try field.integer("lines", in: range), bytes: try field.integer("bytes", in: range),
            segments: try field.integer("segments", in: range), blinks: try field.integer("blinks", in: range),
            winks: try field.integer("winks", in: range), watched: try seconds("blinks_watched_s"),
            tooSlow: try seconds("blinks_too_slow_s"), unseen: try seconds("blinks_unseen_s"))
    }
}
