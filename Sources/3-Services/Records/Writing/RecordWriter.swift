import Calendar
import EventLoop
package import Telemetry
package import Threads

/// Writes records of calls into files, one for each UTC day, on a thread of its own.
///
/// Whatever happens to the files, nobody who hands records over waits or fails: records are dropped and counted.
package final class RecordWriter: CallBatchTaker {
    /// The longest time until a record is in its file.
    package static let interval = Duration.seconds(2)

    private let queue: RecordQueue
    private let settings: Monitor<RecordSettings>
    private let keeper: any BodyKeeper
    private let clock: RecordClock
    private let log: @Sendable (RecordEvent) -> Void
    private let thread = Monitor<NamedThread?>(nil)

    /// - Parameter log: called on the writer's thread.
    package init(
        _ settings: RecordSettings,
        keeper: any BodyKeeper = NoBodies(),
        clock: RecordClock = RecordClock(),
        log: @escaping @Sendable (RecordEvent) -> Void
    ) {
        queue = RecordQueue(recordsMax: settings.queueMax, clock: clock)
        self.settings = Monitor(settings)
        self.keeper = keeper
        self.clock = clock
        self.log = log
    }

    /// Starts the thread. Once, and `stop()` afterwards.
    package func start() throws(ThreadError) {
        let started = try NamedThread.start("records-write") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Takes records over, or drops them when too many wait. Any thread; never waits.
    package func take(_ batch: CallBatch) {
        if !batch.records.isEmpty || batch.omitted > 0 { queue.add(batch) }
    }

    /// Waits until all that was handed over before is in its file, or can't be written. Not on an event loop.
    package func flush() { queue.flush()?.wait() }

    /// Takes over other settings, except another folder.
    package func update(_ new: RecordSettings) {
        settings.withLock { settings in
            let directory = settings.directory
            settings = new
            settings.directory = directory
        }
        queue.change { $0.queueMax = new.queueMax }
    }

    /// Writes what waits, and ends the thread.
    package func stop() {
        guard queue.stop() else { return }
        thread.withLock { $0.take() }?.join()
    }

    package var figures: RecordFigures { queue.figures }

    private func run() {
        let files = RecordFiles(
            settings.withLock { $0 },
            keeper: keeper,
            clock: clock,
            queue: queue,
            log: log
        )
        while true {
            let taken = queue.take(within: Self.interval.nanoseconds)
            files.settings = settings.withLock { $0 }
            files.add(taken.batches)
            files.write(isAsked: taken.isStopped || !taken.flushes.isEmpty)
            for flush in taken.flushes { flush.give(()) }
            if taken.isStopped { return files.end() }
        }
    }
}

/// The clocks that records depend on.
package struct RecordClock: Sendable {
    /// Milliseconds since 1970, by the machine's clock.
    package let nowMs: @Sendable () -> Int64
    /// Milliseconds of a clock that is never set.
    package let steadyMs: @Sendable () -> Int64

    package init(
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs,
        steadyMs: @escaping @Sendable () -> Int64 = RecordClock.uptimeMs
    ) {
        self.nowMs = nowMs
        self.steadyMs = steadyMs
    }

    private static let start = ContinuousClock.now

    @Sendable
    package static func uptimeMs() -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
