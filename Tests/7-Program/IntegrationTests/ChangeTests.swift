import Foundation
import JSON
import TestSupport
import Testing

/// Changes by commands while a gateway runs.
struct ChangeTests {
    /// The promise is 500 ms; a machine that runs all tests at once may take twice that.
    private static let limit = Duration.milliseconds(1000)

    @Test func `keys and targets that commands change are seen by a running gateway within half a second`()
        async throws
    {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let agent = try await gateway.agent()
                try await workspace.addShop(at: url)
                let refreshed = try await workspace.json("target", "refresh", "shop")
                #expect(refreshed["targets"]?[0]?["added"]?.intValue == 1)
                #expect(refreshed["targets"]?[0]?["error"]?.isNull != false)
                try await expectSoon("an added target's tools appear") {
                    try await agent.toolNames() == ["shop___look"]
                }
                #expect(try await agent.call("shop___look").text == "seen")

                try await workspace.command("target", "disable", "shop")
                try await expectSoon("a disabled target's tools vanish") {
                    try await agent.toolNames().isEmpty
                }
                try await workspace.command("target", "enable", "shop")
                try await expectSoon("an enabled target's tools are back") {
                    try await agent.toolNames() == ["shop___look"]
                }
                try await workspace.command("target", "remove", "shop")
                try await expectSoon("a removed target's tools vanish") {
                    try await agent.toolNames().isEmpty
                }

                let (key, prefix) = try await workspace.issueKey()
                let other = Agent(port: agent.port, key: key, era: .modern)
                try await expectSoon("an issued key works") { try await other.list().status == 200 }
                try await workspace.command("key", "revoke", prefix)
                try await expectSoon("a revoked key is refused") { try await other.list().status == 401 }
                #expect(try await agent.list().status == 200)
            }
        }
    }

    /// Records the functions that were asked for their tools.
    private actor Asked {
        private(set) var functions: [String] = []

        func note(_ function: String) { functions.append(function) }
    }

    @Test func `only a change that may bring other tools makes a running server read them again`()
        async throws
    {
        let asked = Asked()
        try await FakeLambda.with({ call in
            await asked.note(call.function)
            return FakeLambda.tools(described: [("look", "plain"), ("peek", "hid\u{2060}den")])
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let agent = try await gateway.agent()
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh", "shop")
                #expect(try await agent.toolNames() == ["shop___look"])
                try await workspace.command("target", "update", "shop", "--timeout", "9s")
                #expect(await asked.functions == ["shop"])
                try await workspace.command("target", "update", "shop", "--allow-hidden", "true")
                try await gateway.awaitTool("shop___peek", agent)
                try await workspace.command("target", "update", "shop", "--function", "mall")
                try await eventually("the new function is asked") { await asked.functions.last == "mall" }
            }
        }
    }

    private func expectSoon(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let time = try await eventually(what, isSo)
        print("  \(what) after \(time.milliseconds) ms")
        #expect(time < Self.limit, "\(what)")
    }

    @Test func `a key expires, is narrowed by its patterns, and is refused while its tenant is suspended`()
        async throws
    {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look", "buy"]) : FakeLambda.text("done")
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let agent = try await gateway.agent()
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh")
                try await gateway.awaitTool("shop___buy", agent)

                let narrow = try await workspace.json("key", "issue", "demo", "--allow", "*___look")
                let reader = try await gateway.agent(key: try #require(narrow["key"]?.stringValue))
                #expect(try await reader.toolNames() == ["shop___look"])
                #expect(try await reader.call("shop___look").text == "done")
                let refused = try await reader.call("shop___buy")
                #expect(refused.error?["message"]?.stringValue == "Unknown tool: shop___buy")

                try await workspace.command("tenant", "suspend", "demo")
                try await expectSoon("a suspended tenant's keys rest") {
                    try await reader.list().status == 401
                }
                #expect(try await agent.list().status == 401)
                try await workspace.command("tenant", "resume", "demo")
                try await expectSoon("a resumed tenant's keys work") { try await agent.list().status == 200 }

                let brief = try await workspace.json("key", "issue", "demo", "--expires", "2s")
                let guest = Agent(
                    port: agent.port,
                    key: try #require(brief["key"]?.stringValue),
                    era: .modern
                )
                try await eventually("it works") { try await guest.list().status == 200 }
                try await eventually("it has ended", seconds: 10) { try await guest.list().status == 401 }
            }
        }
    }

    @Test func `a target that fails keeps its last good tools, and shows since when and why`() async throws {
        try await withGateway(environment: FakeLambda.credentials) { gateway in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            try await FakeLambda.with({ _ in FakeLambda.tools(["look"]) }) { url in
                for name in ["shop", "depot"] {
                    try await workspace.command(
                        "target",
                        "add",
                        name,
                        "--function",
                        name,
                        "--contract",
                        "mcp-wrapper",
                        "--endpoint",
                        url,
                        "--approval",
                        "open"
                    )
                }
                try await workspace.command("target", "refresh")
                try await gateway.awaitTool("depot___look", agent)
            }
            // The endpoint is closed now.
            let refreshed = try await workspace.json("target", "refresh", "shop")
            #expect(refreshed["targets"]?[0]?["error"]?.stringValue?.isEmpty == false)
            #expect(try await agent.toolNames() == ["depot___look", "shop___look"])
            let shown = try await workspace.json("target", "show", "shop")
            #expect(
                shown["lastError"]?.stringValue?.contains("cannot connect to http://127.0.0.1") == true,
                "\(shown.text)"
            )
            #expect((shown["lastErrorAtMs"]?.intValue ?? 0) > (shown["refreshedAtMs"]?.intValue ?? .max))
            #expect(shown["tools"]?.intValue == 1)
            let table = try await workspace.command("target", "list")
            #expect(table.contains("failing"))
            #expect(table.contains("ago"))
            let failing = #"mcp_gateway_catalog_failing{target="shop"}"#
            try await eventually("the metrics say so") { try await gateway.metric(failing) == 1 }
            #expect(try await gateway.metric(#"mcp_gateway_catalog_failing{target="depot"}"#) == 0)
            #expect(try await gateway.metric(#"mcp_gateway_catalog_tools{target="shop"}"#) == 1)
            #expect(try await gateway.metric(#"mcp_gateway_catalog_age_seconds{target="shop"}"#) ?? -1 >= 0)
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a target that can't be reached fails its own calls, and doesn't affect other lists`(
        _ era: Agent.Era
    )
        async throws
    {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let agent = try await gateway.agent(era)
                try await workspace.command(
                    "target",
                    "add",
                    "live",
                    "--function",
                    "live",
                    "--contract",
                    "mcp-wrapper",
                    "--endpoint",
                    url,
                    "--approval",
                    "open"
                )
                try await workspace.command(
                    "target",
                    "add",
                    "dead",
                    "--function",
                    "dead",
                    "--contract",
                    "mcp-wrapper",
                    "--endpoint",
                    url,
                    "--approval",
                    "open"
                )
                try await workspace.command("target", "refresh")
                try await gateway.awaitTool("live___look", agent)
                let closed = try await FakeLambda.with({ _ in "" }) { $0 }
                try await workspace.command("target", "update", "dead", "--endpoint", closed)
                try await eventually("calls of the dead target fail") {
                    try await agent.call("dead___look").isError == true
                }
                let answer = try await agent.call("dead___look")
                #expect(answer.status == 200)
                #expect(answer.failureCode == "unreachable")
                let refreshed = try await workspace.json("target", "refresh")
                let errors = refreshed["targets"]?.arrayValue?.map { $0["error"]?.stringValue != nil }
                #expect(errors == [true, false])
                #expect(try await agent.toolNames() == ["dead___look", "live___look"])
                #expect(try await agent.call("live___look").text == "seen")
            }
        }
    }
}

extension Duration {
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
