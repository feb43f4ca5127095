public import Platform
public import Records
public import SystemPackage

/// A file of records that survives what happens to files: kills, full disks, rotation by others.
///
/// The file is opened for appending, a last line that a crash left unfinished is cut off, and every write holds whole
/// lines. Writing happens on a thread of its own. A failing file is tried again with growing pauses while lines wait, up
/// to `FileSinkOptions.capacity`. Beyond that records are dropped, and the next one of their source that is written tells how many.
public final class FileSink: RecordSink {
    private let writer: LineWriter
    /// Frames that the next record of each source must own up to, for records that found no room.
    private let missing = Guarded<[String: Int]>([:])
    private let takes: EncodedLine.Kind

    /// Opens the file.
    ///
    /// - Throws: `SinkError.cannotOpen` if the file cannot be opened or made.
    public convenience init(path: FilePath, options: FileSinkOptions = FileSinkOptions()) throws(SinkError) {
        try self.init(path: path, options: options, calls: RealSystemCalls())
    }

    package init<Calls: SystemCalls>(
        path: FilePath, options: FileSinkOptions, calls: Calls
    ) throws(SinkError) {
        let output: FileOutput<Calls>
        do throws(Errno) {
            output = try FileOutput(path: path, options: options, calls: calls, now: MonotonicClock.time)
        } catch {
            throw .cannotOpen(path, error)
        }
        takes = options.takes
        let isImmediate = options.sync == .record
        writer = LineWriter(
            name: "sink-file", output: output, flushInterval: isImmediate ? .zero : options.flushInterval,
            overflow: options.overflow, capacity: options.capacity)
    }

    /// Takes a record, or in a file of events an event; the others are not for it.
    public func write(_ line: EncodedLine) {
        guard line.kind == takes else { return }
        let more = missing.withLock { missing in
            missing.isEmpty ? 0 : line.source.flatMap { missing.removeValue(forKey: $0) } ?? 0
        }
        let told = more > 0 ? owning(up: more, line) : line
        guard !writer.add(told.bytes, lines: 1), let source = line.source else { return }
        missing.withLock { $0[source, default: 0] += 1 + told.dropped }
    }

    /// The line with what was lost before it.
    private func owning(up lost: Int, _ line: EncodedLine) -> EncodedLine {
        guard takes == .event else { return line.addingDropped(lost) }
        var told = EventRecord(.dropped, source: line.source, count: lost, reason: "events that found no room").line
        told.bytes += line.bytes
        told.dropped = lost
        return told
    }

    /// Closes the file and opens its path anew, after somebody moved it away.
    public func reopen() {
        writer.reopen()
    }

    /// Writes what waits and closes the file.
    public func close() {
        writer.close()
    }

    /// What the file has taken so far.
    public var status: SinkStatus {
        writer.status
    }
}

/// Why an output cannot be had.
public enum SinkError: Fault, Equatable {
    /// The file cannot be opened or made.
    case cannotOpen(FilePath, Errno)

    /// An output cannot be made.
    public var exitCode: Failure.Code { .cannotCreate }
    /// The path and the system's reason.
    public var problem: String {
        switch self {
        case .cannotOpen(let path, let error): "cannot open \(path): \(error)"
        }
    }
}
