internal import Glibc
internal import JSON
public import Logging
internal import Media
internal import Platform
internal import Records
internal import Sinks

/// Writes lines of the log to standard error, for all handlers of the process.
public final class LogWriter: Sendable {
    /// How lines look.
    public enum Style: Sendable, Equatable {
        /// `<6>message (key=value)`: sd-daemon(3).
        case journal
        /// `2026-11-22T08:16:27.066Z warning message (key=value)`.
        case text
        /// `{"time":...,"level":...,"message":...,"key":...}`.
        case json
    }

    private struct State {
        var style: Style
        var level: Logger.Level
        var limits: [String: RepeatPolicy] = [:]
    }

    /// Different warnings whose repetition is watched at a time.
    private static let watchedLimit = 512

    private let descriptor: Int32
    private let state: Guarded<State>

    /// Writes to a descriptor, standard error unless told otherwise.
    public init(style: Style, level: Logger.Level, descriptor: Int32 = 2) {
        self.descriptor = descriptor
        state = Guarded(State(style: style, level: level))
    }

    /// Changes style and level for all handlers at once.
    public func set(style: Style, level: Logger.Level) {
        state.withLock { state in
            state.style = style
            state.level = level
        }
    }

    /// The least severe level that is written.
    public var level: Logger.Level {
        get { state.withLock { $0.level } }
        set { state.withLock { $0.level = newValue } }
    }

    /// A logger whose lines come here.
    public func logger(_ label: String) -> Logger {
        Logger(label: label) { _ in LineLogHandler(writer: self) }
    }

    /// Whether standard error is the journal (`JOURNAL_STREAM`: device and inode).
    public static func isJournal(environment: [String: String]) -> Bool {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(2, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    func write(level: Logger.Level, message: String, metadata: [(String, String)]) {
        let now = MonotonicClock.now()
        let line: [UInt8]? = state.withLock { state in
            guard level >= state.level else { return nil }
            var metadata = metadata
            // Repeated warnings are counted, not repeated: a camera that is away all night must not fill the disk.
            if level == .warning || level == .error {
                let key = message + (metadata.first { $0.0 == "source" }?.1 ?? "")
                if state.limits.count > Self.watchedLimit { state.limits.removeAll() }
                guard let skipped = state.limits[key, default: RepeatPolicy()].admit(now: now) else { return nil }
                if skipped > 0 { metadata.append(("repeated", String(skipped))) }
            }
            return Self.line(
                style: state.style, level: level, message: RedactedURL.scrub(message),
                metadata: metadata.map { ($0.0, RedactedURL.scrub($0.1)) }, wall: MonotonicClock.wallMicroseconds())
        }
        guard let line else { return }
        // One write for a line: lines of several threads do not mix. What does not fit into a full pipe is lost.
        _ = Glibc.write(descriptor, line, line.count)
    }

    static func line(
        style: Style, level: Logger.Level, message: String, metadata: [(String, String)], wall: Int64
    ) -> [UInt8] {
        if style == .json {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("time")
            writer.time(microseconds: wall)
            writer.key("level")
            writer.string(level.rawValue)
            writer.key("message")
            writer.string(message)
            for (key, value) in metadata where !["time", "level", "message"].contains(key) {
                writer.key(key)
                writer.string(value)
            }
            writer.endObject()
            writer.endLine()
            return writer.bytes
        }
        var text = message
        if !metadata.isEmpty {
            text += " (" + metadata.map { "\($0.0)=\($0.1)" }.joined(separator: " ") + ")"
        }
        // A line break would begin a line of its own, without a level.
        text = String(text.map { $0.isNewline ? " " : $0 })
        let head =
            style == .journal
            ? "<\(priority(level))>" : "\(UTCTime(microseconds: wall)?.text ?? "") \(level.rawValue) "
        return Array((head + text + "\n").utf8)
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}

/// Decides whether a warning that comes again is written: the first few, then one a minute with the number of those between.
/// Pure: it is told times in nanoseconds.
struct RepeatPolicy {
    private static let burst = 3
    private static let pause: Int64 = 60_000_000_000

    private var written = 0
    private var skipped = 0
    private var last: Int64?

    /// Whether it is written now: how many were not since the last one that was; nil if it is not.
    mutating func admit(now: Int64) -> Int? {
        if let last, now - last >= Self.pause { written = 0 }
        guard written < Self.burst else {
            skipped += 1
            return nil
        }
        // After a burst, one a minute.
        written = skipped > 0 ? Self.burst : written + 1
        last = now
        defer { skipped = 0 }
        return skipped
    }
}

/// Gives swift-log's lines to a `LogWriter`.
struct LineLogHandler: LogHandler {
    let writer: LogWriter
    var metadata: Logger.Metadata = [:]

    var logLevel: Logger.Level {
        get { writer.level }
        set { writer.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        // The source first: it is what the eye looks for.
        let pairs = all.map { ($0.key, "\($0.value)") }.sorted { a, b in
            (a.0 == "source" ? "" : a.0) < (b.0 == "source" ? "" : b.0)
        }
        writer.write(level: event.level, message: "\(event.message)", metadata: pairs)
    }
}
