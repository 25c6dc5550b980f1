package import HTTP

/// Where a server listens, and the bound of everything that waits or grows.
package struct ServerConfiguration: Sendable {
    /// A numeric address, e.g. `127.0.0.1` or `::1`.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// A larger head is answered 431.
    package var headBytesMax = 32 * 1024
    /// A larger body is answered 413.
    package var bodyBytesMax = 4 * 1024 * 1024
    /// From the first byte of a request (or the connection's start) to the end of its head; then 408 and close.
    package var headTimeout = Duration.seconds(10)
    /// From the end of the head to the end of the body; then 408 and close.
    package var bodyTimeout = Duration.seconds(30)
    /// Bodies in chunks aren't collected: their requests are served with the end of their heads, and handlers read
    /// `Exchange.body`. `bodyBytesMax` doesn't bound them, and `bodyTimeout` bounds the wait for each piece.
    package var givesChunksInPieces = false
    /// What the trailers of such a body may have; more is a broken body.
    package var trailerBytesMax = 16 * 1024
    /// How long a connection may stay open between requests.
    package var idleTimeout = Duration.seconds(75)
    /// How long a response may wait for the client to take any of it.
    package var writeTimeout = Duration.seconds(30)
    /// How long a closing connection waits for the client to read the last answer and close its side.
    package var lingerTimeout = Duration.seconds(2)
    /// What a closing connection reads and drops meanwhile: a client that is still sending sees the answer only then.
    package var lingerBytesMax = 16 * 1024 * 1024
    /// Connections open at once, on all loops; one more is answered 503 and closed.
    package var connectionsMax = 10_000
    /// The same for those of one peer (IPv6: one /64).
    package var connectionsPerPeerMax = Int.max
    /// Peers that speak for many: only `connectionsMax` bounds them.
    package var trustedPeers: [AddressRange] = []
    /// Refused connections that may stay open, on all loops, until their clients have read the 503; those beyond get it
    /// in passing.
    package var refusedMax = 512
    /// What connections may hold in memory together, shared with other servers of the process.
    package var budget = BufferBudget(bytesMax: 128 * 1024 * 1024)
    /// Told of each connection that opens (+1) and closes (-1), on its loop: for a gauge.
    package var connectionChanged: (@Sendable (Int) -> Void)?
    /// The listen(2) queue.
    package var backlog = 1024

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
