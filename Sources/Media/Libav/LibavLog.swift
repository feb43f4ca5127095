internal import CFFmpeg
internal import Platform

/// libav's own log, led to a closure: nothing goes to standard error, passwords are scrubbed, and a broken stream cannot
/// flood the log.
public enum LibavLog {
    /// How grave a line is.
    public enum Level: Int, Sendable, Comparable {
        /// Nothing worth a look.
        case debug
        /// What libav does.
        case info
        /// Something is odd and was worked around.
        case warning
        /// Something failed.
        case error

        /// The less grave is the smaller.
        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    private struct State {
        var sink: (@Sendable (Level, String) -> Void)?
        var limiter = LineLimiter()
        var threshold = Level.warning
    }

    private static let state = Guarded(State())

    /// Leads libav's log to `sink` for the whole process; nil drops it. Until this is called, or a source is opened, libav
    /// writes to standard error.
    ///
    /// - Parameters:
    ///   - threshold: lines below it are not made at all.
    ///   - linesPerSecond: more than that in a second are counted, and the count follows in a line of its own.
    ///   - sink: called on any thread, decoder threads among them; it must not call libav.
    public static func capture(
        threshold: Level = .warning, linesPerSecond: Int = 10, sink: (@Sendable (Level, String) -> Void)?
    ) {
        state.withLock { $0 = State(sink: sink, limiter: LineLimiter(limit: linesPerSecond), threshold: threshold) }
        install()
    }

    /// Puts our callback in libav's place.
    static func install() {
        nf_log_lead_to { line in
            if let line { LibavLog.take(line) }
        }
    }

    /// Writes a line of our own to where libav's go.
    static func tell(_ level: Level, _ text: String) {
        let sink = state.withLock { level >= $0.threshold ? $0.sink : nil }
        sink?(level, RedactedURL.scrub(text))
    }

    private static func take(_ line: UnsafePointer<nf_log_line>) {
        let level = line.pointee.level
        if level <= AV_LOG_ERROR, let faults = nf_decoder_opaque(line.pointee.context) {
            DecoderFaults.add(to: faults, line.pointee.format)
        }
        let grade: Level =
            switch level {
            case ...AV_LOG_ERROR: .error
            case ...AV_LOG_WARNING: .warning
            case ...AV_LOG_INFO: .info
            default: .debug
            }
        // Cheap first: decoders log each block of a damaged frame, and formatting all of that would cost more than decoding.
        let permit = state.withLock { state -> (sink: @Sendable (Level, String) -> Void, suppressed: Int)? in
            guard let sink = state.sink, grade >= state.threshold else { return nil }
            guard let suppressed = state.limiter.permit(at: MonotonicClock.now()) else { return nil }
            return (sink, suppressed)
        }
        guard let permit else { return }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            nf_log_format(line, buffer.baseAddress, Int32(buffer.count))
            return String(cString: buffer.baseAddress!)
        }
        let words = text.trimmingLineEnd()
        if permit.suppressed > 0 { permit.sink(.warning, "\(permit.suppressed) lines of libav's log left out") }
        if !words.isEmpty { permit.sink(grade, RedactedURL.scrub(words)) }
    }
}

/// Lets so many lines pass in each second, and counts the others. Pure: it is given the time.
package struct LineLimiter: Sendable {
    private let limit: Int
    private var windowStart = Int64.min
    private var passed = 0
    private var suppressed = 0

    package init(limit: Int = 10) { self.limit = limit }

    /// Asks for one line to pass.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock.
    /// - Returns: nil when it may not; otherwise how many lines were held back since the last that passed.
    package mutating func permit(at now: Int64) -> Int? {
        if windowStart == .min || now - windowStart >= 1_000_000_000 {
            windowStart = now
            passed = 0
        }
        guard passed < limit else {
            suppressed += 1
            return nil
        }
        passed += 1
        defer { suppressed = 0 }
        return suppressed
    }
}

extension String {
    fileprivate func trimmingLineEnd() -> String {
        var end = endIndex
        while end > startIndex, self[index(before: end)].isWhitespace { end = index(before: end) }
        return String(self[..<end])
    }
}
