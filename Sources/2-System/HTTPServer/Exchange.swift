package import EventLoop
package import HTTP

/// One request and the means to answer it. Lives on the connection's loop; not to be used on another thread.
///
/// When the client goes away the exchange stays valid: answers to it are dropped.
package final class Exchange {
    /// The request; empty once it has been answered.
    package var request: Request { held }

    /// Whether the request has such a field; looked up without a copy of the request.
    package func hasField(_ field: KnownField) -> Bool { held.head.fields.contains(field) }
    // Internal, so that the compiler sees each use, and no use is checked for overlapping ones.
    var held: Request
    /// The request's body where it is read piece by piece: `request` has none of it. Ask once; nil after the answer.
    package var body: RequestBody? { connection.body(of: self) }
    /// Whether the client closed its connection before it was answered.
    package internal(set) var isDisconnected = false
    /// Called once, on the loop, when the client goes away before the answer is complete.
    package var onDisconnect: (() -> Void)?
    /// Cancelled when the client goes away before the answer is complete. Made when it is first asked for.
    package var cancellation: Cancellation {
        if let wanted { return wanted }
        let made = Cancellation()
        wanted = made
        if isDisconnected { made.cancel() }
        return made
    }
    private var wanted: Cancellation?
    /// The loop the exchange lives on.
    package let loop: EventLoop
    private let connection: Connection
    private(set) var isAnswered = false
    /// What the request's bytes are charged for; as a handler may outlive its connection, so may this.
    var claim: BufferClaim?

    @inline(__always)
    init(request: Request, claim: BufferClaim?, connection: Connection) {
        held = request
        self.claim = claim
        self.connection = connection
        loop = connection.loop
    }

    /// Sends a whole response. Calls after the first answer do nothing.
    package func respond(_ response: consuming Response) {
        loop.assertCurrent()
        guard !isAnswered else { return }
        isAnswered = true
        guard !isDisconnected else { return }
        connection.send(response, answering: self)
    }

    /// Begins a response whose body follows piece by piece (chunked, or until close for HTTP/1.0), e.g. an event stream.
    package func startStream(
        status: Int = 200,
        contentType: ContentType,
        fields: [ResponseField] = []
    ) -> ResponseStream {
        loop.assertCurrent()
        precondition(!isAnswered, "the exchange was answered before")
        isAnswered = true
        let stream = ResponseStream(exchange: self, connection: connection)
        if isDisconnected {
            stream.fail()
        } else {
            connection.startStream(
                stream,
                status: status,
                contentType: contentType,
                fields: fields,
                answering: self
            )
        }
        return stream
    }

    /// Lets go of the request's bytes before the answer is complete: for a stream that may last for hours.
    package func releaseRequest() {
        loop.assertCurrent()
        _ = takeBuffer()
    }

    /// Answers in a task on the loop. An exchange that the task leaves unanswered must not hang: it gets a 500.
    package func respondLater(_ work: @escaping @Sendable (Exchange) async -> Void) {
        let held = LoopBound(self, on: loop)
        Task.immediate(executorPreference: loop) {
            let exchange = held.value
            await work(exchange)
            if !exchange.isAnswered { exchange.respond(.text(500, "Internal Server Error\n")) }
        }
    }

    /// Empties the request, and hands over its buffer.
    func takeBuffer() -> [UInt8] {
        held.head = RequestHead()
        held.body = 0..<0
        claim = nil
        return exchange(&held.bytes, with: [])
    }

    func disconnected() {
        guard !isDisconnected else { return }
        isDisconnected = true
        let (action, cancelled) = (onDisconnect, wanted)
        forgetClient()
        cancelled?.cancel()
        action?()
    }

    /// Nobody is to be told any more that the client went away.
    func forgetClient() {
        onDisconnect = nil
        wanted = nil
    }
}
