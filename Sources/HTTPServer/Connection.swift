import EventLoop
import Glibc
import HTTP
import Sockets

/// One client connection: reads requests one after the other, hands each to the handler, writes its answer.
///
/// A request's bytes move from `storage` into its exchange and come back with the answer, so that a connection that
/// waits between requests holds no buffer, and a handler never sees bytes change.
final class Connection: PollSink, @unchecked Sendable {  // loop thread only
    enum Phase {
        case handshaking, idle, readingHead, readingBody, handling, streaming
        /// An error was answered; what still arrives is dropped until the peer has had time to read the answer.
        case lingering
        case closed
    }

    let loop: EventLoop
    let listener: Listener
    let socket: StreamSocket
    private let peer: String
    private var box: SinkBox?
    private let timer = LoopTimer()

    var phase = Phase.idle
    private var storage: [UInt8] = []
    private var filled = 0
    /// Bytes of an incomplete head that were already looked at for its end.
    private var scanned = 0
    private var head = RequestHead()
    private var decoder = ChunkedDecoder(bodyBytesMax: 0)
    private var bodyEnd = 0
    private var requestEnd = 0
    private var isProcessing = false
    private var isReadable = false
    private var peerEnded = false
    private var lingered = 0

    // What writing needs; see Connection+Writing.swift.
    var pending: [UInt8] = []
    var pendingStart = 0
    var current: Exchange?
    var stream: ResponseStream?
    var isChunkedStream = false
    var isHeadRequest = false
    var closeAfterResponse = false

    init(socket: StreamSocket, listener: Listener, peer: String) {
        self.socket = socket
        self.listener = listener
        self.peer = peer
        loop = listener.loop
    }

    var configuration: ServerConfiguration { listener.configuration }

    /// False when the descriptor cannot be watched.
    func start() -> Bool {
        phase = socket.needsHandshake ? .handshaking : .idle
        timer.action = { [unowned self] in timedOut() }  // cleared by close()
        box = try? loop.watch(socket.fd, .connection, self)  // refused only when the kernel is out of memory
        guard box != nil else { return false }
        loop.arm(timer, after: configuration.headTimeout)
        return true
    }

    // MARK: Events

    func ready(_ events: Interest) {
        guard phase != .closed else { return }
        if events.hasAny(.broken) { return gone() }
        if phase == .handshaking, !continueHandshake() { return }
        if events.hasAny(.writable), hasPendingOutput { flush() }
        guard events.hasAny(.readableOrClosed) else { return }
        switch phase {
        case .closed: return
        case .handling, .streaming:
            if events.hasAny(.peerClosed) { gone() } else { isReadable = true }
        case .lingering: discard()
        default: readMore()
        }
    }

    private func continueHandshake() -> Bool {
        switch socket.handshake() {
        case .moved:
            phase = .idle
            return true
        case .wouldBlock: return false
        case .ended, .failed:
            close()
            return false
        }
    }

    private func timedOut() {
        switch phase {
        case .readingHead where filled > 0, .readingBody: refuse(408)
        case .handling where !hasPendingOutput: break
        default: gone()
        }
    }

    /// The client is not there any more, or never took its answer.
    func gone() {
        current?.disconnected()
        stream?.fail()
        close()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        loop.disarm(timer)
        timer.action = nil
        if let box { loop.unwatch(socket.fd, box) }
        socket.close()
        listener.buffers.give(exchange(&storage, with: []))
        pending = []
        current?.disconnected()
        current = nil
        stream?.fail()
        stream = nil
        listener.closed(self)
    }

    func drain() {
        closeAfterResponse = true
        switch phase {
        case .idle, .handshaking: close()
        case .streaming: stream?.drain()
        default: break
        }
    }

    func armWriteTimer() { loop.arm(timer, after: configuration.writeTimeout) }

    func disarmWriteTimer() { loop.disarm(timer) }

    // MARK: Reading

    private var isReading: Bool { phase == .idle || phase == .readingHead || phase == .readingBody }

    private func readMore() {
        isReadable = false
        while isReading {
            makeRoom()
            let space = storage.count - filled
            let start = filled
            let outcome = storage.withUnsafeMutableBytes { socket.read(into: .init(rebasing: $0[start...])) }
            switch outcome {
            case .moved(let count):
                filled += count
                process()
                if count < space, !socket.isTLS, !peerEnded { break }
                continue
            case .wouldBlock: break
            case .ended: return ended()
            case .failed: return gone()
            }
            break
        }
        releaseIdleBuffer()
        if !isReading, phase != .closed { isReadable = true }  // the kernel may hold more
    }

    private func makeRoom() {
        if storage.isEmpty {
            storage = listener.buffers.take()
        } else if filled == storage.count {
            storage.append(contentsOf: repeatElement(0, count: storage.count))
        }
    }

    private func releaseIdleBuffer() {
        guard phase == .idle, filled == 0, !storage.isEmpty else { return }
        listener.buffers.give(exchange(&storage, with: []))
    }

    /// The peer sends no more; a request in hand is still answered.
    private func ended() {
        peerEnded = true
        switch phase {
        case .handling, .streaming: closeAfterResponse = true
        default: close()
        }
    }

    private func discard() {
        var waste = InlineArray<4096, UInt8>(repeating: 0)
        var span = waste.mutableSpan
        while phase == .lingering {
            let outcome = span.withUnsafeMutableBytes { socket.read(into: $0) }
            guard case .moved(let count) = outcome else {
                if outcome != .wouldBlock { close() }
                return
            }
            lingered += count
            if lingered > 1 << 20 { close() }
        }
    }

    // MARK: Requests

    /// Goes through the bytes at hand. Not reentrant: an answer given at once comes back to the loop below.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        while isReading, filled > 0 {
            do {
                if phase != .readingBody {
                    guard try parseHead() else { return }
                }
                guard try finishBody() else { return }
            } catch {
                return refuse(error.status)
            }
            dispatch()
        }
    }

    private func parseHead() throws(ParseError) -> Bool {
        if phase == .idle {
            phase = .readingHead
            scanned = 0
            loop.arm(timer, after: configuration.headTimeout)
        } else if !mayEndHead() {
            if filled >= configuration.headBytesMax { throw .headTooLarge }
            return false
        }
        let bytes = storage
        let progress = try RequestParser.parse(
            bytes.span.extracting(0..<filled),
            into: &head,
            headBytesMax: configuration.headBytesMax
        )
        guard case .done = progress else {
            scanned = filled
            return false
        }
        try beginBody()
        return true
    }

    /// Whether the new bytes hold a line end after a line end: parsing again for each byte would cost O(n²).
    private func mayEndHead() -> Bool {
        var index = max(0, scanned - 3)
        scanned = filled
        while index + 1 < filled {
            if storage[index] == 10 {
                let next = storage[index + 1]
                if next == 10 || next == 13 { return true }
            }
            index += 1
        }
        return false
    }

    private func beginBody() throws(ParseError) {
        switch head.framing {
        case .none, .untilClose: return
        case .length(let length):
            guard length <= configuration.bodyBytesMax else { throw .bodyTooLarge }
            if head.count + length > storage.count {
                storage.append(contentsOf: repeatElement(0, count: head.count + length - storage.count))
            }
        case .chunked:
            decoder = ChunkedDecoder(bodyBytesMax: configuration.bodyBytesMax)
            bodyEnd = head.count
        }
    }

    /// True when the request is whole; `requestEnd` then says where the next one starts.
    private func finishBody() throws(ParseError) -> Bool {
        switch head.framing {
        case .none, .untilClose:
            bodyEnd = head.count
            requestEnd = head.count
            return true
        case .length(let length):
            bodyEnd = head.count + length
            requestEnd = bodyEnd
            if filled >= bodyEnd { return true }
        case .chunked:
            let from = phase == .readingBody ? bodyEnd : head.count
            let progress = try decoder.decode(&storage, from: from, to: filled, output: &bodyEnd)
            if case .done(let end) = progress {
                requestEnd = end
                return true
            }
            filled = bodyEnd
        }
        if phase != .readingBody { awaitBody() }
        return false
    }

    private func awaitBody() {
        phase = .readingBody
        loop.arm(timer, after: configuration.bodyTimeout)
        if head.expectsContinue { sendContinue() }
    }

    private func dispatch() {
        phase = .handling
        loop.disarm(timer)
        isHeadRequest = head.method == .head
        if !head.keepAlive { closeAfterResponse = true }
        let bytes = exchange(&storage, with: [])
        let rest = filled - requestEnd
        if rest > 0 {
            storage = listener.buffers.take()
            if rest > storage.count { storage.append(contentsOf: repeatElement(0, count: rest - storage.count)) }
            for offset in 0..<rest { storage[offset] = bytes[requestEnd + offset] }
        }
        filled = rest
        let request = Request(bytes: bytes, head: head, body: head.count..<bodyEnd, peer: peer)
        let exchange = Exchange(request: request, connection: self)
        current = exchange
        let handler = listener.handler
        Task.immediate(executorPreference: loop) {
            await handler.handle(exchange)
            exchange.handlerReturned()
        }
    }

    /// The answer is on its way: the request's buffer comes back, and the next request may start.
    func requestAnswered() {
        if let answered = current {
            var request = exchange(&answered.request, with: Request(bytes: [], head: RequestHead(), body: 0..<0))
            listener.buffers.give(exchange(&request.bytes, with: []))
            answered.onDisconnect = nil
        }
        current = nil
        stream = nil
        if closeAfterResponse { return closeGracefully() }
        phase = .idle
        loop.arm(timer, after: configuration.idleTimeout)
        process()
        if isReadable, isReading, !isProcessing { readMore() }
    }

    // MARK: Errors

    /// Answers a malformed or slow request, then closes. Nothing of it reached a handler.
    private func refuse(_ status: Int) {
        closeAfterResponse = true
        isHeadRequest = false
        sendError(status)
        if phase != .closed, !hasPendingOutput { closeGracefully() }
    }

    /// Ends writing and gives the peer a second to read: closing with unread input would reset the connection.
    func closeGracefully() {
        guard phase != .closed else { return }
        phase = .lingering
        listener.buffers.give(exchange(&storage, with: []))
        filled = 0
        socket.finishWriting()
        if peerEnded { return close() }
        loop.arm(timer, after: .seconds(1))
        discard()
    }
}
