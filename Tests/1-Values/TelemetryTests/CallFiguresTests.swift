import Telemetry
import Testing

private let minute: Int64 = 60_000

/// The figures of one target, with a clock that the test sets.
private struct Target {
    let metrics = GatewayMetrics()
    let tool: CallMetrics

    init() { tool = metrics.call(target: "time", tool: "now") }

    func end(_ outcome: CallOutcome, times: Int = 1, milliseconds: UInt64 = 10) {
        for _ in 0..<times {
            tool.began()
            tool.ended(
                outcome,
                ownNanoseconds: 10_000,
                upstreamNanoseconds: outcome.isCall ? milliseconds * 1_000_000 : nil
            )
        }
    }

    func advance(to nowMs: Int64) { metrics.advanceCalls(toMs: nowMs, live: ["time"]) }

    func figures(at nowMs: Int64) -> CallFigures {
        metrics.callFigures(nowMs: nowMs)["time"] ?? CallFigures()
    }
}

struct CallFiguresTests {
    @Test func `the windows of five minutes and an hour have the calls of that time`() {
        let target = Target()
        target.end(.ok, times: 4)
        target.advance(to: minute)
        target.end(.functionError)
        target.advance(to: 4 * minute)
        #expect(target.figures(at: 5 * minute).recent.calls == 5)
        #expect(target.figures(at: 5 * minute).recent.errors == 1)
        // The first four calls are six minutes old, the fifth is three.
        #expect(target.figures(at: 7 * minute).recent.calls == 1)
        #expect(target.figures(at: 7 * minute).hour.calls == 5)
        #expect(target.figures(at: 10 * minute).recent.isEmpty)
        #expect(target.figures(at: 59 * minute).hour.calls == 5)
        #expect(target.figures(at: 70 * minute).hour.isEmpty)
        // A pause longer than both windows, then calls again.
        target.end(.ok)
        #expect(target.figures(at: 10_000 * minute).hour.calls == 1)
        #expect(target.figures(at: 10_000 * minute + 1).recent.calls == 1)
    }

    @Test func `a clock that steps back doesn't move the windows`() {
        let target = Target()
        target.end(.ok)
        target.advance(to: 30 * minute)
        target.end(.ok)
        #expect(target.figures(at: minute).hour.calls == 2)
        #expect(target.figures(at: 31 * minute).recent.calls == 2)
    }

    @Test func `quantiles are of the time that callers waited`() throws {
        let target = Target()
        target.end(.ok, times: 98, milliseconds: 10)
        target.end(.timedOut, times: 2, milliseconds: 30_000)
        let durations = target.figures(at: minute).recent.durations
        let p50 = try #require(durations.nanoseconds(quantile: 0.5))
        let p99 = try #require(durations.nanoseconds(quantile: 0.99))
        #expect((9_800_000...10_220_000).contains(p50))
        #expect((29_400_000_000...30_600_000_000).contains(p99))
    }

    @Test func `calls that say nothing about the target are counted by outcome only`() {
        let target = Target()
        for outcome in CallOutcome.allCases { target.end(outcome) }
        let recent = target.figures(at: minute).recent
        #expect(recent.calls == 7)
        #expect(recent.errors == 6)
        #expect(recent.faults == 5)
        #expect(recent.durations.count == 7)
        #expect(CallOutcome.allCases.allSatisfy { recent.count($0) == 1 })
    }

    struct Rule: Sendable {
        let ok: Int
        var toolErrors = 0
        var faults = 0
        let fails: Bool
    }

    @Test(arguments: [
        Rule(ok: 0, fails: false),
        Rule(ok: 0, faults: 2, fails: false),
        Rule(ok: 0, faults: 3, fails: true),
        Rule(ok: 0, toolErrors: 3, fails: true),
        Rule(ok: 1, toolErrors: 30, fails: false),
        Rule(ok: 5, faults: 5, fails: true),
        Rule(ok: 6, faults: 5, fails: false),
        Rule(ok: 0, toolErrors: 2, faults: 1, fails: true),
        Rule(ok: 1, toolErrors: 4, faults: 5, fails: true),
        Rule(ok: 1_000, faults: 10, fails: false),
    ])
    func `a target fails when half of its calls get no answer, or none succeeds`(_ rule: Rule) {
        let target = Target()
        target.end(.ok, times: rule.ok)
        target.end(.toolError, times: rule.toolErrors)
        target.end(.functionError, times: rule.faults)
        #expect(target.figures(at: minute).areFailing == rule.fails)
    }

    @Test(arguments: CallOutcome.allCases.filter { $0.isCall && $0 != .ok })
    func `each kind of error makes a target fail`(_ outcome: CallOutcome) {
        let target = Target()
        target.end(outcome, times: 3)
        #expect(target.figures(at: minute).areFailing)
    }

    @Test(arguments: CallOutcome.allCases.filter { !$0.isCall })
    func `calls that were refused or given up by the caller don't make a target fail`(_ outcome: CallOutcome)
    {
        let target = Target()
        target.end(outcome, times: 30)
        #expect(!target.figures(at: minute).areFailing)
    }

    @Test func `a failing target without calls keeps failing for an hour at most`() {
        let target = Target()
        target.end(.functionError, times: 3)
        target.advance(to: minute)
        #expect(target.figures(at: 2 * minute).failingForMs == minute)
        #expect(target.figures(at: 30 * minute).failingForMs == 29 * minute)
        #expect(!target.figures(at: 70 * minute).areFailing)
    }

    @Test func `a target that is called every two minutes can fail too`() {
        let target = Target()
        for call in 1...3 as ClosedRange<Int64> {
            target.end(.timedOut)
            target.advance(to: 10 * minute + call * 3 * minute)
        }
        #expect(target.figures(at: 20 * minute).areFailing)
    }

    @Test func `one good call after a pause ends the failing`() {
        let target = Target()
        target.end(.functionError, times: 30)
        target.advance(to: minute)
        target.end(.ok)
        #expect(!target.figures(at: 20 * minute).areFailing)
    }

    @Test func `a target that fails again has been failing since then only`() {
        let target = Target()
        target.end(.functionError, times: 3)
        target.advance(to: minute)
        target.end(.ok, times: 10)
        target.advance(to: 2 * minute)
        #expect(!target.figures(at: 2 * minute).areFailing)
        target.end(.functionError, times: 20)
        target.advance(to: 3 * minute)
        #expect(target.figures(at: 4 * minute).failingForMs == minute)
    }

    @Test func `the latest error is kept, with its text cut`() {
        let target = Target()
        target.tool.failed(code: "timed_out", text: "slow", atMs: 5)
        target.tool.failed(code: "function_error", text: String(repeating: "é", count: 1_000), atMs: 9)
        let last = target.figures(at: minute).lastError
        #expect(last?.code == "function_error" && last?.tool == "now" && last?.atMs == 9)
        #expect(last?.text.count == CallError.textMax && last?.text.last == "…")
    }

    @Test func `the figures of a removed target are forgotten`() {
        let target = Target()
        target.end(.functionError, times: 3)
        target.tool.failed(code: "timed_out", text: "slow", atMs: 5)
        target.advance(to: minute)
        target.end(.ok)
        target.metrics.advanceCalls(toMs: 2 * minute, live: [])
        #expect(target.figures(at: 2 * minute) == CallFigures())
        target.end(.ok)
        #expect(target.figures(at: 3 * minute).recent.calls == 1)
    }

    @Test(arguments: [(0, 0, nil), (200, 0, 0), (0, 3, 100), (999, 1, 1), (1, 999, 99), (2, 1, 33)])
    func `an error percentage is rounded, and 100 only when all calls are errors`(
        ok: Int,
        errors: Int,
        percent: Int?
    ) {
        let target = Target()
        target.end(.ok, times: ok)
        target.end(.badAnswer, times: errors)
        #expect(target.figures(at: minute).recent.errorPercent == percent)
    }

    @Test func `no call is lost when many threads count`() async {
        let target = Target()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { target.end(.ok, times: 5_000) } }
            group.addTask { for time in 1...200 as ClosedRange<Int64> { target.advance(to: time) } }
        }
        let recent = target.figures(at: 1_000).recent
        #expect(recent.calls == 20_000 && recent.durations.count == 20_000)
    }

    @Test func `targets beyond the bound have no figures of their own`() {
        let metrics = GatewayMetrics(targetsMax: 1)
        metrics.call(target: "a", tool: "x").ended(.ok, ownNanoseconds: 1, upstreamNanoseconds: 1)
        metrics.call(target: "b", tool: "x").ended(.ok, ownNanoseconds: 1, upstreamNanoseconds: 1)
        #expect(metrics.callFigures(nowMs: 1)["a"]?.recent.calls == 1)
        #expect(metrics.callFigures(nowMs: 1)["b"] == nil)
    }
}
