internal import NIOCore
internal import NIOHTTP1

/// One connection: it is answered once, and has `HTTPServer.timeLimit` for everything; a stream of events lasts for as long as both want.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: HTTPService
    /// The path that a form is sent to, and what has come of it.
    private var form: (path: String, body: [UInt8])?
    private var stream: EventStream?
    private var deadline: Scheduled<Void>?
    private var hasAnswered = false
    private var hasSent = false
    private var hasEndedInput = false

    init(_ service: HTTPService) {
        self.service = service
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
        guard !hasAnswered else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): take(head, context: context)
        case .body(let bytes):
            form?.body += bytes.readableBytesView
            if form?.body.count ?? 0 > HTTPRequest.bodyLimit { refuse(413, context: context) }
        case .end:
            guard let form else { return }
            let response = service.live.page?.take(form.path, form.body) ?? .refusal(status: 404)
            send(response, isHead: false, context: context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stream?.drain()
        context.fireChannelWritabilityChanged()
    }

    private func take(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let isHead = head.method == .HEAD
        switch HTTPRequest(head, isLocal: service.isLocal) {
        case .page(let path):
            send(service.live.page?.page(path) ?? service.answer(path), isHead: isHead, context: context)
        case .picture(let source):
            send(service.live.page?.picture(of: source) ?? .refusal(status: 404), isHead: false, context: context)
        case .refused(let status): send(.refusal(status: status), isHead: isHead, context: context)
        case .form where service.live.page == nil: send(.refusal(status: 405), isHead: false, context: context)
        case .form(let path): form = (path, [])
        case .stream(let sources):
            guard let page = service.live.page else {
                return send(service.answer("/events"), isHead: false, context: context)
            }
            guard let stream = page.open(context.channel, sources: sources) else {
                return send(.refusal(status: 503), isHead: false, context: context)
            }
            hasAnswered = true
            deadline?.cancel()
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse.streamHead)), promise: nil)
            self.stream = stream
            stream.begin()
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
            if hasSent || !hasAnswered || stream != nil { context.close(promise: nil) }
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
            let body = response.bytes.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: response.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
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
