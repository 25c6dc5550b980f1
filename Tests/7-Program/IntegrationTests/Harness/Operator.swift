import JSON

/// An operator at the command line: on the gateway's host, or elsewhere with `--url` and an admin token.
struct Operator: Sendable {
    let workspace: Workspace
    private let place: [String]
    private let environment: [String: String]
    /// The beginning of the operator's name in the audit log.
    let actorKind: String

    /// An operator on the host, who works on the store.
    init(_ workspace: Workspace) {
        self.workspace = workspace
        place = ["--config", workspace.config]
        environment = [:]
        actorKind = "cli:"
    }

    /// An operator elsewhere, who works through the admin listener with a new token.
    init(of gateway: GatewayProcess) async throws {
        workspace = gateway.workspace
        let token = try await workspace.command("admin-token", "issue", "ci", "--role", "operator")
        environment = ["MCP_GATEWAY_ADMIN_TOKEN": String(token.prefix { !$0.isWhitespace })]
        place = ["--url", gateway.adminURL]
        actorKind = "admin:ci"
    }

    /// Runs a command, whether or not it succeeds.
    func run(_ words: [String]) async throws -> Program.Output {
        try await workspace.run(words + place, environment: environment)
    }

    /// Runs a command that must succeed.
    @discardableResult
    func command(_ words: String...) async throws -> String { try await succeed(words) }

    /// The JSON answer of a command that must succeed.
    @discardableResult
    func json(_ words: String...) async throws -> JSONValue {
        try JSONValue(parsing: try await succeed(words + ["-o", "json"]))
    }

    private func succeed(_ words: [String]) async throws -> String {
        let output = try await run(words)
        guard output.status == 0 else {
            let what = words.joined(separator: " ")
            throw Program.Failure(
                description: "\(what): status \(output.status ?? -1)\n\(output.out)\(output.err)"
            )
        }
        return output.out
    }
}
