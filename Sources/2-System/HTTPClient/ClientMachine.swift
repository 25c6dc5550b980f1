import Bytes
import EventLoop
import HTTP

/// All decisions of one client connection, without its socket: each event is a method, what to do next is what it returns.
///
/// `ClientConnection` drives it: it does what an action says and tells the outcome by the method that the action names,
/// until the action is `.none`. Times are absolute, in nanoseconds of the loop's clock. One loop's thread.
struct ClientMachine: ~Copyable {
    enum Phase { case resolving, connecting, handshaking, idle, busy, closed }

    private static let closedOrBroken = Interest(
        rawValue: Interest.peerClosed.rawValue | Interest.broken.rawValue
    )

    let buffers: BufferPool
    let isTLS: Bool
    let headBytesMax: Int
    let connectTimeoutNs: UInt64
    let idleNs: UInt64

    private(set) var phase = Phase.resolving
    /// When the timer fires; `timerIsNew` says that it has to be set.
    private(set) var timerEndsAt = UInt64.max
    private var timerIsNew = false
    /// When the next address is tried.
    private var attemptEndsAt = UInt64.max

    // The call under way.
    var call = Call(messageBytes: 0, responseBytesMax: 0, deadline: .max)
    /// Bytes of the request that the socket has taken.
    private(set) var sent = 0
    /// The server takes no more of the request; its response may be there all the same.
    private var writeHasFailed = false
    /// Bytes were reported while the request is being written: they are read after that.
    private var readIsDue = false
    /// The server's end was reported. Edges come once, so from then on reads go to the end.
    var peerHasClosed = false
    /// Calls run on this connection; the first cannot meet a stale connection.
    private var callCount = 0
    private var acknowledgedBefore: Int64 = 0
    private var sentBefore: Int64 = 1  // the SYN counts as a byte

    // The response; see ClientMachine+Response.swift.
    var buffer = ReceiveBuffer()
    var head = ResponseHead()
    var headIsDone = false
    /// Where the decoded body ends in the buffer.
    var bodyEnd = 0
    var decoder = ChunkedDecoder(bodyBytesMax: 0)
    var hasReceived = false
    /// Whether the last read took all that the kernel had.
    var isDrained = false
    /// Body bytes that may still come, of a length-delimited or close-delimited body.
    var remaining = 0
    /// 1xx responses before the one that counts.
    var interimCount = 0
    /// The response leaves the connection in step.
    var isInStep = false
    /// What is wrong with the response; see `Failure.malformed`.
    var fault = ""
    /// The reader of a streamed body has not yet taken what came last.
    var bodyIsFull = false
    /// The call is being told the head of a streamed response: what came with it is passed on before more is read.
    var isTellingHead = false
    /// Where a streamed body ends in the buffer, once that is known.
    var streamEnd: Int?
    /// Why a streamed body ends behind the piece that is passed on.
    var streamFault: ParseError?

    init(buffers: BufferPool, isTLS: Bool, headBytesMax: Int, connectTimeoutNs: UInt64, idleNs: UInt64) {
        self.buffers = buffers
        self.isTLS = isTLS
        self.headBytesMax = headBytesMax
        self.connectTimeoutNs = connectTimeoutNs
        self.idleNs = idleNs
    }

    // MARK: Opening

    /// A call wants a connection.
    mutating func open(for call: Call) -> Action {
        self.call = call
        setDeadline()
        return .resolve
    }

    mutating func resolved() -> Action { phase == .resolving ? .connect : .none }

    /// - Parameter isLate: the look-up took longer than the call may.
    mutating func resolveFailed(isLate: Bool) -> Action {
        guard phase == .resolving else { return .none }
        return .fail(isLate ? .connectingTimedOut : .unresolved)
    }

    /// A socket is under way to an address.
    mutating func attemptBegan(at now: UInt64) -> Action {
        phase = .connecting
        attemptEndsAt = now + connectTimeoutNs
        setDeadline()
        return .none
    }

    /// An address did not accept the connection.
    mutating func attemptFailed() -> Action { .connect }

    mutating func addressesRanOut() -> Action { .fail(.unreachable) }

    private mutating func connectingReady(_ events: Interest, _ errno: CInt) -> Action {
        guard errno == 0, !events.hasAny(.failed) else { return .noteRefusal(errno: errno) }
        guard events.hasAny(.writable) else { return .none }
        if events.hasAny(Self.closedOrBroken) { peerHasClosed = true }
        guard isTLS else {
            readIsDue = events.hasAny(.readableOrBroken)
            return connected()
        }
        phase = .handshaking
        return .handshake
    }

    mutating func handshook() -> Action { connected() }

    private mutating func connected() -> Action {
        phase = .idle
        attemptEndsAt = .max
        return .begin
    }

    // MARK: Events

    /// The socket is ready.
    /// - Parameters:
    ///   - errno: the socket's error while it connects, else 0.
    ///   - bodyIsFull: the reader of a streamed body has not yet taken what came last.
    mutating func ready(_ events: Interest, errno: CInt = 0, bodyIsFull: Bool = false) -> Action {
        self.bodyIsFull = bodyIsFull
        switch phase {
        case .closed, .resolving: return .none
        case .connecting: return connectingReady(events, errno)
        case .handshaking, .idle, .busy:
            if events.hasAny(Self.closedOrBroken) { peerHasClosed = true }
        }
        switch phase {
        case .handshaking: return .handshake
        case .busy where events.hasAny(.writable) && sent < call.messageBytes && !writeHasFailed:
            readIsDue = events.hasAny(.readableOrBroken)
            return .write
        case .busy: return events.hasAny(.readableOrBroken) ? read() : .none
        default: return events.hasAny(.readableOrBroken) ? idleReady() : .none
        }
    }

    /// Bytes or the end on a connection that nobody uses: TLS session tickets are read, all else closes it.
    private func idleReady() -> Action { peerHasClosed || !isTLS ? .close : .probe }

    /// - Parameter isQuiet: there is nothing to read. What there was, is lost.
    mutating func probed(isQuiet: Bool, at now: UInt64) -> Action {
        switch phase {
        case .busy: isQuiet ? keep(at: now) : .close
        case .idle: isQuiet ? .none : .close
        default: .none
        }
    }

    /// The timer has fired.
    /// - Parameter mayTryNext: there are addresses left.
    mutating func timedOut(at now: UInt64, mayTryNext: Bool) -> Action {
        switch phase {
        case .closed: .none
        case .idle: .close
        case .resolving: .fail(.connectingTimedOut)
        case .connecting where mayTryNext && now < call.deadline: .noteSilence
        case .connecting, .handshaking: .fail(.connectingTimedOut)
        case .busy: .fail(.respondingTimedOut)
        }
    }

    /// The driver closes the socket. Nothing follows any event after that.
    mutating func close() {
        phase = .closed
        timerIsNew = false
        buffer.release(to: buffers)
    }

    /// When the timer has to fire from now on; nil when that is as before.
    mutating func takeTimer() -> UInt64? {
        guard timerIsNew else { return nil }
        timerIsNew = false
        return timerEndsAt
    }

    private mutating func setDeadline() { setTimer(min(call.deadline, attemptEndsAt)) }

    private mutating func setTimer(_ end: UInt64) {
        timerEndsAt = end
        timerIsNew = true
    }

    // MARK: Calls

    /// Puts a call on the connection.
    /// - Parameter acknowledged: over TLS, the bytes that the peer's kernel has acknowledged so far.
    mutating func begin(_ call: Call, acknowledged: Int64) -> Action {
        self.call = call
        phase = .busy
        sent = 0
        headIsDone = false
        hasReceived = false
        interimCount = 0
        callCount += 1
        acknowledgedBefore = acknowledged
        setDeadline()
        return call.messageBytes > 0 ? .write : readIfDue()
    }

    /// The socket took so many bytes of the message.
    mutating func wrote(_ count: Int) -> Action {
        sent += count
        return sent < call.messageBytes ? .write : readIfDue()
    }

    mutating func writeBlocked() -> Action { readIfDue() }

    private mutating func readIfDue() -> Action {
        guard readIsDue else { return .none }
        readIsDue = false
        return read()
    }

    mutating func writeFailed() -> Action {
        readIsDue = false
        guard sent > 0 else { return .lookAtLoss }
        // A server may refuse a large request before it has read it all, and close: the answer counts.
        writeHasFailed = true
        peerHasClosed = true
        return read()
    }

    /// The kernel has no more bytes.
    mutating func drained() -> Action { writeHasFailed ? .lookAtLoss : .none }

    mutating func readFailed() -> Action { .lookAtLoss }

    /// The connection broke while a call was on it.
    mutating func lost(_ loss: Loss) -> Action {
        let isUntouched = !hasReceived && nothingProcessed(loss)
        if isUntouched, callCount > 1, !loss.isRetried, call.deadline > loss.now { return .retry }
        return .fail(isUntouched ? .closedUntouched : .closedEarly)
    }

    /// Whether the server cannot have read a byte of the call: none was sent, or it had closed in order before the
    /// first one came, as what its kernel has acknowledged shows.
    ///
    /// A plain reset shows nothing: acknowledgements are delayed, so the request may have been read and acted upon.
    private func nothingProcessed(_ loss: Loss) -> Bool {
        guard sent > 0 else { return true }
        guard !loss.wasReset, loss.acknowledged >= 0 else { return false }
        return loss.acknowledged <= (isTLS ? acknowledgedBefore : sentBefore)
    }

    /// The call has its response. The connection is kept when it is in step: the request went out whole, and nothing
    /// follows the response.
    mutating func completed(at now: UInt64) -> Action {
        guard phase == .busy else { return .none }
        let isWhole = sent == call.messageBytes
        sentBefore += Int64(sent)
        guard isInStep, isWhole, !peerHasClosed else { return .close }
        return isDrained ? keep(at: now) : .probe
    }

    private mutating func keep(at now: UInt64) -> Action {
        phase = .idle
        setTimer(now &+ idleNs)
        return .keep
    }
}
