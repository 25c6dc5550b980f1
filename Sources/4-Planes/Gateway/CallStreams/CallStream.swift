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
final class CallStream {
    /// The bytes that are read in one turn of the loop, so that one stream doesn't keep the loop from others.
    private static let turnBytesMax = 256 << 10

    private let call: ToolCall
    private let upstream: any UpstreamStream
    private var messages: StreamedAnswer
    private var relay: NotificationRelay
    private var payloadBytes = 0
    private var isPumping = false
    private var waitsForTurn = false
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
    }

    /// Reads what has come, and passes it on, until there is no more or the client is slower.
    func pump() {
        guard !isPumping, !hasEnded else { return }
        isPumping = true
        defer { isPumping = false }
        var taken = 0
        while !hasEnded {
            do throws(ContractError) {
                while !isBlocked, let item = try messages.next() { take(item) }
            } catch {
                return end(failed: .badStream(error, upstream.head.requestID))
            }
            guard !hasEnded, !isBlocked else { return }
            guard taken < Self.turnBytesMax else { return goOnNextTurn() }
            switch upstream.take() {
            case .bytes(let bytes):
                taken += bytes.count
                messages.append(bytes.span)
            case .nothing: return
            case .ended(nil): return finish()
            case .ended(let failure?): return end(failed: failure)
            }
        }
    }

    private var isBlocked: Bool { call.extras?.events?.isBlocked == true }

    private func goOnNextTurn() {
        guard !waitsForTurn else { return }
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

    private func finish() {
        hasEnded = true
        call.extras?.relay = relay
        upstream.onChange = nil
        call.streamed(messages, upstream.head)
    }

    private func end(failed failure: UpstreamFailure) {
        hasEnded = true
        upstream.onChange = nil
        upstream.cancel()
        call.streamFailed(failure)
    }
}

extension UpstreamFailure {
    /// A stream that can't be read.
    fileprivate static func badStream(_ error: ContractError, _ requestID: String?) -> UpstreamFailure {
        let isTooLarge = if case .tooLarge = error { true } else { false }
        var failure = UpstreamFailure(
            code: isTooLarge ? .tooLarge : .invalidAnswer,
            message: "The tool's function streamed what can't be used: \(error.description)",
            detail: "the function's stream can't be used: \(error.description)",
            requestID: requestID
        )
        failure.execution = .unknown
        return failure
    }

    /// A function that asks while it runs, which Lambda has no way to answer.
    fileprivate static func unanswerable(_ method: String, _ requestID: String?) -> UpstreamFailure {
        let shown = FailureText.fit(method)
        var failure = UpstreamFailure(
            code: .inputRequired,
            message:
                "The tool's function sent the request \(shown) while it ran, and a running function can't be answered. "
                + "A function that speaks 2026-07-28 asks with a result instead: input_required.",
            detail: "the function sent the request \(shown) in its stream",
            requestID: requestID
        )
        failure.execution = .unknown
        return failure
    }
}
