import Bytes
import EventLoop
import HTTP

/// All decisions of one server connection, without its socket: each event is a method, what to do next is what it returns.
///
/// `Connection` drives it: it does what an action says and tells the outcome, until the action is `.none`. A request's bytes
/// move from the buffer into its exchange and come back with the answer, so that a connection that waits between requests
/// holds no buffer, and a handler never sees bytes change. One loop's thread.
struct ServerMachine: ~Copyable {
    enum Phase {
        case handshaking, idle, readingHead, readingBody
        /// The handler has the request, and waits for the next piece of its body.
        case readingPiece
        /// The handler has the request and the pieces that it asked for; nothing is read.
        case bodyPaused
        /// The handler judges a head, and its body isn't read meanwhile.
        case screening
        /// A handler works on a request, or an answer is still on its way out.
        case handling
        case streaming
        /// The last answer was sent; what still arrives is dropped until the peer has had time to read it.
        case lingering
        case closed
    }

    let limits: ConnectionLimits
    let buffers: BufferPool
    let peerPayer: BufferPayer
    let isTLS: Bool

    var phase: Phase
    /// What the timer stands for, if it is armed.
    private(set) var deadline = Deadline.head
    /// The timer has to be set anew.
    private var deadlineIsNew = true

    // What reading needs; see ServerMachine+Reading.swift and ServerMachine+Room.swift.
    var buffer = ReceiveBuffer()
    /// What is claimed for the buffer, or for a handshake; nil while a pooled buffer is enough.
    var claim: BufferClaim?
    /// Not nil while nothing is read, as there is no room for it.
    var awaited: RoomUse?
    /// The payer of the room that is asked for.
    var claimant: BufferPayer
    /// Whoever the request in hand is charged to, once that is known.
    var payer: BufferPayer
    /// What the body of the request in hand may have.
    var bodyBytesMax = 0
    /// Bytes of an incomplete head that were already looked at for its end.
    var scanned = 0
    var head = RequestHead()
    var decoder = ChunkedDecoder(bodyBytesMax: 0)
    var bodyEnd = 0
    var requestEnd = 0
    /// The kernel may hold bytes that were not read: readiness is reported only once.
    var isReadable = false
    /// Reads since other connections had their turn.
    var reads = 0
    /// The peer sends nothing after what the kernel holds: it may read on, or be gone.
    var peerEnded = false
    /// The peer's end was looked into during the request in hand.
    var hasProbed = false
    /// What was reported together with the last part of the handshake.
    private var handshakeEvents = Interest.readable
    /// Bytes were reported while output was pending: they are read after the flush.
    private var readIsDue = false

    // What answering needs; see ServerMachine+Answering.swift.
    /// The driver is in the handler's `serve`, or starts its judge: what follows from an answer waits for their return.
    var handlerIsCalled = false
    var isAnswered = false
    /// There are bytes that the kernel has not taken.
    var outputIsPending = false
    var isChunkedStream = false
    var isHeadRequest = false
    /// A client of HTTP/1.0 that wants to keep the connection has to be told that it may.
    var confirmsKeepAlive = false
    var closeAfterResponse = false
    var hasFinishedWriting = false
    var discardedBytes = 0

    init(
        limits: ConnectionLimits,
        buffers: BufferPool,
        peerPayer: BufferPayer,
        isTLS: Bool
    ) {
        self.limits = limits
        self.buffers = buffers
        self.peerPayer = peerPayer
        self.isTLS = isTLS
        payer = peerPayer
        claimant = peerPayer
        phase = isTLS ? .handshaking : .idle
    }

    // MARK: Events of the socket

    mutating func ready(_ events: Interest) -> Action {
        guard phase != .closed else { return .none }
        if events.hasAny(.broken) { return .gone }
        guard phase == .handshaking else { return openReady(events) }
        handshakeEvents = events
        return awaited == nil ? handshake() : .none
    }

    private mutating func openReady(_ events: Interest) -> Action {
        if events.hasAny(.peerClosed) { peerEnded = true }
        let mayRead = events.hasAny(.readableOrClosed)
        guard events.hasAny(.writable), outputIsPending else { return mayRead ? readable() : .none }
        readIsDue = mayRead
        return .flush
    }

    /// The driver has written what the kernel took.
    mutating func flushEnded() -> Action {
        guard readIsDue else { return .none }
        readIsDue = false
        return readable()
    }

    private mutating func readable() -> Action {
        switch phase {
        case .closed, .handshaking: return .none
        case .handling, .streaming:
            isReadable = true
            return noticePeersEnd()
        case .screening, .bodyPaused:
            isReadable = true
            return .none
        case .readingPiece: return readMorePieces()
        case .lingering: return .discard
        case .idle, .readingHead, .readingBody: return readMore()
        }
    }

    /// The client is not there any more.
    func broke() -> Action { phase == .closed ? .none : .gone }

    /// The peer has ended its side. A stream is over then, as nobody could tell later. A client that waits for an answer
    /// may be there (it said all that it has to say) or not (it closed its socket): both look alike, until something is
    /// sent that its kernel refuses. A `100 Continue` is that something, which every client passes over, once for each
    /// request; what comes back from a closed socket is a reset. Source: RFC 9112 §9.6, RFC 9110 §15.2, RFC 9293 §3.10.7.
    mutating func noticePeersEnd() -> Action {
        guard peerEnded else { return .none }
        if phase == .streaming { return .gone }
        guard phase == .handling, !isAnswered, !hasProbed, head.minorVersion == 1 else { return .none }
        hasProbed = true
        return outputIsPending ? .none : .sendContinue
    }

    // MARK: Handshake

    /// Goes on with the handshake, for which there has to be room.
    mutating func handshake() -> Action {
        claims(Self.handshakeBytes, for: peerPayer, .handshake) ?? .handshake
    }

    mutating func handshook() -> Action {
        phase = .idle
        claim = nil
        // What follows the handshake may have been reported with an earlier part of it.
        return openReady(Interest(rawValue: handshakeEvents.rawValue | Interest.readable.rawValue))
    }

    func handshakeFailed(speaksPlainHTTP: Bool) -> Action { speaksPlainHTTP ? .refusePlainHTTP : .close }

    /// As after `ready(.readable)`.
    mutating func handshakeHasRoom() -> Action {
        handshakeEvents = .readable
        return .handshake
    }

    // MARK: Time

    /// The timer has fired.
    mutating func timedOut() -> Action {
        deadline = .none
        switch phase {
        case .closed: return .none
        case .handshaking: return awaited == nil ? .gone : .closeForRoom
        case .readingHead, .readingBody: return awaited == nil ? .refuse(status: 408) : .refuseForRoom
        case .screening: return .refuseForRoom
        case .readingPiece: return bodyBroke(.timedOut)
        case .handling, .bodyPaused: return outputIsPending ? .gone : .none
        case .idle, .streaming, .lingering: return .gone
        }
    }

    /// Sets the timer anew.
    mutating func arm(_ deadline: Deadline) {
        self.deadline = deadline
        deadlineIsNew = true
    }

    /// An answer may take its time, but not what is pending already: a client that doesn't read would never be let go of.
    mutating func armForOutput() { arm(outputIsPending ? .write : .none) }

    /// Whether the timer has to be set anew, to `delayNs` from now, or off when `deadline` is `.none`.
    mutating func takeDeadline() -> Bool {
        let isNew = deadlineIsNew
        deadlineIsNew = false
        return isNew
    }

    var delayNs: UInt64 {
        switch deadline {
        case .none: .max
        case .head: limits.headNs
        case .body: limits.bodyNs
        case .idle: limits.idleNs
        case .write: limits.writeNs
        case .linger: limits.lingerNs
        }
    }

    // MARK: Ending

    /// The server drains: the request in hand finishes, the rest ends. One that is already in the kernel counts as in hand:
    /// `drainGoesOn()` comes when it was read.
    mutating func drain() -> Action {
        closeAfterResponse = true
        return phase == .idle ? readMore() : .none
    }

    func drainGoesOn() -> Action {
        switch phase {
        case .idle, .handshaking: .close
        case .streaming: .drainStream
        default: .none
        }
    }

    /// The driver closes the socket. Nothing follows any event after that.
    mutating func close() {
        phase = .closed
        deadline = .none
        deadlineIsNew = false
        awaited = nil
        outputIsPending = false
        dropBuffer()
    }
}
