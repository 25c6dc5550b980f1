import EventLoop
import Gateway
import JSON
import Policy
import RateLimit
import Telemetry
import Testing

/// Budgets as a caller sees them.
struct BudgetTests {
    /// Half a second of a gigabyte: 8,533.35 billionths of a dollar at the public price.
    private static let report = ReportedCall(
        initUs: nil,
        billedMs: 500,
        memorySizeMB: 1_024,
        memoryUsedMB: 90
    )
    private static let cost = 8_533

    private static func used(_ agents: LimitAgents) -> [Int] {
        let moment = LimitMoment(nowNs: 1, wallMs: agents.endpoint.loop.wallMs)
        return agents.endpoint.state.limits.standings(at: moment).flatMap { $0.standings.map { $0.used } }
    }

    @Test(arguments: LimitTests.scopes, [LimitTests.modernCall, LimitTests.legacyCall])
    func `the call that crosses a budget is the last, and the refusal names no amount`(
        _ row: LimitTests.Row,
        _ ask: Ask
    ) async throws {
        let limit = LimitEntry(id: 1, scope: row.scope, monthBudget: 20_000)
        try await withLimitAgents(limited([limit])) { agents in
            agents.upstream.whileAnswering = { $0.reported(Self.report) }
            for _ in 0..<3 { try await agents.expect(200, ask) }
            #expect((3 * Self.cost...3 * (Self.cost + 1)).contains(Self.used(agents)[0]))
            let reply = try await agents.expect(429, ask)
            let data = try #require(reply.json["error"]?["data"])
            #expect(data["limit"]?.stringValue == row.word)
            #expect(data["metric"]?.stringValue == "budget-month")
            let waitMs = try #require(data["retryAfterMs"]?.intValue)
            #expect((1...31 * 86_400_000).contains(waitMs))
            #expect(reply.field("Retry-After") == "\((waitMs + 999) / 1000)")
            #expect(reply.field("X-RateLimit-Limit") == nil)
            let text = try #require(reply.message)
            #expect(text.hasPrefix("The budget of the month for this \(row.word) is used up; it renews in "))
            #expect(agents.upstream.sent.count == 3 && agents.calls(.limited) == 1)
        }
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let code: UpstreamFailure.Code
        let execution: Execution
        /// What the failed call spends.
        let spends: ClosedRange<Int>
        var testDescription: String { "\(code) \(execution)" }
    }

    @Test(arguments: [
        Failure(code: .throttled, execution: .none, spends: 0...0),
        Failure(code: .unreachable, execution: .none, spends: 0...0),
        Failure(code: .functionError, execution: .ended, spends: 1...100_000),
        // It may go on running, so it is charged for the whole of the target's timeout (30 s of 1 GB), however cheap
        // earlier calls were.
        Failure(code: .cancelled, execution: .unknown, spends: 500_200...500_202),
        Failure(code: .timedOut, execution: .unknown, spends: 500_200...500_202),
    ])
    func `a failed call spends what ran, or the whole timeout if that is unknown`(_ row: Failure) async throws
    {
        let limit = LimitEntry(id: 1, scope: .tenant(0), dayBudget: 1_000_000_000)
        try await withLimitAgents(limited([limit])) { agents in
            agents.upstream.whileAnswering = { $0.reported(Self.report) }
            try await agents.expect(200, LimitTests.modernCall)
            let before = Self.used(agents)[0]
            agents.upstream.whileAnswering = { _ in }
            agents.upstream.respond = { _ in
                var failure = UpstreamFailure(code: row.code, message: "no", detail: "no")
                failure.execution = row.execution
                return .failed(failure)
            }
            _ = try await agents.send(LimitTests.modernCall)
            #expect(row.spends.contains(Self.used(agents)[0] - before), "\(Self.used(agents)[0] - before)")
        }
    }

    @Test func `only calls under a budget are marked as budgeted, and local calls cost nothing`()
        async throws
    {
        let limit = LimitEntry(id: 1, scope: .key(0), dayBudget: 10_000)
        try await withLimitAgents(limited([limit])) { agents in
            agents.upstream.whileAnswering = { call in
                #expect(call.isBudgeted)
                call.isLocal = true
                call.reported(Self.report)
            }
            for _ in 0..<5 { try await agents.expect(200, LimitTests.modernCall) }
            #expect(Self.used(agents) == [0])
            agents.upstream.whileAnswering = { #expect(!$0.isBudgeted) }
            agents.publish(limited([LimitEntry(id: 1, scope: .key(0), dayQuota: 10_000)], version: 2))
            try await agents.expect(200, LimitTests.modernCall)
            // The spent amount was kept while the limit had no budget.
            agents.publish(limited([limit], version: 3))
            #expect(Self.used(agents) == [0])
        }
    }

    @Test
    func `a call's cost is charged even if its budget was changed while the call ran`()
        async throws
    {
        let limit = LimitEntry(id: 1, scope: .tenant(0), dayBudget: 1_000_000)
        try await withLimitAgents(limited([limit])) { agents in
            agents.upstream.whileAnswering = { call in
                var wider = limit
                wider.dayBudget = 2_000_000
                agents.publish(limited([wider], version: 2))
                call.reported(Self.report)
            }
            try await agents.expect(200, LimitTests.modernCall)
            #expect((Self.cost...Self.cost + 1).contains(Self.used(agents)[0]))
        }
    }
}
