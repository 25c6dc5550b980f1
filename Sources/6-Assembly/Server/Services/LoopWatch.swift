import EventLoop
import Synchronization
import Telemetry

/// Measures how late each event loop runs its timers: by a timer twice a second, without work for any other event.
final class LoopWatch: Service {
    let name = "loop-watch"

    private let context: GatewayContext
    private let loops: LoopService
    private let watches = Locked<[LoopLag]>([])

    init(_ context: GatewayContext, _ loops: LoopService) {
        self.context = context
        self.loops = loops
    }

    func open() async throws(StartFailure) {
        let watches = (loops.loops + [context.control]).map { loop in
            LoopLag(of: loop, into: context.metrics.loops.lag(of: loop.name))
        }
        for watch in watches { watch.start() }
        self.watches.withLock { $0 = watches }
    }

    func stop() async {
        for watch in watches.withLock({ $0 }) { watch.stop() }
    }
}

/// Measures how late one loop runs a timer. Any thread.
final class LoopLag: Sendable {
    private let loop: EventLoop
    private let lag: LagHistogram
    private let intervalNs: UInt64
    private let isStopped = Atomic(false)

    init(of loop: EventLoop, into lag: LagHistogram, every interval: Duration = .milliseconds(500)) {
        self.loop = loop
        self.lag = lag
        intervalNs = UInt64(clamping: interval.components.attoseconds / 1_000_000_000)
    }

    func start() {
        loop.execute { [self] in arm() }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func arm() {
        let dueNs = loop.due(afterNs: intervalNs)
        let timer = LoopTimer { [self] in
            guard !isStopped.load(ordering: .relaxed) else { return }
            let now = EventLoop.currentNs
            lag.observe(nanoseconds: now > dueNs ? now - dueNs : 0)
            arm()
        }
        loop.arm(timer, afterNs: intervalNs)
    }
}
