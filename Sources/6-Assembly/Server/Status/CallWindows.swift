import EventLoop
import Gateway
import Policy
import Synchronization
import Telemetry

/// Advances the windows in which each target's calls are summed, once a second. On the control loop.
final class CallWindows: Service {
    let name = "call-windows"

    static let interval = Duration.seconds(1)

    private let metrics: GatewayMetrics
    private let publisher: StatePublisher
    private let loop: EventLoop
    private let isStopped = Locked(false)

    init(_ context: GatewayContext) {
        metrics = context.metrics
        publisher = context.publisher
        loop = context.control
    }

    func open() async throws(StartFailure) { scheduleNext() }

    func stop() async { isStopped.withLock { $0 = true } }

    private func scheduleNext() {
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, !self.isStopped.withLock({ $0 }) else { return }
                // The counts of removed targets are dropped, so that a later target of the same name doesn't inherit
                // them.
                let live = Set(publisher.current.snapshot.targets.map { $0.name })
                metrics.advanceCalls(toMs: LiveStatus.windowMs, live: live)
                scheduleNext()
            }
            loop.arm(timer, after: Self.interval)
        }
    }
}
