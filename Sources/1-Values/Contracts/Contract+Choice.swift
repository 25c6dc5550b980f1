// Texts for whoever must choose a contract. The gateway guesses none: a function that expects another event runs with
// the one it gets.

extension Contract {
    /// What the gateway sends to a function of this contract, in at most 65 characters.
    package var sends: String {
        switch self {
        case .mcpWrapper: #"{"method":"tools/list"} or {"method":"tools/call","params":{…}}"#
        case .jsonrpc: #"a JSON-RPC message: {"jsonrpc":"2.0","id":1,"method":…}"#
        case .agentcore: "a call's arguments alone; its tool is in the client context"
        case .httpV2: "an event of a function URL or an HTTP API: a POST of MCP"
        case .httpV1: "an event of a REST API: a POST of MCP"
        case .function: "a call's arguments alone; asked for nothing else"
        }
    }

    /// The contracts and what each sends: one line each, of 80 characters at most.
    package static var choices: [String] {
        let width = allCases.reduce(0) { max($0, $1.rawValue.count) }
        return allCases.map { contract in
            let word = contract.rawValue
            return "  \(word)\(String(repeating: " ", count: width - word.count))  \(contract.sends)"
        }
    }

    /// The contracts and what each sends, in one sentence, for places with a single line.
    package static var choiceText: String {
        allCases.map { "\($0.rawValue) sends \($0.sends)" }.joined(separator: "; ")
    }

    /// Why an operator must name the contract.
    package static let missing =
        "it decides what the function is sent; a function that expects another event would run with it"
}
