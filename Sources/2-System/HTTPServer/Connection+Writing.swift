import Bytes
import EventLoop
import Sockets
import HTTP

extension Connection {
    var hasPendingOutput: Bool { !pending.isEmpty }

    // MARK: Whole responses

    func send(_ response: consuming Response, answering exchange: Exchange) {
        guard phase == .handling, current === exchange else { return }
        write(response)
        if phase == .handling, !hasPendingOutput { requestAnswered() }
    }

    func write(_ response: consuming Response) {
        let status = (200...999).contains(response.status) ? response.status : 500
        let hasBody = Self.mayHaveBody(status)
        let length = hasBody ? response.body.count : nil
        var out = listener.scratch
        listener.scratch = ByteBuffer()
        out.removeAll()
        writeHead(status, response.contentType, response.fields, length: length, into: &out)
        if isHeadRequest || !hasBody {
            transmit(out.bytes)
        } else if response.body.count <= 32 * 1024 {
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

    func sendContinue() {
        transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    // MARK: Streams

    func startStream(
        _ stream: ResponseStream,
        status: Int,
        contentType: ContentType,
        fields: [ResponseField],
        answering exchange: Exchange
    ) {
        guard phase == .handling, current === exchange else { return stream.fail() }
        phase = .streaming
        self.stream = stream
        isChunkedStream = exchange.held.head.minorVersion == 1
        if !isChunkedStream { closeAfterResponse = true }
        trim(&exchange.held)
        var out = ByteBuffer()
        writeHead(status, contentType, fields, length: nil, isChunked: isChunkedStream, into: &out)
        transmit(out.bytes)
        if listener.isDraining, phase == .streaming { stream.drain() }
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
        guard phase == .streaming, !isHeadRequest else { return true }
        guard isChunkedStream else {
            transmit(bytes.bytes)
            return !hasPendingOutput
        }
        var out = ByteBuffer(capacity: bytes.count + 20)
        appendHexadecimal(bytes.count, to: &out)
        out.append("\r\n")
        out.append(contentsOf: bytes.bytes)
        out.append("\r\n")
        transmit(out.bytes)
        return !hasPendingOutput
    }

    func finishStream() {
        guard phase == .streaming else { return }
        if isChunkedStream, !isHeadRequest { transmit(Array("0\r\n\r\n".utf8)) }
        guard phase == .streaming else { return }
        stream = nil
        phase = .handling
        if !hasPendingOutput { requestAnswered() }
    }

    private func appendHexadecimal(_ value: Int, to out: inout ByteBuffer) {
        out.append(String(value, radix: 16))
    }

    // MARK: Bytes

    private func writeHead(
        _ status: Int,
        _ contentType: ContentType?,
        _ fields: [ResponseField],
        length: Int?,
        isChunked: Bool = false,
        into out: inout ByteBuffer
    ) {
        if listener.isDraining { closeAfterResponse = true }
        if status == 200, contentType == .json, fields.isEmpty, let length {
            out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
            out.append(decimal: length)
            out.append("\r\n")
        } else {
            writeStatusAndFields(status, contentType, fields, length, isChunked, &out)
        }
        out.append(contentsOf: listener.clock.line(atMs: loop.wallMs).bytes)
        if closeAfterResponse {
            out.append("Connection: close\r\n")
        } else if confirmsKeepAlive {
            out.append("Connection: keep-alive\r\n")
        }
        out.append("\r\n")
    }

    /// Every head but the commonest one.
    private func writeStatusAndFields(
        _ status: Int,
        _ contentType: ContentType?,
        _ fields: [ResponseField],
        _ length: Int?,
        _ isChunked: Bool,
        _ out: inout ByteBuffer
    ) {
        if status == 200 {
            out.append("HTTP/1.1 200 OK\r\n")
        } else {
            out.append("HTTP/1.1 ")
            out.append(decimal: status)
            out.append(" ")
            out.append(reasonPhrase(status))
            out.append("\r\n")
        }
        switch contentType {
        case nil: break
        case .json: out.append("Content-Type: application/json\r\n")
        case .some(let type): appendField("Content-Type", type.text, to: &out)
        }
        if let length {
            out.append("Content-Length: ")
            out.append(decimal: length)
            out.append("\r\n")
        } else if isChunked {
            out.append("Transfer-Encoding: chunked\r\n")
        }
        for field in fields where !isServersOwn(field.name) { appendField(field.name, field.value, to: &out) }
    }

    /// A field that would break the message (its value may come from outside) is left out rather than sent.
    private func appendField(_ name: String, _ value: String, to out: inout ByteBuffer) {
        guard !name.isEmpty,
            name.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == 45 || $0 == 95 }),
            value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
        else { return }
        out.append(name)
        out.append(": ")
        out.append(value)
        out.append("\r\n")
    }

    /// Fields about framing: twice, or other than the server's, they would break the message.
    private func isServersOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4, 10, 14, 17:
            ["date", "connection", "content-length", "transfer-encoding"].contains(name.lowercased())
        default: false
        }
    }

    /// Sends as much as the kernel takes and keeps the rest.
    private func transmit(_ bytes: [UInt8]) {
        guard phase != .closed else { return }
        if hasPendingOutput {
            pending.append(contentsOf: bytes)
            return accountPending()
        }
        var sent = 0
        while sent < bytes.count {
            switch bytes.withUnsafeBytes({ socket.write(.init(rebasing: $0[sent...])) }) {
            case .moved(let count): sent += count
            case .wouldBlock:
                pending = sent == 0 ? bytes : Array(bytes[sent...])
                pendingStart = 0
                arm(limits.writeNs)
                return accountPending()
            case .ended, .failed: return gone()
            }
        }
    }

    func flush() {
        var moved = false
        while pendingStart < pending.count {
            let start = pendingStart
            switch pending.withUnsafeBytes({ socket.write(.init(rebasing: $0[start...])) }) {
            case .moved(let count):
                pendingStart += count
                moved = true
            case .wouldBlock:
                if moved { arm(limits.writeNs) }
                return
            case .ended, .failed: return gone()
            }
        }
        dropPending()
        outputFlushed()
    }

    /// An answer that isn't taken at once is charged, past what every connection may have.
    private func accountPending() {
        guard pending.count > BufferPool.bufferBytes else { return }
        if let unread { listener.budget.drop(unread) }
        unread = listener.budget.keep(unread: pending.count, of: payer, self, nowNs: loop.now)
    }

    func dropPending() {
        pending = []
        pendingStart = 0
        guard let read = exchange(&unread, with: nil) else { return }
        listener.budget.drop(read)
    }

    private func outputFlushed() {
        switch phase {
        case .streaming:
            disarm()
            stream?.flushed()
        case .handling where current?.isAnswered == false: disarm()  // it was 100 Continue, and came late
        case .handling: requestAnswered()
        case .readingBody, .screening: arm(limits.bodyNs)  // it was 100 Continue
        default: break
        }
    }
}
