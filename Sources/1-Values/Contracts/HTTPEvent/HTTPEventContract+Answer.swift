import Bytes
import JSON

/// The outcome of a request to an HTTP function.
package struct HTTPReading: Sendable {
    /// How a request should be changed and sent again.
    package enum Retry: Sendable, Equatable {
        /// The function wants a session, or another session than the one sent; or another protocol version.
        case withSession
        /// The function serves no version before 2026-07-28.
        case modern
    }

    package let answer: CallAnswer
    /// Set when the function has evidently refused the request before any tool ran.
    package let retry: Retry?
    /// Whether the session must not be used any more, although the tool may have run: the call isn't sent again.
    package let isSessionOver: Bool
    /// The notifications in front of the answer, in a body that is a stream of events.
    package let told: [StreamedMessage]

    init(
        _ answer: CallAnswer,
        retry: Retry? = nil,
        isSessionOver: Bool = false,
        told: [StreamedMessage] = []
    ) {
        self.answer = answer
        self.retry = retry
        self.isSessionOver = isSessionOver
        self.told = told
    }
}

extension HTTPEventContract {
    /// Reads what a function answered to a call. Never fails.
    /// - Parameters:
    ///   - id: the message's id: of several messages in the body, its response is taken. `nil` takes the first
    ///     response.
    ///   - http: the exchange that the request was made from.
    ///   - isQuestion: it was no tool's call, so that its result is left as it is.
    package static func readCall(
        _ bytes: [UInt8],
        payload: Range<Int>,
        id: Int? = nil,
        over http: HTTPExchange = HTTPExchange(),
        isQuestion: Bool = false
    ) -> HTTPReading {
        do throws(ContractError) {
            let response = try HTTPAnswer(bytes, payload: payload)
            guard 200...299 ~= response.status else {
                let refusal = HTTPRefusal(response, over: http)
                return HTTPReading(
                    try refusal.callAnswer(),
                    retry: refusal.retry,
                    isSessionOver: refusal.isSessionOver
                )
            }
            let (message, told) = try readResponse(response, id: id)
            return HTTPReading(
                isQuestion ? try message.questionAnswer() : try JSONRPCContract.readEnvelope(message),
                told: told
            )
        } catch {
            return HTTPReading(CallAnswer(unusable: error))
        }
    }

    /// A message in a body, and the notifications in front of it where the body is a stream of events.
    typealias BodyMessage = (message: Unwrapped, told: [StreamedMessage])

    /// The JSON-RPC response in a body with a status of 200 to 299: the body itself, or one of its events.
    static func readResponse(_ response: HTTPAnswer, id: Int?) throws(ContractError) -> BodyMessage {
        let (message, told) = try readBody(response, id: id)
        guard case .object = message.form, message.members.jsonrpc != nil || message.members.isEnvelope else {
            throw .badAnswer(notAResponse(message, response))
        }
        return (message, told)
    }

    /// The body as JSON or text; if it is a stream of events, the response in it.
    static func readBody(_ response: HTTPAnswer, id: Int?) throws(ContractError) -> BodyMessage {
        let span = response.body.span
        if var events = EventStreamBody(span, 0..<span.count) {
            return try readResponse(in: &events, span, response, id: id)
        }
        do throws(ContractError) {
            return (try Unwrapped(body: response.body, status: response.status), [])
        } catch {
            let encoding = response.header("content-encoding")?.lowercased() ?? "identity"
            guard encoding != "identity", !encoding.isEmpty else { throw error }
            throw .badAnswer(
                "the body is compressed with \(readable(String(encoding.prefix(20)))); return it uncompressed"
            )
        }
    }

    /// The response with that id; else the first one, as an error may have none. Requests from the server are skipped: nothing
    /// that waits for the gateway can be in a body that has ended.
    private static func readResponse(
        in events: inout EventStreamBody,
        _ span: Span<UInt8>,
        _ response: HTTPAnswer,
        id: Int?
    ) throws(ContractError) -> BodyMessage {
        var told: [StreamedMessage] = []
        var first: Unwrapped?
        var fault = ""
        while let data = events.next(span) {
            do throws(ContractError) {
                let message = try Unwrapped(body: data, status: response.status)
                guard case .object = message.form,
                    message.members.result != nil || message.members.error != nil
                else {
                    if let notification = StreamedMessage(notification: message) { told.append(notification) }
                    continue
                }
                if id == nil || hasID(id, message) { return (message, told) }
                first = first ?? message
            } catch {
                fault = "; \(error.description)"
            }
        }
        if let first { return (first, told) }
        throw .badAnswer("the body is a stream of events without a JSON-RPC response\(fault)")
    }

    private static func hasID(_ id: Int?, _ message: Unwrapped) -> Bool {
        guard let id, let range = message.members.id else { return false }
        let span = message.bytes.span
        return JSON.int(span, at: range) == id || JSON.string(span, at: range) == String(id)
    }

    /// Why a body with a status of 200 to 299 can't be used.
    private static func notAResponse(_ message: Unwrapped, _ response: HTTPAnswer) -> String {
        let wanted = "the status is \(response.status), but the body is not a JSON-RPC response"
        switch message.form {
        case .text(""): return "the status is \(response.status) and the body is empty"
        case .text(let text):
            let type = response.header("content-type").map { " of type \(readable(String($0.prefix(60))))" }
            return "\(wanted): it is text\(type ?? "") that begins "
                + excerpt(text.utf8.span, 0..<text.utf8.count)
        case .value(let range): return "\(wanted); it begins \(excerpt(message.bytes.span, range))"
        case .object: return "\(wanted); it begins \(excerpt(message.bytes.span, message.members.range))"
        }
    }
}

// MARK: What isn't a call

extension HTTPEventContract {
    /// Reads what an HTTP function answered to a list.
    /// - Throws: `ContractError` when there is no list in it.
    static func readList(
        _ bytes: [UInt8],
        payload: Range<Int>,
        over http: HTTPExchange
    ) throws(ContractError) -> Unwrapped {
        let response = try HTTPAnswer(bytes, payload: payload)
        guard 200...299 ~= response.status else { throw HTTPRefusal(response, over: http).asError }
        return try readResponse(response, id: nil).message
    }

    /// How to change a request and send it again; nil when its answer is final.
    package static func retry(
        _ bytes: [UInt8],
        payload: Range<Int>,
        over http: HTTPExchange
    ) -> HTTPReading.Retry? {
        guard let response = try? HTTPAnswer(bytes, payload: payload), !(200...299 ~= response.status) else {
            return nil
        }
        return HTTPRefusal(response, over: http).retry
    }

    /// What a function says of how to use it, in its answer to `initialize` or `server/discover`; nil when it says nothing.
    package static func readInstructions(_ bytes: [UInt8], payload: Range<Int>) -> String? {
        guard let response = try? HTTPAnswer(bytes, payload: payload), 200...299 ~= response.status,
            let message = try? readResponse(response, id: nil).message, let result = message.members.result
        else { return nil }
        let span = message.bytes.span
        let text = JSON.member("instructions", of: result, in: span).flatMap { JSON.string(span, at: $0) }
        return text?.isEmpty == true ? nil : text
    }

    /// Reads the session from a function's answer to `initialize`.
    /// - Throws: `ContractError` when there is none in it.
    package static func readSession(
        _ bytes: [UInt8],
        payload: Range<Int>,
        over http: HTTPExchange
    ) throws(ContractError) -> HTTPSession {
        let response = try HTTPAnswer(bytes, payload: payload)
        guard 200...299 ~= response.status else { throw HTTPRefusal(response, over: http).asError }
        let message = try readResponse(response, id: nil).message
        let span = message.bytes.span
        if let error = AnsweredError(message.members, span) {
            throw .refused("the function answered with error \(error.code): \(error.message)", hint: "")
        }
        guard let result = message.members.result,
            let version = JSON.member("protocolVersion", of: result, in: span)
                .flatMap({ JSON.string(span, at: $0) })
        else { throw .badAnswer("its answer to initialize has no protocolVersion") }
        guard let session = HTTPSession(id: response.header("mcp-session-id"), version: version) else {
            throw .badAnswer(
                "its answer to initialize has a protocolVersion or an Mcp-Session-Id that can't stand in a header; "
                    + "an id has 1 to \(HTTPSession.idBytesMax) visible ASCII characters"
            )
        }
        return session
    }
}
