import EventLoop

/// One request under way: from `send` until its continuation is resumed. Loop thread only.
final class ClientCall {
    let request: OutboundRequest
    /// On the loop's clock, in nanoseconds.
    let deadline: UInt64
    /// Set for a streamed response.
    weak var body: ResponseBody?
    var continuation: UnsafeContinuation<Result<ClientResponse, HTTPClientError>, Never>?
    /// Whether a stale pooled connection has already been replaced once.
    var isRetried = false
    /// The connection that works on it; cleared by whoever ends the work.
    var connection: ClientConnection?

    init(_ request: consuming OutboundRequest, startedAt now: UInt64) {
        self.request = request
        deadline = now &+ self.request.timeout.nanoseconds
    }

    var isFinished: Bool { continuation == nil && body == nil }

    func finish(_ outcome: Result<ClientResponse, HTTPClientError>) {
        request.cancellation?.action = nil
        guard let continuation else {
            if case .failure(let error) = outcome { body?.fail(error) }
            return
        }
        self.continuation = nil
        continuation.resume(returning: outcome)
    }
}
