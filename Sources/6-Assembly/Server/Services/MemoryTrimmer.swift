import EventLoop
import Gateway
import Synchronization
import System

/// Watches the process's memory, and trims it after bursts.
final class MemoryTrimmer: Service {
    let name = "memory"

    static let interval = Duration.seconds(2)

    private let loop: EventLoop
    private let log: GatewayLog
    private let schedule = Locked(TrimSchedule())
    private let isStopped = Locked(false)

    init(on loop: EventLoop, log: GatewayLog) {
        self.loop = loop
        self.log = log
    }

    /// Begins to watch: the use of now is the base of later comparisons. Slow work is done off the loop.
    func open() async throws(StartFailure) {
        schedule.withLock { $0.began(residentBytes: Self.residentBytes()) }
        scheduleNext()
    }

    private func scheduleNext() {
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, !self.isStopped.withLock({ $0 }) else { return }
                Task.detached {
                    self.look()
                    self.scheduleNext()
                }
            }
            loop.arm(timer, after: Self.interval)
        }
    }

    func drain(until deadline: ContinuousClock.Instant) async { await stop() }

    func stop() async { isStopped.withLock { $0 = true } }

    private func look() {
        let before = Self.residentBytes()
        guard schedule.withLock({ $0.shouldTrim(residentBytes: before) }) else { return }
        ProcessResources.trimMemory()
        let after = Self.residentBytes()
        schedule.withLock { $0.trimmed(from: before, to: after) }
        let values = [("resident_before", "\(before)"), ("resident_after", "\(after)")]
        log.write(.debug, "free memory was given back to the system", values)
    }

    /// Source: proc(5), statm: pages; the second number is the resident ones.
    private static func residentBytes() -> Int {
        let text = String(decoding: (try? Files.read("/proc/self/statm", bytesMax: 256)) ?? [], as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * EventLoop.pageBytes
    }
}
