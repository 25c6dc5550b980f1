import Foundation
import JSON
import Testing
import TestSupport

/// Tools with aliases, and refused tools, as agents, operators and functions see them.
struct AliasTests {
    private static let long = "get_the_present_time_of_day_in_any_time_zone_that_there_is_or_was"

    @Test
    func `a tool with an over-long name is called by its alias, while its function gets its own name`()
        async throws
    {
        try await Mall.with(["shop": ["look", Self.long]]) { mall in
            let people = mall.people
            let key = try await mall.key()
            let agents = [
                try await mall.gateway.agent(.modern, key: key.key),
                try await mall.gateway.agent(.legacy, key: key.key),
            ]
            for agent in agents { #expect(try await agent.toolNames() == ["shop___look"]) }

            let listed = try await people.command("tool", "list", "--state", "refused")
            #expect(listed.contains("shop___\(Self.long)") && listed.contains("more than 64"))
            let explained = try await people.run(["permission", "explain", "acme", "shop___\(Self.long)"])
            #expect(explained.status == 1 && explained.out.contains("the tool is refused: "))
            #expect(try await people.command("tool", "show", "shop___\(Self.long)").contains("refused: "))
            try await eventually("the metric counts it") {
                try await mall.gateway.metric(#"mcp_gateway_catalog_tools_refused{target="shop"}"#) == 1
            }
            let answer = try await mall.gateway.get("/status", port: mall.gateway.adminPort).text
            let status = try JSONValue(parsing: answer)["targets"]?[0]
            #expect(status?["refusedTools"] == 1)
            #expect(status?["refused"]?[0]?["tool"]?.stringValue == Self.long)

            let stream = try await EventStream(agents[0])
            let given = try await people.command("tool", "alias", "shop___\(Self.long)", "present-time")
            #expect(given.contains("agents call shop___present-time"))
            _ = try await stream.change(1)
            for agent in agents {
                #expect(try await agent.toolNames() == ["shop___look", "shop___present-time"])
                #expect(try await agent.call("shop___present-time").text == Self.long)
                #expect(try await agent.call("shop___\(Self.long)").error?["code"] == -32602)
            }
            try await people.command("tool", "alias", "shop___present-time", "--remove")
            _ = try await stream.change(2)
            #expect(try await agents[0].toolNames() == ["shop___look"])
            #expect(try await mall.expectAuditIsSound())
        }
    }

    @Test
    func
        `a file's aliases are in force after a reload, and wait for an approval where definitions are pinned`()
        async throws
    {
        var target = Workspace.Target.time
        target.replacing["approval = \"open\""] = "approval = \"required\""
        try await withGateway(local: true, targets: [target]) { gateway in
            let workspace = gateway.workspace
            let people = Operator(workspace)
            let agent = try await gateway.agent(key: workspace.issueKey(tenant: "acme").key)
            try await eventually("its tools are read") {
                try await people.command("tool", "list").contains("time___")
            }
            let asked = try await people.json("subscription", "request", "acme", "time")
            try await people.command("subscription", "approve", "\(asked["id"]?.intValue ?? 0)")
            try await eventually("the tools are there") { try await !agent.toolNames().isEmpty }
            let before = try await agent.toolNames()
            let tool = try #require(before.first).dropFirst("time___".count)
            let file = "\(workspace.folder)/targets/time/target.toml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try (text + "\n[aliases]\n\(tool) = \"renamed\"\n").write(
                toFile: file,
                atomically: true,
                encoding: .utf8
            )
            gateway.program.signal(SIGHUP)
            try await eventually("the tool has its alias") {
                try await people.command("tool", "list").contains("time___renamed")
            }
            try await eventually("its old name is gone") {
                try await agent.toolNames() == Array(before.dropFirst())
            }
            let waiting = try await people.command("tool", "list", "--waiting")
            #expect(waiting.contains("time___renamed"))
            let approved = try await people.command("tool", "approve", "time___renamed")
            #expect(approved.contains("renamed: agents called it time___\(tool)"))
            try await eventually("it is there by its new name") {
                try await agent.toolNames().contains("time___renamed")
            }
        }
    }
}
