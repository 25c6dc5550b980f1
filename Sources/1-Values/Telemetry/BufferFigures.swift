/// How much of the memory that connections share is used, at one time.
package struct BufferFigures: Sendable {
    package var usedBytes = 0
    package var bytesMax = 0
    /// Counts since the process started: waits for room, refused requests, closed connections.
    package var waits = 0
    package var refusals = 0
    package var closed = 0

    package init() {}

    package init(usedBytes: Int, bytesMax: Int, waits: Int, refusals: Int, closed: Int) {
        self.usedBytes = usedBytes
        self.bytesMax = bytesMax
        self.waits = waits
        self.refusals = refusals
        self.closed = closed
    }

    func write(to writer: inout MetricsWriter) {
        let gauges: [(String, String, Int)] = [
            (
                "mcp_gateway_buffer_bytes",
                "Bytes of bodies, unread answers and TLS handshakes that connections hold.", usedBytes
            ),
            ("mcp_gateway_buffer_max_bytes", "The bound of mcp_gateway_buffer_bytes.", bytesMax),
        ]
        for (name, help, value) in gauges {
            writer.family(name, .gauge, help)
            writer.sample([], value)
        }
        let counters: [(String, String, Int)] = [
            ("mcp_gateway_buffer_waits_total", "Connections that had to wait for room.", waits),
            ("mcp_gateway_buffer_refusals_total", "Requests refused for lack of room.", refusals),
            (
                "mcp_gateway_buffer_closed_total",
                "Connections closed as others needed the room of their unread answers.", closed
            ),
        ]
        for (name, help, value) in counters {
            writer.family(name, .counter, help)
            writer.sample([], value)
        }
    }
}
