import Bytes
import HTTP

/// From bytes to a request.
extension ServerMachine {
    /// One read takes no more, so that little is left to copy when requests of a few bytes follow a large one.
    static let readBytesMax = 64 * 1024
    /// Reads in a row before other connections have their turn.
    static let readsInARow = 32

    private var isReading: Bool {
        (phase == .idle || phase == .readingHead || phase == .readingBody) && awaited == nil
    }

    // MARK: Reading

    /// Reads until the kernel has no more or a request is in hand.
    mutating func readMore() -> Action {
        isReadable = true
        reads = 0
        return readOn()
    }

    /// Reads on, if the kernel may have more.
    mutating func readOn() -> Action {
        guard isReading, isReadable else { return rest(.none) }
        guard reads < Self.readsInARow else { return rest(.giveWay) }
        if let claim = makeRoom() { return claim }
        reads += 1
        return .read
    }

    /// A connection that waits between requests holds no buffer.
    private mutating func rest(_ action: Action) -> Action {
        if phase == .idle, buffer.filled == 0, buffer.capacity > 0 { dropBuffer() }
        return action
    }

    /// Other connections had their turn.
    mutating func turnCame() -> Action {
        if phase == .readingPiece { return readMorePieces() }
        return isReading && isReadable ? readMore() : .none
    }

    /// Reads through `read` into as much of the buffer as one read may fill.
    mutating func withRoom<Outcome>(_ read: (UnsafeMutableRawBufferPointer) -> Outcome) -> Outcome {
        buffer.withRoom(atMost: Self.readBytesMax, read)
    }

    /// So many bytes were read into the buffer.
    mutating func received(_ count: Int) -> Action {
        // A short read has emptied the socket; but TLS reads records, and an end is only seen by reading it.
        if count < min(buffer.room, Self.readBytesMax), !isTLS, !peerEnded { isReadable = false }
        buffer.received(count)
        return parse()
    }

    /// The kernel has no more bytes.
    mutating func drained() -> Action {
        isReadable = false
        return readOn()
    }

    /// The peer ended its side, and all that it sent was read.
    func ended() -> Action { phase == .closed ? .none : .close }

    // MARK: Requests

    /// Goes through the bytes at hand, up to the end of one request.
    mutating func parse() -> Action {
        guard isReading, buffer.filled > 0 else { return readOn() }
        do throws(ParseError) {
            if phase != .readingBody {
                guard try parseHead() else { return readOn() }
            }
            if try finishBody() { return dispatch() }
        } catch {
            return .refuse(status: error.status)
        }
        return phase == .readingHead ? awaitBody() : readOn()
    }

    private mutating func parseHead() throws(ParseError) -> Bool {
        if phase == .idle {
            phase = .readingHead
            payer = peerPayer
            scanned = 0
            arm(.head)
        } else if !mayEndHead() {
            if buffer.filled >= limits.headBytesMax { throw .headTooLarge }
            return false
        }
        guard case .done = try Self.parse(buffer, into: &head, limits.headBytesMax) else {
            scanned = buffer.filled
            return false
        }
        isHeadRequest = if case .head = head.method { true } else { false }
        try beginBody()
        return true
    }

    private static func parse(
        _ buffer: borrowing ReceiveBuffer,
        into head: inout RequestHead,
        _ headBytesMax: Int
    ) throws(ParseError) -> Progress {
        try buffer.withBytes { bytes throws(ParseError) in
            try RequestParser.parse(bytes, into: &head, headBytesMax: headBytesMax)
        }
    }

    /// Whether the new bytes hold a line end after a line end: parsing again for each byte would cost O(n²).
    private mutating func mayEndHead() -> Bool {
        let start = max(0, scanned - 3)
        scanned = buffer.filled
        return buffer.withBytes { bytes in
            var index = start
            while index + 1 < bytes.count {
                if bytes[index] == 10 {
                    let next = bytes[index + 1]
                    if next == 10 || next == 13 { return true }
                }
                index += 1
            }
            return false
        }
    }

    @inline(__always)
    private mutating func beginBody() throws(ParseError) {
        switch head.framing {
        case .none, .untilClose: return
        case .length(let length):
            guard length <= limits.bodyBytesMax else { throw .bodyTooLarge }
        case .chunked: beginChunks()
        }
        bodyBytesMax = limits.bodyBytesMax
    }

    /// True when the request is whole; `requestEnd` then says where the next one starts.
    private mutating func finishBody() throws(ParseError) -> Bool {
        switch head.framing {
        case .none, .untilClose:
            bodyEnd = head.count
            requestEnd = head.count
            return true
        case .length(let length):
            bodyEnd = head.count + length
            requestEnd = bodyEnd
            return buffer.filled >= bodyEnd
        case .chunked:
            if limits.trailerBytesMax != nil { return false }  // `awaitBody()` gives it in pieces
            let progress = try Self.decode(&buffer, &decoder, to: &bodyEnd)
            guard bodyEnd - head.count <= bodyBytesMax else { throw .bodyTooLarge }
            if case .done(let end) = progress {
                requestEnd = end
                return true
            }
            buffer.truncate(to: bodyEnd)
            return false
        }
    }

    static func decode(
        _ buffer: inout ReceiveBuffer,
        _ decoder: inout ChunkedDecoder,
        to end: inout Int
    ) throws(ParseError) -> Progress {
        let (start, filled) = (end, buffer.filled)
        return try buffer.edit { bytes throws(ParseError) in
            try decoder.decode(&bytes, from: start, to: filled, output: &end)
        }
    }

    // MARK: Handing over

    private mutating func dispatch() -> Action {
        handOver(.handling)
        let rest = buffer.filled - requestEnd
        return .serve(restBytes: rest > BufferPool.bufferBytes ? rest : 0)
    }

    @inline(__always)
    mutating func handOver(_ next: Phase) {
        phase = next
        armForOutput()
        hasProbed = false
        isAnswered = false
        confirmsKeepAlive = head.minorVersion == 0
        if !head.keepAlive { closeAfterResponse = true }
        handlerIsCalled = true
    }

    /// What is claimed for the request in hand, without what its buffer doesn't need.
    @inline(__always)
    mutating func takeClaim() -> BufferClaim? {
        guard let taken = claim else { return nil }
        claim = nil
        taken.shrink(to: buffer.capacity)
        return taken
    }

    /// The request, with its buffer. What follows it begins a buffer of its own; what finds no room there is dropped, and the
    /// connection closed after the answer, so that the client sends it anew. Source: RFC 9112 §9.3.2.
    /// - Parameter restRoom: a claim for `restBytes` of `.serve`; nil when there is no room, or none is needed.
    @inline(__always)
    mutating func takeRequest(peer: String, restRoom: BufferClaim?) -> Request {
        let rest = requestEnd..<buffer.filled
        let bytes = buffer.takeBytes()
        claim = restRoom
        if rest.count <= BufferPool.bufferBytes || restRoom != nil {
            buffer.begin(with: bytes, rest, buffers)
        } else {
            closeAfterResponse = true
        }
        return Request(bytes: bytes, head: head, body: head.count..<bodyEnd, peer: peer)
    }

    /// The driver is back from the handler. An answer may have been given meanwhile.
    mutating func handlerReturned() -> Action {
        handlerIsCalled = false
        switch phase {
        case .handling, .streaming: return noticePeersEnd()
        case .idle: return parse()
        case .readingBody: return admitBody()  // the judge was quick
        case .readingPiece: return openPieces()
        case .lingering: return hasFinishedWriting ? .none : .finishWriting
        case .handshaking, .readingHead, .bodyPaused, .screening, .closed: return .none
        }
    }
}
