internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Records
internal import Sinks

/// The lines on their way to one open page, as Server-Sent Events (the HTML standard, 9.2).
///
/// What waits is bounded as for a subscriber of the socket: a page that is too slow loses the oldest records, is told in the next one and
/// by an event `dropped`, and is left when it reads nothing at all.
final class EventStream: Sendable {
    /// Bytes of records that may wait.
    private static let capacity = 1 << 20
    /// Bytes that are handed to the connection at a time.
    private static let block = 64 << 10
    /// How often a comment is sent, so that both sides notice a dead connection.
    private static let heartbeat: TimeAmount = .seconds(2)
    /// Heartbeats that may find no room before the page is left.
    private static let patience = 15

    private struct State {
        var queue = SubscriberQueue(capacity: EventStream.capacity)
        var isDraining = false
        var told = 0
        var missedBeats = 0
    }

    private let channel: any Channel
    private let sources: Set<String>?
    private let state = Guarded(State())

    /// - Parameter sources: whose records and events are wanted; nil wants all.
    init(_ channel: any Channel, sources: Set<String>?) {
        self.channel = channel
        self.sources = sources
    }

    /// Lines that the page did not get because it was too slow.
    var lost: Int { state.withLock { $0.queue.lost } }

    /// Begins to send. On the connection's event loop.
    func begin() {
        let beat = channel.eventLoop.scheduleRepeatedTask(initialDelay: Self.heartbeat, delay: Self.heartbeat) {
            [weak self] _ in self?.beat()
        }
        channel.closeFuture.whenComplete { _ in beat.cancel() }
        drain()
    }

    /// Ends the connection, from any thread.
    func end() { channel.close(promise: nil) }

    /// Takes a line, from any thread.
    func offer(_ line: EncodedLine) {
        if let sources, let source = line.source, !sources.contains(source) { return }
        let isIdle = state.withLock { state in
            state.queue.push(line)
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if isIdle { channel.eventLoop.execute { self.drain() } }
    }

    /// Sends what waits, as far as the connection takes it. On its event loop.
    func drain() {
        while channel.isActive {
            let isWritable = channel.isWritable
            let block = state.withLock { state -> ByteBuffer? in
                let block = isWritable ? Self.takeBlock(&state) : nil
                if block == nil { state.isDraining = false }
                return block
            }
            guard let block else { return }
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(block)), promise: nil)
        }
    }

    private static func takeBlock(_ state: inout State) -> ByteBuffer? {
        var block = ByteBuffer()
        let lost = state.queue.lost - state.told
        if lost > 0 {
            state.told += lost
            block.writeString("event: dropped\ndata: {\"dropped\":\(lost)}\n\n")
        }
        // Lines are whole and end with a newline; the second one ends the event.
        _ = state.queue.drain(limit: Self.block) { line in
            block.writeString("data: ")
            block.writeBytes(line)
            block.writeString("\n")
            return line.count
        }
        return block.readableBytes > 0 ? block : nil
    }

    private func beat() {
        let missed = state.withLock { state in
            state.missedBeats = channel.isWritable ? 0 : state.missedBeats + 1
            return state.missedBeats
        }
        if missed == 0 {
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: ":\n\n"))), promise: nil)
        } else if missed > Self.patience {
            channel.close(promise: nil)
        }
    }
}
