import Bytes
import EventLoop
import HTTP
import Sockets

extension ClientConnection {
    private static let interimMax = 32
    /// So that a read which takes the rest of a response does not fill the buffer: the kernel has no more then.
    private static let spareBytes = 1
    private static let promisedBytesMax = 256 * 1024

    /// Reads what has arrived and goes as far with the response as it reaches.
    func read() {
        while phase == .busy {
            // Back-pressure: resumeReading() goes on.
            if headIsDone, let body = call?.body, body.isFull { return }
            makeRoom()
            let space = storage.count - filled
            let start = filled
            // Here and below, what is written at length is held as a local meanwhile: a property would have each of its
            // uses checked for overlapping ones.
            var room = exchange(&storage, with: [])
            let outcome = room.withUnsafeMutableBytes { readSocket(into: .init(rebasing: $0[start...])) }
            storage = room
            switch outcome {
            case .moved(let count):
                filled += count
                hasReceived = true
                isDrained = count < space && !isTLS
                progress()
                if isDrained, !peerHasClosed { return }
            case .wouldBlock: return writeHasFailed ? connectionLost() : ()
            case .ended: return ended()
            case .failed: return connectionLost()
            }
        }
    }

    /// The reader of a streamed body wants more.
    func resumeReading() {
        if phase == .busy { read() }
    }

    private func makeRoom() {
        if storage.isEmpty { storage = pool.client.buffers.take() }
        guard filled == storage.count else { return }
        if headIsDone, case .length = head.framing, call?.isStreamed == false {
            return grow(to: min(filled * 2, head.count + remaining + Self.spareBytes))
        }
        grow(to: filled * 2)
    }

    private func grow(to count: Int) {
        guard count > storage.count else { return }
        let larger = [UInt8](unsafeUninitializedCapacity: count) {
            [storage, filled] buffer, initializedCount in
            storage.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[..<filled]))
            }
            // What lies behind `filled` is never read before the socket has filled it.
            initializedCount = count
        }
        pool.client.buffers.give(exchange(&storage, with: larger))
    }

    private func ended() {
        if headIsDone, head.framing == .untilClose {
            return deliver(bodyTo: filled, reusable: false)  // the body of a stream has had its bytes already
        }
        connectionLost()
    }

    private func progress() {
        do {
            if !headIsDone {
                guard try parseHead() else { return }
            }
            try parseBody()
        } catch {
            switch error {
            case .bodyTooLarge: fail(.tooLarge(bytesMax: call?.request.responseBytesMax ?? 0))
            case .headTooLarge: fail(.malformed(reason: "its head is too large"))
            case .malformed(let reason): fail(.malformed(reason: reason))
            case .unsupportedVersion, .unsupportedCoding, .unknownExpectation:
                fail(.malformed(reason: "an unknown transfer coding"))
            }
        }
    }

    private func parseHead() throws(ParseError) -> Bool {
        let headBytesMax = pool.client.configuration.responseHeadBytesMax
        while true {
            let progress = try parse(headBytesMax: headBytesMax)
            guard case .done(let count) = progress else { return false }
            guard head.status / 100 == 1 else { break }
            guard head.status != 101 else { throw .malformed("it switches protocols unasked") }
            interimCount += 1
            guard interimCount <= Self.interimMax else { throw .malformed("interim responses without end") }
            let rest = count..<filled  // RFC 9110 §15.2: skipped
            var moved = exchange(&storage, with: [])
            moved.withUnsafeMutableBytes { $0.copyMemory(from: .init(rebasing: $0[rest])) }
            storage = moved
            filled = rest.count
        }
        headIsDone = true
        try beginBody()
        return true
    }

    private func parse(headBytesMax: Int) throws(ParseError) -> Progress {
        let bytes = storage
        var parsed = exchange(&head, with: ResponseHead())
        defer { head = parsed }
        return try ResponseParser.parse(
            bytes.span.extracting(0..<filled),
            into: &parsed,
            isHeadRequest: call?.request.isHead ?? false,
            headBytesMax: headBytesMax
        )
    }

    private func beginBody() throws(ParseError) {
        let bytesMax = call?.request.responseBytesMax ?? 0
        bodyEnd = head.count
        switch head.framing {
        case .none: break
        case .length(let length):
            guard length <= bytesMax else { throw .bodyTooLarge }
            let whole = head.count + length
            if call?.isStreamed == false, whole >= storage.count {
                // The server's word alone makes us allocate no more than this; the rest grows as it comes.
                grow(to: min(whole + Self.spareBytes, Self.promisedBytesMax))
            }
            remaining = length
        case .chunked: decoder = ChunkedDecoder(bodyBytesMax: bytesMax)
        case .untilClose: remaining = bytesMax
        }
        if let call, call.isStreamed { deliverHead(call) }
    }

    private func parseBody() throws(ParseError) {
        guard let call, phase == .busy else { return }
        if call.isStreamed { return try streamBody(call) }
        switch head.framing {
        case .none:
            deliver(bodyTo: head.count, reusable: head.keepAlive)
        case .length(let length):
            if filled >= head.count + length {
                deliver(bodyTo: head.count + length, reusable: head.keepAlive)
            }
        case .chunked:
            let decoded = decode(from: bodyEnd)
            bodyEnd = decoded.bodyEnd
            if case .done(let end) = try decoded.progress.get() {
                let isClean = end == filled
                deliver(bodyTo: bodyEnd, reusable: head.keepAlive && isClean)
            } else {
                filled = bodyEnd
            }
        case .untilClose:
            if filled - head.count > remaining { throw .bodyTooLarge }
        }
    }

    /// Hands the response over. Bytes after its end mean that the server is out of step: the connection is not kept.
    private func deliver(bodyTo end: Int, reusable: Bool) {
        guard let call else { return }
        let isClean = head.framing == .chunked || filled <= end
        let response = ClientResponse(
            status: head.status,
            bytes: exchange(&storage, with: []),
            fields: head.fields,
            body: head.count..<end
        )
        filled = 0
        completed(reusable: reusable && isClean)
        call.connection = nil
        call.end(.success(response))
    }

    /// Decodes what is there of a chunked body.
    private func decode(from start: Int) -> (progress: Result<Progress, ParseError>, bodyEnd: Int) {
        var (chunks, bytes, end) = (decoder, exchange(&storage, with: []), start)
        let progress = Result { () throws(ParseError) in
            try chunks.decode(&bytes, from: start, to: filled, output: &end)
        }
        (decoder, storage) = (chunks, bytes)
        return (progress, end)
    }

    // MARK: Streamed bodies

    private func deliverHead(_ call: ClientCall) {
        let response = ClientResponse(
            status: head.status,
            bytes: Array(storage[..<head.count]),
            fields: head.fields,
            body: head.count..<head.count
        )
        call.tell(.success(response))
    }

    /// Passes on what is there of the body and keeps only the head in the buffer.
    private func streamBody(_ call: ClientCall) throws(ParseError) {
        guard let body = call.body else { return abandon() }
        var end: Int?
        switch head.framing {
        case .none: end = bodyEnd
        case .length, .untilClose:
            let count = min(filled - head.count, remaining)
            if head.framing == .untilClose, filled - head.count > remaining { throw .bodyTooLarge }
            let bytes = storage
            if count > 0 { body.received(bytes.span.extracting(head.count..<head.count + count)) }
            remaining -= count
            if case .length = head.framing, remaining == 0 { end = head.count + count }
        case .chunked:
            let decoded = decode(from: head.count)
            let bytes = storage
            if decoded.bodyEnd > head.count {
                body.received(bytes.span.extracting(head.count..<decoded.bodyEnd))
            }
            // What is good comes before the fault.
            if case .done(let position) = try decoded.progress.get() { end = position }
        }
        guard let end else {
            filled = head.count
            return
        }
        let reusable = head.keepAlive && end == filled
        filled = 0
        pool.client.buffers.give(exchange(&storage, with: []))
        completed(reusable: reusable)
        call.connection = nil
        call.end(
            .success(ClientResponse(status: head.status, bytes: [], fields: HeaderFields(), body: 0..<0))
        )
    }
}
