import Bytes
import Crypto
import Foundation
import HTTP
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

/// A team's budget in dollars, with a running gateway and a Lambda that reports what it bills.
struct BudgetTests {
    /// An Invoke API that bills each call 415 ms at 128 MB, which is 1,064.585 billionths of a dollar. It counts the
    /// calls that asked for the log, and those that didn't.
    private func withBills(
        _ body: (_ url: String, _ counts: @Sendable () -> (asked: Int, silent: Int)) async throws -> Void
    ) async throws {
        let counts = Counts()
        try await withServer(handler: { exchange in
            let request = exchange.request
            if request.header("x-amz-invocation-type") == "DryRun" {
                return exchange.respond(Response(status: 204))
            }
            let wantsLog = request.header("x-amz-log-type") == "Tail"
            let event = (try? JSONValue(parsing: request.bytes.span, in: request.body)) ?? .null
            let isList = event["method"]?.stringValue == "tools/list"
            if !isList { counts.add(wantsLog) }
            let report =
                "REPORT RequestId: r-1\tDuration: 414.34 ms\tBilled Duration: 415 ms\tMemory Size: 128 MB\t"
                + "Max Memory Used: 36 MB\t\n"
            var fields = [
                ResponseField("x-amzn-RequestId", "r-1"), ResponseField("X-Amz-Executed-Version", "$LATEST"),
            ]
            if wantsLog {
                fields.append(ResponseField("X-Amz-Log-Result", Base64.standard.encode(Array(report.utf8))))
            }
            let payload = isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
            exchange.respond(
                Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(payload))
            )
        }) { port, _ in try await body("http://127.0.0.1:\(port)", { counts.all }) }
    }

    private final class Counts: Sendable {
        private let counts = Mutex<(asked: Int, silent: Int)>((0, 0))
        func add(_ wantsLog: Bool) {
            counts.withLock { if wantsLog { $0.asked += 1 } else { $0.silent += 1 } }
        }
        var all: (asked: Int, silent: Int) { counts.withLock { $0 } }
    }

    private static func spent(_ workspace: Workspace) async throws -> Int? {
        let limits = try await workspace.json("limit", "list")["limits"]?.arrayValue ?? []
        return limits.first?["use"]?.arrayValue?.first { $0["metric"] == "budget-month" }?["used"]?.intValue
    }

    @Test func `a budget of four calls survives kill -9, and another tenant isn't affected`() async throws {
        try await withBills { url, counts in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                let key = try await workspace.issueKey().key
                try await workspace.command("tenant", "create", "other")
                let other = try #require(
                    try await workspace.json("key", "issue", "other")["key"]?.stringValue
                )
                try await workspace.addShop(at: url)
                try await workspace.command("target", "refresh", "shop")
                try await workspace.command("limit", "set", "tenant", "demo", "--budget", "0.000004usd/month")
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    for _ in 0..<2 { #expect(try await agent.call("shop___look").status == 200) }
                    // The amount spent is stored together with the usage.
                    try await eventually("two calls are stored") {
                        let sums = try await workspace.json("usage", "--by", "tenant")["usage"]?.arrayValue
                        return sums?.first?["calls"] == 2
                    }
                    gateway.program.signal(SIGKILL)
                    _ = try await gateway.program.end()
                }
                #expect((2_128...2_130).contains(try await Self.spent(workspace) ?? 0))
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    for _ in 0..<2 { #expect(try await agent.call("shop___look").status == 200) }
                    let refused = try await agent.call("shop___look")
                    #expect(refused.status == 429)
                    #expect(refused.error?["data"]?["metric"] == "budget-month")
                    #expect(refused.error?["data"]?["limit"] == "tenant")
                    let text = refused.error?["message"]?.stringValue ?? ""
                    #expect(
                        text.hasPrefix("The budget of the month for this tenant is used up; it renews in")
                    )
                    #expect((4_256...4_260).contains(try await Self.spent(workspace) ?? 0))
                    // Each call under the budget has asked for its report; calls of another tenant don't.
                    #expect(counts() == (4, 0))
                    let second = try await gateway.agent(key: other)
                    for _ in 0..<5 { #expect(try await second.call("shop___look").status == 200) }
                    #expect(counts() == (4, 5))
                    // The status is read from the store, which has the amount at most a second later.
                    try await eventually("the status names the budget") {
                        let status = try await workspace.command("status")
                        return status.contains("month budget of tenant demo")
                            && status.contains("all 0.000004 USD are used")
                    }
                    // A higher budget continues from what was spent.
                    try await workspace.command(
                        "limit",
                        "set",
                        "tenant",
                        "demo",
                        "--budget",
                        "0.0000045usd/month"
                    )
                    try await eventually("one call more is let through") {
                        try await agent.call("shop___look").status == 200
                    }
                    #expect(try await agent.call("shop___look").status == 429)
                    try await eventually("the end of the budget is in the log") {
                        gateway.log.contains("a budget is used up, calls are refused")
                    }
                }
                let list = try await workspace.command("limit", "list")
                #expect(list.contains("0.0000045usd/month"), "\(list)")
            }
        }
    }
}
