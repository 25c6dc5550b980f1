import Bytes
import EventLoop
import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Server

struct LoopLagTests {
    @Test func `a loop that is busy for long runs its timers late`() async throws {
        let metrics = GatewayMetrics()
        let lag = metrics.loops.lag(of: "busy")
        try await withLoop { loop in
            let watch = LoopLag(of: loop, into: lag, every: .milliseconds(20))
            watch.start()
            try await eventually(on: loop) { lag.read().count >= 3 }
            // Longer than a timer's resolution, the watch's interval and 50 ms together.
            usleep(100_000)
            let before = lag.read().count
            try await eventually(on: loop) { lag.read().count > before }
            watch.stop()
        }
        #expect(lag.read().sumNanoseconds > 50_000_000)
        #expect(metrics.text.contains("mcp_gateway_loop_lag_seconds_count{loop=\"busy\"}"))
    }

    private func eventually(on loop: EventLoop, _ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !isSo() {
            try #require(ContinuousClock.now < end)
            // A task that only yields would hold up the timers.
            await loop.sleep(for: .milliseconds(5))
        }
    }
}

extension GatewayMetrics {
    fileprivate var text: String {
        let process = ProcessFigures.read(startedMs: 0)
        return render(version: "1", process: process, catalog: []).text
    }
}
