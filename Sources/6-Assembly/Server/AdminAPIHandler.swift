package import AdminAPI
import Bytes
package import EventLoop
package import Gateway
package import HTTP
import JSON
import Policy
import REST
package import Store

/// `/admin/v1` over HTTP: authenticates the caller, takes the request apart and puts the answer together.
///
/// Its work is done off the loop that calls it. The API's description is open to all, as it holds nothing that the
/// program's documentation doesn't. Everything else needs an admin token.
package final class AdminAPIHandler: Sendable {
    private let api: AdminAPI
    private let store: Store::Store
    private let loginThrottle: LoginThrottle
    private let localCallers: LocalCallers
    private let log: GatewayLog
    private let face: APIFace

    /// - Parameters:
    ///   - api: the API to serve.
    ///   - store: holds the tokens.
    ///   - loginThrottle: limits wrong tokens per address.
    ///   - localCallers: the commands of this machine that have tokens.
    ///   - log: receives failures of the gateway, but no refusals.
    ///   - inForce: returns when earlier changes are in force in every server on the store, or with a note that names
    ///     the servers that are late.
    package init(
        api: AdminAPI,
        store: Store::Store,
        loginThrottle: LoginThrottle,
        localCallers: LocalCallers = LocalCallers(),
        log: GatewayLog,
        inForce: @escaping @Sendable () async -> String?
    ) {
        self.api = api
        self.store = store
        self.loginThrottle = loginThrottle
        self.localCallers = localCallers
        self.log = log
        face = APIFace(root: AdminAPI.root, description: ByteBuffer(api.openAPI.text), inForce: inForce)
    }

    /// Whether the path belongs to the API.
    package func serves(_ request: borrowing Request) -> Bool {
        APIFace.serves(request, at: AdminAPI.root)
    }

    /// Answers a request of the API. Loop thread; suspends while the store works.
    package func answer(_ request: Request, on loop: EventLoop) async -> Response {
        let requestID = APIFace.requestID(of: request)
        if let answer = describe(request, requestID) { return answer }
        let (nowNs, wallMs) = (loop.now, loop.wallMs)
        var reply: APIReply
        do throws(Problem) {
            let caller = try await caller(of: request, nowNs: nowNs, wallMs: wallMs)
            let (answer, note) = try await face.reply(to: request, requestID: requestID) { [api] asked in
                await api.answer(asked, as: caller)
            }
            reply = answer
            reply.add(note: note)
        } catch {
            reply = error.reply(requestID: requestID)
        }
        if reply.status >= 500 {
            let detail = reply.problem?.description ?? ""
            log.write(.error, "the admin API failed", [("request_id", requestID), ("error", detail)])
        }
        return reply.response(requestID: requestID)
    }

    /// The answer to a request of the API if the head alone decides it; nil when it depends on the body. Loop thread;
    /// suspends while the store looks up the token.
    func refusal(ofHead head: Request, on loop: EventLoop) async -> Response? {
        let requestID = APIFace.requestID(of: head)
        if let answer = describe(head, requestID) { return answer }
        do throws(Problem) {
            _ = try await caller(of: head, nowNs: loop.now, wallMs: loop.wallMs)
            if case .length = head.head.framing, let problem = APIRequest.bodyRefusal(head) { throw problem }
            return nil
        } catch {
            return error.reply(requestID: requestID).response(requestID: requestID)
        }
    }

    /// The answer with the API's description, if the request asks for it.
    private func describe(_ request: Request, _ requestID: String) -> Response? {
        guard face.asksForDescription(request) else { return nil }
        let fields = [
            ResponseField("Cache-Control", "no-cache"), ResponseField("X-Request-Id", requestID),
        ]
        return Response(status: 200, contentType: .json, fields: fields, body: face.description)
    }

    // MARK: Who asks

    private func caller(
        of request: Request,
        nowNs: UInt64,
        wallMs: Int64
    ) async throws(Problem) -> AdminCaller {
        // No guess can match a local token, so wrong tokens from the same address don't lock out this machine's
        // commands.
        if let text = bearerToken(request), let caller = localCallers.caller(of: text, nowMs: wallMs) {
            return caller
        }
        if loginThrottle.blocks(request, nowNs: nowNs) {
            _ = loginThrottle.record(.tooManyGuesses, of: request, nowNs: nowNs, wallMs: wallMs)
            throw .tooManyWrongTokens
        }
        guard request.header("authorization") != nil else { throw .noToken }
        switch try await token(of: request, nowMs: wallMs) {
        case .success(let token): return AdminCaller(.admin(token: token.name), role: token.role)
        case .failure(let refusal):
            // A client has no reason to go on with an expired or revoked token, so every wrong token counts as a guess.
            let told = loginThrottle.record(
                refusal,
                of: request,
                isGuess: true,
                nowNs: nowNs,
                wallMs: wallMs
            )
            throw told == refusal ? .wrongToken : .tooManyWrongTokens
        }
    }

    private func token(
        of request: Request,
        nowMs: Int64
    ) async throws(Problem) -> Result<AdminTokenRecord, Refusal> {
        guard !request.head.fields.isRepeated(.authorization), let token = bearerToken(request)
        else { return .failure(.malformed) }
        let hash = AdminTokenText.hash(of: token)
        do throws(StoreError) {
            return try await store.read { reading throws(StoreError) in
                try reading.authenticateAdminToken(hash: hash, nowMs: nowMs)
            }
        } catch {
            throw Problem(.unavailable, "the store can't be read", hint: "see the gateway's log")
        }
    }

    /// The text after `Bearer ` (the scheme in any case), at most 512 bytes. Source: RFC 6750 §2.1
    private func bearerToken(_ request: Request) -> String? {
        guard let field = request.header("authorization"), field.utf8.count <= 512 else { return nil }
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension Problem {
    fileprivate static let noToken = Problem(
        .unauthenticated,
        "the admin API needs a token",
        hint:
            "send Authorization: Bearer mgwa_…; `mcp-gateway admin-token issue` makes one on the gateway's host",
        fields: [ResponseField("WWW-Authenticate", "Bearer realm=\"mcp-gateway admin\"")]
    )

    /// One text for every kind of wrong token, because telling them apart would help a guesser.
    fileprivate static let wrongToken = Problem(
        .unauthenticated,
        "the token is unknown, expired or revoked",
        hint: "`mcp-gateway admin-token list` on the gateway's host shows the tokens",
        fields: [
            ResponseField("WWW-Authenticate", "Bearer realm=\"mcp-gateway admin\", error=\"invalid_token\"")
        ]
    )

    fileprivate static let tooManyWrongTokens = Problem(
        .tooManyRequests,
        "too many wrong tokens came from this address",
        hint: "wait, then send a right one",
        fields: [ResponseField("Retry-After", "1")]
    )
}
