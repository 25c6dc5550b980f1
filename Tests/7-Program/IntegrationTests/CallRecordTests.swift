import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// The records that a server leaves, read after it has ended.
struct CallRecordTests {
    private static func calls(_ workspace: Workspace) async throws -> [JSONValue] {
        try await workspace.json("calls", "--since", "1h", "--limit", "100")["calls"]?.arrayValue ?? []
    }

    private static func ends(_ calls: [JSONValue]) -> [String] {
        calls.map {
            "\($0["tool"]?.stringValue ?? "-") \($0["outcome"]?.stringValue ?? "-") \($0["code"]?.stringValue ?? "-")"
        }
        .sorted()
    }

    @Test
    func `each call of either era is recorded, refused ones too, with the caller and the time it took`()
        async throws
    {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look", "fail"]) : FakeLambda.text("seen")
        }) { url in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                let (key, prefix) = try await workspace.issueKey()
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh", "shop")
                try await workspace.run { gateway in
                    for era in Agent.Era.allCases {
                        let agent = try await gateway.agent(era, key: key)
                        #expect(try await agent.call("shop___look").text == "seen")
                        _ = try await agent.call("shop___none")
                        _ = try await agent.list()
                    }
                    try await workspace.command(
                        "limit",
                        "set",
                        "tenant-tool",
                        "demo/shop___fail",
                        "--quota",
                        "0/day"
                    )
                    #expect(try await gateway.agent(key: key).call("shop___fail").status == 429)
                    gateway.program.signal(SIGTERM)
                    #expect(try await gateway.program.end(seconds: 20).status == 0)
                }
                // The server has ended, so everything it knew is on disk.
                let calls = try await Self.calls(workspace)
                #expect(
                    Self.ends(calls) == [
                        "shop___fail limited quota_exceeded", "shop___look ok -", "shop___look ok -",
                        "shop___none refused unknown_tool", "shop___none refused unknown_tool",
                    ]
                )
                #expect(
                    calls.allSatisfy {
                        $0["tenant"]?.stringValue == "demo" && $0["key"]?.stringValue == prefix
                    }
                )
                #expect(Set(calls.compactMap { $0["id"]?.stringValue }).count == 5)
                let answered = calls.filter { $0["outcome"]?.stringValue == "ok" }
                for call in answered {
                    #expect(call["lambdaRequestId"]?.stringValue == "6d1e8a4e-0000-4000-8000-3f2d6f0a7c11")
                    #expect(call["attempts"]?.intValue == 1)
                    let whole = call["durationUs"]?.intValue ?? 0
                    #expect(whole > 0 && whole >= call["functionUs"]?.intValue ?? 0)
                }
                #expect(
                    Set(answered.compactMap { $0["revision"]?.stringValue }) == ["2026-07-28", "2025-11-25"]
                )
                #expect(answered.contains { $0["client"]?.stringValue == "test 1" })
            }
        }
    }

    @Test func `a call that ends while the server drains, and one that is given up, leave a record each`()
        async throws
    {
        let (began, release) = (Latch(), Latch())
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["hold", "never"]) }
            began.open()
            if call.event["params"]?["name"]?.stringValue == "hold" {
                await release.wait()
                return FakeLambda.text("finished")
            }
            await withCheckedContinuation { never in call.onHangUp { never.resume() } }
            return FakeLambda.text("too late")
        }) { url in
            let settings = ["MCP_GATEWAY_SERVER_DRAIN_TIMEOUT": "2s"]
            let environment = FakeLambda.credentials.merging(settings) { $1 }
            try await withWorkspace(environment: environment) { workspace in
                let key = try await workspace.issueKey().key
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh", "shop")
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(.legacy, key: key)
                    let never = try agent.beginCall("shop___never")
                    #expect(await began.wait())
                    let held = try agent.beginCall("shop___hold")
                    try await eventually("both calls are under way") {
                        try await gateway.metric(#"mcp_gateway_calls_in_flight{target="shop"}"#) == 2
                    }
                    gateway.program.signal(SIGTERM)
                    try await eventually("/readyz is 503", seconds: 10) {
                        try await gateway.get("/readyz", port: gateway.adminPort).status == 503
                    }
                    release.open()
                    #expect(try await Agent.answer(on: held).text == "finished")
                    #expect(try await gateway.program.end(seconds: 20).status == 0)
                    never.close()
                }
                let ends = Self.ends(try await Self.calls(workspace))
                #expect(ends.count == 2)
                #expect(ends.first == "shop___hold ok -")
                #expect(ends.last?.hasPrefix("shop___never ") == true && ends.last?.contains(" ok ") == false)
            }
        }
    }

    @Test func `without records nothing is written, and calls are answered`() async throws {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
        }) { url in
            let environment = FakeLambda.credentials.merging(["MCP_GATEWAY_RECORDS_ENABLED": "false"]) { $1 }
            try await withWorkspace(environment: environment) { workspace in
                let key = try await workspace.issueKey().key
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh", "shop")
                try await workspace.run { gateway in
                    let answer = try await gateway.agent(key: key).call("shop___look")
                    #expect(answer.text == "seen")
                }
                #expect(try await Self.calls(workspace).isEmpty)
            }
        }
    }
}
