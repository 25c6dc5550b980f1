import Calendar
import EventLoop

/// One request under way: from `send` until whoever sent it has its outcome. Loop thread only.
final class ClientCall: CancellableWork {
    /// Who gets the outcome of a call, or the head of a streamed one.
    enum Sender {
        case receiver(any ResponseReceiver)
        case task(UnsafeContinuation<Result<ClientResponse, HTTPClientError>, Never>)
    }

    let request: OutboundRequest
    /// On the loop's clock, in nanoseconds.
    let deadline: UInt64
    /// Where a streamed response's body goes: set while its reader wants it, cleared when that is dropped.
    unowned(unsafe) var body: ResponseBody?
    let isStreamed: Bool
    /// nil once it was told.
    private var sender: Sender?
    /// Set before the call is placed; the pool outlives the call.
    unowned(unsafe) var pool: ConnectionPool?
    /// Whether a stale pooled connection has already been replaced once.
    var isRetried = false
    /// The connection that works on it; cleared by whoever ends the work.
    var connection: ClientConnection?

    init(
        _ request: consuming OutboundRequest,
        from sender: Sender,
        isStreamed: Bool = false,
        startedAt now: UInt64
    ) {
        self.request = request
        self.sender = sender
        self.isStreamed = isStreamed
        deadline = now &+ self.request.timeout.nanoseconds
    }

    /// Ends the call: tells its sender if that still waits, else the streamed body. Calls after the first do nothing.
    ///
    /// The sender may send its next request before this returns.
    func end(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        request.cancellation?.detach(self)
        guard sender == nil else { return tell(outcome) }
        switch consume outcome {
        case .success: body?.end()
        case .failure(let error): body?.fail(error)
        }
    }

    /// Tells the sender, once. Of a streamed response this is the head.
    func tell(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        switch exchange(&sender, with: nil) {
        case .receiver(let receiver): receiver.received(outcome)
        case .task(let continuation): continuation.resume(returning: outcome)
        case nil: break
        }
    }

    func cancel() { pool?.cancel(self) }
}
