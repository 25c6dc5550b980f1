import Foundation
import JSON
import RateLimit
import Store
import TestSupport
import Testing

/// What a running gateway stores by itself.
struct PeriodicWriterTests {
    private static let look: @Sendable (FakeLambda.Call) -> String = { call in
        call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
    }

    private static func addShop(_ workspace: Workspace, _ url: String) async throws {
        try await workspace.addShop(at: url)
        try await workspace.command("target", "refresh", "shop")
    }

    private static func calls(_ workspace: Workspace) async throws -> Int {
        let sums = try await workspace.json("usage", "--by", "tenant")["usage"]?.arrayValue ?? []
        return sums.first { $0["name"]?.stringValue == "demo" }?["calls"]?.intValue ?? 0
    }

    @Test func `a quota and its count survive kill -9`() async throws {
        try await FakeLambda.with(Self.look) { url in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                let key = try await workspace.issueKey().key
                try await Self.addShop(workspace, url)
                try await workspace.command("limit", "set", "tenant", "demo", "--quota", "5/day")
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    for _ in 0..<3 { #expect(try await agent.call("shop___look").status == 200) }
                    // Usage and quotas are stored together.
                    try await eventually("three calls are stored") { try await Self.calls(workspace) == 3 }
                    gateway.program.signal(SIGKILL)
                    _ = try await gateway.program.end()
                }
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    for _ in 0..<2 { #expect(try await agent.call("shop___look").status == 200) }
                    let refused = try await agent.call("shop___look")
                    #expect(refused.status == 429)
                    #expect(refused.error?["code"]?.intValue == 429)
                    #expect(refused.error?["data"]?["metric"]?.stringValue == "calls per day")
                    #expect(refused.error?["data"]?["limit"]?.stringValue == "tenant")
                    // A higher quota continues from the same count.
                    try await workspace.command("limit", "set", "tenant", "demo", "--quota", "6/day")
                    try await eventually("one call more is allowed") {
                        try await agent.call("shop___look").status == 200
                    }
                    #expect(try await agent.call("shop___look").status == 429)
                }
                // An orderly end flushes everything: six calls, and the refused ones.
                #expect(try await Self.calls(workspace) == 6)
            }
        }
    }

    /// The stored periods are years ahead of the clock or behind it.
    @Test func `a start forgets no count, however far its period is from the clock`() async throws {
        try await withWorkspace { workspace in
            try await workspace.command("tenant", "create", "demo")
            let limit = try await workspace.json("limit", "set", "tenant", "demo", "--quota", "5/day")
            let id = Int64(try #require(limit["id"]?.intValue))
            let periods = ["day:2020-02-29", "day:2040-01-01", "month:2020-02", "month:2040-01"]
            func kept() throws -> [String] {
                let store = try Store::Store.open(path: workspace.store)
                defer { store.close() }
                return try store.readBlocking { reading throws(StoreError) in
                    try reading.quotaUsage().map { "\($0.period) \($0.count)" }
                }
            }
            let store = try Store::Store.open(path: workspace.store)
            try store.writeBlocking(as: .system) { writing throws(StoreError) in
                try writing.addQuotaUsage(periods.map { QuotaUsage(limitID: id, period: $0, count: 4) })
            }
            store.close()
            for _ in 0..<2 { try await workspace.run { _ in } }
            #expect(try kept() == periods.map { "\($0) 4" })
        }
    }

    @Test func `usage shows calls, failures and refusals, and a key's last use`() async throws {
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["look", "fail"]) }
            let name = call.event["params"]?["name"]?.stringValue
            return name == "fail"
                ? #"{"statusCode":200,"body":"{\"content\":[],\"isError\":true}"}"# : FakeLambda.text("seen")
        }) { url in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                let (key, prefix) = try await workspace.issueKey()
                try await Self.addShop(workspace, url)
                let before = Date().timeIntervalSince1970 * 1_000
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    for _ in 0..<4 { _ = try await agent.call("shop___look") }
                    for _ in 0..<2 { #expect(try await agent.call("shop___fail").isError == true) }
                }
                let sums = try await workspace.json("usage", "--by", "tool")["usage"]?.arrayValue ?? []
                #expect(sums.map { $0["name"]?.stringValue } == ["shop___look", "shop___fail"])
                #expect(sums.map { $0["calls"]?.intValue } == [4, 2])
                #expect(sums.map { $0["errors"]?.intValue } == [0, 2])
                let keys = try await workspace.json("key", "list", "demo")["keys"]?.arrayValue ?? []
                let used = keys.first { $0["prefix"]?.stringValue == prefix }?["lastUsedAtMs"]?.intValue
                #expect(Double(try #require(used)) >= before - 1)
            }
        }
    }

    @Test func `an approval that expires by the clock is stored as expired and in the audit log`()
        async throws
    {
        try await FakeLambda.with(Self.look) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                try await workspace.addShop(at: url, approval: nil)
                try await workspace.command("target", "refresh", "shop")
                let agent = try await gateway.agent()
                let id = try await workspace.json("subscription", "request", "demo", "shop")["id"]?.intValue
                let words = ["subscription", "approve", "\(try #require(id))", "--expires", "2s"]
                #expect(try await workspace.run(words + ["--config", workspace.config]).status == 0)
                try await gateway.awaitTool("shop___look", agent)
                try await eventually("the approval is over") { try await agent.toolNames().isEmpty }
                try await eventually("its end is in the audit log") {
                    let events = try await workspace.json("audit", "list")["events"]?.arrayValue ?? []
                    return events.contains {
                        $0["action"]?.stringValue == "subscription.expire"
                            && $0["actor"]?.stringValue == "system"
                    }
                }
                let verified = try await workspace.json("audit", "verify")
                #expect(verified["faults"]?.arrayValue?.isEmpty == true)
            }
        }
    }
}
