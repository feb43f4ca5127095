internal import NIOCore
internal import NIOHTTP1

/// One connection: it is answered once, and has `HTTPServer.timeLimit` for everything.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let isLocal: Bool
    private let answer: @Sendable (String) -> HTTPResponse
    private var deadline: Scheduled<Void>?
    private var hasAnswered = false
    private var hasSent = false
    private var hasEndedInput = false

    init(isLocal: Bool, answer: @escaping @Sendable (String) -> HTTPResponse) {
        self.isLocal = isLocal
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: HTTPServer.timeLimit) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !hasAnswered else { return }
        switch HTTPRequest(head, isLocal: isLocal) {
        case .page(let path): send(answer(path), isHead: head.method == .HEAD, context: context)
        case .refused(let status): send(.refusal(status: status), isHead: head.method == .HEAD, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is HTTPHeadLimit.Exceeded: refuse(431, context: context)
        case is HTTPParserError: refuse(400, context: context)
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            hasEndedInput = true
            // Whoever has asked and says no more still gets the answer.
            if hasSent || !hasAnswered { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func refuse(_ status: Int, context: ChannelHandlerContext) {
        // What comes after the answer is of no interest, sense or nonsense.
        if !hasAnswered { send(.refusal(status: status), isHead: false, context: context) }
    }

    private func send(_ response: HTTPResponse, isHead: Bool, context: ChannelHandlerContext) {
        hasAnswered = true
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        if !isHead {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: response.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            self.finish(context: context)
        }
    }

    /// Closes after the last byte. What the client still sends is read off until it closes or its time is over: the system would take
    /// back the answer of a socket that is closed with bytes unread.
    private func finish(context: ChannelHandlerContext) {
        hasSent = true
        if hasEndedInput {
            context.close(promise: nil)
        } else {
            context.close(mode: .output, promise: nil)
        }
    }
}

/// Ends a connection whose request has more bytes than a head may have, however slowly they come.
final class HTTPHeadLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// More bytes than a head may have.
    struct Exceeded: Error {}

    private var left = HTTPRequest.limit

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard left > 0 else { return }
        left -= unwrapInboundIn(data).readableBytes
        // A head that ends in these bytes is answered first.
        context.fireChannelRead(data)
        if left <= 0 { context.fireErrorCaught(Exceeded()) }
    }
}
