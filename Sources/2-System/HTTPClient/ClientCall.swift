import Calendar
import EventLoop

/// One request under way: from `send` until its continuation is resumed. Loop thread only.
final class ClientCall {
    let request: OutboundRequest
    /// On the loop's clock, in nanoseconds.
    let deadline: UInt64
    /// Where a streamed response's body goes: set while its reader wants it, cleared when that is dropped.
    unowned(unsafe) var body: ResponseBody?
    let isStreamed: Bool
    var continuation: UnsafeContinuation<Result<ClientResponse, HTTPClientError>, Never>?
    /// Whether a stale pooled connection has already been replaced once.
    var isRetried = false
    /// The connection that works on it; cleared by whoever ends the work.
    var connection: ClientConnection?

    init(_ request: consuming OutboundRequest, isStreamed: Bool = false, startedAt now: UInt64) {
        self.request = request
        self.isStreamed = isStreamed
        deadline = now &+ self.request.timeout.nanoseconds
    }

    /// Ends the call: its continuation if it still waits, else the streamed body. Calls after the first do nothing.
    func finish(_ outcome: Result<ClientResponse, HTTPClientError>) {
        request.cancellation?.action = nil
        guard let continuation else {
            switch outcome {
            case .success: body?.end()
            case .failure(let error): body?.fail(error)
            }
            return
        }
        self.continuation = nil
        continuation.resume(returning: outcome)
    }
}
