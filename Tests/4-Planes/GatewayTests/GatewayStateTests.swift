import Contracts
import Gateway
import MCP
import Policy
import Telemetry
import Testing

/// The values derived from a snapshot, and which of them the next state keeps.
struct GatewayStateTests {
    private let metrics = GatewayMetrics()

    private func state(_ snapshot: Snapshot, after previous: GatewayState? = nil) -> GatewayState {
        let settings = GatewayState.Settings(identity: ServerIdentity(name: "g", version: "1"))
        return GatewayState(snapshot, settings: settings, metrics: metrics, reusing: previous)
    }

    private func snapshot(_ version: Int64, _ change: (inout TargetEntry) -> Void) -> Snapshot {
        var targets = Sample.targets
        change(&targets[0])
        return Snapshot(version: version, targets: targets, tools: Sample.tools, tenants: [], keys: [])
    }

    private func target(_ name: String, of state: GatewayState) -> UpstreamFunction? {
        state.tools.first { $0.function.entry.name == name }?.function
    }

    @Test func `a target keeps its function's identity if only its health and tool count change`() {
        let first = state(snapshot(1) { _ in })
        let second = state(
            snapshot(2) { target in
                target.health.lastError = "down"
                target.toolCount = 9
            },
            after: first
        )
        #expect(target("time", of: first) === target("time", of: second))
        #expect(target("rpc", of: first) === target("rpc", of: second))
    }

    @Test(arguments: ["function", "endpoint", "timeout", "contract"])
    func `a changed target gets a new function, and other targets keep theirs`(_ change: String) {
        let first = state(snapshot(1) { _ in })
        let second = state(
            snapshot(2) { target in
                switch change {
                case "function": target.function = "other-fn"
                case "endpoint": target.endpoint = "http://127.0.0.1:9001"
                case "timeout": target.timeoutMs = 7
                default: target.contract = .jsonrpc
                }
            },
            after: first
        )
        #expect(target("time", of: first) !== target("time", of: second))
        #expect(target("rpc", of: first) === target("rpc", of: second))
        #expect(second.tools.count == first.tools.count)
        let contract: Contract = change == "contract" ? .jsonrpc : .mcpWrapper
        #expect(second.tools.first { $0.name == "now" }?.contract == contract)
    }

    @Test func `a tenant with a role has its functions, and is replaced only when they change`() {
        func snapshot(_ version: Int64, allow: [String], title: String? = nil, timeoutMs: Int = 9) -> Snapshot
        {
            let acme = TenantEntry(
                id: 1,
                name: "acme",
                title: title,
                allow: allow.compactMap { NamePattern($0) },
                lambdaTenantID: "same",
                roleARN: "arn:aws:iam::123456789012:role/acme"
            )
            let tenants = [
                acme, TenantEntry(id: 2, name: "plain"),
                TenantEntry(id: 3, name: "twin", lambdaTenantID: "same"),
            ]
            return Snapshot(
                version: version,
                targets: Sample.targets,
                tools: Sample.tools,
                tenants: tenants,
                keys: []
            )
        }
        let first = state(snapshot(1, allow: []))
        #expect(first.tenants.map { $0?.entry.name } == ["acme", nil, "twin"])
        #expect(first.tenants[0]?.functions.map { $0.name }.sorted() == ["later-fn", "rpc-fn", "time-fn"])
        #expect(first.tenants[0]?.namesake == "twin" && first.tenants[2]?.namesake == "acme")
        #expect(first.tenants[2]?.functions.isEmpty == true)
        let same = state(snapshot(2, allow: []), after: first)
        #expect(same.tenants[0] === first.tenants[0] && same.tenants[2] === first.tenants[2])
        let less = state(snapshot(3, allow: ["time___*"]), after: same)
        #expect(less.tenants[0] !== first.tenants[0])
        #expect(less.tenants[0]?.functions.map { $0.name } == ["time-fn"])
        #expect(less.tenants[2] === first.tenants[2])
    }

    @Test func `mirrored parameters are the same in the next state`() throws {
        let first = state(snapshot(1) { _ in })
        let second = state(snapshot(2) { $0.timeoutMs = 7 }, after: first)
        for state in [first, second] {
            let name = "rpc___query"
            let position = state.snapshot.tool(named: name.utf8.span)
            let index = try #require(position)
            #expect(
                state.tools[index].headerParameters.parameters.map { $0.path } == [["region"], ["limit"]]
            )
            #expect(state.tools.filter { !$0.headerParameters.isEmpty }.count == 1)
        }
    }

    @Test func `a plain contract and broken definitions don't crash`() {
        let targets = [TargetEntry(id: 1, name: "t", function: "f", contract: .function)]
        let definitions = [
            "", "{", "[]", #"{"inputSchema":{"x-mcp-header":1}}"#, #"{"x-mcp-header":"inputSchema"}"#,
        ]
        let tools = definitions.enumerated().map { number, definition in
            ToolEntry(
                exposedName: "t___\(number)",
                name: "\(number)",
                target: 0,
                definition: Array(definition.utf8),
                sha256: digest(definition)
            )
        }
        let made = state(Snapshot(version: 1, targets: targets, tools: tools, tenants: [], keys: []))
        #expect(made.tools.allSatisfy { $0.contract == .function && $0.headerParameters.isEmpty })
    }
}

extension GatewayStateTests {
    @Test func `tools of one function share its object, and a tool may have its own function`() {
        var tools = Sample.tools
        for index in tools.indices where tools[index].target == 0 { tools[index].function = "own-\(index)" }
        let snapshot = Snapshot(version: 3, targets: Sample.targets, tools: tools, tenants: [], keys: [])
        let made = state(snapshot)
        let own = made.tools.filter { $0.function.entry.name == Sample.targets[0].name }
        #expect(Set(own.map { $0.function.name }).count == own.count)
        #expect(own.allSatisfy { $0.function.name.hasPrefix("own-") })
        #expect(Set(made.tools.map { ObjectIdentifier($0.function) }).count == made.functions.count)
        let again = state(snapshot, after: made)
        #expect(zip(made.tools, again.tools).allSatisfy { $0.function === $1.function })
    }

    @Test func `only tenants with a role or a Lambda tenant id are passed to the upstream`() {
        let plain = TenantEntry(id: 1, name: "a")
        let isolated = TenantEntry(id: 2, name: "b", lambdaTenantID: "b-1")
        func made(_ version: Int64, _ tenants: [TenantEntry], after: GatewayState? = nil) -> GatewayState {
            state(
                Snapshot(version: version, targets: [], tools: [], tenants: tenants, keys: []),
                after: after
            )
        }
        let first = made(1, [plain, isolated])
        #expect(first.tenants.map { $0?.entry.name } == [nil, "b"])
        let role = TenantEntry(id: 3, name: "c", roleARN: "arn:aws:iam::123456789012:role/c")
        let second = made(2, [isolated, role], after: first)
        #expect(second.tenants[0] === first.tenants[1])
        #expect(second.tenants[1]?.entry.name == "c")
    }
}
