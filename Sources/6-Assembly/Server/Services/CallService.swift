import EventLoop
import Gateway
import Synchronization

/// Waits for the calls that are under way when the gateway ends.
final class CallService: Service {
    let name = "calls"
    private let writer: PeriodicWriter
    private let log: GatewayLog
    /// Whether calls were still under way when the time was over.
    private let hasLeft = Locked(false)

    init(_ writer: PeriodicWriter, log: GatewayLog) {
        self.writer = writer
        self.log = log
    }

    func drain(until deadline: ContinuousClock.Instant) async {
        let isDone = await writer.finishCalls(within: max(.zero, deadline - ContinuousClock.now))
        hasLeft.withLock { $0 = !isDone }
    }

    /// The transports are closed by now, so calls still under way fail and are counted as failed.
    func stop() async {
        guard hasLeft.withLock({ $0 }) else { return }
        log.write(.warning, "calls were still under way after server.drain_timeout, and are given up")
        _ = await writer.finishCalls(within: .seconds(1))
    }
}
