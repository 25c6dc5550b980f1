import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// Who called what: real calls of a real function, found by the command line on the host and elsewhere, in the portal,
/// and while they come.
struct CallsTests {
    /// A function with two tools; one of them fails.
    private static let handler = """
        import json

        def handler(event, context):
            if event["method"] == "tools/list":
                tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ["find", "fail"]]
                return {"statusCode": 200, "body": json.dumps({"tools": tools})}
            if event["params"]["name"] == "fail":
                raise ValueError("no such customer")
            text = json.dumps(event["params"]["arguments"])
            return {"statusCode": 200, "body": json.dumps({"content": [{"type": "text", "text": text}]})}

        """

    private func withCRM(_ body: (GatewayProcess, Workspace) async throws -> Void) async throws {
        try await withWorkspace(settings: ["records": "receipts = true"]) { workspace in
            try workspace.addTargetFile(
                "crm",
                """
                [target]
                function = "crm-function"
                contract = "mcp-wrapper"
                approval = "auto"
                record_arguments = "full"
                [local]
                command = ["\(try Programs.python)", "-m", "awslambdaric"]
                handler = "handler.handler"
                """
            )
            try Self.handler.write(
                toFile: "\(workspace.folder)/targets/crm/handler.py",
                atomically: true,
                encoding: .utf8
            )
            try await workspace.run(local: true) { gateway in try await body(gateway, workspace) }
        }
    }

    /// Issues a key of a tenant, and gives an agent with it that may call the function.
    private func agent(
        _ gateway: GatewayProcess,
        _ tenant: String
    ) async throws -> (agent: Agent, key: String, prefix: String) {
        let workspace = gateway.workspace
        let (key, prefix) = try await workspace.issueKey(tenant: tenant)
        try await workspace.command("subscription", "request", tenant, "crm")
        let agent = try await gateway.agent(key: key)
        try await gateway.awaitTool("crm___find", agent)
        return (agent, key, prefix)
    }

    private func found(_ operators: Operator, _ words: [String], _ count: Int) async throws -> [JSONValue] {
        var calls: [JSONValue] = []
        try await eventually("\(count) calls are recorded") {
            let output = try await operators.run(["calls"] + words + ["-o", "json"])
            calls = (try? JSONValue(parsing: output.out))?["calls"]?.arrayValue ?? []
            return calls.count == count
        }
        return calls
    }

    @Test func `an operator finds who called what, here and with url, and what the agent was told`()
        async throws
    {
        try await withCRM { gateway, workspace in
            let acme = try await agent(gateway, "acme")
            let rival = try await agent(gateway, "rival")
            _ = try await acme.agent.call("crm___find", #"{"id":7}"#)
            _ = try await rival.agent.call("crm___find", "{}")
            let failed = try await acme.agent.call("crm___fail", "{}")
            _ = try await acme.agent.call("crm___nothing", "{}")
            for operators in [Operator(workspace), try await Operator(of: gateway)] {
                let all = try await found(operators, ["--since", "1h"], 4)
                #expect(
                    all.map { $0["tool"]?.stringValue } == [
                        "crm___nothing", "crm___fail", "crm___find", "crm___find",
                    ]
                )
                #expect(all.map { $0["tenant"] } == ["acme", "acme", "rival", "acme"])
                #expect(
                    all[3]["key"]?.stringValue == acme.prefix && all[2]["key"]?.stringValue == rival.prefix
                )
                #expect(all[0]["target"] == .null && all[0]["outcome"] == "refused")
                let errors = try await found(operators, ["--status", "error", "--tenant", "acme"], 2)
                #expect(errors[1]["outcome"] == "function_error")
                let one = try await found(
                    operators,
                    ["--id", errors[1]["lambdaRequestId"]?.stringValue ?? ""],
                    1
                )
                #expect(one[0]["id"] == errors[1]["id"])
                // The agent's error holds the request id by which the operator finds the call.
                #expect(failed.json.text.contains(one[0]["lambdaRequestId"]?.stringValue ?? "none"))
                let full = try await found(operators, ["--id", all[3]["id"]?.stringValue ?? ""], 1)
                #expect(full[0]["arguments"]?.stringValue == #"{"id":7}"#)
                let unknown = try await operators.run(["calls", "--tool", "crm___never"])
                #expect(unknown.status == 1 && unknown.err.contains("crm___never"))
            }
        }
    }

    @Test func `each tenant finds its own calls in the portal, and none by another tenant's ids`()
        async throws
    {
        try await withCRM { gateway, workspace in
            let acme = try await agent(gateway, "acme")
            let rival = try await agent(gateway, "rival")
            _ = try await acme.agent.call("crm___find", #"{"id":7}"#)
            _ = try await rival.agent.call("crm___find", #"{"id":8}"#)
            let all = try await found(Operator(workspace), [], 2)
            for (own, other) in [(acme, all[0]), (rival, all[1])] {
                let portal = gateway.portal(own.key)
                let list = try await portal.get("/calls").json["calls"]?.arrayValue ?? []
                #expect(list.count == 1 && list[0]["key"]?.stringValue == own.prefix)
                let mine = try await portal.get("/calls/\(list[0]["lambdaRequestId"]?.stringValue ?? "")")
                #expect(mine.status == 200 && mine.json["arguments"]?.stringValue?.contains("id") == true)
                for id in [other["id"], other["lambdaRequestId"], other["traceId"]] {
                    for rest in ["", "/receipt"] {
                        let answer = try await portal.get("/calls/\(id?.stringValue ?? "")\(rest)")
                        #expect(answer.status == 404, "\(answer.text)")
                    }
                }
                #expect(!mine.text.contains("crm-function"))
            }
        }
    }

    @Test func `a receipt names the subscription of the call, and is checked on a machine without a gateway`()
        async throws
    {
        try await withCRM { gateway, workspace in
            let acme = try await agent(gateway, "acme")
            let answer = try await acme.agent.call("crm___find", #"{"id":7}"#)
            #expect(answer.status == 200)
            let id = try await found(Operator(workspace), [], 1)[0]["id"]?.stringValue ?? ""
            let receipt = try await workspace.json("calls", "receipt", id)
            #expect(
                receipt["subscription"]?["state"] == "approved"
                    && receipt["caller"]?["key"]?.stringValue == acme.prefix
            )
            let (file, arguments) = ("\(workspace.folder)/receipt.json", "\(workspace.folder)/arguments.json")
            try receipt.text.write(toFile: file, atomically: true, encoding: .utf8)
            try #"{"id":7}"#.write(toFile: arguments, atomically: true, encoding: .utf8)
            let key =
                try await gateway.portal(acme.key).get("/receipt-key").json["fingerprint"]?.stringValue ?? ""
            let good = try await workspace.run(
                [
                    "calls", "verify", file, "--public-key", key, "--arguments", arguments, "--config",
                    workspace.config,
                ]
            )
            #expect(good.status == 0 && good.out.contains("chain is whole"), "\(good.out)\(good.err)")
            try #"{"id":8}"#.write(toFile: arguments, atomically: true, encoding: .utf8)
            let other = try await workspace.run(["calls", "verify", file, "--arguments", arguments])
            #expect(other.status == 1, "\(other.out)")
        }
    }

    @Test(arguments: [false, true])
    func `following shows each call once, even over a restart of the server, until Ctrl-C`(isRemote: Bool)
        async throws
    {
        try await withCRM { gateway, workspace in
            let acme = try await agent(gateway, "acme")
            var words = ["calls", "--follow", "-o", "jsonl"]
            var environment = workspace.environment
            if isRemote {
                let token = try await workspace.command("admin-token", "issue", "ci", "--role", "viewer")
                environment["MCP_GATEWAY_ADMIN_TOKEN"] = String(token.prefix { !$0.isWhitespace })
                words += ["--url", gateway.adminURL]
            } else {
                words += ["--config", workspace.config]
            }
            _ = try await acme.agent.call("crm___find", #"{"id":0}"#)
            _ = try await found(Operator(workspace), [], 1)
            let follower = try Program(
                [try Programs.gateway] + words,
                environment: environment,
                folder: workspace.folder
            )
            func lines(_ output: Program.Output) -> [Substring] { output.out.split(separator: "\n") }
            try await follower.wait(for: "the call of before") { $0.out.split(separator: "\n").count == 1 }
            for number in 1...3 {
                _ = try await acme.agent.call("crm___find", "{\"id\":\(number)}")
                try await follower.wait(for: "call \(number)") {
                    $0.out.split(separator: "\n").count == number + 1
                }
            }
            if !isRemote {
                // A restarted server has another address here, so only following on the host continues.
                await gateway.stop()
                try await workspace.run(local: true) { again in
                    let agent = try await again.agent(key: acme.key)
                    try await again.awaitTool("crm___find", agent)
                    _ = try await agent.call("crm___find", "{}")
                    try await follower.wait(for: "the call after the restart") {
                        $0.out.split(separator: "\n").count == 5
                    }
                }
            }
            follower.signal(SIGINT)
            let end = try await follower.end(seconds: 20)
            #expect(end.status == 0, "\(end.err)")
            let ids = lines(end).compactMap { (try? JSONValue(parsing: String($0)))?["id"]?.stringValue }
            #expect(Set(ids).count == (isRemote ? 4 : 5) && ids.count == Set(ids).count)
        }
    }
}
