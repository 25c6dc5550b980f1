import EventLoop
import Gateway
import Synchronization

/// Logs how many repeated lines were left out, even when no more of them come.
final class RepeatTeller: Service {
    let name = "log"

    private static let interval = Duration.seconds(5)

    private let loop: EventLoop
    private let log: GatewayLog
    private let isStopped = Locked(false)

    init(on loop: EventLoop, log: GatewayLog) {
        self.loop = loop
        self.log = log
    }

    func open() async throws(StartFailure) { loop.execute { [self] in scheduleNext() } }

    /// One timer for all repeated lines. Loop thread.
    private func scheduleNext() {
        let timer = LoopTimer { [weak self] in
            guard let self, !self.isStopped.withLock({ $0 }) else { return }
            self.log.tellRepeats()
            self.scheduleNext()
        }
        loop.arm(timer, after: Self.interval)
    }

    func stop() async {
        isStopped.withLock { $0 = true }
        log.tellRepeats(isEnd: true)
    }
}
