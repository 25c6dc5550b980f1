package import Bytes

/// The receiver of an open stream's bytes: the port to the HTTP server's response stream. Loop thread only.
///
/// A writer keeps what is still to be sent in a form that doesn't grow, or asks `isBehind` first: what waits here counts in the
/// server's bound of unread answers, and a client that lets too much wait loses its connection.
package protocol EventSink: AnyObject {
    /// Whether the client is gone, or the stream was ended.
    var isClosed: Bool { get }
    /// Whether an earlier piece still waits for the client.
    var isBehind: Bool { get }
    /// Called each time the client has taken the rest of an earlier piece.
    var onReady: (() -> Void)? { get set }
    /// Called once, when the client goes away.
    var onDisconnect: (() -> Void)? { get set }
    /// Called once when the server drains, at once if it already does.
    var onDrain: (() -> Void)? { get set }

    /// Sends a piece, unless an earlier one still waits for the client. Returns whether it was sent.
    func writeIfIdle(_ bytes: ByteBuffer) -> Bool
    /// Sends a piece, behind what may still wait.
    func append(_ bytes: ByteBuffer)
    /// Sends the last piece, after any that still waits, and ends the stream.
    func end(with lastPiece: ByteBuffer)
}
