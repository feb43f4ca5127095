internal import JSON

/// What an event that lasts tells of itself (`Documentation/Records.md`, "Segments and blinks").
public struct EventSpan: Sendable, Equatable {
    /// Name of the unit of a segment.
    public var unit: String?
    /// Which eyes of a blink or wink: `left`, `right` (the subject's own) or `both`.
    public var eyes: String?
    /// Seconds of the stream at which it began.
    public var onset: Double
    /// At which it was strongest.
    public var apex: Double
    /// At which it ended.
    public var offset: Double
    /// How strong it was: intensity of a unit, 0-5; how far lids closed, 0-1.
    public var peak: Double
    /// Mean intensity of a unit.
    public var mean: Double?
    /// Whether the lids closed wholly.
    public var isComplete: Bool?
    /// Blinks a minute over the last minute in which they were watched for.
    public var rate: Double?
    /// Which of its ends were not seen: `start`, `end` or `both`; nil when both were.
    public var cut: String?

    /// Makes a span.
    public init(
        unit: String? = nil, eyes: String? = nil, onset: Double, apex: Double, offset: Double, peak: Double,
        mean: Double? = nil, isComplete: Bool? = nil, rate: Double? = nil, cut: String? = nil
    ) {
        self.unit = unit
        self.eyes = eyes
        self.onset = onset
        self.apex = apex
        self.offset = offset
        self.peak = peak
        self.mean = mean
        self.isComplete = isComplete
        self.rate = rate
        self.cut = cut
    }

    func write(to writer: inout JSONWriter) {
        if let unit { writer.member("unit", unit) }
        if let eyes { writer.member("eyes", eyes) }
        writer.member("onset", onset, decimals: 6)
        writer.member("apex", apex, decimals: 6)
        writer.member("offset", offset, decimals: 6)
        writer.member("peak", peak, decimals: 3)
        if let mean { writer.member("mean", mean, decimals: 3) }
        if let isComplete { writer.member("complete", isComplete) }
        if let rate { writer.member("rate", rate, decimals: 1) }
        if let cut { writer.member("cut", cut) }
    }

    /// Reads the span of an event; nil where it has none.
    init?(_ root: JSONField<RecordError>) throws(RecordError) {
        guard try root.optional("onset") != nil else { return nil }
        func text(_ key: String) throws(RecordError) -> String? { try root.optional(key)?.string() }
        func number(_ key: String) throws(RecordError) -> Double? {
            guard let field = try root.optional(key) else { return nil }
            return field.value == .null ? .nan : try field.number()
        }
        var isComplete: Bool?
        if let field = try root.optional("complete") {
            guard case .bool(let value) = field.value else { throw field.failure("is not true or false") }
            isComplete = value
        }
        self.init(
            unit: try text("unit"), eyes: try text("eyes"), onset: try number("onset") ?? .nan,
            apex: try number("apex") ?? .nan, offset: try number("offset") ?? .nan, peak: try number("peak") ?? .nan,
            mean: try number("mean"), isComplete: isComplete, rate: try number("rate"), cut: try text("cut"))
    }
}
