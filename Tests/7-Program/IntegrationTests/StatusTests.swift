import Foundation
import JSON
import TestSupport
import Testing

/// A failing function as an operator sees it, in every place that shows it.
struct StatusTests {
    private static func target(_ name: String, in answer: JSONValue) -> JSONValue? {
        answer["targets"]?.arrayValue?.first { $0["name"]?.stringValue == name }
    }

    @Test
    func `a target whose every call fails is failing wherever an operator looks, and healthy again later`()
        async throws
    {
        try await withWorkspace(targets: [.function("faults"), .time]) { workspace in
            try await workspace.run(local: true) { gateway in
                let agent = try await gateway.agent()
                for tool in ["faults___raise_error", "time___get_current_time"] {
                    try await gateway.awaitTool(tool, agent)
                }
                for _ in 0..<4 {
                    #expect(try await agent.call("faults___raise_error").isError == true)
                    let answer = try await agent.call("time___get_current_time", #"{"timezone":"UTC"}"#)
                    #expect(answer.isError != true)
                }
                try await Self.expectFailing(gateway)

                for _ in 0..<6 { #expect(try await agent.call("faults___echo").isError != true) }
                let list = try await workspace.json("target", "list")
                #expect(Self.target("faults", in: list)?["state"] == "ok")
                let calls = Self.target("faults", in: list)?["calls"]
                #expect(calls?["fiveMinutes"]?["calls"] == 10 && calls?["fiveMinutes"]?["errors"] == 4)
                #expect(calls?["failingSinceMs"] == .null && calls?["lastError"]?["code"] == "function_error")
                #expect(try await gateway.metric(#"mcp_gateway_calls_failing{target="faults"}"#) == 0)

                // The tool's own answer goes to its caller.
                #expect(try await agent.call("faults___tool_error").text == "the tool says no")
                let last = try await workspace.json("target", "show", "faults")["calls"]?["lastError"]
                #expect(last?["code"] == "tool_error" && last?["tool"] == "tool_error")
                #expect(last?["text"] == "the tool answered with an error of its own")
            }
            // No server runs any more that would know.
            let status = try await workspace.json("status")
            #expect(status["server"] == .null)
            #expect(Self.target("faults", in: status)?["calls"] == .null)
            #expect(try await workspace.command("status").hasPrefix("no server runs on this store"))
            #expect(try await workspace.json("target", "show", "faults")["calls"] == .null)
        }
    }

    private static func expectFailing(_ gateway: GatewayProcess) async throws {
        let workspace = gateway.workspace
        let list = try await workspace.command("target", "list")
        let line = list.split(separator: "\n").first { $0.hasPrefix("faults ") } ?? ""
        #expect(line.contains("failing (calls)") && line.contains("this tool always fails"), "\(list)")
        let shown = try await workspace.command("target", "show", "faults")
        for text in ["failing (calls)", "4, 4 failed (100 %), p50 ", "function_error in raise_error: "] {
            #expect(shown.contains(text), "\(shown)")
        }

        let screen = try await workspace.command("status")
        #expect(screen.contains("problem  target faults: 4 of 4 calls failed in five minutes"), "\(screen)")
        #expect(screen.contains("functions run on its machine") && screen.contains("this tool always fails"))
        let status = try await workspace.json("status")
        #expect(status["server"]?["admin"]?.stringValue == gateway.adminURL)
        #expect(status["server"]?["ready"] == true)
        let (faults, time) = (target("faults", in: status), target("time", in: status))
        #expect(faults?["state"] == "calls_failing" && time?["state"] == "ok")
        for span in ["fiveMinutes", "hour"] {
            #expect(faults?["calls"]?[span]?["errorPercent"] == 100)
            #expect(time?["calls"]?[span]?["calls"] == 4 && time?["calls"]?[span]?["errors"] == 0)
            #expect(time?["calls"]?[span]?["p99Us"]?.intValue ?? 0 > 0)
        }

        let open = try JSONValue(parsing: try await gateway.get("/status", port: gateway.adminPort).text)
        #expect(target("faults", in: open)?["state"] == "calls_failing")
        #expect(target("faults", in: open)?["calls"]?["lastError"]?["code"] == "function_error")
        #expect(open["attention"]?[0]?["kind"] == "calls_failing")
        #expect(!open.text.contains("this tool always fails"), "what a function said is open to nobody")
        #expect(try await gateway.metric(#"mcp_gateway_calls_failing{target="faults"}"#) == 1)
    }

    @Test func `what needs a person's decision is on the screen, with the command for it`() async throws {
        try await Mall.with(["shop": ["look"], "bank": ["pay"]], open: ["shop"]) { mall in
            let asked = try await mall.people.json(
                "subscription",
                "request",
                "acme",
                "bank",
                "--reason",
                "to pay"
            )
            let id = asked["id"]?.intValue ?? 0
            try await mall.people.command("limit", "set", "tenant", "acme", "--quota", "5/day")
            let key = try await mall.key("acme", "--expires", "2d")
            let agent = try await mall.gateway.agent(key: key.key)
            for _ in 0..<4 { #expect(try await agent.call("shop___look").status == 200) }
            // The counts are written once a second.
            try await eventually("the quota's count is stored") {
                try await mall.people.json("status").text.contains("quota_near_end")
            }
            let screen = try await mall.people.command("status")
            for text in [
                "subscription \(id): tenant acme asks for target bank: to pay",
                "`mcp-gateway subscription approve \(id)`",
                "day quota of tenant acme: 4 of 5 calls are used",
                "key \(key.prefix): tenant acme's key expires in 47 hours",
            ] {
                #expect(screen.contains(text), "\(screen)")
            }
            let open = try await mall.gateway.get("/status", port: mall.gateway.adminPort).text
            #expect(!open.contains("acme") && !open.contains(key.prefix))
        }
    }

    @Test func `settings that wait for a restart, and a draining server, are shown`() async throws {
        try await withGateway { gateway in
            let workspace = gateway.workspace
            try workspace.write(settings: ["agents": "connections_max = 77"])
            _ = try await workspace.run(["reload", "--config", workspace.config])
            let status = try await workspace.json("status")
            #expect(status["server"]?["needsRestart"]?[0]?.stringValue == "agents.connections_max")
            #expect(
                try await workspace.command("status").contains("warning  settings: changed, and not in force")
            )
        }
    }
}
