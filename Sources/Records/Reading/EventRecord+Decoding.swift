internal import JSON

extension EventRecord {
    /// Reads an event from its line.
    ///
    /// - Parameter place: what errors name as the file.
    /// - Returns: nil for an event that is not known here, or one of another shape (`run`, `status`).
    /// - Throws: `RecordError` with the key at fault.
    public init?(line: some Collection<UInt8>, place: String = "event") throws(RecordError) {
        let root = try JSONField<RecordError>(file: place, text: Array(line)) { RecordError($0) }
        try root.requireVersion()
        guard let name = Name(rawValue: try root.string("event")) else { return nil }
        func text(_ key: String) throws(RecordError) -> String? {
            guard let field = try root.optional(key) else { return nil }
            guard let text = field.value.string else { throw field.failure("is not a string") }
            return text
        }
        func whole(_ key: String) throws(RecordError) -> Int? {
            try root.optional(key)?.integer(in: 0...1 << 53)
        }
        func number(_ key: String) throws(RecordError) -> Double? {
            guard let field = try root.optional(key) else { return nil }
            return field.value == .null ? .nan : try field.number()
        }
        self.init(
            name, source: try text("source"), pts: try number("pts"), epoch: try whole("epoch"),
            time: try root.time("time"), track: try whole("track"), count: try whole("count"),
            seconds: try number("seconds"), reason: try text("reason"), marker: try text("marker"),
            span: try EventSpan(root))
    }
}

extension RunInfo {
    /// Reads a run's description: a sidecar, or the first line of a subscription.
    ///
    /// - Parameter file: what errors name as the file.
    /// - Throws: `RecordError` with the key at fault.
    public init(text: some Collection<UInt8>, file: String) throws(RecordError) {
        let root = try JSONField<RecordError>(file: file, text: Array(text)) { RecordError($0) }
        try root.requireVersion()
        let model = try root.object("model")
        var done = try root.optional("complete")
        if done == nil { done = try root.optional("incomplete") }
        let labels = try root.object("labels")
        var parameters: [Parameter] = []
        for (key, field) in try root.object("smoothing").members() {
            parameters.append(Parameter(key, try field.number()))
        }
        var sources: [Source] = []
        for field in try root.array("sources") {
            var own: [Parameter]?
            if let smoothing = try field.optional("smoothing") {
                own = []
                for (key, field) in try smoothing.members() { own?.append(Parameter(key, try field.number())) }
            }
            sources.append(
                Source(
                    name: try field.text("name"), input: try field.text("input"),
                    path: try field.optional("path")?.string(), smoothing: own))
        }
        self.init(
            program: try root.text("program"), started: try root.time("started"),
            labels: RecordLabels(
                au: try labels.names("au"), sides: try labels.names("sides"), emotions: try labels.names("emotions"),
                landmarks: try labels.optional("landmarks")?.integer(in: 0...1 << 16) ?? 0,
                optionalParts: RecordLabels.optionalParts { labels.value[$0] != nil }),
            model: Model(
                name: try model.text("name"), version: try model.text("version"), hashes: try model.entries("sha256")),
            smoothing: parameters, sources: sources, versions: try root.entries("versions"),
            settings: try root.optional("settings") == nil ? [] : try root.entries("settings"),
            format: try root.optional("format")?.string(),
            completion: try done.map { field throws(RecordError) in try Completion(field) })
    }
}

extension RunInfo.Completion {
    fileprivate init(_ field: JSONField<RecordError>) throws(RecordError) {
        let range = 0...1 << 53
        self.init(
            records: try field.integer("records", in: range), frames: try field.integer("frames", in: range),
            damaged: try field.integer("damaged", in: range), bytes: try field.integer("bytes", in: range),
            inputBytes: try field.optional("input_bytes")?.integer(in: range),
            inputModified: (try field.optional("input_modified_ms")?.integer(in: -(1 << 53)...1 << 53)).map(Int64.init),
            shortfall: try field.optional("reason").map { reason throws(RecordError) in
                RunInfo.Shortfall(
                    reason: try reason.string(),
                    expectedFrames: try field.optional("expected_frames")?.integer(in: range),
                    expectedSeconds: try field.optional("expected_seconds")?.number())
            },
            events: try field.optional("events").map { events throws(RecordError) in try EventTally(events) })
    }
}

extension JSONField<RecordError> {
    fileprivate func requireVersion() throws(RecordError) {
        let version = try member("v", "the version of the records")
        guard version.value == .number(Double(FrameRecord.version)) else {
            throw version.failure(RecordDecoder.refusal)
        }
    }

    /// A string, which may be empty.
    fileprivate func text(_ key: String) throws(RecordError) -> String {
        let field = try member(key, "a string")
        guard let text = field.value.string else { throw field.failure("is not a string") }
        return text
    }

    fileprivate func names(_ key: String) throws(RecordError) -> [String] {
        var names: [String] = []
        for field in try array(key) { names.append(try field.string()) }
        return names
    }

    fileprivate func entries(_ key: String) throws(RecordError) -> [RunInfo.Entry] {
        var entries: [RunInfo.Entry] = []
        for (name, field) in try object(key).members() {
            guard let text = field.value.string else { throw field.failure("is not a string") }
            entries.append(RunInfo.Entry(name, text))
        }
        return entries
    }

    /// Microseconds since 1970, or nil for `null` and for a key that is missing.
    fileprivate func time(_ key: String) throws(RecordError) -> Int64? {
        guard let field = try optional(key), field.value != .null else { return nil }
        guard let time = field.value.string.flatMap({ Int64(utcText: $0.utf8) }) else {
            throw field.failure("is not a UTC time like 2026-11-22T08:16:27.066Z")
        }
        return time
    }
}

extension RecordDecoder {
    /// What an event calls itself.
    static func eventName(of line: UnsafeBufferPointer<UInt8>) throws(RecordError) -> String {
        let root = try JSONField<RecordError>(file: "event", text: Array(line)) { RecordError($0) }
        return try root.text("event")
    }
}
