import Bytes
import EventLoop
import Glibc
import HTTP
import Sockets

extension Connection {
    /// One read takes no more, so that little is left to copy when requests of a few bytes follow a large one.
    private static let readBytesMax = 64 * 1024
    /// Reads in a row before other connections have their turn.
    private static let readsInARow = 32

    var isReading: Bool {
        (phase == .idle || phase == .readingHead || phase == .readingBody) && wait == nil
    }

    /// Reads until the kernel has no more or a request is in hand.
    func readMore() {
        isReadable = true
        var reads = 0
        while isReading, isReadable {
            guard reads < Self.readsInARow else {
                loop.execute { if self.isReading, self.isReadable { self.readMore() } }
                break
            }
            reads += 1
            guard makeRoom() else { break }
            let (start, space) = (filled, min(storage.count - filled, Self.readBytesMax))
            // Here and below, what is written at length is held as a local meanwhile: a property would have each of its
            // uses checked for overlapping ones.
            var room = exchange(&storage, with: [])
            let outcome = room.withUnsafeMutableBytes {
                socket.read(into: .init(rebasing: $0[start..<start + space]))
            }
            storage = room
            switch outcome {
            case .moved(let count):
                filled += count
                // A short read has emptied the socket; but TLS reads records, and an end is only seen by reading it.
                if count < space, !socket.isTLS, !peerEnded { isReadable = false }
                process()
            case .wouldBlock: isReadable = false
            case .ended: return close()
            case .failed: return gone()
            }
        }
        if phase == .idle, filled == 0, !storage.isEmpty { dropStorage() }
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
            payer = peerPayer
            scanned = 0
            arm(limits.headNs)
        } else if !mayEndHead() {
            if filled >= limits.headBytesMax { throw .headTooLarge }
            return false
        }
        guard case .done = try parse() else {
            scanned = filled
            return false
        }
        try beginBody()
        return true
    }

    private func parse() throws(ParseError) -> Progress {
        let bytes = storage  // shares: nothing is copied, as nobody writes meanwhile
        var parsed = exchange(&head, with: RequestHead())
        defer { head = parsed }
        return try RequestParser.parse(
            bytes.span.extracting(0..<filled),
            into: &parsed,
            headBytesMax: limits.headBytesMax
        )
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
            guard length <= limits.bodyBytesMax else { throw .bodyTooLarge }
        case .chunked:
            decoder = ChunkedDecoder(bodyBytesMax: limits.bodyBytesMax)
            bodyEnd = head.count
        }
        bodyBytesMax = limits.bodyBytesMax
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
            let progress = try decode()
            guard bodyEnd - head.count <= bodyBytesMax else { throw .bodyTooLarge }
            if case .done(let end) = progress {
                requestEnd = end
                return true
            }
            filled = bodyEnd
        }
        if phase == .readingHead { awaitBody() }
        return false
    }

    private func decode() throws(ParseError) -> Progress {
        var (chunks, bytes, end) = (decoder, exchange(&storage, with: []), bodyEnd)
        defer { (decoder, storage, bodyEnd) = (chunks, bytes, end) }
        return try chunks.decode(&bytes, from: bodyEnd, to: filled, output: &end)
    }

    private func dispatch() {
        phase = .handling
        disarm()
        hasProbed = false
        isHeadRequest = head.method == .head
        confirmsKeepAlive = head.minorVersion == 0
        if !head.keepAlive { closeAfterResponse = true }
        let bytes = exchange(&storage, with: [])
        let claim = exchange(&claim, with: nil)
        claim?.shrink(to: bytes.count)
        keepRest(of: bytes)
        let request = Request(bytes: bytes, head: head, body: head.count..<bodyEnd, peer: peer)
        let exchange = Exchange(request: request, claim: claim, connection: self)
        current = exchange
        listener.handler.serve(exchange)
        noticePeersEnd()
    }

    /// Moves what follows the request to the front of a buffer of its own. What finds no room there is dropped, and
    /// the connection closed after the answer, so that the client sends it anew. Source: RFC 9112 §9.3.2.
    private func keepRest(of bytes: [UInt8]) {
        let rest = requestEnd..<filled
        filled = 0
        guard !rest.isEmpty else { return }
        storage = listener.buffers.take()
        guard rest.count <= storage.count || growIfRoom(to: rest.count) else {
            closeAfterResponse = true
            return dropStorage()
        }
        filled = rest.count
        var room = exchange(&storage, with: [])
        room.withUnsafeMutableBytes { to in
            bytes.withUnsafeBytes { to.copyMemory(from: .init(rebasing: $0[rest])) }
        }
        storage = room
    }

    /// The answer is on its way: the request's buffer comes back, and the next request may start.
    func requestAnswered() {
        if let answered = current {
            var request = exchange(
                &answered.held,
                with: Request(bytes: [], head: RequestHead(), body: 0..<0)
            )
            listener.buffers.give(exchange(&request.bytes, with: []))
            answered.claim = nil
            answered.forgetClient()
        }
        current = nil
        stream = nil
        if closeAfterResponse { return closeGracefully() }
        phase = .idle
        arm(limits.idleNs)
        guard !isProcessing else { return }  // the loop of `process()` goes on
        process()
        if isReadable, isReading { readMore() }
    }
}
