// Which contract, for whoever has to say one. Nothing is guessed: a function that expects another event runs with
// what it is sent.

extension Contract {
    /// What a function of this contract is sent, in at most 65 characters.
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

    /// The same in one sentence, for where there is one line alone.
    package static var choiceText: String {
        allCases.map { "\($0.rawValue) sends \($0.sends)" }.joined(separator: "; ")
    }

    /// Why it must be said.
    package static let missing =
        "it says what the function is sent, and one that expects another event runs with that"
}
