internal import JSON

/// What is true of a whole run: the sidecar `NAME.meta.json` beside a file of records, and the first line that a
/// subscriber is sent (there with `"event":"run"`).
public struct RunInfo: Sendable, Equatable {
    /// The bundle that made the values.
    public struct Model: Sendable, Equatable {
        /// Name of the bundle.
        public var name: String
        /// Version of the bundle.
        public var version: String
        /// SHA-256 of each network file in lower-case hexadecimal digits, by the network's name, in the order written.
        public var hashes: [Entry]

        /// Makes a description of a bundle.
        public init(name: String, version: String, hashes: [Entry]) {
            self.name = name
            self.version = version
            self.hashes = hashes
        }
    }

    /// Where frames came from.
    public struct Source: Sendable, Equatable {
        /// Name of the source, as in its records.
        public var name: String
        /// URL, device or path, without credentials.
        public var input: String
        /// Where a file is, from the root: to which recording these records belong, whatever the working folder is; nil for all else. A
        /// byte that is not UTF-8 is `\xE9`, a backslash is doubled.
        public var path: String?
        /// The parameters that its filters ran with, where they are others than the run's; nil where they are the same.
        public var smoothing: [Parameter]?
        /// The settings of its analysis, where they are others than the run's; nil where they are the same.
        public var settings: [Entry]?

        /// Makes a description of a source.
        public init(
            name: String, input: String, path: String? = nil, smoothing: [Parameter]? = nil, settings: [Entry]? = nil
        ) {
            self.name = name
            self.input = input
            self.path = path
            self.smoothing = smoothing
            self.settings = settings
        }
    }

    /// A name and a value that are written as they are.
    public struct Entry: Sendable, Equatable {
        /// What the value is of.
        public var name: String
        /// The value, as it is written.
        public var value: String

        /// Makes an entry.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A parameter of the smoothing.
    public struct Parameter: Sendable, Equatable {
        /// Name of the parameter.
        public var name: String
        /// Value of the parameter, in its own unit.
        public var value: Double

        /// Makes a parameter.
        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// Why the input of a run that has come to its end is held to be incomplete.
    public struct Shortfall: Sendable, Equatable {
        /// What speaks against its being whole, in words.
        public var reason: String
        /// Frames that its container says are there; nil when it does not say.
        public var expectedFrames: Int?
        /// Seconds that its container says the video lasts; nil when it does not say.
        public var expectedSeconds: Double?

        /// Makes a statement.
        public init(reason: String, expectedFrames: Int?, expectedSeconds: Double?) {
            self.reason = reason
            self.expectedFrames = expectedFrames
            self.expectedSeconds = expectedSeconds
        }
    }

    /// The frame whose faces were taken for neutral.
    public struct Neutral: Sendable, Equatable {
        /// Seconds of the stream from which on they were looked for.
        public var asked: Double
        /// Seconds of the stream; nil when there was no such frame.
        public var pts: Double?
        /// How many faces there were.
        public var faces: Int

        /// Makes a statement.
        public init(asked: Double, pts: Double?, faces: Int) {
            self.asked = asked
            self.pts = pts
            self.faces = faces
        }
    }

    /// What was done by a run that has come to the end of its input.
    public struct Completion: Sendable, Equatable {
        /// Records in the file.
        public var records: Int
        /// Frames that the source gave.
        public var frames: Int
        /// Reads that failed, and frames that came out damaged.
        public var damaged: Int
        /// Bytes of the file of records.
        public var bytes: Int
        /// Bytes of the input; nil when it is no file.
        public var inputBytes: Int?
        /// When the input was changed last, in milliseconds since 1970; nil when it is no file.
        public var inputModified: Int64?
        /// The faces that were taken for neutral at a time that was asked for; nil when none was asked for.
        public var neutral: Neutral?
        /// What is missing of the input: then all this stands under the key `incomplete` in place of `complete`.
        public var shortfall: Shortfall?
        /// What became of the events; nil when none were asked for.
        public var events: EventTally?

        /// Makes a statement of what was done.
        public init(
            records: Int, frames: Int, damaged: Int, bytes: Int, inputBytes: Int?, inputModified: Int64?,
            neutral: Neutral? = nil, shortfall: Shortfall? = nil, events: EventTally? = nil
        ) {
            self.records = records
            self.frames = frames
            self.damaged = damaged
            self.bytes = bytes
            self.inputBytes = inputBytes
            self.inputModified = inputModified
            self.neutral = neutral
            self.shortfall = shortfall
            self.events = events
        }
    }

    /// Program and its version, `norface 0.1.0`.
    public var program: String
    /// UTC time of the start in microseconds since 1970; nil in runs that must give the same bytes each time.
    public var started: Int64?
    /// The names that the arrays of the records follow.
    public var labels: RecordLabels
    /// The bundle that made the values.
    public var model: Model
    /// SHA-256 of each network of the front end in lower-case hexadecimal digits, by the file's name.
    public var frontEnd: [Entry]
    /// The parameters that the filters ran with; of a source that says others itself, those count.
    public var smoothing: [Parameter]
    /// Where the frames came from; one entry for each source of the run.
    public var sources: [Source]
    /// Versions of what the program was run with (libavformat, openblas, ...).
    public var versions: [Entry]
    /// What the records depend on besides: the command's options.
    public var settings: [Entry]
    /// What the only input is and how it is read, for a run with one; nil for others, and before it was opened.
    public var video: VideoInfo?
    /// Name of the file's format (`RecordFormat.name`); nil for JSON Lines.
    public var format: String?
    /// What was done, once the run has come to its end; a run that goes on for ever never says.
    public var completion: Completion?

    /// Makes a description of a run.
    public init(
        program: String, started: Int64?, labels: RecordLabels, model: Model, smoothing: [Parameter],
        sources: [Source], versions: [Entry], frontEnd: [Entry] = [], settings: [Entry] = [], format: String? = nil,
        video: VideoInfo? = nil, completion: Completion? = nil
    ) {
        self.program = program
        self.started = started
        self.labels = labels
        self.model = model
        self.frontEnd = frontEnd
        self.smoothing = smoothing
        self.sources = sources
        self.video = video
        self.versions = versions
        self.settings = settings
        self.format = format
        self.completion = completion
    }

    /// The content of a sidecar file: one object and a newline.
    public var sidecar: [UInt8] {
        encoded(asEvent: false)
    }

    /// The first line of a subscription.
    public var line: EncodedLine {
        EncodedLine(kind: .event, source: nil, bytes: encoded(asEvent: true))
    }

    private func encoded(asEvent: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("v")
        writer.integer(FrameRecord.version)
        if asEvent {
            writer.key("event")
            writer.string("run")
        }
        writer.key("program")
        writer.string(program)
        writer.key("started")
        writer.time(microseconds: started)
        writer.key("coordinates")
        writer.string("pixels of the upright frame, origin top left")
        writer.key("labels")
        writer.beginObject()
        write("au", labels.au, to: &writer)
        write("sides", labels.sides, to: &writer)
        write("emotions", labels.emotions, to: &writer)
        if labels.landmarks > 0 { writer.member("landmarks", labels.landmarks) }
        for (name, field) in RecordFields.named where labels.optionalParts.contains(field) {
            writer.key(token: JSONWriter.token(name))
            writer.bool(true)
        }
        writer.endObject()
        writer.key("model")
        writer.beginObject()
        writer.key("name")
        writer.string(model.name)
        writer.key("version")
        writer.string(model.version)
        write("sha256", model.hashes, to: &writer)
        writer.endObject()
        if !frontEnd.isEmpty { write("front_end", frontEnd, to: &writer) }
        write("smoothing", smoothing, to: &writer)
        writer.key("sources")
        writer.beginArray()
        for source in sources {
            writer.beginObject()
            writer.key("name")
            writer.string(source.name)
            writer.key("input")
            writer.string(source.input)
            if let path = source.path { writer.member("path", path) }
            if let smoothing = source.smoothing { write("smoothing", smoothing, to: &writer) }
            if let settings = source.settings { write("settings", settings, to: &writer) }
            writer.endObject()
        }
        writer.endArray()
        if let format {
            writer.key("format")
            writer.string(format)
        }
        if !settings.isEmpty { write("settings", settings, to: &writer) }
        write("versions", versions, to: &writer)
        if let video { video.write(to: &writer) }
        if let completion { write(completion, to: &writer) }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private func write(_ completion: Completion, to writer: inout JSONWriter) {
        writer.key(completion.shortfall == nil ? "complete" : "incomplete")
        writer.beginObject()
        if let shortfall = completion.shortfall {
            writer.member("reason", shortfall.reason)
            if let frames = shortfall.expectedFrames { writer.member("expected_frames", frames) }
            if let seconds = shortfall.expectedSeconds { writer.member("expected_seconds", seconds, decimals: 6) }
        }
        writer.key("records")
        writer.integer(completion.records)
        writer.key("frames")
        writer.integer(completion.frames)
        writer.key("damaged")
        writer.integer(completion.damaged)
        writer.key("bytes")
        writer.integer(completion.bytes)
        if let neutral = completion.neutral {
            writer.key("neutral")
            writer.beginObject()
            if let pts = neutral.pts { writer.member("pts", pts, decimals: 6) }
            writer.member("faces", neutral.faces)
            writer.endObject()
        }
        completion.events?.write(to: &writer)
        if let bytes = completion.inputBytes {
            writer.key("input_bytes")
            writer.integer(bytes)
        }
        if let modified = completion.inputModified {
            writer.key("input_modified_ms")
            writer.integer(Int(modified))
        }
        writer.endObject()
    }

    private func write(_ key: StaticString, _ parameters: [Parameter], to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginObject()
        for parameter in parameters {
            writer.key(parameter.name)
            writer.shortest(parameter.value)
        }
        writer.endObject()
    }

    private func write(_ key: StaticString, _ labels: [String], to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for label in labels { writer.string(label) }
        writer.endArray()
    }

    private func write(_ key: StaticString, _ entries: [Entry], to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginObject()
        for entry in entries {
            writer.key(entry.name)
            writer.string(entry.value)
        }
        writer.endObject()
    }
}
