import Foundation
import JSON
import TestSupport
import Testing

/// Real functions that don't know MCP, run by awslambdaric: plain ones and AgentCore's.
struct PlainFunctionTests {
    struct Row: Sendable {
        let kind: String
        /// The first block's text, or its beginning if the text is cut.
        let text: String
        var structured: JSONValue?
        var isError = false
        var code: String?
    }

    private static let rows = [
        Row(
            kind: "object",
            // As Python's json module writes it.
            text: #"{"temperature": 4.5, "city": "Troms\u00f8"}"#,
            structured: ["temperature": .number("4.5"), "city": "Tromsø"]
        ),
        Row(kind: "array", text: #"[1, "two", null]"#),
        Row(kind: "string", text: "It is noon."),
        Row(kind: "dumped", text: #"{"a": 1}"#),
        Row(kind: "number", text: "42"),
        Row(kind: "nothing", text: "null"),
        Row(kind: "nan", text: #"{"x": NaN}"#),
        Row(kind: "text", text: "plain text"),
        Row(kind: "proxy", text: #"{"a": 1}"#, structured: ["a": .number("1")]),
        Row(kind: "missing", text: "no such city", isError: true, code: "function_error"),
        Row(kind: "result", text: "out of stock", isError: true),
        Row(
            kind: "bytes",
            text: "The function's answer can't be used: the function's answer is neither JSON nor text",
            isError: true,
            code: "invalid_answer"
        ),
        Row(
            kind: "set",
            text: "The tool's answer could not be turned into JSON.",
            isError: true,
            code: "invalid_answer"
        ),
        Row(
            kind: "raise",
            text: "no such kind of value: secret-free words",
            isError: true,
            code: "function_error"
        ),
        Row(kind: "unknown", text: "KeyError: 'unknown'", isError: true, code: "function_error"),
    ]

    @Test func `a plain function is one tool, and whatever it returns can be read`() async throws {
        try await withGateway(local: true, targets: [.function("values")]) {
            (gateway: GatewayProcess) async throws -> Void in
            let key = try await gateway.workspace.issueKey().key
            for era in Agent.Era.allCases {
                let agent = try await gateway.agent(era, key: key)
                try await gateway.awaitTool("values___test_values", agent)
                for row in Self.rows {
                    let answer = try await agent.call("values___test_values", #"{"kind":"\#(row.kind)"}"#)
                    #expect(answer.text?.hasPrefix(row.text) == true, "\(row.kind): \(answer.response.text)")
                    #expect(answer.structured == row.structured, "\(row.kind)")
                    #expect((answer.isError ?? false) == row.isError, "\(row.kind)")
                    #expect(answer.failureCode == row.code, "\(row.kind)")
                    #expect(!answer.response.text.contains("handler.py"), "\(row.kind)")
                }
            }
            let listed = try await gateway.agent(.modern, key: key).list()
            let tool = listed.result?["tools"]?[0]
            #expect(tool?["description"] == "Returns a value of the kind that is asked for")
            #expect(tool?["inputSchema"] == ["type": "object"])
        }
    }

    /// Each function is added with the other's contract; neither notices that it is only examined.
    @Test(arguments: ["function", "agentcore"])
    func `adding, refreshing, testing and examining a target never runs its function`(_ contract: String)
        async throws
    {
        let target = Workspace.Target.function(
            "values",
            [#"contract = "function""#: #"contract = "\#(contract)""#]
        )
        let credentials = ["AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-secret"]
        try await withGateway(local: true, targets: [target], environment: credentials) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let place = ["--endpoint", try #require(gateway.lambdaURL), "--region", "eu-central-1"]
            let added = try await workspace.run(
                ["target", "add", "again", "--function", "test-values", "--contract", contract]
                    + ["-o", "json", "--config", workspace.config] + place
            )
            #expect(added.status == 0, "\(added.err)")
            #expect(try JSONValue(parsing: added.out)["listRequest"] == .null)
            for name in ["values", "again"] {
                let refreshed = try await workspace.json("target", "refresh", name)
                let tested = try await workspace.json("target", "test", name)
                let error = refreshed["targets"]?[0]?["error"]?.stringValue
                #expect((error == nil) == (contract == "function"))
                #expect((tested["error"]?.stringValue == nil) == (contract == "function"))
                #expect(error?.contains("can't be asked for them: it would run") ?? true)
            }
            let doctor = try await workspace.json("doctor")
            let found = (doctor["findings"]?.arrayValue ?? []).first { $0["check"] == "target again" }
            #expect(found?["message"]?.stringValue?.contains("may be invoked") == true, "\(doctor.text)")
            let notes = "\(workspace.folder)/targets/values/events.jsonl"
            #expect(!FileManager.default.fileExists(atPath: notes))
            guard contract == "function" else { return }
            // The function's own notes prove it: an agent's call is the first to run it.
            let agent = try await gateway.agent()
            _ = try await agent.call("values___test_values", #"{"kind": "number"}"#)
            let events = try String(contentsOfFile: notes, encoding: .utf8)
            #expect(events == "{\"kind\": \"number\"}\n")
        }
    }

    @Test func `an AgentCore function gets its tool's name without the target, and the ids`() async throws {
        let credentials = ["AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-secret"]
        try await withGateway(local: true, targets: [.function("agentcore")], environment: credentials) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let tools = "\(workspace.folder)/tools.json"
            let schema = #"{"type":"object","properties":{"email":{"type":"string"}},"required":["email"]}"#
            try #"[{"name":"find__user","inputSchema":\#(schema)},{"name":"a___b","inputSchema":\#(schema)}]"#
                .write(toFile: tools, atomically: true, encoding: .utf8)
            let added = try await workspace.run(
                ["target", "add", "crm", "--function", "test-agentcore", "--contract", "agentcore"]
                    + ["--tools", tools, "--approval", "open", "--endpoint", try #require(gateway.lambdaURL)]
                    + ["--region", "eu-central-1", "--config", workspace.config]
            )
            #expect(added.status == 0, "\(added.err)")
            try await workspace.command("target", "refresh", "crm")
            let key = try await workspace.issueKey().key
            for era in Agent.Era.allCases {
                let agent = try await gateway.agent(era, key: key)
                for tool in ["find__user", "a___b"] {
                    try await gateway.awaitTool("crm___\(tool)", agent)
                    let answer = try await agent.call("crm___\(tool)", #"{"email":"a@b.c"}"#)
                    #expect(
                        answer.structured == [
                            "tool": .string(tool), "email": "a@b.c", "target": "crm", "message": "7",
                            "version": "1.0", "idLength": .number("36"),
                        ],
                        "\(answer.response.text)"
                    )
                }
                // An exception keeps its message and loses its stack.
                let failed = try await agent.call("crm___a___b", "{}")
                #expect(failed.text == "KeyError: 'email'")
                #expect(!failed.response.text.contains("handler.py"))
            }
        }
    }
}
