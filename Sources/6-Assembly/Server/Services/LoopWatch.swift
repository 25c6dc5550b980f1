import EventLoop
import Synchronization
import Telemetry

/// Measures how late each event loop comes to what is due: a timer twice a second, and no work for any event.
final class LoopWatch: Service {
    let name = "loop-watch"

    static let intervalNs: UInt64 = 500_000_000

    private let context: GatewayContext
    private let loops: LoopService
    private let isStopped = Atomic(false)

    init(_ context: GatewayContext, _ loops: LoopService) {
        self.context = context
        self.loops = loops
    }

    func open() async throws(StartFailure) {
        for loop in loops.loops + [context.control] {
            let lag = context.metrics.loops.lag(of: loop.name)
            loop.execute { [self] in arm(LoopTimer(), on: loop, lag) }
        }
    }

    func stop() async { isStopped.store(true, ordering: .relaxed) }

    private func arm(_ timer: LoopTimer, on loop: EventLoop, _ lag: LagHistogram) {
        let dueNs = loop.due(afterNs: Self.intervalNs)
        timer.action = { [weak self, unowned loop, unowned timer] in
            guard let self, !isStopped.load(ordering: .relaxed) else { return }
            let now = EventLoop.currentNs
            lag.observe(nanoseconds: now > dueNs ? now - dueNs : 0)
            arm(timer, on: loop, lag)
        }
        loop.arm(timer, afterNs: Self.intervalNs)
    }
}
