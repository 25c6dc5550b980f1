package import Bytes

/// Where an open stream's bytes go: the port to the HTTP server's response stream. Loop thread only.
///
/// Pieces are taken or refused, never queued: who writes keeps what it has to say in a form that doesn't grow.
package protocol EventSink: AnyObject {
    /// Whether the client is gone, or the stream was ended.
    var isClosed: Bool { get }
    /// Called each time that the client has taken what was left of an earlier piece.
    var onReady: (() -> Void)? { get set }
    /// Called once, when the client goes away.
    var onDisconnect: (() -> Void)? { get set }
    /// Called once when the server drains, at once if it already does.
    var onDrain: (() -> Void)? { get set }

    /// Sends a piece, unless an earlier one still waits for the client. Returns whether it was sent.
    func writeIfIdle(_ bytes: ByteBuffer) -> Bool
    /// Sends the last piece, behind what may still wait, and ends the stream.
    func end(with lastPiece: ByteBuffer)
}
