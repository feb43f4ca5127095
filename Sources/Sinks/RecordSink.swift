public import Records

/// Where finished lines go.
///
/// A sink never throws at its producer: an output that fails is counted, shown in `status` and tried again, while the
/// analysis goes on. Implementations may be called from any thread; lines of one source come from one thread and keep
/// their order.
public protocol RecordSink: AnyObject, Sendable {
    /// Takes one line. Files take records only and pass over events.
    func write(_ line: EncodedLine)

    /// Opens the output again by its name, after somebody moved it. What cannot be moved ignores this.
    func reopen()

    /// Writes what is still held and closes. Blocks until it is done or cannot be done.
    func close()

    /// Whether lines should carry their record (`EncodedLine.record`), too.
    var wantsRecords: Bool { get }

    /// How the sink does.
    var status: SinkStatus { get }
}

extension RecordSink {
    /// False.
    public var wantsRecords: Bool { false }
}

/// What a sink has done so far, and how it is.
public struct SinkStatus: Sendable, Equatable {
    /// Lines that the system has taken.
    public var records = 0
    /// Bytes that the system has taken.
    public var bytes = 0
    /// Lines given up because the output could not take them.
    public var dropped = 0
    /// Failed calls by the name of their error (`ENOSPC`).
    public var errors: [String: Int] = [:]
    /// Times that a file was put aside and a new one begun.
    public var rotations = 0
    /// Times that a file was opened again because it had been moved, or on request.
    public var reopens = 0
    /// Bytes of unfinished last lines that were cut off on opening.
    public var repairedBytes = 0
    /// Whether the last attempt to write succeeded.
    public var isHealthy = true
    /// The newest failure, for people to read.
    public var lastError: String?
    /// Those who read it, of an output that has readers of its own.
    public var audience: Audience?
    /// True once a reader of a pipe has gone: nothing that is written can arrive any more.
    public var isClosedByReader = false

    /// Makes the status of a sink that has done nothing yet.
    public init() {}
}
