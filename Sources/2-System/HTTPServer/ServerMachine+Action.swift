extension ServerMachine {
    /// What the driver does next. The method that an action names tells the machine the outcome, and returns the next one.
    enum Action: Equatable {
        /// Nothing until the next event.
        case none
        /// Go on with the TLS handshake: `handshook()`, `handshakeFailed(speaksPlainHTTP:)`, or `ready(_:)` when the socket
        /// is ready again.
        case handshake
        /// Ask the budget for so many bytes for `claimant`: `roomTaken(_:)`, `roomIsAwaited()` or `roomNeverComes()`.
        case claim(bytes: Int)
        /// Read into the buffer: `received(_:)`, `drained()`, `ended()` or `broke()`.
        case read
        /// Let other connections have their turn, then `turnCame()`.
        case giveWay
        /// Ask the handler about the head: `proceed(bodyBytesMax:payer:)`, `judgeIsAsked()`, or `answersAlone(…)`.
        case screen
        /// Send `100 Continue`: `continueSent()`.
        case sendContinue
        /// Hand the request to the handler: `takeRequest(peer:restRoom:)`, then `handlerReturned()`. `restBytes` of the next
        /// requests find no room in a pooled buffer; without a claim for them they are dropped.
        case serve(restBytes: Int)
        /// Hand the request over without its body: `takeHead(peer:)`, then `handlerReturned()`.
        case serveHead
        /// Read into the buffer: `pieceReceived(_:)`, `drained()`, `ended()` or `broke()`.
        case readPiece
        /// The next piece of the body is there: `takePiece()`, then `pieceTaken()`.
        case givePiece
        /// The body won't come to its end: tell whoever reads it. The request can still be answered.
        case failBody(BodyBroken)
        /// Write what is pending: `outputMoved()`, `outputFlushed()` or `broke()`, and `flushEnded()` after each of them.
        case flush
        /// The answer is on its way. Let go of the request: `answered()`.
        case complete
        /// The kernel has taken all that the stream wrote.
        case streamFlushed
        /// Ask the stream for its last words.
        case drainStream
        /// End writing, so that the peer sees the answer's end: `writingFinished()`.
        case finishWriting
        /// Read and drop: `discarded(_:)`, `drained()` or `ended()`.
        case discard
        /// Refuse the request: `answersAlone(…)`, then `answerWritten()`. The same for the next two.
        case refuse(status: Int)
        case refuseForRoom
        case refusePlainHTTP
        /// There is no room for a handshake.
        case closeForRoom
        /// The client is not there any more, or never took its answer: tell whoever works for it, and close.
        case gone
        case close
    }

    /// What the timer stands for; `ConnectionLimits` has the times.
    enum Deadline { case none, head, body, idle, write, linger }

    /// What room is waited for.
    enum RoomUse { case handshake, head, bodyStart, chunks }

    /// What a response says of its connection.
    enum ConnectionOption { case unsaid, keepAlive, close }
}
