package import Bytes
import EventLoop
package import HTTP

/// A response whose body is read piece by piece, with back-pressure: bytes that nobody asked for stay in the kernel.
/// Loop thread only. Dropping it before its end closes the connection.
package final class ResponseBody {
    /// What has come since the last look.
    package enum Piece {
        case bytes(ByteBuffer)
        /// Nothing yet; `onChange` is called when there is more.
        case nothing
        /// The end, in order or not. Nothing comes after it.
        case ended(Result<Void, HTTPClientError>)
    }

    package private(set) var status = 0
    /// Ranges of `headBytes`.
    package private(set) var fields = HeaderFields()
    package private(set) var headBytes: [UInt8] = []
    /// Called on the loop each time that bytes, or the end, have come, maybe while the connection is being read. The body
    /// may be taken from and dropped then.
    package var onChange: (() -> Void)?
    /// nil for a response that was there as a whole.
    private let call: ClientCall?
    private var pieces = ByteBuffer()
    private var outcome: Result<Void, HTTPClientError>?
    private var waiter: UnsafeContinuation<Void, Never>?
    /// The connection is handing over bytes, and goes on reading by itself.
    private var isReceiving = false

    init(call: ClientCall) { self.call = call }

    /// The body of a response that is there as a whole, for transports that don't stream.
    package init(whole response: ClientResponse) {
        call = nil
        headArrived(
            ClientResponse(
                status: response.status,
                bytes: Array(response.bytes[..<response.body.lowerBound]),
                fields: response.fields,
                body: response.body.lowerBound..<response.body.lowerBound
            )
        )
        pieces.append(response.bytes.span.extracting(response.body))
        outcome = .success(())
    }

    deinit {
        call?.body = nil
        call?.connection?.abandon()
    }

    /// Why the body ends early, as soon as that is known, whatever has still to be taken before it; nil for none.
    package var failure: HTTPClientError? {
        if case .failure(let error) = outcome { error } else { nil }
    }

    func headArrived(_ head: ClientResponse) {
        status = head.status
        fields = head.fields
        headBytes = head.bytes
    }

    /// The bytes that have come since the last call, or what else there is to know.
    package func take() -> Piece {
        if pieces.count == 0, outcome == nil, !isReceiving { call?.connection?.resumeReading() }
        if pieces.count > 0 { return .bytes(exchange(&pieces, with: ByteBuffer())) }
        return outcome.map { .ended($0) } ?? .nothing
    }

    /// - Parameter name: lower-case ASCII.
    package func header(_ name: StaticString) -> String? {
        let bytes = headBytes
        return fields.first(name, in: bytes.span).map { bytes.span.text($0) }
    }

    /// The next bytes of the body; nil at its end.
    package func next() async throws(HTTPClientError) -> ByteBuffer? {
        if pieces.count == 0, outcome == nil {
            call?.connection?.resumeReading()
            if pieces.count == 0, outcome == nil { await withUnsafeContinuation { waiter = $0 } }
        }
        if pieces.count > 0 { return exchange(&pieces, with: ByteBuffer()) }
        try outcome?.get()
        return nil
    }

    /// Waits for the end of a body of which nothing more is expected, so that its connection can be used again. Bytes close the
    /// connection, and so does silence for longer than `limit`. The body is kept until then.
    package func settle(within limit: Duration) {
        guard let loop = call?.connection?.loop else { return }
        let timer = LoopTimer()
        let isSettled = { [self] in
            onChange = nil
            timer.action = nil
            loop.disarm(timer)
        }
        timer.action = isSettled
        onChange = { [self] in
            if case .nothing = take() { return }
            isSettled()
        }
        loop.arm(timer, after: limit)
        onChange?()
    }

    /// Whether the reader has not yet taken what came last: the connection then stops reading.
    var isFull: Bool { pieces.count > 0 }

    func append(_ bytes: Span<UInt8>) { pieces.append(bytes) }

    /// Tells the reader of what was appended, while the connection goes on reading by itself.
    func received() {
        isReceiving = true
        wake()
        isReceiving = false
    }

    func end() {
        guard outcome == nil else { return }
        outcome = .success(())
        wake()
    }

    func fail(_ error: HTTPClientError) {
        guard outcome == nil else { return }
        outcome = .failure(error)
        wake()
    }

    private func wake() {
        let waiting = waiter
        waiter = nil
        waiting?.resume()
        onChange?()
    }
}
