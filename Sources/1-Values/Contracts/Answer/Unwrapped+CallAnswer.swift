import Bytes
import JSON

extension Unwrapped {
    /// The answer to a call, from any of the bodies that wrapped servers send.
    func callAnswer() throws(ContractError) -> CallAnswer {
        if isRefusal { return try refusal() }
        switch form {
        case .text(let text): return .made(text: text)
        case .value(let range): return made(of: range)
        case .object(let hasResult):
            if let failure = lambdaError(members) { return CallAnswer([], .failed(failure)) }
            guard members.content == nil, members.isEnvelope else {
                guard members.jsonrpc == nil else {
                    throw .badAnswer("the JSON-RPC message has neither a result nor an error")
                }
                return try read(result: members)
            }
            if let error = AnsweredError(members, bytes.span) {
                if members.jsonrpc != nil { return relayed(error) }
                return CallAnswer([], .failed(ToolError(text: error.message)))
            }
            if hasResult { return try read(result: resultMembers) }
            let inner = members.result ?? members.range
            if let made = content(inner) { return made }
            // A lone {"result": 42} is how FastMCP structures a plain value: it is used as the value.
            return made(of: members.jsonrpc == nil ? members.range : inner)
        }
    }

    /// The answer to a status of 300 or more: the result that the body holds, marked as an error, or the body's own
    /// message.
    private func refusal() throws(ContractError) -> CallAnswer {
        let status = statusCode ?? 500
        if case .object(let hasResult) = form {
            if members.jsonrpc != nil, let error = AnsweredError(members, bytes.span),
                error.code != -32603, OtherContract.behind(status: status, text: error.message) == nil
            {
                return relayed(error)
            }
            let found = members.isEnvelope ? hasResult ? resultMembers : nil : members
            if let found, found.content != nil || found.structuredContent != nil || found.isError != nil {
                return try read(result: found)
            }
            if var failure = lambdaError(members) {
                failure.status = status
                return CallAnswer([], .failed(failure))
            }
        }
        let said = errorText(self)
        let text = said.isEmpty ? "The function answered with status \(status)." : said
        let hint = OtherContract.behind(status: status, text: said)?.hint ?? ""
        return CallAnswer([], .failed(ToolError(text: text, status: status, hint: hint)))
    }
}
