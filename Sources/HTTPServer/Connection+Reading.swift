import EventLoop
import Glibc
import HTTP
import Sockets

extension Connection {
    /// One read takes no more, so that little is left to copy when requests of a few bytes follow a large one.
    private static let readBytesMax = 64 * 1024
    /// Reads in a row before other connections have their turn.
    private static let readsInARow = 32
    /// A body up to here gets its room at once, a larger one as it arrives: announcing it must cost more than a line.
    private static let trustedBytesMax = 64 * 1024

    var isReading: Bool { phase == .idle || phase == .readingHead || phase == .readingBody }

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
            makeRoom()
            let (start, space) = (filled, min(storage.count - filled, Self.readBytesMax))
            let outcome = storage.withUnsafeMutableBytes {
                socket.read(into: .init(rebasing: $0[start..<start + space]))
            }
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
        if phase == .idle, filled == 0, !storage.isEmpty {
            listener.buffers.give(exchange(&storage, with: []))
        }
    }

    private func makeRoom() {
        if storage.isEmpty {
            storage = listener.buffers.take()
        } else if filled == storage.count {
            var count = storage.count * 2
            if phase == .readingBody, case .length(let length) = head.framing {
                count = min(count, roomFor(length))
            }
            grow(to: count)
        }
    }

    /// One byte more than needed: reading less than all of it then tells that the socket is empty.
    private func roomFor(_ bodyBytes: Int) -> Int { head.count + bodyBytes + 1 }

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
        return try RequestParser.parse(
            bytes.span.extracting(0..<filled),
            into: &head,
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
            if length <= Self.trustedBytesMax { grow(to: roomFor(length)) }
        case .chunked:
            decoder = ChunkedDecoder(bodyBytesMax: limits.bodyBytesMax)
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
            let progress = try decoder.decode(&storage, from: bodyEnd, to: filled, output: &bodyEnd)
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
        arm(limits.bodyNs)
        if head.expectsContinue { sendContinue() }
    }

    private func dispatch() {
        phase = .handling
        disarm()
        isHeadRequest = head.method == .head
        confirmsKeepAlive = head.minorVersion == 0
        if !head.keepAlive { closeAfterResponse = true }
        let bytes = exchange(&storage, with: [])
        keepRest(of: bytes)
        let request = Request(bytes: bytes, head: head, body: head.count..<bodyEnd, peer: peer)
        let exchange = Exchange(request: request, connection: self)
        current = exchange
        let handler = listener.handler
        Task.immediate(executorPreference: loop) {
            await handler.handle(exchange)
            exchange.handlerReturned()
        }
        giveUpIfPeerEnded()
    }

    /// Moves what follows the request to the front of a buffer of its own.
    private func keepRest(of bytes: [UInt8]) {
        let rest = requestEnd..<filled
        filled = 0
        guard !rest.isEmpty else { return }
        storage = listener.buffers.take()
        grow(to: rest.count)
        filled = rest.count
        storage.withUnsafeMutableBytes { to in
            bytes.withUnsafeBytes { to.copyMemory(from: .init(rebasing: $0[rest])) }
        }
    }

    /// The answer is on its way: the request's buffer comes back, and the next request may start.
    func requestAnswered() {
        if let answered = current {
            var request = exchange(
                &answered.request,
                with: Request(bytes: [], head: RequestHead(), body: 0..<0)
            )
            listener.buffers.give(exchange(&request.bytes, with: []))
            answered.onDisconnect = nil
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
