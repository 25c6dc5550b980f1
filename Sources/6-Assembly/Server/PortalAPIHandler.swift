import Bytes
import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import PortalAPI
import REST
import RateLimit
import Store

/// `/portal/v1` over HTTP: authenticates the caller, takes the request apart, puts the answer together. One per loop.
///
/// A request is admitted as an agent's is: the same source check, the same bounds on wrong credentials, the same keys
/// and tokens, the same limit on requests that aren't tool calls. Its work is done off the loop.
/// Its loop's thread only.
final class PortalAPIHandler {
    private let api: PortalAPI
    let endpoint: AgentEndpoint
    private let authority: LoopTokenAuthority?
    private let face: APIFace

    /// - Parameters:
    ///   - endpoint: the loop's endpoint, which admits agents.
    ///   - authority: the loop's verifier of access tokens; nil when keys alone are accepted.
    ///   - description: the API's OpenAPI document, encoded once.
    ///   - inForce: returns when earlier changes are in force, or with a note that says what is late.
    init(
        api: PortalAPI,
        endpoint: AgentEndpoint,
        authority: LoopTokenAuthority?,
        description: ByteBuffer,
        inForce: @escaping @Sendable () async -> String?
    ) {
        self.api = api
        self.endpoint = endpoint
        self.authority = authority
        face = APIFace(root: PortalAPI.root, description: description, inForce: inForce)
    }

    /// Whether the path belongs to the API.
    static func serves(_ request: borrowing Request) -> Bool {
        APIFace.serves(request, at: PortalAPI.root)
    }

    /// Answers a request of the API. Loop thread; suspends while the store works.
    func answer(_ request: Request) async -> Response {
        let requestID = APIFace.requestID(of: request)
        let caller: Caller
        do throws(Refusal) {
            caller = try await endpoint.admit(request)
        } catch {
            return answer(to: error, request)
        }
        let response: Response
        if let limit = endpoint.takeRequest(of: caller) {
            response = Problem(limit).reply(requestID: requestID).response(requestID: requestID)
        } else if face.asksForDescription(request) {
            response = APIReply(nil).response(requestID: requestID).with(face.description)
        } else {
            let reply = await reply(to: request, caller, requestID)
            response = reply.response(requestID: requestID)
        }
        endpoint.countPortal(response.status)
        return response
    }

    /// A refusal in the portal's form, with the challenge that an agent would get. It is counted and logged already.
    func answer(to refusal: Refusal, _ request: Request) -> Response {
        let requestID = APIFace.requestID(of: request)
        let problem = refusal.answer.problem(endpoint.admission.answer(to: refusal).fields)
        return problem.reply(requestID: requestID).response(requestID: requestID)
    }

    private func reply(to request: Request, _ caller: Caller, _ requestID: String) async -> APIReply {
        do throws(Problem) {
            guard request.body.count <= PortalAPI.bodyBytesMax else {
                throw Problem(.tooLarge, "the body has more than \(PortalAPI.bodyBytesMax) bytes")
            }
            let portalCaller = try portalCaller(caller, request)
            // The note about late servers is dropped: it is for operators only.
            return try await face.reply(to: request, requestID: requestID) { [api] asked in
                await api.answer(asked, as: portalCaller)
            }.reply
        } catch {
            return error.reply(requestID: requestID)
        }
    }

    private func portalCaller(_ caller: Caller, _ request: Request) throws(Problem) -> PortalCaller {
        let (state, principal, nowMs) = (caller.state, caller.principal, endpoint.loop.wallMs)
        let bytes = request.bytes.span
        let token = caller.token.flatMap { authority?.identity(of: bytes.extracting($0), nowMs: nowMs) }
        do throws(StoreError) {
            return try PortalCaller(principal, of: state.snapshot, token: token) {
                state.limits.standings(
                    ofTenant: principal.tenant,
                    keysOf: state.snapshot,
                    at: LimitMoment(nowNs: EventLoop.currentNs, wallMs: WallClock.nowMs())
                )
            }
        } catch {
            throw Problem(.failed, "the gateway failed", hint: "tell its operator the request's id")
        }
    }
}

extension Refusal.Answer {
    /// This answer in the portal's form.
    fileprivate func problem(_ fields: [ResponseField]) -> Problem {
        switch self {
        case .host:
            Problem(
                .forbidden,
                "the Host header is not allowed here",
                hint: "an operator can allow it with agents.allowed_hosts",
                fields: fields
            )
        case .origin:
            Problem(
                .forbidden,
                "the Origin header is not allowed here",
                hint: "an operator can allow it with agents.allowed_origins",
                fields: fields
            )
        case .tooManyGuesses:
            Problem(
                .tooManyRequests,
                "too many wrong credentials came from this address",
                hint: "wait, then send a right one",
                fields: fields
            )
        case .missing:
            Problem(
                .unauthenticated,
                "the portal needs a key or an access token",
                hint: "send Authorization: Bearer mgw_…, as agents do",
                fields: fields
            )
        case .invalid:
            Problem(
                .unauthenticated,
                "the key or access token is unknown, expired or revoked",
                hint: "ask the gateway's operator for a new one",
                fields: fields
            )
        case .insufficientScope:
            Problem(
                .forbidden,
                "the access token lacks a scope that every request needs",
                hint: "WWW-Authenticate names it",
                fields: fields
            )
        case .undecided:
            Problem(
                .unavailable,
                "the token's issuer can't be asked for its keys at the moment",
                hint: "try again in a moment",
                fields: fields
            )
        }
    }
}

extension Response {
    /// This response with a body of JSON.
    fileprivate func with(_ body: ByteBuffer) -> Response {
        Response(status: status, contentType: .json, fields: fields, body: body)
    }
}

extension Problem {
    /// The problem for a request beyond the limit, in the words and with the fields that an agent would get.
    fileprivate init(_ limit: UsedUpLimit) {
        self.init(.tooManyRequests, limit.detail, hint: limit.hint, fields: limit.fields)
    }
}
