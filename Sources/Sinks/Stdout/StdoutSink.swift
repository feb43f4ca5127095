package import Platform
public import Records
import SystemPackage

/// Records on the standard output (or another open descriptor), each as soon as it is there.
///
/// A reader that goes away (`| head`) is no error: `SinkStatus.isClosedByReader` becomes true and lines are passed over.
/// The process must ignore SIGPIPE.
public final class StdoutSink: RecordSink {
    private let writer: LineWriter

    /// Makes a sink that leaves the descriptor open when it is closed.
    ///
    /// - Parameter overflow: what happens when the reader is slower than the analysis.
    public convenience init(descriptor: Int32 = 1, overflow: OverflowPolicy = .wait) {
        self.init(descriptor: descriptor, overflow: overflow, calls: RealSystemCalls())
    }

    package init<Calls: SystemCalls>(descriptor: Int32, overflow: OverflowPolicy, calls: Calls) {
        writer = LineWriter(
            name: "sink-stdout", output: DescriptorOutput(descriptor: descriptor, calls: calls),
            flushInterval: .zero, overflow: overflow, capacity: 1 << 20)
    }

    /// Takes a record; events are not for standard output.
    public func write(_ line: EncodedLine) {
        if line.kind == .record { writer.add(line.bytes, lines: 1) }
    }

    /// Does nothing: standard output has no path.
    public func reopen() {}

    /// Writes what waits; the descriptor stays open.
    public func close() {
        writer.close()
    }

    /// What standard output has taken so far.
    public var status: SinkStatus {
        writer.status
    }
}

/// Writes to a descriptor that is open already: a pipe, a terminal, a file the shell opened.
package final class DescriptorOutput<Calls: SystemCalls>: LineOutput {
    private let descriptor: Int32
    private let calls: Calls
    package private(set) var status = SinkStatus()

    package init(descriptor: Int32, calls: Calls) {
        self.descriptor = descriptor
        self.calls = calls
    }

    package func write(_ bytes: UnsafeRawBufferPointer, now: MonotonicTime, wall: Int64) -> Int {
        guard !status.isClosedByReader else { return bytes.count }
        var written = 0
        while written < bytes.count {
            do throws(Errno) {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                written += try calls.write(descriptor, rest)
            } catch {
                switch error {
                case .interrupted: break
                // Somebody made the descriptor non-blocking (it is shared with the shell): wait as if it were not.
                case .wouldBlock: try? calls.waitUntilWritable(descriptor, milliseconds: 1_000)
                default: return give(up: error, written: written, of: bytes)
                }
            }
        }
        count(bytes[...])
        return bytes.count
    }

    package func maintain(now: MonotonicTime, wall: Int64) {}

    package func reopen(now: MonotonicTime) {}

    package func finish() {}

    package var deadline: MonotonicTime? { nil }

    /// A descriptor that failed cannot be opened again: everything after is given up too.
    private func give(up error: Errno, written: Int, of bytes: UnsafeRawBufferPointer) -> Int {
        count(bytes[..<written])
        status.isClosedByReader = true
        if error != .brokenPipe {
            status.isHealthy = false
            status.errors[error.label, default: 0] += 1
            status.lastError = "standard output: \(error)"
        }
        return bytes.count
    }

    private func count(_ bytes: Slice<UnsafeRawBufferPointer>) {
        status.records += bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        status.bytes += bytes.count
    }
}
