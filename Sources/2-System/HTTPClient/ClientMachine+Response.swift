import Bytes
import HTTP

/// From bytes to a response.
extension ClientMachine {
    private static let interimMax = 32
    /// So that a read which takes the rest of a response does not fill the buffer: the kernel has no more then.
    private static let spareBytes = 1
    private static let promisedBytesMax = 256 * 1024

    /// The part of a streamed body that is passed on.
    var piece: Range<Int> { head.count..<bodyEnd }

    // MARK: Reading

    mutating func read() -> Action {
        if headIsDone, bodyIsFull { return .none }  // back-pressure: `resumed()` goes on
        makeRoom()
        return .read
    }

    private mutating func makeRoom() {
        buffer.take(from: buffers)
        guard buffer.room == 0 else { return }
        if headIsDone, case .length = head.framing, !call.isStreamed {
            let whole = head.count + remaining + Self.spareBytes
            return buffer.grow(to: min(buffer.filled * 2, whole), buffers)
        }
        buffer.grow(to: buffer.filled * 2, buffers)
    }

    /// So many bytes were read into the buffer.
    mutating func received(_ count: Int) -> Action {
        isDrained = count < buffer.room && !isTLS
        buffer.received(count)
        hasReceived = true
        return parse()
    }

    /// The server has ended its side.
    mutating func ended() -> Action {
        guard headIsDone, head.framing == .untilClose else { return .lookAtLoss }
        return deliver(bodyTo: buffer.filled, isReusable: false)  // a stream has passed on its bytes already
    }

    /// The reader of a streamed body wants more.
    mutating func resumed() -> Action {
        bodyIsFull = false
        return phase == .busy && !isTellingHead ? read() : .none
    }

    private mutating func readOn() -> Action { isDrained && !peerHasClosed ? .none : read() }

    // MARK: Parsing

    private mutating func parse() -> Action {
        do throws(ParseError) {
            if !headIsDone {
                guard try parseHead() else { return readOn() }
                try beginBody()
                isTellingHead = call.isStreamed
                if isTellingHead { return .tellHead }
            }
            return try call.isStreamed ? streamBody() : parseBody()
        } catch {
            return failure(error)
        }
    }

    private mutating func failure(_ error: ParseError) -> Action {
        switch error {
        case .bodyTooLarge: return .fail(.tooLarge)
        case .headTooLarge: fault = "its head is too large"
        case .malformed(let reason): fault = reason
        case .unsupportedVersion, .unsupportedCoding, .unknownExpectation:
            fault = "an unknown transfer coding"
        }
        return .fail(.malformed)
    }

    private mutating func parseHead() throws(ParseError) -> Bool {
        while true {
            guard case .done(let count) = try Self.parse(buffer, into: &head, call.isHead, headBytesMax)
            else { return false }
            guard head.status / 100 == 1 else { break }
            guard head.status != 101 else { throw .malformed("it switches protocols unasked") }
            interimCount += 1
            guard interimCount <= Self.interimMax else { throw .malformed("interim responses without end") }
            buffer.dropFirst(count)  // RFC 9110 §15.2: skipped
        }
        headIsDone = true
        return true
    }

    private static func parse(
        _ buffer: borrowing ReceiveBuffer,
        into head: inout ResponseHead,
        _ isHeadRequest: Bool,
        _ headBytesMax: Int
    ) throws(ParseError) -> Progress {
        try buffer.withBytes { bytes throws(ParseError) in
            try ResponseParser.parse(
                bytes,
                into: &head,
                isHeadRequest: isHeadRequest,
                headBytesMax: headBytesMax
            )
        }
    }

    private mutating func beginBody() throws(ParseError) {
        bodyEnd = head.count
        streamEnd = nil
        streamFault = nil
        switch head.framing {
        case .none: break
        case .length(let length):
            guard length <= call.responseBytesMax else { throw .bodyTooLarge }
            let whole = head.count + length
            if !call.isStreamed, whole >= buffer.capacity {
                // The server's word alone makes us allocate no more than this; the rest grows as it comes.
                buffer.grow(to: min(whole + Self.spareBytes, Self.promisedBytesMax), buffers)
            }
            remaining = length
        case .chunked: decoder = ChunkedDecoder(bodyBytesMax: call.responseBytesMax)
        case .untilClose: remaining = call.responseBytesMax
        }
    }

    private mutating func parseBody() throws(ParseError) -> Action {
        switch head.framing {
        case .none: return deliver(bodyTo: head.count, isReusable: head.keepAlive)
        case .length(let length):
            let end = head.count + length
            if buffer.filled >= end { return deliver(bodyTo: end, isReusable: head.keepAlive) }
        case .chunked:
            if case .done(let end) = try decode(from: bodyEnd) {
                return deliver(bodyTo: bodyEnd, isReusable: head.keepAlive && end == buffer.filled)
            }
            buffer.truncate(to: bodyEnd)
        case .untilClose:
            if buffer.filled - head.count > remaining { throw .bodyTooLarge }
        }
        return readOn()
    }

    /// Decodes what is there of a chunked body. `bodyEnd` is then behind what is decoded, be it all good or not.
    private mutating func decode(from start: Int) throws(ParseError) -> Progress {
        bodyEnd = start
        return try Self.decode(&buffer, &decoder, from: start, to: &bodyEnd)
    }

    private static func decode(
        _ buffer: inout ReceiveBuffer,
        _ decoder: inout ChunkedDecoder,
        from start: Int,
        to end: inout Int
    ) throws(ParseError) -> Progress {
        let filled = buffer.filled
        return try buffer.edit { bytes throws(ParseError) in
            try decoder.decode(&bytes, from: start, to: filled, output: &end)
        }
    }

    /// Bytes after the response's end mean that the server is out of step: the connection is not kept.
    private mutating func deliver(bodyTo end: Int, isReusable: Bool) -> Action {
        isInStep = isReusable && (head.framing == .chunked || buffer.filled <= end)
        bodyEnd = end
        return .deliver
    }

    /// The response that is to be delivered; of a streamed one, whose bytes were passed on, the status alone.
    mutating func takeResponse() -> ClientResponse {
        guard !call.isStreamed else {
            buffer.release(to: buffers)
            return ClientResponse(status: head.status, bytes: [], fields: HeaderFields(), body: 0..<0)
        }
        return ClientResponse(
            status: head.status,
            bytes: buffer.takeBytes(),
            fields: head.fields,
            body: head.count..<bodyEnd
        )
    }

    // MARK: Streamed bodies

    /// The head of a streamed response.
    func headAlone() -> ClientResponse {
        ClientResponse(
            status: head.status,
            bytes: buffer.prefix(head.count),
            fields: head.fields,
            body: head.count..<head.count
        )
    }

    /// The call knows the head of its response.
    mutating func headTold() -> Action {
        isTellingHead = false
        guard phase == .busy else { return .none }
        do throws(ParseError) {
            return try streamBody()
        } catch {
            return failure(error)
        }
    }

    /// Decides what of a streamed body is passed on, and what follows it.
    private mutating func streamBody() throws(ParseError) -> Action {
        let arrived = buffer.filled - head.count
        switch head.framing {
        case .none: streamEnd = head.count
        case .length, .untilClose:
            if head.framing == .untilClose, arrived > remaining { throw .bodyTooLarge }
            let count = min(arrived, remaining)
            bodyEnd = head.count + count
            remaining -= count
            if case .length = head.framing, remaining == 0 { streamEnd = bodyEnd }
        case .chunked:
            do throws(ParseError) {
                if case .done(let end) = try decode(from: head.count) { streamEnd = end }
            } catch {
                streamFault = error  // what is good comes before the fault
            }
        }
        return piece.isEmpty ? pieceIsDone() : .pass
    }

    /// The piece is with the reader of the body.
    mutating func passed(bodyIsFull: Bool) -> Action {
        self.bodyIsFull = bodyIsFull
        return pieceIsDone()
    }

    private mutating func pieceIsDone() -> Action {
        guard phase == .busy else { return .none }
        if let streamFault { return failure(streamFault) }
        guard let streamEnd else {
            buffer.truncate(to: head.count)  // the head alone is kept
            return readOn()
        }
        isInStep = head.keepAlive && streamEnd == buffer.filled
        return .deliver
    }
}
