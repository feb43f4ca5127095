internal import Pipeline
internal import Records
internal import Sinks
internal import Synchronization

/// The lines of one source on their way to all outputs that want them.
///
/// Outputs change while the source goes on: the lock is held while a line is handed out, so that an output which was taken
/// away gets nothing any more once `route` has returned, and one that came in its place gets the next line. Handing out is a copy
/// into a buffer for each output; none of them blocks.
final class RecordRouter: RecordOutput {
    private struct State {
        var sinks: [any RecordSink] = []
        var socket: SocketServer?
    }

    private let state = Mutex(State())

    func write(_ line: EncodedLine) {
        state.withLock { state in
            for sink in state.sinks { sink.write(line) }
            state.socket?.write(line)
        }
    }

    var wantsRecords: Bool { state.withLock { $0.socket?.wantsRecords ?? false } }

    /// Where the lines go from now on.
    func route(to sinks: [any RecordSink], socket: SocketServer?) {
        state.withLock { state in
            state.sinks = sinks
            state.socket = socket
        }
    }
}
