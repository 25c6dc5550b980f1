import Foundation
import JSON
import TestSupport
import Testing

/// Real functions of each contract, on AWS's runtime client, called by the official client in both eras: the samples of
/// this repository, and MCP servers behind run-mcp-servers-with-aws-lambda with every kind of event that it takes.
@Suite(
    .gateway(
        .sample("orders"),
        .sample("billing"),
        .sample("units"),
        .sample("notes"),
        .sample("glossary"),
        .sample("stock"),
        .function("run-mcp"),
        .runMCP("agentcore", tools: calculator),
        .runMCP("http-v1"),
        .runMCP("http-v2"),
        listing: "orders___get_order",
        "billing___iban_check",
        "units___convert",
        "glossary___define",
        "stock___stock_level",
        "run-mcp___calculate",
        "run-mcp-agentcore___calculate",
        "run-mcp-http-v1___calculate",
        "run-mcp-http-v2___calculate"
    )
)
struct ContractTests {
    /// One call, and the agent's answer.
    struct Row: Sendable, CustomStringConvertible {
        let contract: String
        let tool: String
        let arguments: JSONValue
        /// The whole text, or a part of it.
        let text: String
        var structured: JSONValue?
        var isError = false

        var description: String { "\(contract): \(tool) \(arguments.text)" }
    }

    private static let rows = [
        Row(
            contract: "agentcore",
            tool: "orders___get_order",
            arguments: ["order_id": "A-1001"],
            text: #""state": "shipped""#,
            structured: ["order_id": "A-1001", "customer": "Ada", "state": "shipped", "items": 3]
        ),
        Row(
            contract: "agentcore",
            tool: "orders___get_order",
            arguments: ["order_id": "B-7"],
            text: "there is no order B-7",
            isError: true
        ),
        Row(
            contract: "agentcore",
            tool: "orders___get_order",
            arguments: [:],
            text: "KeyError: 'order_id'",
            isError: true
        ),
        Row(
            contract: "agentcore",
            tool: "orders___list_orders",
            arguments: ["state": "packing"],
            text: "A-1002",
            structured: ["orders": ["A-1002"], "count": 1]
        ),
        Row(
            contract: "agentcore",
            tool: "run-mcp-agentcore___calculate",
            arguments: ["expression": "6*7"],
            text: "42",
            structured: ["result": "42"]
        ),
        Row(
            contract: "function",
            tool: "billing___invoice_total",
            arguments: ["lines": [["price": 9.99, "quantity": 3], ["price": 0.03]], "tax_percent": 19],
            text: #""total": 35.7"#,
            structured: ["net": 30.0, "tax": 5.7, "total": 35.7]
        ),
        Row(
            contract: "function",
            tool: "billing___due_date",
            arguments: ["issued": "2026-11-30", "days": 12],
            text: "2026-12-14"
        ),
        Row(
            contract: "function",
            tool: "billing___iban_check",
            arguments: ["iban": "DE89 3704 0044 0532 0130 00"],
            text: #""valid": true"#,
            structured: ["iban": "DE89370400440532013000", "valid": true]
        ),
        Row(
            contract: "function",
            tool: "billing___iban_check",
            arguments: ["iban": "DE"],
            text: "an IBAN has 15 to 34 letters and digits",
            isError: true
        ),
        Row(
            contract: "http-v2",
            tool: "glossary___define",
            arguments: ["term": "Churn"],
            text: "The share of customers",
            structured: ["result": "The share of customers who leave within a month."]
        ),
        Row(
            contract: "http-v2",
            tool: "glossary___define",
            arguments: ["term": "synergy"],
            text: "the glossary has no 'synergy'",
            isError: true
        ),
        Row(
            contract: "http-v2",
            tool: "run-mcp-http-v2___calculate",
            arguments: ["expression": "6*7"],
            text: "42",
            structured: ["result": "42"]
        ),
        Row(
            contract: "http-v1",
            tool: "stock___can_deliver",
            arguments: ["sku": "desk-3", "quantity": 8],
            text: "False"
        ),
        Row(
            contract: "http-v1",
            tool: "stock___stock_level",
            arguments: ["sku": "sofa-1"],
            text: "there is no article 'sofa-1'",
            isError: true
        ),
        Row(
            contract: "http-v1",
            tool: "run-mcp-http-v1___calculate",
            arguments: ["expression": "6*7"],
            text: "42",
            structured: ["result": "42"]
        ),
        Row(
            contract: "jsonrpc",
            tool: "units___convert",
            arguments: ["value": 26.2, "from": "mi", "to": "km"],
            text: "42.1648 km",
            structured: ["value": 42.164_812_8]
        ),
        Row(
            contract: "jsonrpc",
            tool: "units___convert",
            arguments: ["value": 1, "from": "mi", "to": "kg"],
            text: "mi can't be converted into kg",
            isError: true
        ),
        Row(
            contract: "jsonrpc",
            tool: "run-mcp___calculate",
            arguments: ["expression": "6*7"],
            text: "42",
            structured: ["result": "42"]
        ),
        Row(
            contract: "mcp-wrapper",
            tool: "notes___delete_note",
            arguments: ["id": 99],
            text: "there is no note 99",
            isError: true
        ),
    ]

    @Test(arguments: [(Agent.Era.modern, "2026-07-28"), (.legacy, "2025-11-25")])
    func `a function of each contract is listed and called by the official client`(
        _ era: Agent.Era,
        _ version: String
    ) async throws {
        let shared = try SharedGateway.current
        let seen = try await visit(shared, era)
        #expect(seen["protocolVersion"]?.stringValue == version)
        let results = seen["results"]?.arrayValue ?? []
        try #require(results.count == Self.rows.count)
        for (row, result) in zip(Self.rows, results) {
            #expect(seen["tools"]?[row.tool] != nil, "\(row)")
            #expect(result["text"]?.stringValue?.contains(row.text) == true, "\(row): \(result.text)")
            #expect(result["isError"]?.boolValue == row.isError, "\(row): \(result.text)")
            if let structured = row.structured {
                #expect(result["structuredContent"] == structured, "\(row): \(result.text)")
            }
        }
    }

    private func visit(_ shared: SharedGateway.Running, _ era: Agent.Era) async throws -> JSONValue {
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let calls = JSONValue.array(Self.rows.map { [.string($0.tool), $0.arguments] }).text
        let script = "\(Programs.root)/Tests/Python/agent_calls.py"
        let program = try Program(
            [try Programs.python, script, shared.gateway.agentsURL, era.rawValue],
            environment: environment,
            folder: Programs.root
        )
        program.send(calls)
        program.closeInput()
        do {
            let output = try await program.end()
            await program.stop()
            guard output.status == 0 else { throw Program.Failure(description: output.err) }
            return try JSONValue(parsing: output.out)
        } catch {
            await program.stop()
            throw error
        }
    }
}

/// The tools of run-mcp's calculator, as an operator declares them when it can't be asked.
private let calculator = """

    [[tool]]
    name = "calculate"
    description = "Calculates an expression"

    [tool.schema]
    type = "object"
    properties.expression = { type = "string" }

    """

extension Workspace.Target {
    /// One of the repository's `targets`.
    fileprivate static func sample(_ name: String) -> Self {
        Self(
            name: name,
            source: "targets/\(name)",
            replacing: ["approval = \"required\"": "approval = \"open\""]
        )
    }

    /// The function for events of another contract, with declared tools.
    fileprivate static func runMCP(_ contract: String, tools: String = "") -> Self {
        .function(
            "run-mcp",
            named: "run-mcp-\(contract)",
            [
                "contract = \"jsonrpc\"": "contract = \"\(contract)\"",
                "\n[local]": "\(tools)\n[local]",
                "handler.jsonrpc": "handler.\(contract.replacing("-", with: "_"))",
            ]
        )
    }
}
