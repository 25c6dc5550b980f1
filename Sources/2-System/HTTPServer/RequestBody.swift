package import Bytes
import EventLoop

/// The body of a request, read piece by piece: what isn't asked for isn't read from the client. Loop thread only.
///
/// There is one where `ServerConfiguration.givesChunksInPieces` is set and the body comes in chunks. A handler that
/// answers before the end leaves the rest unread, and the connection closes after the answer.
package final class RequestBody {
    private let connection: Connection
    private var waiter: UnsafeContinuation<Void, Never>?
    private var piece: ByteBuffer?
    private var isOver = false
    private var failure: BodyBroken?
    private var trailers: [UInt8] = []

    init(connection: Connection) { self.connection = connection }

    /// The next piece, of at most a pooled buffer's size; nil after the last one. Waits until there is one.
    /// - Throws: when there will be none: on the client's end, on its faults, and after `bodyTimeout` without a byte.
    package func next() async throws(BodyBroken) -> ByteBuffer? {
        connection.loop.assertCurrent()
        precondition(waiter == nil, "one reader at a time")
        while true {
            if let ready = exchange(&piece, with: nil), ready.count > 0 { return ready }
            if let failure { throw failure }
            if isOver { return nil }
            await withUnsafeContinuation { waiting in
                waiter = waiting
                connection.wantPiece()
            }
        }
    }

    /// The value of the first trailer field of that name, which is in lower-case ASCII. Known after the last piece.
    package func trailer(_ name: StaticString) -> String? {
        for line in trailers.split(separator: 10) {
            let bytes = Array(line)
            guard let colon = bytes.firstIndex(of: 58), bytes.span.equalsIgnoringCase(0..<colon, name) else {
                continue
            }
            let value = bytes[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
            let end = value.lastIndex { $0 != 32 && $0 != 9 }
            return String(decoding: end.map { value[...$0] } ?? [], as: UTF8.self)
        }
        return nil
    }

    // MARK: For the connection

    func receive(_ next: ByteBuffer) {
        piece = next
        resume()
    }

    func end(_ last: ByteBuffer, trailers: [UInt8]) {
        isOver = true
        self.trailers = trailers
        receive(last)
    }

    /// Does nothing after the end.
    func fail(_ why: BodyBroken) {
        guard !isOver, failure == nil else { return }
        failure = why
        resume()
    }

    private func resume() { exchange(&waiter, with: nil)?.resume() }
}
