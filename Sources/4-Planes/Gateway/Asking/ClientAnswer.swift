import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// What a client says to a question.
enum ClientAnswer: Sendable {
    /// A raw object.
    case result([UInt8])
    /// It declined, or doesn't know the method. The text may be shown to the caller.
    case error(code: Int, String)
    /// Nothing that can be handed on; the text says why, as the end of a sentence.
    case unusable(String)

    /// - Parameter message: a response, in `bytes`.
    init(_ message: RPCMessage, in bytes: [UInt8]) {
        let text = bytes.span
        guard let outcome = message.outcome else {
            self = .unusable("it has no result")
            return
        }
        guard JSON.kind(text, at: outcome) == .object else {
            self = .unusable("its \(message.outcomeIsError ? "error" : "result") is no object")
            return
        }
        guard message.outcomeIsError else {
            self =
                outcome.count > ClientQuestions.callBytesMax
                ? .unusable("it is larger than \(ClientQuestions.callBytesMax >> 20) MiB")
                : .result(Array(bytes[outcome]))
            return
        }
        let code = JSON.member("code", of: outcome, in: text).flatMap { JSON.int(text, at: $0) }
        let said = JSON.member("message", of: outcome, in: text).flatMap { JSON.string(text, at: $0) }
        self = .error(code: code ?? 0, FailureText.fit(said ?? ""))
    }
}

extension AgentEndpoint {
    /// Handles a response of a legacy client. One to no open question of its session is dropped: it may be late, sent twice, or a guess.
    func take(answer message: RPCMessage, _ http: Request, _ session: SessionIDs.Session) {
        let bytes = http.bytes
        guard let code = session.mark?.code, let id = message.id,
            let name = JSONName(bytes.span, at: id), name.range.count == ClientQuestions.idCount
        else { return }
        let text = name.text(in: bytes.span)
        guard let place = questions.take(text, of: code) else {
            if questions.isOfAnotherProcess(text) { log.strayAnswer() }
            return
        }
        let answer = ClientAnswer(message, in: bytes)
        let index = place.index
        if place.round.loop === loop {
            place.round.value.answered(index, answer)
        } else {
            place.round.execute { $0.answered(index, answer) }
        }
    }
}

extension GatewayLog {
    /// An answer that reached another process than the one that asked.
    fileprivate func strayAnswer() {
        write(
            .warning,
            "a client's answer was dropped: another process, or this one before a restart, had asked; "
                + "send all requests of a session to the process that the end of its id names",
            []
        )
    }
}
