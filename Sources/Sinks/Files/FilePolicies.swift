package import Platform

/// How much of what was written may be lost when the machine (not only the program) goes down.
public enum SyncPolicy: Sendable, Equatable {
    /// Left to the system: usually up to 30 s.
    case none
    /// fsync at this interval while there is something new.
    case interval(Duration)
    /// fsync after every write, and a write for every record.
    case record
}

/// When a file is put aside and a new one begun.
public struct RotationLimits: Sendable, Equatable {
    /// Begin a new file before one would grow beyond this many bytes; nil never.
    public var bytes: Int64?
    /// Begin a new file when UTC passes a multiple of this period (a day: midnight UTC); nil never.
    public var period: Duration?
    /// How many files that were put aside are kept; nil keeps all.
    public var keep: Int?

    /// Makes limits; by default files are never rotated.
    public init(bytes: Int64? = nil, period: Duration? = nil, keep: Int? = nil) {
        self.bytes = bytes
        self.period = period
        self.keep = keep
    }
}

/// Decides when a file is rotated.
package struct RotationPolicy: Sendable {
    private let limits: RotationLimits
    private var size: Int64 = 0
    /// The period of the newest line, counted from 1970; nil in an empty file.
    private var periodIndex: Int64?

    package init(limits: RotationLimits) {
        self.limits = limits
    }

    /// A file was opened: it holds `size` bytes, the last of them written at `modified` seconds since 1970.
    package mutating func opened(size: Int64, modified: Int64) {
        self.size = size
        periodIndex = size > 0 ? index(at: modified) : nil
    }

    /// Whether the file must be rotated before `count` more bytes are written at `wall` seconds since 1970.
    ///
    /// An empty file is never rotated: a line longer than the limit gets a file of its own.
    package func mustRotate(before count: Int, wall: Int64) -> Bool {
        guard size > 0 else { return false }
        if let bytes = limits.bytes, size + Int64(count) > bytes { return true }
        if let periodIndex, let current = index(at: wall), current > periodIndex { return true }
        return false
    }

    /// `count` bytes were written at `wall` seconds since 1970.
    package mutating func wrote(_ count: Int, wall: Int64) {
        size += Int64(count)
        periodIndex = index(at: wall)
    }

    /// Somebody else changed the file's size: it was emptied by copytruncate.
    package mutating func resized(to size: Int64) {
        self.size = size
        if size == 0 { periodIndex = nil }
    }

    /// How many bytes may still go into this file; nil if size is no limit.
    package var room: Int64? {
        limits.bytes.map { max(0, $0 - size) }
    }

    private func index(at wall: Int64) -> Int64? {
        guard let period = limits.period, period >= .seconds(1) else { return nil }
        return wall / period.components.seconds
    }
}

/// Decides when held lines are written out.
package struct FlushPolicy: Sendable {
    private let interval: Duration
    private let threshold: Int
    private var oldest: MonotonicTime?
    private var held = 0

    /// - Parameters:
    ///   - interval: no line is held longer; zero writes at once.
    ///   - threshold: bytes that are written at once without waiting.
    package init(interval: Duration, threshold: Int) {
        self.interval = interval
        self.threshold = threshold
    }

    /// `count` bytes were added.
    package mutating func added(_ count: Int, at now: MonotonicTime) {
        held += count
        if oldest == nil { oldest = now }
    }

    /// Everything held was taken to be written.
    package mutating func taken() {
        held = 0
        oldest = nil
    }

    /// Whether it is time to write.
    package func isDue(at now: MonotonicTime) -> Bool {
        guard let deadline else { return false }
        return now >= deadline || held >= threshold
    }

    /// When it will be time to write if nothing more comes; nil while nothing is held.
    package var deadline: MonotonicTime? {
        oldest.map { $0 + interval }
    }
}

/// Decides when a failed output is tried again: at once, then after pauses that double from 0.1 s to 30 s.
package struct RetryPolicy: Sendable {
    private static let first: Duration = .milliseconds(100)
    private static let last: Duration = .seconds(30)
    private var pause: Duration = RetryPolicy.first
    /// When the next attempt may be made; nil while nothing is wrong.
    package private(set) var deadline: MonotonicTime?

    package init() {}

    /// An attempt failed.
    package mutating func failed(at now: MonotonicTime) {
        deadline = now + pause
        pause = min(pause * 2, RetryPolicy.last)
    }

    /// An attempt succeeded.
    package mutating func succeeded() {
        pause = RetryPolicy.first
        deadline = nil
    }

    /// Whether an attempt may be made.
    package func mayTry(at now: MonotonicTime) -> Bool {
        deadline.map { now >= $0 } ?? true
    }
}
