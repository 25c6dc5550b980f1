import Foundation
import JSON
import TestSupport
import Testing

/// What a changed schema would do to recorded calls, shown before its approval; and what is recorded of calls.
struct ToolImpactTests {
    /// A function with one tool, which answers with its arguments.
    private static func handler(schema: String) -> String {
        """
        import json

        SCHEMA = json.loads(r'''\(schema)''')

        def handler(event, context):
            if event["method"] == "tools/list":
                return {"statusCode": 200, "body": json.dumps({"tools": [{"name": "weather", "inputSchema": SCHEMA}]})}
            text = json.dumps(event["params"]["arguments"])
            return {"statusCode": 200, "body": json.dumps({"content": [{"type": "text", "text": text}]})}

        """
    }

    private static let before =
        #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"token":{"type":"string"}},"required":["city"]}"#
    private static let after =
        #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","maximum":7},"token":{"type":"string"}},"required":["city","days"]}"#

    private static func target(_ more: String = "") throws -> String {
        """
        [target]
        function = "hello"
        contract = "mcp-wrapper"
        approval = "open"
        pin_definitions = true
        \(more)
        [local]
        command = ["\(try Programs.python)", "-m", "awslambdaric"]
        handler = "handler.handler"

        """
    }

    private func withWeather(
        _ more: String = "",
        _ body: (GatewayProcess, Workspace) async throws -> Void
    ) async throws {
        try await withWorkspace(settings: ["local_lambda": "watch = true"]) { workspace in
            let folder = "\(workspace.folder)/targets/hello"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.handler(schema: Self.before).write(
                toFile: "\(folder)/handler.py",
                atomically: true,
                encoding: .utf8
            )
            try Self.target(more).write(toFile: "\(folder)/target.toml", atomically: true, encoding: .utf8)
            try await workspace.run(local: true) { gateway in try await body(gateway, workspace) }
        }
    }

    private func agent(_ gateway: GatewayProcess, _ workspace: Workspace, _ tenant: String) async throws
        -> Agent
    {
        try await workspace.command("tenant", "create", tenant)
        return try await gateway.agent(key: try await workspace.issueKey(tenant: tenant).key)
    }

    @Test func `an approval first shows whose calls a changed schema would refuse, and why`()
        async throws
    {
        try await withWeather { gateway, workspace in
            let acme = try await agent(gateway, workspace, "acme")
            let beta = try await agent(gateway, workspace, "beta")
            try await gateway.awaitTool("hello___weather", acme)
            for days in 1...3 {
                _ = try await acme.call("hello___weather", "{\"city\":\"Bern\",\"days\":\(days)}")
            }
            for _ in 0..<2 { _ = try await beta.call("hello___weather", #"{"city":"SECRET","SECRET":1}"#) }
            let changed = Self.handler(schema: Self.after)
            let path = "\(workspace.folder)/targets/hello/handler.py"
            try changed.write(toFile: path, atomically: true, encoding: .utf8)
            try await eventually("the changed tool is held back") {
                try await workspace.json("tool", "show", "hello___weather")["state"] == "quarantined"
            }
            var impact = JSONValue.null
            try await eventually("the calls are recorded") {
                impact = try await workspace.json("tool", "impact", "hello___weather")
                return impact["calls"] == 5
            }
            #expect(impact["waiting"] == true && impact["refused"] == 2 && impact["open"] == 3)
            #expect(impact["tenantsRefused"] == 1)
            let tenants = impact["tenants"]?.arrayValue ?? []
            #expect(tenants.map { $0["tenant"]?.stringValue } == ["beta", "acme"])
            #expect(
                tenants.first?["refused"] == 2 && tenants.last?["refused"] == 0 && tenants.last?["open"] == 3
            )
            let rules = (impact["rules"]?.arrayValue ?? []).map {
                "\($0["path"]?.stringValue ?? "") \($0["keyword"]?.stringValue ?? "") \($0["certain"]?.boolValue ?? false)"
            }
            #expect(rules == ["/days required true", "/days maximum false"])
            #expect(!impact.text.contains("SECRET"))
            let line = "of 5 calls in 30 days 2 by 1 tenant would be refused"
            for words in [
                ["tool", "approve", "hello___weather", "--dry-run"], ["tool", "show", "hello___weather"],
            ] {
                let shown = try await workspace.command(words)
                #expect(shown.contains(line) && shown.contains("tool impact hello___weather"), "\(shown)")
            }
            let text = try await workspace.command("tool", "impact", "hello___weather", "--since", "1h")
            #expect(
                text.contains("beta") && text.contains("/days: required, and missing (2 calls)"),
                "\(text)"
            )
            try await workspace.command("tool", "approve", "hello___weather")
            let done = try await workspace.json("tool", "impact", "hello___weather")
            #expect(done["waiting"] == false)
        }
    }

    @Test func `arguments and results are recorded if a target says so, without secrets`()
        async throws
    {
        let settings = "record_arguments = \"redacted\"\nredact = [\"/city\"]"
        try await withWeather(settings) { gateway, workspace in
            let acme = try await agent(gateway, workspace, "acme")
            try await gateway.awaitTool("hello___weather", acme)
            _ = try await acme.call("hello___weather", #"{"\u0063ity":"HIDDEN","days":3,"token":"HIDDEN"}"#)
            var found: JSONValue?
            try await eventually("the call is recorded") {
                let calls =
                    try await workspace.json("calls", "--tool", "hello___weather")["calls"]?.arrayValue ?? []
                guard let id = calls.first?["id"]?.stringValue else { return false }
                found = try await workspace.json("calls", "--id", id)
                return true
            }
            let call = try #require(found)
            #expect(!call.text.contains("HIDDEN"), "\(call.text)")
            #expect(call.text.contains("[redacted]") && call.text.contains("days"), "\(call.text)")
        }
    }
}
