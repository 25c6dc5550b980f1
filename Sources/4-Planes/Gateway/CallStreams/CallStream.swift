import Bytes
import Contracts
import EventLoop
import MCP
import Policy
import Telemetry

/// A call whose function streams its answer: passes on what the caller hears while the function runs, and ends the call with
/// the result. Loop thread only.
///
/// It and its call keep each other until the stream ends, which it does within the call's deadline. What the client doesn't
/// take isn't taken from the function either.
final class CallStream: CancellableWork {
    /// The bytes that are read in one turn of the loop, so that one stream doesn't keep the loop from others.
    private static let turnBytesMax = 256 << 10

    private let call: ToolCall
    private let upstream: any UpstreamStream
    private var messages: StreamedAnswer
    private var relay: NotificationRelay
    /// What is counted of this stream in the sum of all.
    private var heldBytes = 0
    private var isPumping = false
    /// The bytes that were taken in the turn of the loop that began then.
    private var taken = (bytes: 0, turn: UInt64(0))
    private var waitsForTurn = false
    private let timer = LoopTimer()
    private var hasEnded = false

    init(
        _ upstream: any UpstreamStream,
        of call: ToolCall,
        _ messages: StreamedAnswer,
        _ relay: NotificationRelay
    ) {
        self.upstream = upstream
        self.call = call
        self.messages = messages
        self.relay = relay
        upstream.onChange = { [weak self] in self?.pump() }
        // The exchange with Lambda has the same deadline; but once it has ended, the client may still take its time.
        timer.action = { [weak self] in self?.end(failed: .tooLate(upstream.head.requestID)) }
        call.endpoint.loop.arm(timer, after: call.streamTimeout)
        // That of an earlier round belongs to its stream.
        call.extras?.events?.onReady = { [weak self] in self?.pump() }
    }

    /// Begins to read. Call this once.
    func start() {
        // In place of the exchange, which may end long before the client has taken all.
        guard call.cancellation?.attach(self) != false else { return cancel() }
        pump()
    }

    func cancel() { end(failed: .cancelled(upstream.head.requestID)) }

    /// Reads what has come, and passes it on, until there is no more or the client is slower.
    private func pump() {
        guard !isPumping, !hasEnded, !waitsForTurn else { return }
        isPumping = true
        defer { isPumping = false }
        let turn = call.endpoint.loop.now
        if taken.turn != turn { taken = (0, turn) }
        while !hasEnded {
            do throws(ContractError) {
                while !hasEnded, !isBlocked, let item = try messages.next() { take(item) }
            } catch {
                return end(failed: .badStream(error, upstream.head.requestID))
            }
            guard !hasEnded else { return }
            if isBlocked {
                // A client that doesn't read must not keep a call that has broken or was cancelled.
                if let failure = upstream.failure { end(failed: failure) }
                return
            }
            guard taken.bytes < Self.turnBytesMax else { return goOnNextTurn() }
            switch upstream.take() {
            case .bytes(let bytes):
                taken.bytes += bytes.count
                messages.append(bytes.span)
                guard countHeld() else { return end(failed: .noRoom(upstream.head.requestID)) }
            case .nothing:
                // Parts of frames are held where they can't be taken yet.
                if !countHeld() { end(failed: .noRoom(upstream.head.requestID)) }
                return
            case .ended(nil): return finish()
            case .ended(let failure?): return end(failed: failure)
            }
        }
    }

    private var isBlocked: Bool { call.extras?.events?.isBlocked == true }

    private func goOnNextTurn() {
        waitsForTurn = true
        LoopBound(self, on: call.endpoint.loop).execute {
            $0.waitsForTurn = false
            $0.pump()
        }
    }

    private func take(_ item: StreamedAnswer.Item) {
        switch item {
        case .notification(let message) where ListChanges.isNotification(message.method):
            guard let tool = call.sentTool else { return }
            call.endpoint.catalogNews?.listsChanged(of: call.request.state.tools[tool].function.entry)
        case .notification(let message):
            guard let text = relay.message(message.method, message.params, in: message.bytes.span) else {
                return
            }
            call.tellWhileRunning(text)
            call.extras?.events?.onReady = { [weak self] in self?.pump() }
        case .request(let message):
            end(failed: .unanswerable(message.method, upstream.head.requestID))
        }
    }

    /// Counts what is held now of messages that aren't complete.
    /// - Returns: false when all streams together hold too much.
    private func countHeld() -> Bool {
        let held = messages.heldBytes + upstream.heldBytes
        let counted = held > StreamedBytes.freeBytes ? held : 0
        guard call.endpoint.streamedBytes.change(from: heldBytes, to: counted) else { return false }
        heldBytes = counted
        return true
    }

    private func letGo() {
        hasEnded = true
        call.endpoint.loop.disarm(timer)
        timer.action = nil
        _ = call.endpoint.streamedBytes.change(from: heldBytes, to: 0)
        heldBytes = 0
        call.cancellation?.detach(self)
    }

    private func finish() {
        letGo()
        call.extras?.relay = relay
        upstream.onChange = nil
        call.streamed(messages, upstream.head)
    }

    private func end(failed failure: UpstreamFailure) {
        guard !hasEnded else { return }
        letGo()
        upstream.onChange = nil
        upstream.cancel()
        call.streamFailed(failure)
    }
}

extension UpstreamFailure {
    /// A failure of a function that has begun: it may run on, and may have done its work.
    private init(running code: Code, _ message: String, detail: String, _ requestID: String?) {
        self.init(code: code, message: message, detail: detail, requestID: requestID)
        execution = .unknown
    }

    /// A stream that can't be read.
    fileprivate static func badStream(_ error: ContractError, _ requestID: String?) -> UpstreamFailure {
        let isTooLarge = if case .tooLarge = error { true } else { false }
        return UpstreamFailure(
            running: isTooLarge ? .tooLarge : .invalidAnswer,
            "The tool's function streamed what can't be used: \(error.description)",
            detail: "the function's stream can't be used: \(error.description)",
            requestID
        )
    }

    /// The call's time is up, and its client hasn't taken all.
    fileprivate static func tooLate(_ requestID: String?) -> UpstreamFailure {
        UpstreamFailure(
            running: .timedOut,
            "The tool did not answer in time. It may still be working.",
            detail: "the function's stream wasn't read to its end within the timeout",
            requestID
        )
    }

    /// Nobody waits for the answer any more.
    fileprivate static func cancelled(_ requestID: String?) -> UpstreamFailure {
        UpstreamFailure(
            running: .cancelled,
            "The call was cancelled.",
            detail: "cancelled while the function's answer was being passed on",
            requestID
        )
    }

    /// All streams together hold too much.
    fileprivate static func noRoom(_ requestID: String?) -> UpstreamFailure {
        UpstreamFailure(
            running: .unavailable,
            "Too much is being streamed by functions at once. Try again in a few seconds.",
            detail: "the streams of all calls together hold too many bytes of messages that aren't complete",
            requestID
        )
    }

    /// A function that asks while it runs, which Lambda has no way to answer.
    fileprivate static func unanswerable(_ method: String, _ requestID: String?) -> UpstreamFailure {
        let shown = FailureText.fit(method)
        return UpstreamFailure(
            running: .inputRequired,
            "The tool's function sent the request \(shown) while it ran, and a running function can't be answered. "
                + "A function that speaks 2026-07-28 asks with a result instead: input_required.",
            detail: "the function sent the request \(shown) in its stream",
            requestID
        )
    }
}
