import Bytes
import Crypto
import EventLoop
package import HTTP
package import Policy
import Telemetry

/// Decides whether a request is served, and for whom. Every surface of the agents' listener asks here.
///
/// It checks where the request comes from, then how often its address has guessed, then its credential. One per loop,
/// as it holds a hash context. That loop's thread only.
package final class Admission {
    private let loop: EventLoop
    private let throttle: LoginThrottle
    private let tokens: (any TokenAuthority)?
    private let stateLook: (any StateLook)?
    private let log: GatewayLog
    private var counters: RequestCounters
    /// Strangers can cause these lines, so a flood of them is dropped.
    /// Made at the first refusal: the authority's texts name the listener's address, which is known by then.
    private lazy var answers = RefusalAnswers(tokens?.challenges)
    /// Replaced, on the loop, when the settings are.
    var sourceCheck: SourceCheck
    /// The state in force; replaced, on the loop, whenever anything changed.
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

    /// Judges a request without waiting. A refusal is counted, logged and audited; nothing else is.
    ///
    /// Allocates nothing for a key that works.
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

    /// Judges a request for good, after what its verdict was pending for. Waits at most once; never pending again.
    package func verdict(on request: Request, after pending: Pending) async -> Verdict<Caller> {
        switch pending {
        case .newerState: await stateLook?.look()
        case .issuerKeys(let issuer): await tokens?.fetchKeys(issuer: issuer)
        }
        let verdict = verdict(on: request)
        guard case .pending(_, let refusal) = verdict else { return verdict }
        return .refused(refuse(refusal, request))
    }

    /// Judges a request for good, waiting if its credential needs it.
    /// - Throws: what the client is to be told.
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

    /// The answer to a request that was refused, as an MCP client gets it. Made once: a flood must cost little.
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

    /// For a credential that doesn't work in the state in force: it is a failed attempt only if there is no newer one.
    @inline(never)
    private func refuseUnlessNewer(_ refusal: Refusal, _ request: Request) -> Verdict<Caller> {
        stateLook == nil ? .refused(refuse(refusal, request)) : .pending(.newerState, otherwise: refusal)
    }

    /// Does what the table of refusals says of this one.
    /// - Returns: what the client is to be told; another one when its address has used up its tries.
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
