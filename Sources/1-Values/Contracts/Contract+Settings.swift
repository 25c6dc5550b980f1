// Which of a target's settings its contract uses.

extension Contract {
    /// Whether the contract's payload has a place for the message's `_meta`.
    package var sendsMeta: Bool {
        switch self {
        case .jsonrpc, .httpV1, .httpV2: true
        case .mcpWrapper, .agentcore, .function: false
        }
    }

    /// Whether the contract sends HTTP events, with a path and a host.
    package var sendsHTTP: Bool {
        switch self {
        case .httpV1, .httpV2: true
        case .mcpWrapper, .jsonrpc, .agentcore, .function: false
        }
    }

    /// Whether its functions may stream messages before their answer.
    package var carriesStreams: Bool {
        switch self {
        case .jsonrpc, .httpV1, .httpV2: true
        case .mcpWrapper, .agentcore, .function: false
        }
    }

    /// The contracts' words for use in messages: `jsonrpc, http-v2 or http-v1`.
    package static func words(where isMeant: (Contract) -> Bool) -> String {
        let words = allCases.filter(isMeant).map { $0.rawValue }
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
