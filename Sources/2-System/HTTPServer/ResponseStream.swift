package import Bytes
import EventLoop

/// The client is gone, or the connection was closed under the stream.
package struct StreamClosed: Error, Equatable {}

/// The body of a response that is sent piece by piece, with back-pressure. Loop thread only.
package final class ResponseStream {
    private let exchange: Exchange
    private let connection: Connection
    private var waiter: UnsafeContinuation<Bool, Never>?
    package private(set) var isClosed = false
    private var isDraining = false
    /// Called once when the server drains, at once if it already does: the owner should write its last words and `end()`.
    package var onDrain: (() -> Void)? {
        didSet { if isDraining { drain() } }
    }

    /// Called, on the loop, each time that the kernel has taken what an earlier piece had left over.
    package var onReady: (() -> Void)?

    init(exchange: Exchange, connection: Connection) {
        self.exchange = exchange
        self.connection = connection
    }

    /// Called once, on the loop, when the client goes away.
    package var onDisconnect: (() -> Void)? {
        get { exchange.onDisconnect }
        set { exchange.onDisconnect = newValue }
    }

    /// Sends a piece. Returns when the kernel has taken it, so a slow client slows its writer down.
    /// - Throws: when the client is gone.
    package func write(_ bytes: ByteBuffer) async throws(StreamClosed) {
        connection.loop.assertCurrent()
        guard !isClosed else { throw StreamClosed() }
        guard bytes.count > 0 else { return }
        precondition(waiter == nil, "one write at a time")
        if connection.sendPiece(bytes) { return }
        guard !isClosed else { throw StreamClosed() }
        let isFlushed = await withUnsafeContinuation { waiter = $0 }
        guard isFlushed else { throw StreamClosed() }
    }

    /// Sends a piece that may be dropped rather than waited for, e.g. a keep-alive comment.
    /// - Returns: whether it was sent: not while an earlier write still waits.
    package func writeIfIdle(_ bytes: ByteBuffer) -> Bool {
        guard !isClosed, waiter == nil, !connection.hasPendingOutput else { return false }
        _ = connection.sendPiece(bytes)
        return !isClosed
    }

    /// Whether an earlier piece still waits for the client.
    package var isBehind: Bool { connection.hasPendingOutput }

    /// Sends a piece, behind what may still wait. What the client doesn't take counts in `BufferBudget`, which may close the
    /// connection.
    package func append(_ bytes: ByteBuffer) {
        connection.loop.assertCurrent()
        guard !isClosed, bytes.count > 0 else { return }
        _ = connection.sendPiece(bytes)
    }

    /// Ends the body. The connection goes on to the next request where it may.
    package func end() {
        connection.loop.assertCurrent()
        guard !isClosed else { return }
        isClosed = true
        connection.finishStream()
        flushed()  // a writer that still waits is not needed any more
    }

    /// Sends the last piece, behind what may still wait, and ends the body.
    package func end(with lastPiece: ByteBuffer) {
        connection.loop.assertCurrent()
        guard !isClosed else { return }
        append(lastPiece)
        end()
    }

    func flushed() {
        let waiting = waiter
        waiter = nil
        waiting?.resume(returning: true)
        if !isClosed { onReady?() }
    }

    func fail() {
        isClosed = true
        exchange.disconnected()
        let waiting = waiter
        waiter = nil
        waiting?.resume(returning: false)
    }

    func drain() {
        isDraining = true
        guard let action = onDrain else { return }
        onDrain = nil
        action()
    }
}
