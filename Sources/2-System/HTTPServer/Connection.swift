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
        /// The handler judges a head, and its body isn't read meanwhile.
        case screening
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
    let address: IPAddress?
    private var box: SinkBox?
    private let timer = LoopTimer()
    var phase = Phase.idle

    // What reading needs; see Connection+Reading.swift and Connection+Room.swift.
    var storage: [UInt8] = []
    /// What is claimed for `storage`, or for a handshake; nil while a pooled buffer is enough.
    var claim: BufferClaim?
    /// Not nil while nothing is read, as there is no room for it.
    var wait: RoomWait?
    /// Whoever the request in hand is charged to, once that is known.
    var payer: BufferPayer
    /// What the body of the request in hand may have.
    var bodyBytesMax = 0
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
    /// The peer sends nothing after what the kernel holds: it may read on, or be gone.
    var peerEnded = false
    var hasProbed = false

    // What writing needs; see Connection+Writing.swift.
    var pending: [UInt8] = []
    var pendingStart = 0
    /// The budget's account of `pending`.
    var unread: BufferLedger.Ticket?
    var current: Exchange?
    var stream: ResponseStream?
    var isChunkedStream = false
    var isHeadRequest = false
    /// A client of HTTP/1.0 that wants to keep the connection has to be told that it may.
    var confirmsKeepAlive = false
    var closeAfterResponse = false
    private var lingered = 0

    init(socket: StreamSocket, listener: Listener, peer: String, address: IPAddress?) {
        self.socket = socket
        self.listener = listener
        self.peer = peer
        self.address = address
        payer = .peer(address?.group ?? 0)
        loop = listener.loop
    }

    var limits: ConnectionLimits { listener.limits }
    var peerPayer: BufferPayer { .peer(address?.group ?? 0) }

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
            noticePeersEnd()
        case .screening: isReadable = true
        case .lingering: discard()
        default: readMore()
        }
    }

    private func continueHandshake() -> Bool {
        guard wait == nil, claimed(Self.handshakeBytes, for: peerPayer, .handshake) else { return false }
        switch socket.handshake() {
        case .moved:
            phase = .idle
            claim = nil
            return true
        case .wouldBlock: return false
        case .failed where socket.speaksPlainHTTP:
            refuse(
                400,
                "400 Bad Request: plain HTTP was sent to a port that speaks HTTPS; use https:// in the URL\n"
            )
            return false
        case .ended, .failed:
            close()
            return false
        }
    }

    /// The peer has ended its side. A stream is over then, as nobody could tell later. A client that waits for an answer
    /// may be there (it said all that it has to say) or not (it closed its socket): both look alike, until something is
    /// sent that its kernel refuses. A `100 Continue` is that something, which every client passes over, once for each
    /// request; what comes back from a closed socket is a reset. Source: RFC 9112 §9.6, RFC 9110 §15.2, RFC 9293 §3.10.7.
    func noticePeersEnd() {
        guard peerEnded else { return }
        if phase == .streaming { return gone() }
        guard phase == .handling, current?.isAnswered == false, !hasProbed, head.minorVersion == 1 else {
            return
        }
        hasProbed = true
        if !hasPendingOutput { sendContinue() }
    }

    private func timedOut() {
        switch phase {
        case .readingHead where wait != nil, .readingBody where wait != nil, .screening: refuseForRoom()
        case .handshaking where wait != nil: refuseForRoom()
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
        leaveQueue()
        dropStorage()
        dropPending()
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
    func refuse(_ status: Int, _ text: String? = nil) {
        let fields = status == 503 ? [ResponseField("Retry-After", "1")] : []
        isHeadRequest = false
        answerAlone(.text(status, text ?? "\(reasonPhrase(status))\n", fields: fields))
    }

    private static let tooMany =
        "503 Service Unavailable: too many connections are open; close some, or try again later\n"

    /// Answers whatever comes with 503, then closes.
    func refuseAsTooMany() { refuse(503, Self.tooMany) }

    /// The same for a connection that was never started, without waiting for anything.
    func refuseInPassing() {
        var waste = InlineArray<4096, UInt8>(repeating: 0)
        var span = waste.mutableSpan
        // What is read doesn't make the kernel answer the close with a reset.
        _ = span.withUnsafeMutableBytes { socket.read(into: $0) }
        phase = .handling
        closeAfterResponse = true
        write(.text(503, Self.tooMany, fields: [ResponseField("Retry-After", "1")]))
        if phase != .closed { socket.finishWriting() }
        close()
    }

    /// Answers a request that reaches no handler, then closes.
    func answerAlone(_ response: Response) {
        closeAfterResponse = true
        phase = .handling  // nothing more is parsed, not even while the answer waits
        disarm()
        leaveQueue()
        dropStorage()
        write(response)
        if phase == .handling, !hasPendingOutput { closeGracefully() }
    }

    /// The budget's call: others need the room that this connection's unread answer takes.
    func giveUpAnswer(_ ticket: BufferLedger.Ticket) { if unread == ticket { gone() } }

    /// Ends writing and gives the peer a moment to read: closing with unread input would reset the connection.
    func closeGracefully() {
        guard phase != .closed else { return }
        phase = .lingering
        dropStorage()
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
