import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// Opens streams on which clients of both eras wait for changes. A request is checked like every other one; then the
/// hub takes over.
extension AgentEndpoint {
    /// The most bytes of a request's id, which its stream keeps for as long as it lasts.
    private static let idBytesMax = 256

    /// `subscriptions/listen`, whose answer is a stream. Source: MCP 2026-07-28, basic/patterns/subscriptions.
    func listen(_ request: AgentRequest) -> AgentAnswer {
        let answer: AgentAnswer
        do throws(Rejection) {
            answer = .stream(try subscription(request))
            counters.count(.modern, 200)
        } catch {
            answer = .whole(error.response(in: request.http))
            counters.count(.modern, error.status)
        }
        return answer
    }

    private func subscription(_ request: AgentRequest) throws(Rejection) -> StreamOpening {
        let message = request.message
        func rejection(_ error: RPCError, status: Int? = nil) -> Rejection {
            let status = status ?? error.code.httpStatus(isModern: true)
            return Rejection(status: status, error: error, id: message.id, isModern: true)
        }
        let bytes = request.http.bytes
        guard AcceptedTypes(request.http).eventStream else {
            throw rejection(
                RPCError(.invalidRequest, "The header Accept must allow text/event-stream."),
                status: 406
            )
        }
        let id = message.id ?? 0..<0
        guard id.count <= Self.idBytesMax else {
            throw Rejection(
                RPCError(.invalidRequest, "The id of a subscription may have 256 bytes."),
                id: nil,
                isModern: true
            )
        }
        do throws(RPCError) {
            let asked = try ListenFilter(message, in: bytes.span, resourcesMax: watches?.perStreamMax ?? 0)
            let resolution = EntryResolution(request, nowMs: loop.wallMs, tokens: tokens)
            let filter = ListenFilter(
                asked.lists,
                resources: asked.resources.filter { resolution.allows($0) }
            )
            let form = StreamForm.listen(id: Array(bytes[id]), filter)
            let polling = filter.resources.isEmpty ? nil : self.polling(for: request)
            return try openStream(form, request.caller, session: nil, polling)
        } catch {
            throw rejection(error)
        }
    }

    /// The answer to a GET, which legacy clients send to open a stream. As for a POST, a session isn't required.
    func openLegacyStream(_ request: Request, _ caller: Caller) -> AgentAnswer {
        guard !Inbound.namesModernVersion(request), streamBounds.settings.offersStreams else {
            return .whole(notAllowed(request))
        }
        let answer: AgentAnswer
        do throws(Rejection) {
            let headerVersion = try Inbound.openStream(request).get()
            let session = try self.session(headerVersion, request, caller).get()
            if let resumed = try resumed(session, request, caller) {
                answer = .resumed(resumed)
            } else {
                answer = .stream(try legacyStream(session, request, caller))
            }
            counters.count(.stream, 200)
        } catch {
            answer = .whole(error.response(in: request))
            counters.count(.stream, error.status)
        }
        return answer
    }

    private func legacyStream(
        _ session: SessionIDs.Session,
        _ request: Request,
        _ caller: Caller
    ) throws(Rejection) -> StreamOpening {
        do throws(RPCError) {
            let form = StreamForm.legacy(tellsRetry: session.version >= .v20251125)
            let polling = session.mark == nil ? nil : self.polling(forGET: request, caller)
            return try openStream(form, caller, session: session.mark, polling)
        } catch {
            throw Rejection(error, id: nil, isModern: false)
        }
    }

    private func openStream(
        _ form: StreamForm,
        _ caller: Caller,
        session: SessionMark?,
        _ polling: StreamPolling?
    ) throws(RPCError) -> StreamOpening {
        let snapshot = caller.state.snapshot
        do throws(StreamBounds.Refusal) {
            return try streams.open(form, caller.principal, in: snapshot, session: session, polling)
        } catch {
            throw refusal(error, isKey: caller.principal.key != nil)
        }
    }

    func refusal(_ refusal: StreamBounds.Refusal, isKey: Bool) -> RPCError {
        let word = isKey ? "key" : "token"
        switch refusal {
        case .perCredential:
            return .noPlace(
                RPCError(.limitExceeded, "This \(word) has too many open streams; close one."),
                [("limit", .string(word)), ("metric", "streams")]
            )
        case .all:
            return .noPlace(
                RPCError(.unavailable, "Too many streams are open; try again later."),
                [("reason", "streams")]
            )
        case .watches(let refusal): return self.refusal(refusal, isKey: isKey)
        }
    }
}

extension RPCError {
    /// How long a client that got no place should wait. A guess: places become free when other streams end.
    private static let retryAfterSeconds = 5

    /// The error for a client that got no place.
    /// - Parameter about: the members of `data`, beside the wait.
    static func noPlace(_ error: RPCError, _ about: [(String, JSONValue)]) -> RPCError {
        var error = error
        let wait = JSONValue.number("\(retryAfterSeconds * 1000)")
        var raw = ByteBuffer()
        JSONValue.object(JSONObject(about + [("retryAfterMs", wait)])).write(to: &raw)
        error.data = raw
        error.fields = [ResponseField("Retry-After", "\(retryAfterSeconds)")]
        return error
    }
}
