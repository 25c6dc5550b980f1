import Bytes
import Contracts
import EventLoop
import MCP
import Policy

// Legacy calls whose function asks for input. Their revisions have no result that asks, but clients that take requests: the
// gateway asks in the function's name, on the stream of the call's answer, and calls the function again with what was said.
//
//   call ─► input_required, requestState A ─► each request to the client, with an id of the gateway's
//   the client's responses, all of them ─► the function gets the responses and A ─► a result, or another round
//
// The rounds are one call: one record, one take from the limits, and of the function's time no more than the tool's timeout in
// sum. The client's time has a bound of its own for each round.

/// What a call keeps of its rounds. Loop thread only.
final class CallRounds {
    /// The most times that a function may ask in one call.
    static let countMax = 10

    /// How often the function has asked.
    var count = 0
    /// The function's time that earlier rounds took, and what the client took, in nanoseconds.
    var spentNs: UInt64 = 0
    var waitedNs: UInt64 = 0
    /// When the present round's request was sent, or when the client was asked, on the loop's clock.
    var since: UInt64
    /// When the function must have answered, on the loop's clock.
    var deadline: UInt64 = 0
    /// The target's state, until it goes back: a raw string.
    var state: [UInt8] = []
    /// Set while the client is asked.
    var round: ClientRound?

    init(since: UInt64) { self.since = since }

    /// What is left of the function's time.
    var timeLeft: Duration {
        let now = EventLoop.currentNs
        return .nanoseconds(deadline > now ? Int64(clamping: deadline &- now) : 1)
    }
}

extension ToolCall {
    /// Goes on after the function asked for input, in the place of the call's end.
    func ask(_ questions: InputQuestions) {
        guard let sent, let session = request.askable else { return }
        let extras = needExtras()
        let rounds = extras.rounds ?? CallRounds(since: sent.sentAt)
        extras.rounds = rounds
        let now = EventLoop.currentNs
        rounds.spentNs &+= now &- min(rounds.since, now)
        rounds.since = now
        rounds.count += 1
        rounds.state = questions.state
        // Its texts are positions in a batch that may be handed over during the wait.
        forgetAnswer()
        guard rounds.count <= CallRounds.countMax else {
            return end(
                unanswered: "The target asked \(CallRounds.countMax) times without coming to a result."
            )
        }
        guard questions.count > 0 else { return callAgain([]) }
        guard let events = openedEvents() else {
            return end(unanswered: "The client can't take what the target asks for.")
        }
        let round = ClientRound(questions, of: self, in: session)
        rounds.round = round
        do throws(ClientQuestions.Refusal) {
            try round.begin(questions, by: events, timeoutMs: request.state.settings.inputTimeoutMs)
        } catch {
            rounds.round = nil
            switch error {
            case .perSession:
                end(
                    unanswered:
                        "The session has \(ClientQuestions.perSessionMax) open questions at the most; "
                        + "answer some, then call again."
                )
            case .all: end(unanswered: "Too many clients are asked at once; call again later.")
            }
        }
    }

    /// A round of questions is over. For `ClientRound`, once.
    func ended(_ round: ClientRound, _ reason: ClientRound.End) {
        guard let rounds = extras?.rounds, sent != nil else { return }
        rounds.round = nil
        let now = EventLoop.currentNs
        rounds.waitedNs &+= now &- min(rounds.since, now)
        rounds.since = now
        switch reason {
        case .answered(let responses):
            if let refusal = presentRefusal() { return end(CallResult(refused: refusal)) }
            callAgain(responses)
        case .failed(let why): end(unanswered: why)
        case .tooLate:
            let seconds = request.state.settings.inputTimeoutMs / 1_000
            end(unanswered: "The client has not answered what the target asks for within \(seconds) s.")
        case .revoked: end(unanswered: "The session or its credential ended while the client was asked.")
        case .draining:
            end(unanswered: "The gateway is stopping, so it can't wait for the client's answer; call again.")
        case .abandoned:
            end(
                CallResult(
                    UpstreamFailure(
                        code: .cancelled,
                        message: "The call was cancelled.",
                        detail: "cancelled while its client was asked"
                    ),
                    of: request
                )
            )
        }
    }

    /// Why the caller may not go on by the latest state, after a wait in which permissions may have changed; nil when it may.
    private func presentRefusal() -> RPCError? {
        guard let caller = endpoint.present(request.caller) else {
            return RPCError(.invalidRequest, "The key stopped working while the client was asked.")
        }
        let request = AgentRequest(request.message, request.http, caller, request.version)
        let now = endpoint.loop.wallMs
        if request.message.method == .toolsCall {
            if case .failure(let error) = ResolvedTool.resolve(request, nowMs: now, tokens: endpoint.tokens) {
                return error
            }
        } else if case .failure(let error) =
            EntryResolution(request, nowMs: now, tokens: endpoint.tokens).resolve()
        {
            return error
        }
        return nil
    }

    /// Calls the function again, with the client's answers and the function's own state.
    /// - Parameter responses: the object `inputResponses`; empty for none.
    private func callAgain(_ responses: [UInt8]) {
        guard let rounds = extras?.rounds, let index = sentTool, let input else { return }
        let tool = request.state.tools[index]
        let timeoutNs = UInt64(clamping: tool.timeoutMs) &* 1_000_000
        guard rounds.spentNs < timeoutNs else {
            return end(
                CallResult(
                    UpstreamFailure(
                        code: .timedOut,
                        message: "The tool took longer than its timeout, in all its rounds together.",
                        detail: "the rounds took longer than the tool's timeout"
                    ),
                    of: request
                )
            )
        }
        self.input = CallerInput(input.capabilities, gathered: responses, state: rounds.state)
        rounds.state = []
        rounds.since = EventLoop.currentNs
        rounds.deadline = rounds.since &+ timeoutNs &- rounds.spentNs
        if tool.contract.isHTTP {
            return continueExchange(with: tool, deadline: rounds.deadline)
        }
        switch event(for: tool, deadline: rounds.deadline) {
        case .failure(let error): end(CallResult(refused: error))
        case .success(let event):
            countAttempt()
            let tenant = request.state.tenants[request.caller.principal.tenant]
            endpoint.upstream.invoke(tool.function, as: tenant, event: event, for: self)
        }
    }

    /// Ends the call because its function gets no answer to what it asked.
    /// - Parameter why: one sentence for the caller.
    private func end(unanswered why: String) {
        let failure = UpstreamFailure(
            code: .inputRequired,
            message: "The target asked for further input and got none. \(why)",
            detail: "the function's request for input came to nothing: \(why)"
        )
        end(CallResult(failure, of: request))
    }
}
