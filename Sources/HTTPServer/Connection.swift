import EventLoop
import HTTP
import Sockets

/// One client connection: reads requests one after the other, hands each to the handler, writes its answer.
///
/// A request's bytes move from `storage` into its exchange and come back with the answer, so that a connection that
/// waits between requests holds no buffer, and a handler never sees bytes change.
final class Connection: PollSink, @unchecked Sendable {  // loop thread only
    enum Phase {
        case handshaking, idle, readingHead, readingBody
        /// A handler works on a request, or an answer is still on its way out.
        case handling
        case streaming
        /// The last answer was sent; what still arrives is dropped until the peer has had time to read it.
        case lingering
        case closed
    }

    let loop: EventLoop
    let listener: Listener
    let socket: StreamSocket
    let peer: String
    private var box: SinkBox?
    private let timer = LoopTimer()
    var phase = Phase.idle

    // What reading needs; see Connection+Reading.swift.
    var storage: [UInt8] = []
    var filled = 0
    /// Bytes of an incomplete head that were already looked at for its end.
    var scanned = 0
    var head = RequestHead()
    var decoder = ChunkedDecoder(bodyBytesMax: 0)
    var bodyEnd = 0
    var requestEnd = 0
    var isProcessing = false
    /// The kernel may hold bytes that were not read: readiness is reported only once.
    var isReadable = false
    /// The peer sends nothing after what the kernel holds.
    var peerEnded = false

    // What writing needs; see Connection+Writing.swift.
    var pending: [UInt8] = []
    var pendingStart = 0
    var current: Exchange?
    var stream: ResponseStream?
    var isChunkedStream = false
    var isHeadRequest = false
    /// A client of HTTP/1.0 that wants to keep the connection has to be told that it may.
    var confirmsKeepAlive = false
    var closeAfterResponse = false
    private var lingered = 0

    init(socket: StreamSocket, listener: Listener, peer: String) {
        self.socket = socket
        self.listener = listener
        self.peer = peer
        loop = listener.loop
    }

    var limits: ConnectionLimits { listener.limits }

    /// False when the descriptor cannot be watched.
    func start() -> Bool {
        phase = socket.needsHandshake ? .handshaking : .idle
        timer.action = { [unowned self] in timedOut() }  // cleared by close()
        box = try? loop.watch(socket.fd, .connection, self)  // refused only when the kernel is out of memory
        guard box != nil else { return false }
        arm(limits.headNs)
        return true
    }

    // MARK: Events

    func ready(_ events: Interest) {
        guard phase != .closed else { return }
        if events.hasAny(.broken) { return gone() }
        var mayRead = events.hasAny(.readableOrClosed)
        if phase == .handshaking {
            guard continueHandshake() else { return }
            mayRead = true  // what follows the handshake may have been reported with an earlier part of it
        }
        if events.hasAny(.peerClosed) { peerEnded = true }
        if events.hasAny(.writable), hasPendingOutput { flush() }
        guard mayRead else { return }
        switch phase {
        case .closed: return
        case .handling, .streaming:
            isReadable = true
            giveUpIfPeerEnded()
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

    /// A client that has ended its side does not wait for an answer that nobody has begun, nor for more of a stream.
    func giveUpIfPeerEnded() {
        guard peerEnded else { return }
        if phase == .streaming || phase == .handling && current?.isAnswered == false { gone() }
    }

    private func timedOut() {
        switch phase {
        case .readingHead, .readingBody: refuse(408)
        case .handling where !hasPendingOutput: break
        default: gone()
        }
    }

    /// - Parameter delay: nanoseconds.
    func arm(_ delay: UInt64) { loop.arm(timer, afterNs: delay) }

    func disarm() { loop.disarm(timer) }

    // MARK: Ending

    /// The client is not there any more, or never took its answer.
    func gone() {
        current?.disconnected()
        stream?.fail()
        close()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        disarm()
        timer.action = nil
        if let box { loop.unwatch(socket.fd, box) }
        socket.close()
        listener.buffers.give(exchange(&storage, with: []))
        filled = 0
        pending = []
        pendingStart = 0
        current?.disconnected()
        current = nil
        stream?.fail()
        stream = nil
        listener.closed(self)
    }

    /// Lets the request in hand finish and ends the rest. A request that is already in the kernel counts as in hand.
    func drain() {
        closeAfterResponse = true
        if phase == .idle { readMore() }
        switch phase {
        case .idle, .handshaking: close()
        case .streaming: stream?.drain()
        default: break
        }
    }

    /// Answers a request that reached no handler (malformed, slow, one too many), then closes.
    func refuse(_ status: Int) {
        closeAfterResponse = true
        isHeadRequest = false
        phase = .handling  // nothing more is parsed, not even while the answer waits
        disarm()
        sendError(status)
        if phase == .handling, !hasPendingOutput { closeGracefully() }
    }

    /// Ends writing and gives the peer a moment to read: closing with unread input would reset the connection.
    func closeGracefully() {
        guard phase != .closed else { return }
        phase = .lingering
        listener.buffers.give(exchange(&storage, with: []))
        filled = 0
        socket.finishWriting()
        arm(limits.lingerNs)
        discard()
    }

    private func discard() {
        var waste = InlineArray<16_384, UInt8>(repeating: 0)
        var span = waste.mutableSpan
        while phase == .lingering {
            let outcome = span.withUnsafeMutableBytes { socket.read(into: $0) }
            guard case .moved(let count) = outcome else {
                if outcome != .wouldBlock { close() }
                return
            }
            lingered += count
            if lingered > limits.lingerBytesMax { close() }
        }
    }
}
