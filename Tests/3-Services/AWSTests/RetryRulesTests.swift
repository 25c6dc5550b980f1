@testable import AWS
import EventLoop
import HTTPClient
import Synchronization
import Testing

/// Source of the tables: smithy-swift `RetryIntegrationTests`, botocore `tests/unit/retries/test_standard_retry_v2_1.py`
struct RetryRulesTests {
    private let rules = RetryRules(random: { 1 })

    private func ms(_ retry: Int, isThrottling: Bool = false, hint: String? = nil) -> Int {
        Int(rules.pause(before: retry, isThrottling: isThrottling, hint: hint) / .milliseconds(1))
    }

    @Test func `pauses double, up to twenty seconds`() {
        #expect((0..<10).map { ms($0) } == [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000])
        #expect((0..<6).map { ms($0, isThrottling: true) } == [1_000, 2_000, 4_000, 8_000, 16_000, 20_000])
        #expect(ms(1_000_000) == 20_000)
        #expect(RetryRules(random: { 0.5 }).pause(before: 1, isThrottling: true, hint: nil) == .seconds(1))
    }

    @Test(arguments: [
        ("1500", 1_500), ("10000", 5_050), ("invalid", 50), ("-100", 50), ("0", 50),
        ("99999999999999999999", 50), ("9223372036854775807", 5_050), ("1.5", 50), ("", 50),
    ])
    func `a service may ask for a longer pause, by five seconds at most`(_ hint: String, _ expected: Int) {
        #expect(ms(0, hint: hint) == expected)
    }

    @Test func `passing failures are retried, up to three tries in all`() {
        func may(_ status: Int, _ code: String, _ retry: Int = 0) -> Bool {
            rules.mayRetry(.refused(.init(status: status, code: code, message: "")), retry)
        }
        for status in [500, 502, 503, 504, 429] {
            #expect(may(status, "") && may(status, "", 1) && !may(status, "", 2), "\(status)")
        }
        for code in RetryRules.throttling { #expect(may(400, code)) }
        #expect(may(400, "IDPCommunicationError") && may(400, "RequestTimeout"))
        #expect(!may(400, "ValidationException") && !may(403, "AccessDeniedException") && !may(404, ""))
        #expect(rules.mayRetry(.transport(.closedEarly(nothingProcessed: false)), 1))
        #expect(rules.mayRetry(.transport(.timedOut(.responding)), 0))
        #expect(!rules.mayRetry(.transport(.cancelled), 0))
        #expect(!rules.mayRetry(.transport(.tooLarge(bytesMax: 1)), 0))
        var patient = rules
        patient.throttledTriesMax = 10
        let throttled = ServiceRequest.Failure.refused(.init(status: 429, code: "", message: ""))
        #expect(patient.mayRetry(throttled, 8) && !patient.mayRetry(throttled, 9))
    }

    @Test func `retries use up the budget, and successes refill it`() {
        let budget = RetryBudget()
        #expect(budget.take(RetryBudget.cost) && budget.remaining == 486)
        #expect(budget.take(RetryBudget.cost) && budget.remaining == 472)
        budget.succeeded(after: RetryBudget.cost)
        #expect(budget.remaining == 486)
        budget.succeeded(after: 0)
        #expect(budget.remaining == 487)
        let small = RetryBudget(14)
        #expect(small.take(14) && small.remaining == 0 && !small.take(14))
        for _ in 0..<1_000 { budget.succeeded(after: 0) }
        #expect(budget.remaining == 500)
    }
}

struct SendingPaceTests {
    /// A clock that the test sets.
    private final class Time: Sendable {
        private let elapsed = Locked(Duration.zero)
        private let start = ContinuousClock.now
        var now: ContinuousClock.Instant { start + elapsed.withLock { $0 } }
        func pass(_ ms: Int) { elapsed.withLock { $0 += .milliseconds(ms) } }
    }

    @Test func `requests don't wait until one is throttled`() {
        let time = Time()
        let pace = SendingPace { time.now }
        for _ in 0..<10_000 {
            #expect(pace.take() == nil)
            pace.accepted()
        }
        #expect(pace.rate == nil)
    }

    /// Twenty requests were accepted in the last second, so the pace is fourteen per second, rising every second.
    @Test func `a refusal sets the pace to seven tenths of the accepted rate`() {
        let time = Time()
        let pace = SendingPace { time.now }
        for _ in 0..<100 { pace.accepted() }
        time.pass(2_000)
        for _ in 0..<20 { pace.accepted() }
        time.pass(500)
        pace.throttled()
        #expect(pace.rate == 14)
        // Further refusals at the same time don't count.
        for _ in 0..<15 { pace.throttled() }
        #expect(pace.rate == 14)
        var sent = 0
        for _ in 0..<1_000 {
            time.pass(1)
            if pace.take() == nil { sent += 1 }
        }
        #expect((12...16).contains(sent), "\(sent)")
        #expect(abs((pace.rate ?? 0) - 16.1) < 0.1)
        // The wait lasts until the next request may go, and no burst follows a pause.
        time.pass(10_000)
        #expect(pace.take() == nil)
        let wait = pace.take()
        #expect(wait.map { $0 > .milliseconds(5) && $0 < .milliseconds(20) } == true)
    }

    @Test func `less than a second after the start, the rate counts over the time since then`() {
        let time = Time()
        let pace = SendingPace { time.now }
        for _ in 0..<50 {
            pace.accepted()
            time.pass(4)
        }
        pace.throttled()
        // Fifty were accepted in 200 ms.
        #expect(pace.rate.map { abs($0 - 175) < 1 } == true, "\(String(describing: pace.rate))")
    }

    @Test func `a service that refuses everything is asked about every two seconds`() {
        let time = Time()
        let pace = SendingPace { time.now }
        for _ in 0..<20 {
            pace.throttled()
            time.pass(600)
        }
        #expect(pace.rate.map { $0 >= 0.5 && $0 < 1 } == true)
        var sent = 0
        for _ in 0..<4_000 {
            time.pass(1)
            if pace.take() == nil { sent += 1 }
        }
        #expect((1...6).contains(sent), "\(sent)")
    }
}
