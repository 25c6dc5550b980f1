import JSON

/// A gateway whose targets share one fake endpoint, and an operator on the gateway's host.
struct Mall: Sendable {
    let gateway: GatewayProcess
    let people: Operator
    let shelf: Shelf

    /// Limits so high that a test which asks repeatedly doesn't reach them.
    static let patience = "request_rate = 1000000\nrequest_burst = 1000000"
    /// Limits on failures so high that a test which is refused repeatedly doesn't reach them.
    static let leniency = "failure_rate = 1000000\nfailure_burst = 1000000"

    /// Runs `body` with targets by name with their tools, some of them open to all tenants, and with a tenant `acme`.
    static func with(
        _ targets: [String: [String]] = ["shop": ["look", "buy"]],
        open: Set<String> = ["shop"],
        settings: [String: String] = ["limits": "\(patience)\n\(leniency)"],
        _ body: (Mall) async throws -> Void
    ) async throws {
        let shelf = Shelf(
            targets.mapValues { tools in
                Dictionary(tools.map { ($0, "a tool") }, uniquingKeysWith: { first, _ in first })
            }
        )
        var settings = settings
        settings["agents", default: ""] += "\nstream_keep_alive = \"1s\""
        let calm = settings
        try await FakeLambda.with({ shelf.answer($0) }) { lambda in
            try await withGateway(settings: calm, environment: FakeLambda.credentials) { gateway in
                let people = Operator(gateway.workspace)
                for name in targets.keys.sorted() {
                    try await people.command(
                        "target",
                        "add",
                        name,
                        "--function",
                        name,
                        "--contract",
                        "mcp-wrapper",
                        "--endpoint",
                        lambda,
                        "--approval",
                        open.contains(name) ? "open" : "required"
                    )
                }
                try await people.command("target", "refresh")
                try await people.command("tenant", "create", "acme")
                try await body(Mall(gateway: gateway, people: people, shelf: shelf))
            }
        }
    }

    /// Issues a new key of a tenant.
    func key(_ tenant: String = "acme", _ options: String...) async throws -> (key: String, prefix: String) {
        let output = try await people.run(["key", "issue", tenant, "-o", "json"] + options)
        let issued = try JSONValue(parsing: output.out)
        guard let key = issued["key"]?.stringValue, let prefix = issued["prefix"]?.stringValue else {
            throw Program.Failure(description: "key issue: \(output.out)\(output.err)")
        }
        return (key, prefix)
    }

    /// Makes an approved subscription.
    func subscribe(_ tenant: String, _ target: String, tools: String...) async throws {
        let asked = try await people.json("subscription", "request", tenant, target)
        let id = asked["id"]?.intValue ?? 0
        let narrowed = tools.flatMap { ["--tools", $0] }
        let output = try await people.run(["subscription", "approve", "\(id)"] + narrowed)
        guard output.status == 0 else { throw Program.Failure(description: output.err) }
    }

    /// Everything that an attack on another tenant could have changed, as the command line shows it.
    func state() async throws -> [String] {
        var state: [String] = []
        for noun in ["tenant", "target", "tool", "permission", "subscription", "limit"] {
            let list = try await people.command(noun, "list", "-o", "json")
            // The use of limits changes with every call, and that of rates with time.
            state.append(list.replacing(#/"use":\[.*?\],"useFrom":"\w+"/#, with: ""))
        }
        // Refused credentials may be recorded at any time.
        let events = try await people.json("audit", "list", "--limit", "0")["events"]?.arrayValue ?? []
        state += events.filter { $0["action"] != "authentication.refuse" }.map { $0.text }
        return state
    }

    func expectAuditIsSound() async throws -> Bool {
        try await people.json("audit", "verify")["ok"] == true
    }
}
