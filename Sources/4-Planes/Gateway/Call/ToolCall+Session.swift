import Bytes
import Contracts
import EventLoop
import MCP
import Policy
import Telemetry

// Calls to functions whose events are HTTP requests. Such a function may refuse a call until it has given a session:
//
//   call ─► 400 "session required" ─► initialize ─► notifications/initialized ─► call, once more
//   call in a session ─► 404 ─► the same
//
// A call is sent again only when the function has evidently refused it before any tool ran.

extension ToolCall {
    private var tenantID: Int64 { request.state.snapshot.tenants[request.caller.principal.tenant].id }

    /// Sends the call, or the requests that must come before it, all within the tool's timeout from now.
    func startExchange(with tool: CallableTool, timeoutMs: Int) {
        let timeoutNs = UInt64(clamping: timeoutMs) &* 1_000_000
        exchange = SessionStep(deadline: EventLoop.currentNs &+ timeoutNs)
        proceed(with: tool)
    }

    /// Sends the call once more, after its client has answered what the function asked.
    /// - Parameter deadline: of the function's whole time, on the loop's clock.
    func continueExchange(with tool: CallableTool, deadline: UInt64) {
        let branch = exchange?.branch
        exchange = SessionStep(deadline: deadline)
        exchange?.branch = branch
        proceed(with: tool)
    }

    /// Sends the next request, chosen by what is known of the function's sessions.
    private func proceed(with tool: CallableTool) {
        if speaksModern(to: tool) { return call(tool, in: .modern) }
        exchange?.isModernTry = false
        switch endpoint.functionSessions.standing(tool.function, tenantID) {
        case .unasked: call(tool, in: nil)
        case .open(let session):
            use(session, tool)
        case .opening: wait(for: tool)
        case .missing: open(tool)
        }
    }

    /// Whether the function is called in the version 2026-07-28, whatever is known of its sessions: for callers that can be
    /// asked for input or give it, unless the function refused that version lately; and for all callers of that version once
    /// the function has shown that it speaks it.
    private func speaksModern(to tool: CallableTool) -> Bool {
        guard request.version.isModern || input != nil, exchange?.isModernTry == true else { return false }
        let era = tool.function.era
        return era.isModern || input != nil && era.mayBeTried(at: EventLoop.currentNs)
    }

    private func use(_ session: FunctionSession, _ tool: CallableTool) {
        if let branch = session.branch { exchange?.branch = branch }
        call(tool, in: session.http)
    }

    /// Waits for the session that another call of the tenant asks for.
    private func wait(for tool: CallableTool) {
        guard let deadline = exchange?.deadline else { return }
        exchange?.stage = .waiting
        // Its positions lie in a batch that may be handed over during the wait.
        forgetAnswer()
        guard endpoint.functionSessions.wait(self, for: tool.function, tenantID) else {
            return end(CallResult(.tooManyWait, of: request))
        }
        let wait = SessionWait(self)
        exchange?.wait = wait
        if !wait.begin(until: deadline, on: endpoint.loop) { endWait(.abandoned) }
    }

    /// Ends the call after a wait that brought no session. For `SessionWait`.
    func endWait(_ reason: SessionWait.End) {
        guard let index = sentTool, exchange?.wait != nil else { return }
        let tool = request.state.tools[index]
        endpoint.functionSessions.leave(self, tool.function, tenantID)
        leaveWait()
        end(CallResult(reason == .tooLate ? .tooLate : .abandoned, of: request))
    }

    private func leaveWait() {
        exchange?.wait?.end(on: endpoint.loop)
        exchange?.wait = nil
    }

    private func call(_ tool: CallableTool, in session: HTTPSession?) {
        var http = address(of: tool, session)
        http.callID = id
        let number = endpoint.nextUpstreamID()
        exchange?.stage = .calling(http, id: number)
        // A function of 2026-07-28 writes log messages only when it is told from which level on. A modern caller has said so.
        if !request.version.isModern, http.session?.isModern == true, extras?.level == nil { prepareLogs() }
        switch CallPayload.build(
            request,
            for: tool,
            id: number,
            callID: id,
            over: http,
            trace: trace,
            asked: asked,
            input: input,
            level: extras?.level,
            caller: identity(of: tool, deadline: exchange?.deadline)
        ) {
        case .success(let event): send(event, to: tool)
        case .failure(let error): end(CallResult(refused: error))
        }
    }

    private func open(_ tool: CallableTool) {
        endpoint.functionSessions.begin(tool.function, tenantID)
        let http = address(of: tool, nil)
        exchange?.stage = .opening(http)
        var event = CallEvent(payload: ByteBuffer(capacity: 1_024))
        tool.contract.appendInitialize(id: endpoint.nextUpstreamID(), over: http, to: &event.payload)
        send(event, to: tool)
    }

    private func announce(_ session: HTTPSession, to tool: CallableTool) {
        exchange?.stage = .announcing(session)
        var event = CallEvent(payload: ByteBuffer(capacity: 1_024))
        let http = address(of: tool, session)
        tool.contract.appendInitialized(id: endpoint.nextUpstreamID(), over: http, to: &event.payload)
        send(event, to: tool)
    }

    private func address(of tool: CallableTool, _ session: HTTPSession?) -> HTTPExchange {
        let settings = tool.function.entry.invoke
        return HTTPExchange(
            address: HTTPAddress(path: settings.httpPath, host: settings.httpHost),
            session: session,
            nowMs: endpoint.loop.wallMs,
            seed: endpoint.callIDSeed
        )
    }

    private func send(_ event: consuming CallEvent, to tool: CallableTool) {
        countAttempt()
        let tenant = request.state.tenants[request.caller.principal.tenant]
        endpoint.upstream.invoke(tool.function, as: tenant, event: event, for: self)
    }

    /// Handles the function's answer to the request of this call that was on its way.
    func received(_ outcome: consuming UpstreamOutcome, at step: SessionStep, from tool: CallableTool) {
        switch step.stage {
        case .waiting: return
        case .calling(let http, let id): calling(outcome, http, id, step, tool)
        case .opening(let http): opening(outcome, http, tool)
        case .announcing(let session):
            // The call itself will show whether the function took notice.
            if case .answered(let answer) = outcome { endpoint.upstream.recycle(answer.bytes) }
            opened(session, tool)
        }
    }

    private func calling(
        _ outcome: consuming UpstreamOutcome,
        _ http: HTTPExchange,
        _ id: Int,
        _ step: SessionStep,
        _ tool: CallableTool
    ) {
        switch outcome {
        case .failed(let failure): end(CallResult(failure, of: request))
        case .answered(let answer):
            let reading = HTTPEventContract.readCall(
                answer.bytes,
                payload: answer.payload,
                id: id,
                over: http,
                isQuestion: asked != nil
            )
            read(reading, answer, http, step, tool)
        }
    }

    /// Goes on by what was read of the function's answer to the call itself.
    func read(
        _ reading: HTTPReading,
        _ answer: UpstreamAnswer,
        _ http: HTTPExchange,
        _ step: SessionStep,
        _ tool: CallableTool
    ) {
        if step.isModernTry, isModernRefused(reading, step, tool) {
            endpoint.upstream.recycle(answer.bytes)
            exchange?.isModernTry = false
            return proceed(with: tool)
        }
        let result = CallResult(reading.answer, from: answer, of: request, in: self, tool)
        endpoint.upstream.recycle(answer.bytes)
        let isWanted = reading.retry != nil && step.mayRepeat
        let mayRepeat = isWanted && isInTime(step)
        if mayRepeat || http.session != nil && (reading.retry != nil || reading.isSessionOver) {
            endpoint.functionSessions.refused(http.session, by: tool.function, tenantID)
        }
        guard mayRepeat, let retry = reading.retry else {
            passOn(reading.told, of: tool)
            // A refusal that asks for a repetition must not reach the client.
            return end(isWanted ? CallResult(.tooLate, of: request) : result)
        }
        exchange?.refusal = result
        again(retry, tool)
    }

    /// Notes what the answer to a call in the modern version says of the function.
    /// - Returns: whether the function refused that version before any tool ran, and there is time for another.
    private func isModernRefused(_ reading: HTTPReading, _ step: SessionStep, _ tool: CallableTool) -> Bool {
        let era = tool.function.era
        guard reading.retry != nil || reading.answer.refusesModern else {
            if !era.isModern, reading.answer.isModern { era.answered() }
            return false
        }
        era.refused(at: EventLoop.currentNs)
        return isInTime(step)
    }

    private func again(_ retry: HTTPReading.Retry, _ tool: CallableTool) {
        exchange?.mayRepeat = false
        guard retry == .modern else { return proceed(with: tool) }
        guard case .missing = endpoint.functionSessions.standing(tool.function, tenantID) else {
            return proceed(with: tool)
        }
        // A modern function needs no session, so nothing has to be asked for.
        endpoint.functionSessions.begin(tool.function, tenantID)
        opened(.modern, tool)
    }

    private func opening(_ outcome: consuming UpstreamOutcome, _ http: HTTPExchange, _ tool: CallableTool) {
        switch outcome {
        case .failed(let failure):
            // The other calls have their own clients and a little more time: one of them asks next.
            guard failure.code != .functionError else { return refusedToOpen(failure, tool) }
            let waiting = endpoint.functionSessions.failed(tool.function, tenantID, isRefused: false).waiting
            let isOwn = failure.code == .cancelled || failure.code == .timedOut
            end(CallResult(failure, of: request))
            for call in waiting {
                call.leaveWait()
                isOwn ? call.resume(with: tool) : call.end(CallResult(failure, of: call.request))
            }
        case .answered(let answer):
            do throws(ContractError) {
                let session = try HTTPEventContract.readSession(
                    answer.bytes,
                    payload: answer.payload,
                    over: http
                )
                endpoint.upstream.recycle(answer.bytes)
                announce(session, to: tool)
            } catch {
                let failure = UpstreamFailure(withoutSession: error, answer.requestID)
                endpoint.upstream.recycle(answer.bytes)
                refusedToOpen(failure, tool)
            }
        }
    }

    /// Goes on after the function refused to give a session. A function that never gave any may want none; then its
    /// answer that seemed to ask for one was the tool's own failure, and the client gets it as that.
    private func refusedToOpen(_ failure: UpstreamFailure, _ tool: CallableTool) {
        let ended = endpoint.functionSessions.failed(tool.function, tenantID, isRefused: true)
        if !ended.hasGiven { endpoint.log(failure, of: tool) }
        for call in [self] + ended.waiting {
            call.leaveWait()
            if ended.hasGiven {
                call.end(CallResult(failure, of: call.request))
            } else if let refusal = call.exchange?.refusal {
                call.end(refusal)
            } else {
                call.resumeWithoutSession(with: tool)
            }
        }
    }

    /// Sends the call once without a session, whatever the function answers.
    private func resumeWithoutSession(with tool: CallableTool) {
        exchange?.mayRepeat = false
        guard mayGoOn() else { return }
        call(tool, in: nil)
    }

    /// Goes on in the new session: this call first, then those that waited.
    private func opened(_ session: HTTPSession, _ tool: CallableTool) {
        // Without a session id, every version of the function can serve the calls.
        let branch = session.id == nil ? nil : exchange?.branch
        let opened = FunctionSession(http: session, branch: branch)
        let waiting = endpoint.functionSessions.opened(opened, of: tool.function, tenantID)
        for call in [self] + waiting {
            call.leaveWait()
            call.resume(with: tool, in: opened)
        }
    }

    /// Goes on after a wait, in the session that another call got.
    private func resume(with tool: CallableTool, in session: FunctionSession? = nil) {
        guard mayGoOn() else { return }
        guard let session else { return proceed(with: tool) }
        use(session, tool)
    }

    /// Whether the call may go on. Ends a call that has no time left, or that nobody waits for any more.
    private func mayGoOn() -> Bool {
        guard let step = exchange, isInTime(step) else {
            end(CallResult(.tooLate, of: request))
            return false
        }
        guard cancellation?.isCancelled != true else {
            end(CallResult(.abandoned, of: request))
            return false
        }
        return true
    }

    private func isInTime(_ step: SessionStep) -> Bool { EventLoop.currentNs < step.deadline }
}

extension UpstreamFailure {
    /// The failure of a call whose tool was not called because the function gave no session.
    fileprivate init(withoutSession error: ContractError, _ requestID: String?) {
        let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
        self.init(
            code: .invalidAnswer,
            message: "The tool was not called: its function gave no session. \(error.description)",
            detail: "the function gave no session: \(error.description)\(hint)",
            requestID: requestID
        )
    }

    fileprivate static var tooManyWait: UpstreamFailure {
        UpstreamFailure(
            code: .unavailable,
            message: "Too many calls wait for a session of the tool's function; the tool was not called. "
                + "Try again in a few seconds.",
            detail: "\(FunctionSessions.waitingMax) calls of the tenant wait for a session already"
        )
    }

    fileprivate static var tooLate: UpstreamFailure {
        UpstreamFailure(
            code: .timedOut,
            message: "The tool's function gave no session in time; the tool was not called.",
            detail: "the function gave no session within the target's timeout"
        )
    }

    fileprivate static var abandoned: UpstreamFailure {
        UpstreamFailure(
            code: .cancelled,
            message: "The call was cancelled.",
            detail: "cancelled while it waited for a session"
        )
    }
}
