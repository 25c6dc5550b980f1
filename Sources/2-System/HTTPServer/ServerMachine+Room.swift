import Bytes
import HTTP

/// What the buffer may hold: up to a pooled buffer for free, more only with a claim on the budget.
extension ServerMachine {
    /// A buffer up to here is made at once, a larger one as it fills: announcing a body must cost more than a line.
    private static let trustedBytesMax = 64 * 1024
    /// What one TLS handshake takes up: the session's buffers for reading and writing.
    static let handshakeBytes = 40 * 1024

    // MARK: The buffer

    /// Makes room to read into. Not nil when a claim comes first.
    mutating func makeRoom() -> Action? {
        if buffer.capacity == 0 {
            buffer.take(from: buffers)
            return nil
        }
        guard buffer.room == 0 else { return nil }
        guard phase == .readingBody else { return growForHead() }
        guard case .length(let length) = head.framing else { return growForChunks() }
        buffer.grow(to: min(buffer.capacity * 2, roomFor(length)), buffers)  // claimed when the body began
        return nil
    }

    /// One byte more than needed: reading less than all of it then tells that the socket is empty.
    private func roomFor(_ bodyBytes: Int) -> Int { head.count + bodyBytes + 1 }

    private mutating func growForHead() -> Action? {
        let count = buffer.capacity * 2
        if let claim = claims(count, for: peerPayer, .head) { return claim }
        buffer.grow(to: count, buffers)
        return nil
    }

    /// Up to 64 KiB the whole claim is taken at once, then for the largest body there may be: whoever holds more than
    /// little holds all that it needs to come to an end.
    private mutating func growForChunks() -> Action? {
        let most = head.count + bodyBytesMax + Self.trustedBytesMax
        let wanted = buffer.capacity < Self.trustedBytesMax ? min(most, Self.trustedBytesMax) : most
        if let claim = claims(wanted, for: payer, .chunks) { return claim }
        let count = max(buffer.capacity * 2, min(wanted, Self.trustedBytesMax))
        buffer.grow(to: min(count, most), buffers)
        return nil
    }

    /// Lets go of the buffer and of what is claimed for it.
    mutating func dropBuffer() {
        buffer.release(to: buffers)
        claim = nil
    }

    // MARK: Between head and body

    /// The body has to be waited for, and the handler is asked about its head first. The body's deadline begins.
    mutating func awaitBody() -> Action {
        if case .chunked = head.framing, limits.trailerBytesMax != nil { return beginPieces() }
        phase = .readingBody
        arm(.body)
        return .screen
    }

    /// The head alone. Shares the buffer: nobody writes into it before this is let go of.
    func headAlone(peer: String) -> Request { headAlone(buffer.shared, peer) }

    /// The head alone, with bytes of its own.
    func copyOfHead(peer: String) -> Request { headAlone(buffer.prefix(head.count), peer) }

    private func headAlone(_ bytes: [UInt8], _ peer: String) -> Request {
        Request(bytes: bytes, head: head, body: head.count..<head.count, peer: peer)
    }

    /// The handler wants time to judge: nothing is read meanwhile. `handlerReturned()` comes when its judge was started.
    mutating func judgeIsAsked() {
        phase = .screening
        handlerIsCalled = true
    }

    /// The body may come, up to so many bytes, at that payer's cost.
    mutating func proceed(bodyBytesMax most: Int, payer: BufferPayer?) -> Action {
        let wasJudged = phase == .screening
        guard wasJudged || phase == .readingBody else { return .none }
        phase = .readingBody
        bodyBytesMax = min(bodyBytesMax, most)
        self.payer = payer ?? peerPayer
        guard !handlerIsCalled else { return .none }
        if wasJudged { beginTurn() }
        return admitBody()
    }

    /// Takes what room the body needs to begin.
    mutating func admitBody() -> Action {
        if case .length(let length) = head.framing {
            guard length <= bodyBytesMax else { return .refuse(status: 413) }
            let wanted = max(roomFor(length), buffer.capacity)
            if let claim = claims(wanted, for: payer, .bodyStart) { return claim }
        } else if bodyEnd - head.count > bodyBytesMax {
            return .refuse(status: 413)
        }
        return openBody()
    }

    /// Makes room for what of the body is trusted, and lets the client send it.
    private mutating func openBody() -> Action {
        if case .length(let length) = head.framing {
            let trusted = max(buffer.capacity, Self.trustedBytesMax)
            buffer.grow(to: min(roomFor(length), trusted), buffers)
        }
        return head.expectsContinue ? .sendContinue : readOn()
    }

    /// The client was told to send its body, or asked for a sign of life.
    mutating func continueSent() -> Action { phase == .readingPiece ? nextPiece() : readOn() }

    // MARK: Claims

    /// The claim that has to be made before the buffer may have `count` bytes; nil when there is nothing to claim.
    mutating func claims(_ count: Int, for payer: BufferPayer, _ use: RoomUse) -> Action? {
        guard count > BufferPool.bufferBytes else { return nil }
        let held = claim?.payer == payer ? claim?.bytes ?? 0 : 0
        guard count > held else { return nil }
        awaited = use
        claimant = payer
        return .claim(bytes: count - held)
    }

    /// There was room at once.
    mutating func roomTaken(_ more: BufferClaim) -> Action {
        guard let use = take(more) else { return .none }
        switch use {
        case .handshake: return .handshake
        case .head, .chunks: return readOn()
        case .bodyStart: return openBody()
        }
    }

    /// There is no room yet, and nothing is read until `roomCame(_:)`.
    func roomIsAwaited() -> Action { .none }

    /// What was waited for is there.
    mutating func roomCame(_ more: BufferClaim) -> Action {
        guard let use = take(more) else { return .none }
        beginTurn()
        switch use {
        case .handshake: return handshakeHasRoom()
        case .head, .chunks: return readOn()
        case .bodyStart: return openBody()
        }
    }

    /// The budget is too small for what is asked.
    mutating func roomNeverComes() -> Action {
        awaited = nil
        return phase == .handshaking ? .closeForRoom : .refuseForRoom
    }

    /// Adds to the claim. What another payer was charged for the same bytes is given back.
    private mutating func take(_ more: BufferClaim) -> RoomUse? {
        let use = awaited
        awaited = nil
        guard use != nil else { return nil }
        if let claim, claim.payer == more.payer {
            claim.takeOver(more)
        } else {
            claim = more
        }
        return use
    }

    /// The kernel may have got bytes meanwhile.
    private mutating func beginTurn() {
        isReadable = true
        reads = 0
    }
}
