import Contracts
import Control
import JSON
import MCP
import Model
import Store
import Testing

/// Targets whose functions are never asked for their tools, because they would run.
struct UnaskedTargetsTests {
    private func refresh(_ edit: @escaping @Sendable (inout TargetSpec) -> Void) async throws -> (
        report: CatalogRefresh.Report, trial: TargetTrial, names: [String], definitions: [JSONValue]
    ) {
        try await withStore { store in
            try await store.add(["alpha"], edit: edit)
            let source = FakeSource(["alpha": page([tool("asked")])])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            let inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
            let trial = try await inquiry.trial(of: try await store.target("alpha"))
            #expect(source.payloads.isEmpty)
            let tools = try await store.read { read throws(StoreError) in try read.tools() }
            let definitions = try tools.map {
                try JSONValue(parsing: String(decoding: $0.definition.json, as: UTF8.self))
            }
            return (report, trial, tools.map { $0.exposedName }, definitions)
        }
    }

    struct Row: Sendable {
        let function: String
        let tool: String
    }

    @Test(arguments: [
        Row(function: "customer-info", tool: "alpha___customer_info"),
        Row(function: "9lives", tool: "alpha____9lives"),
        Row(function: "orders:live", tool: "alpha___orders"),
        Row(
            function: "arn:aws:lambda:eu-west-1:123456789012:function:Orders-2:live",
            tool: "alpha___Orders_2"
        ),
        Row(function: "123456789012:function:orders", tool: "alpha___orders"),
    ])
    func `a plain function is one tool, named after the function, with any arguments`(_ row: Row) async throws
    {
        let found = try await refresh {
            $0.contract = .function
            $0.function = row.function
        }
        #expect(found.report.error == nil && found.names == [row.tool])
        #expect(found.definitions[0]["inputSchema"] == ["type": "object"])
        #expect(found.definitions[0]["description"] == nil)
        #expect(found.trial.error == nil && found.trial.listing?.tools.count == 1)
    }

    @Test func `a plain function's tool has the target's description`() async throws {
        let found = try await refresh {
            $0.contract = .function
            $0.description = "Finds an \"order\" by its number."
        }
        #expect(found.definitions[0]["description"] == #"Finds an "order" by its number."#)
    }

    @Test func `the refusal of a name that is too long suggests a shorter alias`() async throws {
        let long = String(repeating: "n", count: 60)
        let found = try await refresh {
            $0.contract = .function
            $0.function = long
        }
        #expect(found.names.isEmpty && found.report.refused.map { $0.name } == [long])
        #expect(found.report.refused[0].reason.contains("mcp-gateway tool alias alpha___\(long) nnn"))
    }

    @Test(arguments: [Contract.function, .agentcore])
    func `declared tools replace the plain function's own tool`(_ contract: Contract) async throws {
        let found = try await refresh {
            $0.contract = contract
            $0.toolsJSON = "[\(tool("a")),\(tool("b"))]"
        }
        #expect(found.report.error == nil && found.names == ["alpha___a", "alpha___b"])
    }

    @Test func `the error for agentcore without declared tools says how to declare them`() async throws {
        let found = try await refresh { $0.contract = .agentcore }
        #expect(found.names.isEmpty && found.trial.listing == nil)
        for error in [found.report.error, found.trial.error] {
            #expect(error?.contains("can't be asked for them: it would run") == true)
            #expect(error?.contains("mcp-gateway target update alpha --tools FILE") == true)
            #expect(error?.contains("[[tool]]") == true)
        }
    }

    @Test func `a target with an unknown contract is an error and isn't asked`() async throws {
        let spec = TargetSpec(name: try TargetName("alpha"), function: "fn", unknownContract: "grpc")
        let source = FakeSource(["alpha": page([tool("asked")])])
        let inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
        let error = await #expect(throws: ToolSourceError.self) { try await inquiry.list(spec, aliases: []) }
        #expect(error?.description.contains(#"doesn't know the contract "grpc""#) == true)
        #expect(source.payloads.isEmpty)
    }

    @Test func `contracts that list their tools are asked`() async throws {
        for contract in Contract.allCases where contract.discovery == .asked && !contract.isHTTP {
            let spec = TargetSpec(name: try TargetName("alpha"), function: "fn", contract: contract)
            let source = FakeSource(["alpha": page([tool("asked")])])
            let inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
            let listing = try await inquiry.list(spec, aliases: [])
            #expect(listing.tools.map { $0.name } == ["asked"])
            // One that wraps a server by hand may take any event for a call.
            let methods = contract == .mcpWrapper ? 1 : CatalogKind.listed.count
            #expect(source.payloads.count == methods)
        }
    }
}
