internal import Platform
import Records

/// What producers hand to the server's thread.
///
/// Publishing is one lock, one reference to the line's bytes, and a byte into a pipe when the thread sleeps: the
/// number of subscribers, and what they do, makes no difference to it.
final class SocketInbox: Sendable {
    /// Lines that may wait for the thread. It never blocks, so that they wait only while it has no processor.
    static let capacity = 4_096

    private struct State {
        var lines: [EncodedLine] = []
        /// Frames that the next record of each source must own up to, for lines that found no room.
        var missing: [String: Int] = [:]
        var lost = 0
        var published = 0
        var publishedBytes = 0
        var isSignalled = false
        var stopDeadline: MonotonicTime?
        var isAccepting: Bool
        /// A listening socket that takes the place of the one in use.
        var listener: UnixListener?
        var greeting: EncodedLine
    }

    private let state: Guarded<State>
    private let pipe = WakePipe()
    /// Readable when there is something to take.
    var descriptor: Int32 { pipe.descriptor }

    init(greeting: EncodedLine, isAccepting: Bool) {
        state = Guarded(State(isAccepting: isAccepting, greeting: greeting))
    }

    func publish(_ line: EncodedLine) {
        let mustWake = state.withLock { state in
            state.published += 1
            state.publishedBytes += line.bytes.count
            guard state.lines.count < SocketInbox.capacity else {
                state.lost += 1
                if let source = line.source { state.missing[source, default: 0] += 1 + line.dropped }
                return false
            }
            if !state.missing.isEmpty, let source = line.source, line.kind == .record,
                let missing = state.missing.removeValue(forKey: source)
            {
                var told = line.addingDropped(missing)
                told.record?.dropped = told.dropped
                state.lines.append(told)
            } else {
                state.lines.append(line)
            }
            defer { state.isSignalled = true }
            return !state.isSignalled
        }
        if mustWake { pipe.wake() }
    }

    /// Tells the thread to send what waits, until `deadline` at most, and to end.
    func stop(until deadline: MonotonicTime) {
        state.withLock { $0.stopDeadline = deadline }
        pipe.wake()
    }

    /// Tells the thread whether to take connections.
    func accept(_ isAccepting: Bool) {
        state.withLock { $0.isAccepting = isAccepting }
        pipe.wake()
    }

    /// Gives the thread another socket to listen on.
    func listen(on listener: UnixListener) {
        state.withLock { $0.listener = listener }
        pipe.wake()
    }

    /// The socket that is to be listened on from now on; nil where it is the one before.
    func takeListener() -> UnixListener? {
        state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
    }

    /// Whether connections are to be taken.
    var isAccepting: Bool {
        state.withLock { $0.isAccepting }
    }

    /// The first line of every subscription from now on.
    func greet(with line: EncodedLine) {
        state.withLock { $0.greeting = line }
    }

    var greeting: EncodedLine {
        state.withLock { $0.greeting }
    }

    /// Lines published and their bytes, and lines that found no room here.
    var counts: (published: Int, bytes: Int, lost: Int) {
        state.withLock { ($0.published, $0.publishedBytes, $0.lost) }
    }

    /// Takes everything that waits into `lines`, whose memory is given in exchange.
    ///
    /// - Returns: the deadline of a requested stop.
    func take(into lines: inout [EncodedLine]) -> MonotonicTime? {
        pipe.clear()
        lines.removeAll(keepingCapacity: true)
        return state.withLock { state in
            swap(&lines, &state.lines)
            state.isSignalled = false
            return state.stopDeadline
        }
    }
}
