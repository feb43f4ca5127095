internal import Glibc
internal import NIOCore

/// The connections of a server, the oldest first; a handler of its listening channel.
///
/// One more than there may be ends the oldest, and so does one that finds no descriptor left: whoever holds many open and says nothing
/// keeps nobody else out.
final class HTTPConnections: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let limit: Int
    private var open: [any Channel] = []

    init(limit: Int) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        if open.count >= limit { endOldest() }
        open.append(channel)
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.open.removeAll { $0 === channel } }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // No other error of accept(2) ends the listening or needs anything to be done.
        if let error = error as? IOError, error.errnoCode == EMFILE || error.errnoCode == ENFILE { endOldest() }
    }

    private func endOldest() {
        guard !open.isEmpty else { return }
        open.removeFirst().close(promise: nil)
    }
}
