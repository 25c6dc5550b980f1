import Bytes
import HTTP

/// Why a body that is read piece by piece never came to its end.
package enum BodyBroken: Error, Equatable {
    /// The client closed its connection, or the request was answered before.
    case closed
    /// What came isn't a body in chunks, or its trailers are too large.
    case malformed
    /// The next piece didn't come within the body's time.
    case timedOut
}

/// A body in chunks that its handler reads piece by piece. The buffer holds what was read of it and isn't decoded, and
/// never grows for it: the next bytes are read when the handler has asked for them.
extension ServerMachine {
    /// A body in chunks begins, be it collected or read piece by piece.
    @inline(never)
    mutating func beginChunks() {
        let most = limits.trailerBytesMax == nil ? limits.bodyBytesMax : .max
        decoder = ChunkedDecoder(bodyBytesMax: most, trailerBytesMax: limits.trailerBytesMax)
        bodyEnd = head.count
    }

    /// The head is there. Whatever came of the body waits for the handler.
    @inline(never)
    mutating func beginPieces() -> Action {
        handOver(.bodyPaused)
        bodyEnd = 0
        requestEnd = 0
        return .serveHead
    }

    /// The request without its body, with bytes of its own.
    mutating func takeHead(peer: String) -> Request {
        let request = copyOfHead(peer: peer)
        buffer.dropFirst(head.count)
        return request
    }

    /// The handler asks for the next piece.
    mutating func pieceWanted() -> Action {
        guard phase == .bodyPaused else { return .none }
        phase = .readingPiece
        arm(.body)
        return handlerIsCalled ? .none : openPieces()
    }

    /// Lets the client send, the first time.
    mutating func openPieces() -> Action {
        guard head.expectsContinue else { return nextPiece() }
        head.expectsContinue = false
        return .sendContinue
    }

    // MARK: Reading

    /// Decodes what is at hand, or reads.
    mutating func nextPiece() -> Action {
        guard phase == .readingPiece else { return .none }
        guard buffer.filled > 0 else { return readPiece() }
        bodyEnd = 0
        do throws(ParseError) {
            if case .done(let end) = try Self.decode(&buffer, &decoder, to: &bodyEnd) {
                requestEnd = end
                return .givePiece
            }
        } catch {
            return bodyBroke(.malformed)
        }
        if bodyEnd > 0 { return .givePiece }
        buffer.truncate(to: 0)
        return readPiece()
    }

    private mutating func readPiece() -> Action {
        guard isReadable else { return .none }
        guard reads < Self.readsInARow else { return .giveWay }
        buffer.take(from: buffers)
        reads += 1
        return .readPiece
    }

    /// The kernel may have more, or other connections had their turn.
    mutating func readMorePieces() -> Action {
        isReadable = true
        reads = 0
        return handlerIsCalled ? .none : nextPiece()
    }

    /// So many bytes were read into the buffer.
    mutating func pieceReceived(_ count: Int) -> Action {
        if count < min(buffer.room, Self.readBytesMax), !isTLS, !peerEnded { isReadable = false }
        buffer.received(count)
        return nextPiece()
    }

    // MARK: Handing over

    /// The piece, and whether it is the last one; that may be empty. What follows the body stays in the buffer.
    mutating func takePiece() -> (piece: ByteBuffer, isLast: Bool) {
        var piece = ByteBuffer()
        piece.bytes = buffer.prefix(bodyEnd)
        let isLast = requestEnd > 0
        if isLast { buffer.dropFirst(requestEnd) } else { buffer.truncate(to: 0) }
        phase = isLast ? .handling : .bodyPaused
        armForOutput()
        return (piece, isLast)
    }

    /// The piece was handed over.
    mutating func pieceTaken() -> Action { noticePeersEnd() }

    /// The handler is told. It can still answer.
    mutating func bodyBroke(_ why: BodyBroken) -> Action {
        phase = .bodyPaused
        armForOutput()
        return .failBody(why)
    }

    /// The handler answers before the body's end: the connection closes after that. False when there is no such body.
    @inline(never)
    mutating func leavesBody() -> Bool {
        guard phase == .bodyPaused || phase == .readingPiece else { return false }
        phase = .handling
        closeAfterResponse = true
        armForOutput()
        dropBuffer()
        return true
    }
}
