import JSON

extension Unwrapped {
    /// The result of a question, as the function sent it: the answer itself, or what its JSON-RPC envelope holds.
    func questionAnswer() throws(ContractError) -> CallAnswer {
        let span = bytes.span
        guard case .object(let hasResult) = form else {
            guard !isRefusal else { return failed() }
            throw .badAnswer("it is no object: \(excerpt(span, shownRange))")
        }
        if members.isEnvelope, let error = AnsweredError(members, span) {
            if members.jsonrpc != nil, !isRefusal || error.code != -32603 { return relayed(error) }
            return CallAnswer([], .failed(ToolError(text: error.message, status: statusCode)))
        }
        if let failure = lambdaError(members) { return CallAnswer([], .failed(failure)) }
        if isRefusal { return failed() }
        guard members.isEnvelope else {
            guard members.jsonrpc == nil else {
                throw .badAnswer("the JSON-RPC message has neither a result nor an error")
            }
            return read(question: members)
        }
        guard hasResult else { throw .badAnswer("the result of the JSON-RPC response is no object") }
        return read(question: resultMembers)
    }

    private func read(question members: Members) -> CallAnswer {
        let asksForInput = asksForInput(members)
        return CallAnswer(
            bytes,
            asksForInput ? .inputRequired(members.range) : .result(members.range, isError: false)
        )
    }

    private var shownRange: Range<Int> {
        if case .value(let range) = form { range } else { 0..<bytes.count }
    }

    /// A status of 300 or more, with the body's own words.
    private func failed() -> CallAnswer {
        let status = statusCode ?? 500
        let said = errorText(self)
        let text = said.isEmpty ? "The function answered with status \(status)." : said
        return CallAnswer([], .failed(ToolError(text: text, status: status)))
    }
}
