import Contracts
import Gateway
import MCP
import Policy
import Telemetry
import Testing

/// What is derived from a snapshot, and what of it outlives the next one.
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

    private func target(_ name: String, of state: GatewayState) -> UpstreamTarget? {
        state.tools.first { $0.target.entry.name == name }?.target
    }

    @Test func `a target that means the same to a call keeps its identity`() {
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
    func `a target that changed is another one, and the rest stay`(_ change: String) {
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

    @Test func `mirrored parameters are read once and kept`() throws {
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

    @Test func `a contract that is not spoken and a broken definition are no reason to crash`() {
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
