package import Bytes
import HTTP

/// A response whose body is read piece by piece, with back-pressure: bytes that nobody asked for stay in the kernel.
/// Loop thread only. Dropping it before its end closes the connection.
package final class ResponseBody {
    package private(set) var status = 0
    private(set) var fields = HeaderFields()
    private var headBytes: [UInt8] = []
    private let call: ClientCall
    private var pieces = ByteBuffer()
    private var outcome: Result<Void, HTTPClientError>?
    private var waiter: UnsafeContinuation<Void, Never>?

    init(call: ClientCall) { self.call = call }

    deinit {
        call.body = nil
        call.connection?.abandon()
    }

    func headArrived(_ head: ClientResponse) {
        status = head.status
        fields = head.fields
        headBytes = head.bytes
    }

    /// - Parameter name: lower-case ASCII.
    package func header(_ name: StaticString) -> String? {
        let bytes = headBytes
        return fields.first(name, in: bytes.span).map { bytes.span.text($0) }
    }

    /// The next bytes of the body; nil at its end.
    package func next() async throws(HTTPClientError) -> ByteBuffer? {
        if pieces.count == 0, outcome == nil {
            call.connection?.resumeReading()
            if pieces.count == 0, outcome == nil { await withUnsafeContinuation { waiter = $0 } }
        }
        if pieces.count > 0 {
            let taken = pieces
            pieces = ByteBuffer()
            return taken
        }
        try outcome?.get()
        return nil
    }

    /// Whether the reader has not yet taken what came last: the connection then stops reading.
    var isFull: Bool { pieces.count > 0 }

    func received(_ bytes: Span<UInt8>) {
        pieces.append(bytes)
        wake()
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
    }
}
