import Bytes
import EventLoop
import Glibc
import HTTP

/// The read buffer and what it may hold: up to a pooled buffer for free, more only with a claim on the budget.
extension Connection {
    /// A buffer up to here is made at once, a larger one as it fills: announcing a body must cost more than a line.
    private static let trustedBytesMax = 64 * 1024
    /// What one TLS handshake takes up: the session's buffers for reading and writing.
    static let handshakeBytes = 40 * 1024

    /// What waits for room, and is done when it came.
    struct RoomWait {
        let ticket: BufferLedger.Ticket
        let bytes: Int
        let payer: BufferPayer
        let reason: Reason

        enum Reason { case handshake, head, bodyStart, chunks }
    }

    // MARK: The buffer

    /// False when there is no room to read into now; reading goes on by itself when there is.
    func makeRoom() -> Bool {
        if storage.isEmpty {
            storage = listener.buffers.take()
            return true
        }
        guard filled == storage.count else { return true }
        guard phase == .readingBody else { return growForHead() }
        if case .length(let length) = head.framing {
            grow(to: min(storage.count * 2, roomFor(length)))  // claimed when the body began
            return true
        }
        return growForChunks()
    }

    /// One byte more than needed: reading less than all of it then tells that the socket is empty.
    func roomFor(_ bodyBytes: Int) -> Int { head.count + bodyBytes + 1 }

    private func growForHead() -> Bool {
        let count = storage.count * 2
        guard claimed(count, for: peerPayer, .head) else { return false }
        grow(to: count)
        return true
    }

    /// Up to 64 KiB the whole claim is taken at once, then for the largest body there may be: whoever holds more than
    /// little holds all that it needs to come to an end.
    private func growForChunks() -> Bool {
        let most = head.count + bodyBytesMax + Self.trustedBytesMax
        let wanted = storage.count < Self.trustedBytesMax ? min(most, Self.trustedBytesMax) : most
        guard claimed(wanted, for: payer, .chunks) else { return false }
        grow(to: min(max(storage.count * 2, min(wanted, Self.trustedBytesMax)), most))
        return true
    }

    private func grow(to count: Int) {
        guard count > storage.count else { return }
        // What lies behind `filled` is never read before the socket has filled it.
        let larger = [UInt8](unsafeUninitializedCapacity: count) { [storage, filled] room, initialized in
            storage.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(room).copyMemory(from: .init(rebasing: $0[..<filled]))
            }
            initialized = count
        }
        listener.buffers.give(exchange(&storage, with: larger))
    }

    /// Grows without waiting for room. False when there is none.
    func growIfRoom(to count: Int) -> Bool {
        guard claim == nil, listener.budget.take(count, for: peerPayer) else { return false }
        claim = BufferClaim(listener.budget, peerPayer, holding: count)
        grow(to: count)
        return true
    }

    /// Lets go of the buffer and of what is claimed for it.
    func dropStorage() {
        listener.buffers.give(exchange(&storage, with: []))
        claim = nil
        filled = 0
    }

    /// A body may come: makes room for what of it is trusted, and lets the client send it.
    func openBody() {
        if case .length(let length) = head.framing {
            grow(to: min(roomFor(length), max(storage.count, Self.trustedBytesMax)))
        }
        if head.expectsContinue { sendContinue() }
    }

    // MARK: Claims

    /// Whether `count` bytes are claimed for the payer. If not, a wait has begun, or the request was refused.
    func claimed(_ count: Int, for payer: BufferPayer, _ reason: RoomWait.Reason) -> Bool {
        guard count > BufferPool.bufferBytes else { return true }
        let held = claim?.payer == payer ? claim?.bytes ?? 0 : 0
        guard count > held else { return true }
        let missing = count - held
        switch listener.budget.takeOrWait(missing, for: payer, self) {
        case .taken:
            add(missing, payer)
            return true
        case .waits(let ticket):
            wait = RoomWait(ticket: ticket, bytes: missing, payer: payer, reason: reason)
            return false
        case .neverFits:
            refuseForRoom()
            return false
        }
    }

    /// What another payer was charged for the same bytes is given back.
    private func add(_ bytes: Int, _ payer: BufferPayer) {
        if let claim, claim.payer == payer {
            claim.add(bytes)
        } else {
            claim = BufferClaim(listener.budget, payer, holding: bytes)
        }
    }

    /// The budget's call: what was waited for is there.
    func roomCame(_ ticket: BufferLedger.Ticket) {
        guard let wait, wait.ticket == ticket else { return }
        self.wait = nil
        add(wait.bytes, wait.payer)
        switch wait.reason {
        case .handshake: ready(.readable)
        case .head, .chunks: readMore()
        case .bodyStart:
            openBody()
            readMore()
        }
    }

    /// Gives up a wait for room.
    func leaveQueue() {
        guard let left = exchange(&wait, with: nil) else { return }
        listener.budget.leave(left.ticket, left.bytes, of: left.payer)
    }

    /// There was no room in time, or there never will be.
    func refuseForRoom() {
        listener.budget.countRefusal()
        guard phase != .handshaking else { return close() }
        refuse(503, "503 Service Unavailable: too much is being sent to this server; try again later\n")
    }
}
