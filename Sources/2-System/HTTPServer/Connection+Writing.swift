import Bytes
import EventLoop
import HTTP
import Sockets

/// From an answer to the socket.
extension Connection {
    /// A body up to here is sent with its head in one go.
    private static let joinedBytesMax = 32 * 1024

    var hasPendingOutput: Bool { machine.outputIsPending }

    // MARK: Whole responses

    func send(_ response: consuming Response, answering exchange: Exchange) {
        guard current === exchange, machine.answers() else { return }
        write(response)
        perform(machine.answerWritten())
    }

    func write(_ response: consuming Response) {
        let status = (200...999).contains(response.status) ? response.status : 500
        let hasBody = Self.mayHaveBody(status)
        var out = listener.scratch
        listener.scratch = ByteBuffer()
        out.removeAll()
        let framing: ResponseHeadWriter.Framing = hasBody ? .length(response.body.count) : .unsaid
        writeHead(status, response.contentType, response.fields, framing, into: &out)
        if machine.isHeadRequest || !hasBody {
            transmit(out.bytes)
        } else if response.body.count <= Self.joinedBytesMax {
            out.append(contentsOf: response.body.bytes)
            transmit(out.bytes)
        } else {
            transmit(out.bytes)
            transmit(response.body.bytes)
        }
        listener.scratch = out
    }

    /// Source: RFC 9110 §6.4.1.
    private static func mayHaveBody(_ status: Int) -> Bool { status != 204 && status != 304 }

    private func writeHead(
        _ status: Int,
        _ contentType: ContentType?,
        _ fields: [ResponseField],
        _ framing: ResponseHeadWriter.Framing,
        into out: inout ByteBuffer
    ) {
        if listener.isDraining { machine.closesAfterAnswer() }
        let writer = ResponseHeadWriter(framing: framing, connection: machine.connectionOption)
        writer.write(status, contentType, fields, listener.clock, atMs: loop.wallMs, into: &out)
    }

    func sendContinue() { transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }

    // MARK: Streams

    func startStream(
        _ stream: ResponseStream,
        status: Int,
        contentType: ContentType,
        fields: [ResponseField],
        answering exchange: Exchange
    ) {
        guard current === exchange, machine.streamStarts() else { return stream.fail() }
        self.stream = stream
        trim(&exchange.held)
        var out = ByteBuffer()
        writeHead(status, contentType, fields, machine.isChunkedStream ? .chunked : .unsaid, into: &out)
        transmit(out.bytes)
        if listener.isDraining, machine.phase == .streaming { stream.drain() }
    }

    /// A stream may last for hours: of its request's buffer only the bytes in use are kept.
    private func trim(_ request: inout Request) {
        let used = request.body.upperBound
        guard request.bytes.count > used else { return }
        let whole = request.bytes
        request.bytes = Array(whole[..<used])
        listener.buffers.give(whole)
    }

    /// True when the kernel took all of it.
    func sendPiece(_ bytes: ByteBuffer) -> Bool {
        guard machine.phase == .streaming, !machine.isHeadRequest else { return true }
        guard machine.isChunkedStream else {
            transmit(bytes.bytes)
            return !hasPendingOutput
        }
        var out = ByteBuffer(capacity: bytes.count + 20)
        out.append(String(bytes.count, radix: 16))
        out.append("\r\n")
        out.append(contentsOf: bytes.bytes)
        out.append("\r\n")
        transmit(out.bytes)
        return !hasPendingOutput
    }

    func finishStream() {
        guard machine.phase == .streaming else { return }
        if machine.isChunkedStream, !machine.isHeadRequest { transmit(Array("0\r\n\r\n".utf8)) }
        guard machine.phase == .streaming else { return }
        stream = nil
        perform(machine.streamEnded())
    }

    // MARK: Bytes

    /// Sends as much as the kernel takes and keeps the rest.
    private func transmit(_ bytes: [UInt8]) {
        guard machine.phase != .closed else { return }
        if hasPendingOutput {
            pending.append(contentsOf: bytes)
            return accountPending()
        }
        var sent = 0
        while sent < bytes.count {
            switch bytes.withUnsafeBytes({ socket.write(.init(rebasing: $0[sent...])) }) {
            case .moved(let count): sent += count
            case .wouldBlock: return keep(bytes, from: sent)
            case .ended, .failed: return gone()
            }
        }
    }

    private func keep(_ bytes: [UInt8], from start: Int) {
        pending = start == 0 ? bytes : Array(bytes[start...])
        pendingStart = 0
        pendingSinceNs = loop.now
        machine.outputStalled()
        setTimer()
        accountPending()
    }

    /// Sends what is pending.
    func flush() {
        while pendingStart < pending.count {
            let start = pendingStart
            switch pending.withUnsafeBytes({ socket.write(.init(rebasing: $0[start...])) }) {
            case .moved(let count):
                pendingStart += count
                machine.outputMoved()
            case .wouldBlock: return
            case .ended, .failed: return gone()
            }
        }
        dropPending()
        perform(machine.outputFlushed())
    }

    /// An answer that isn't taken at once is charged, past what every connection may have.
    private func accountPending() {
        guard pending.count > BufferPool.bufferBytes else { return }
        if let unread { listener.budget.drop(unread) }
        unread = listener.budget.keep(unread: pending.count, of: machine.payer, self, sinceNs: pendingSinceNs)
    }

    func dropPending() {
        pending = []
        pendingStart = 0
        guard let read = exchange(&unread, with: nil) else { return }
        listener.budget.drop(read)
    }
}
