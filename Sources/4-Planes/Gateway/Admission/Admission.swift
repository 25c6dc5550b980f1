import Bytes
import Crypto
import EventLoop
package import HTTP
package import Policy
import Telemetry

/// Decides whether a request is served, and for whom. Every surface of the agents' listener calls it.
///
/// It checks where the request comes from, then how often its address has guessed, then its credential. One per loop,
/// as it holds a hash context. That loop's thread only.
package final class Admission {
    private let loop: EventLoop
    private let throttle: LoginThrottle
    private let tokens: (any TokenAuthority)?
    private let stateLook: (any StateLook)?
    /// Strangers can cause these lines, so a flood of them is dropped.
    private let log: GatewayLog
    private var counters: RequestCounters
    /// Made at the first refusal: the authority's texts name the listener's address, which is known only by then.
    private lazy var answers = RefusalAnswers(tokens?.challenges)
    /// Replaced, on the loop, when the settings change.
    var sourceCheck: SourceCheck
    /// The state in force; replaced, on the loop, by each publication.
    var state: GatewayState

    init(
        loop: EventLoop,
        state: GatewayState,
        sourceCheck: SourceCheck,
        throttle: LoginThrottle,
        tokens: (any TokenAuthority)?,
        stateLook: (any StateLook)?,
        metrics: GatewayMetrics,
        log: GatewayLog
    ) {
        self.loop = loop
        self.state = state
        self.sourceCheck = sourceCheck
        self.throttle = throttle
        self.tokens = tokens
        self.stateLook = stateLook
        self.log = log
        counters = RequestCounters(metrics)
    }

    /// The verdict on a request, without waiting. A refusal is counted, logged and audited; other verdicts are not.
    ///
    /// Allocates nothing for a valid key.
    package func verdict(on request: Request) -> Verdict<Caller> {
        if let refusal = sourceCheck.refusal(of: request) { return .refused(refuse(refusal, request)) }
        if throttle.blocks(request, nowNs: loop.now) { return .refused(refuse(.tooManyGuesses, request)) }
        let credential: BearerCredential
        do throws(Refusal) {
            credential = try BearerCredential(request)
        } catch {
            return .refused(refuse(error, request))
        }
        let state = state
        guard credential.isKey || tokens == nil else {
            return judgeToken(in: credential.range, request, state)
        }
        let key = request.bytes.span.extracting(credential.range)
        guard key.count <= BearerCredential.keyBytesMax else {
            return .refused(refuse(.malformed, request))
        }
        switch state.snapshot.authenticate(hash: SHA256.hash(key), nowMs: loop.wallMs) {
        case .success(let principal):
            return .accepted(Caller(principal: principal, state: state, token: nil))
        case .failure(let refusal): return refuseUnlessNewer(refusal, request)
        }
    }

    /// The final verdict on a request whose first verdict was pending: waits for what it was pending for, once. Never
    /// pending.
    package func verdict(on request: Request, after pending: Pending) async -> Verdict<Caller> {
        switch pending {
        case .newerState: await stateLook?.look()
        case .issuerKeys(let issuer): await tokens?.fetchKeys(issuer: issuer)
        }
        let verdict = verdict(on: request)
        guard case .pending(_, let refusal) = verdict else { return verdict }
        return .refused(refuse(refusal, request))
    }

    /// The final verdict on a request; waits if its credential needs it.
    /// - Throws: the refusal to answer the client with.
    package func admit(_ request: Request) async throws(Refusal) -> Caller {
        var verdict = verdict(on: request)
        if case .pending(let pending, _) = verdict {
            verdict = await self.verdict(on: request, after: pending)
        }
        switch verdict {
        case .accepted(let caller): return caller
        case .refused(let refusal), .pending(_, let refusal): throw refusal
        }
    }

    /// The answer that an MCP client gets to a refused request. Made once: a flood must cost little.
    package func answer(to refusal: Refusal) -> Response { answers[refusal.answer] }

    /// Never inlined: most credentials are keys.
    @inline(never)
    private func judgeToken(
        in range: Range<Int>,
        _ request: Request,
        _ state: GatewayState
    ) -> Verdict<Caller> {
        guard let tokens, range.count <= BearerCredential.tokenBytesMax else {
            return .refused(refuse(.malformed, request))
        }
        let nowMs = loop.wallMs
        switch tokens.judge(request.bytes.span.extracting(range), nowMs: nowMs) {
        case .accepted((let tenant, let grant)):
            switch state.snapshot.authenticate(tenant: tenant, grant: grant, nowMs: nowMs) {
            case .success(let principal):
                return .accepted(Caller(principal: principal, state: state, token: range))
            case .failure(let refusal): return refuseUnlessNewer(refusal, request)
            }
        case .pending(let pending, let refusal): return .pending(pending, otherwise: refusal)
        case .refused(let refusal): return .refused(refuse(refusal, request))
        }
    }

    /// For a credential that doesn't work in the state in force: a failed attempt only if there is no newer state.
    @inline(never)
    private func refuseUnlessNewer(_ refusal: Refusal, _ request: Request) -> Verdict<Caller> {
        stateLook == nil ? .refused(refuse(refusal, request)) : .pending(.newerState, otherwise: refusal)
    }

    /// Counts, logs and audits a refusal as the table of refusals says.
    /// - Returns: the refusal to answer the client with; `.tooManyGuesses` when its address has used up its tries.
    @inline(never)
    private func refuse(_ refusal: Refusal, _ request: Request) -> Refusal {
        var told = refusal
        if refusal.isCounted {
            counters.count(refusal)
            log.write(
                .debug,
                "a request was not authenticated",
                [("reason", refusal.word), ("peer", request.peer)]
            )
        }
        if refusal.isAudited {
            told = throttle.record(refusal, of: request, nowNs: loop.now, wallMs: loop.wallMs)
        }
        switch told.answer {
        case .host: countSource("Host", request)
        case .origin: countSource("Origin", request)
        default: counters.count(.unauthenticated, told.status)
        }
        return told
    }

    private func countSource(_ field: String, _ request: Request) {
        log.write(
            .info,
            "a request was refused: its header is not allowed",
            [("header", field), ("peer", request.peer)]
        )
        counters.count(.source, 403)
    }
}
