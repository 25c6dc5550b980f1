import Bytes
import JSON

extension JSONRPCContract {
    package static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        do throws(ContractError) {
            return try readEnvelope(Unwrapped.read(bytes, payload: payload, for: .call))
        } catch {
            return CallAnswer(unusable: error)
        }
    }

    /// Reads a JSON-RPC response, and nothing else.
    static func readEnvelope(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        guard case .object(let hasResult) = answer.form,
            answer.members.jsonrpc != nil || answer.members.isEnvelope
        else {
            throw .badAnswer(notAnEnvelope(answer))
        }
        if let error = AnsweredError(answer.members, answer.bytes.span) { return answer.relayed(error) }
        guard let range = answer.members.result else {
            throw .badAnswer("the JSON-RPC response has neither a result nor an error")
        }
        if hasResult { return try answer.read(result: answer.resultMembers, takesInputRequired: true) }
        return answer.made(of: range)
    }

    private static func notAnEnvelope(_ answer: Unwrapped) -> String {
        let wanted = "it is not a JSON-RPC response"
        let members = answer.members
        switch answer.form {
        case .object where members.count == 0:
            return "it is {}, which a JSON-RPC function answers to a notification"
        case .object where answer.statusCode != nil || members.content != nil:
            return
                "\(wanted); for a function that answers {\"statusCode\",\"body\"} set contract = \"mcp-wrapper\""
        case .object:
            return "\(wanted); it begins \(excerpt(answer.bytes.span, members.range))"
        case .value(let range): return "\(wanted); it begins \(excerpt(answer.bytes.span, range))"
        case .text(let text): return "\(wanted); it begins \(excerpt(text.utf8.span, 0..<text.utf8.count))"
        }
    }
}
