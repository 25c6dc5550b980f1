import Bytes
import JSON

extension Contract {
    /// Reads what a function answered to a call. Never fails: what can't be used is said in words.
    ///
    /// One scan for a JSON-RPC answer, two for a wrapped one; no tree. `bytes` are kept, not copied, when
    /// a result stands in them. `payload` is where the answer lies in whatever `bytes` are, such as a whole HTTP
    /// response.
    package func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        do throws(ContractError) {
            let answer = try Unwrapped.read(bytes, payload: payload, for: .call)
            if self == .jsonrpc { return try readEnvelope(answer) }
            return try readAny(answer)
        } catch {
            return CallAnswer([], .unusable("The function's answer can't be used: \(error.description)"))
        }
    }

    /// A JSON-RPC response, and nothing else.
    private func readEnvelope(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        guard case .object(let hasResult) = answer.form,
            answer.members.jsonrpc != nil || answer.members.isEnvelope
        else {
            throw .badAnswer(notAnEnvelope(answer))
        }
        if let error = AnsweredError(answer.members, answer.bytes.span) { return answer.relayed(error) }
        guard let range = answer.members.result else {
            throw .badAnswer("the JSON-RPC response has neither a result nor an error")
        }
        if hasResult { return try answer.read(result: answer.resultMembers) }
        return answer.made(of: range)
    }

    /// The whole family of bodies that wrapped servers answer with.
    private func readAny(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        if answer.isRefusal { return try readRefusal(answer) }
        switch answer.form {
        case .text(let text): return .made(text: text)
        case .value(let range): return answer.made(of: range)
        case .object(let hasResult):
            if let failure = answer.lambdaError(answer.members) { return CallAnswer([], .failed(failure)) }
            guard answer.members.content == nil, answer.members.isEnvelope else {
                guard answer.members.jsonrpc == nil else {
                    throw .badAnswer("the JSON-RPC message has neither a result nor an error")
                }
                return try answer.read(result: answer.members)
            }
            if let error = AnsweredError(answer.members, answer.bytes.span) {
                if answer.members.jsonrpc != nil { return answer.relayed(error) }
                return CallAnswer([], .failed(ToolError(text: error.message)))
            }
            if hasResult { return try answer.read(result: answer.resultMembers) }
            let inner = answer.members.result ?? answer.members.range
            if let content = answer.content(inner) { return content }
            // A lone {"result": 42} is how FastMCP structures a plain value: it is the value.
            return answer.made(of: answer.members.jsonrpc == nil ? answer.members.range : inner)
        }
    }

    /// A status of 300 or more: the result that the body holds, marked as an error, or the body's own words.
    private func readRefusal(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        let status = answer.statusCode ?? 500
        if case .object(let hasResult) = answer.form {
            let members = answer.members
            if members.jsonrpc != nil, let error = AnsweredError(members, answer.bytes.span),
                error.code != -32603, OtherContract.behind(status: status, text: error.message) == nil
            {
                return answer.relayed(error)
            }
            let found = members.isEnvelope ? hasResult ? answer.resultMembers : nil : members
            if let found, found.content != nil || found.structuredContent != nil || found.isError != nil {
                return try answer.read(result: found)
            }
            if var failure = answer.lambdaError(members) {
                failure.status = status
                return CallAnswer([], .failed(failure))
            }
        }
        let said = errorText(answer)
        let text = said.isEmpty ? "The function answered with status \(status)." : said
        let hint = OtherContract.behind(status: status, text: said)?.hint ?? ""
        return CallAnswer([], .failed(ToolError(text: text, status: status, hint: hint)))
    }

    private func notAnEnvelope(_ answer: Unwrapped) -> String {
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
