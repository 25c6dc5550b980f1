import Bytes
import Contracts
import EventLoop
import Policy

// Calls to functions whose events are HTTP requests. Such a function may refuse a call until it has given a session:
//
//   call ─► 400 "session required" ─► initialize ─► notifications/initialized ─► call, once more
//   call in a session ─► 404 ─► the same
//
// A call is sent again only when the function has evidently refused it before any tool ran.

extension ToolCall {
    private var tenantID: Int64 { request.state.snapshot.tenants[request.caller.principal.tenant].id }

    /// Sends the call, or what has to be sent before it. All within the target's timeout from now.
    func startExchange(with tool: CallableTool, timeoutMs: Int) {
        let timeoutNs = UInt64(clamping: timeoutMs) &* 1_000_000
        exchange = SessionStep(deadline: EventLoop.currentNs &+ timeoutNs)
        proceed(with: tool)
    }

    /// The next request, by what is known of the function's sessions.
    private func proceed(with tool: CallableTool) {
        switch endpoint.functionSessions.standing(tool.function, tenantID) {
        case .unasked: call(tool, in: nil)
        case .open(let session):
            exchange?.branch = session.branch
            call(tool, in: session.http)
        case .opening:
            exchange?.stage = .waiting
            endpoint.functionSessions.wait(self, for: tool.function, tenantID)
        case .missing: open(tool)
        }
    }

    private func call(_ tool: CallableTool, in session: HTTPSession?) {
        let http = address(of: tool, session)
        let id = endpoint.nextUpstreamID()
        exchange?.stage = .calling(http, id: id)
        switch CallPayload.build(
            request,
            for: tool,
            id: id,
            seed: endpoint.callIDSeed,
            over: http,
            caller: endpoint.identity(of: request, calling: tool, id: id)
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
        let tenant = request.state.tenants[request.caller.principal.tenant]
        endpoint.upstream.invoke(tool.function, as: tenant, event: event, for: self)
    }

    /// What the function has answered to whichever request of this call was on its way.
    func received(_ outcome: consuming UpstreamOutcome, at step: SessionStep, from tool: CallableTool) {
        switch step.stage {
        case .waiting: return
        case .calling(let http, let id): calling(outcome, http, id, step, tool)
        case .opening(let http): opening(outcome, http, tool)
        case .announcing(let session):
            // Whether it was heard shows at the call.
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
                over: http
            )
            if let retry = reading.retry {
                endpoint.functionSessions.refused(http.session, by: tool.function, tenantID)
                if step.mayRepeat, isInTime(step) {
                    endpoint.upstream.recycle(answer.bytes)
                    return again(retry, tool)
                }
            }
            let result = CallResult(reading.answer, from: answer, of: request)
            endpoint.upstream.recycle(answer.bytes)
            end(result)
        }
    }

    private func again(_ retry: HTTPReading.Retry, _ tool: CallableTool) {
        exchange?.mayRepeat = false
        guard retry == .modern else { return proceed(with: tool) }
        guard case .missing = endpoint.functionSessions.standing(tool.function, tenantID) else {
            return proceed(with: tool)
        }
        // Nothing has to be asked for.
        endpoint.functionSessions.begin(tool.function, tenantID)
        opened(.modern, tool)
    }

    private func opening(_ outcome: consuming UpstreamOutcome, _ http: HTTPExchange, _ tool: CallableTool) {
        switch outcome {
        case .failed(let failure):
            // Others have their own clients and a little more time: one of them asks next.
            let waiting = endpoint.functionSessions.end(tool.function, tenantID, with: nil)
            let isOwn = failure.code == .cancelled || failure.code == .timedOut
            end(CallResult(failure, of: request))
            for call in waiting {
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
                let waiting = endpoint.functionSessions.end(tool.function, tenantID, with: nil)
                for call in [self] + waiting {
                    call.end(CallResult(withoutSession: error, answer.requestID, of: call.request))
                }
                endpoint.upstream.recycle(answer.bytes)
            }
        }
    }

    /// This call goes first, then those that waited.
    private func opened(_ session: HTTPSession, _ tool: CallableTool) {
        let opened = FunctionSession(http: session, branch: exchange?.branch)
        let waiting = endpoint.functionSessions.end(tool.function, tenantID, with: opened)
        for call in [self] + waiting { call.resume(with: tool, in: opened) }
    }

    /// Goes on after a wait, in the session that another call has got.
    private func resume(with tool: CallableTool, in session: FunctionSession? = nil) {
        guard let step = exchange, isInTime(step) else {
            return end(CallResult(.tooLate, of: request))
        }
        guard cancellation?.isCancelled != true else { return end(CallResult(.abandoned, of: request)) }
        guard let session else { return proceed(with: tool) }
        exchange?.branch = session.branch
        call(tool, in: session.http)
    }

    private func isInTime(_ step: SessionStep) -> Bool { EventLoop.currentNs < step.deadline }
}

extension CallResult {
    /// The function gave no session, so that its tool was not called.
    fileprivate init(
        withoutSession error: ContractError,
        _ requestID: String?,
        of request: borrowing AgentRequest
    ) {
        let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
        self.init(
            UpstreamFailure(
                code: .invalidAnswer,
                message: "The tool was not called: its function gave no session. \(error.description)",
                detail: "the function gave no session: \(error.description)\(hint)",
                requestID: requestID
            ),
            of: request
        )
    }
}

extension UpstreamFailure {
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
