import MCP
import Policy
import Telemetry
import Testing

@testable import Gateway

/// The counts of a loop's calls between two drains.
struct UsageRecorderTests {
    private let metrics = GatewayMetrics()
    private static let atUs: Int64 = 1_795_271_730_000_000  // in a minute that began 30 s ago

    private func state(_ snapshot: Snapshot) -> GatewayState {
        GatewayState(
            snapshot,
            settings: GatewayState.Settings(identity: ServerIdentity(name: "g", version: "1")),
            metrics: metrics
        )
    }

    private func call(
        _ outcome: CallOutcome = .ok,
        tool: Int32 = 0,
        key: Int32 = 0,
        endUs: Int64 = atUs,
        tookUs: UInt32 = 1_000
    ) -> CallRecord {
        var call = CallRecord()
        call.tenant = 0
        call.key = key
        call.tool = tool
        call.outcome = UInt8(outcome.rawValue)
        call.startedAtUs = endUs - Int64(tookUs)
        call.endedUs = tookUs
        return call
    }

    @Test func `calls are counted by minute, key, tool and outcome`() {
        let state = state(Sample.snapshot())
        let recorder = UsageRecorder()
        recorder.adopt(state)
        let calls = [
            call(), call(), call(.toolError), call(tool: 1), call(key: -1),
            // One that ended in the next minute, and one with a clock that was set back.
            call(endUs: Self.atUs + 30_000_000), call(endUs: Self.atUs - 31_000_000), call(),
        ]
        for call in calls { recorder.count(call, of: state) }
        let report = recorder.drain()
        let minute = Self.atUs / 60_000_000
        func figures(
            _ minute: Int64,
            _ outcome: CallOutcome = .ok,
            tool: Int = 0,
            keyID: Int64 = 1
        ) -> Int? {
            let entry = state.snapshot.tools[tool]
            let subject = UsageReport.Subject(
                minute: minute,
                tenantID: 1,
                keyID: keyID,
                target: state.snapshot.targets[entry.target].name,
                tool: entry.name,
                outcome: outcome
            )
            return report.figures[subject]?.calls
        }
        #expect(report.figures.count == 6)
        #expect(figures(minute) == 3 && figures(minute, .toolError) == 1)
        #expect(figures(minute, tool: 1) == 1 && figures(minute, keyID: 0) == 1)
        #expect(figures(minute + 1) == 1 && figures(minute - 1) == 1)
        #expect(recorder.drain().isEmpty)
    }

    @Test func `a call with an older state is counted by its names, and a call without a tool isn't counted`()
    {
        let (older, newer) = (
            state(Sample.snapshot()), state(Sample.snapshot(version: 2, tools: [], keys: []))
        )
        let recorder = UsageRecorder()
        recorder.adopt(older)
        recorder.count(call(tool: 1), of: older)
        recorder.adopt(newer)
        recorder.count(call(tool: 1), of: older)
        recorder.count(call(tool: -1), of: newer)
        let report = recorder.drain()
        #expect(report.figures.map { $0.value.calls } == [2])
        #expect(report.figures.keys.first?.tool == older.snapshot.tools[1].name)
    }

    @Test func `the sums have a call's figures, and only the count of a limited call`() {
        let state = state(Sample.snapshot())
        let recorder = UsageRecorder()
        recorder.adopt(state)
        var whole = call(.timedOut, tookUs: 70_000)
        whole.bytesIn = 3
        whole.bytesOut = 5
        whole.flags = [.isReported, .isColdStart]
        whole.billedMs = 70
        whole.costNanoUSD = 11
        recorder.count(whole, of: state)
        whole.outcome = UInt8(CallOutcome.limited.rawValue)
        recorder.count(whole, of: state)
        let sums = recorder.drain().figures.values.reduce(into: UsageFigures()) { $0.merge($1) }
        #expect(sums.calls == 1 && sums.errors == 1 && sums.limited == 1)
        #expect(sums.bytesIn == 3 && sums.bytesOut == 5 && sums.billedMs == 70 && sums.measuredNanoUSD == 11)
        #expect(sums.reported == 1 && sums.coldStarts == 1 && sums.durationUs == 70_000)
        let p95 = sums.durationUs(quantile: 0.95) ?? 0
        #expect(abs(p95 - 70_000) < 1_400)
    }

    /// More than ten thousand tools, each of which is called in one second.
    @Test func `beyond the bound, calls are counted by tenant and outcome only, and none is lost`() {
        let state = state(Sample.snapshot(tools: Sample.many(12_000)))
        let recorder = UsageRecorder()
        recorder.adopt(state)
        for round in 0..<2 {
            for tool in 0..<Int32(12_000) {
                recorder.count(call(round == 0 ? .ok : .toolError, tool: tool), of: state)
            }
        }
        let report = recorder.drain()
        let max = UsageRecorder.subjectsMax
        #expect(report.figures.count == max + 2)
        #expect(report.figures.values.reduce(0) { $0 + $1.calls } == 24_000)
        #expect(report.mergedCalls == 24_000 - max)
        let merged = report.figures.filter { $0.key.tool.isEmpty }
        #expect(Set(merged.map { $0.key.keyID }) == [-1] && Set(merged.map { $0.key.tenantID }) == [1])
        // After the drain, calls are counted separately again.
        recorder.count(call(), of: state)
        #expect(recorder.drain().mergedCalls == 0)
    }

    @Test func `a report that can't be stored for long merges its subjects, and loses no call`() {
        var report = UsageReport()
        var all = 0
        for minute in 0..<Int64(3_000) {
            for tool in 0..<5 {
                var figures = UsageFigures()
                figures.calls = tool + 1
                all += figures.calls
                let subject = UsageReport.Subject(
                    minute: 29_000_000 + minute,
                    tenantID: minute % 3,
                    keyID: 4,
                    target: "time",
                    tool: "t\(tool)",
                    outcome: .ok
                )
                report.add(subject, figures)
            }
        }
        var sizes: [Int] = []
        for countMax in [20_000, 10_000, 200, 9, 1] {
            report.coarsen(to: countMax)
            sizes.append(report.figures.count)
            #expect(report.figures.values.reduce(0) { $0 + $1.calls } == all)
        }
        // By minute, by hour, without tools, and by day: three tenants on three days.
        #expect(sizes == [15_000, 765, 153, 9, 9])
        #expect(Set(report.figures.keys.map { $0.minute % 1_440 }) == [0])
    }
}
