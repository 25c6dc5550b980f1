import Telemetry
import Threads

/// Batches that wait to be written, from any thread to the writer's.
final class RecordQueue: Sendable {
    private struct State {
        var batches: [CallBatch] = []
        var figures = RecordFigures()
        /// Records of `batches`.
        var waiting = 0
        /// Arguments and results of all that isn't written yet, in bytes.
        var bodyBytes = 0
        var isStopped = false
        var flushes: [Handover<Void>] = []
    }

    /// What the writer took.
    struct Taken {
        var batches: [CallBatch]
        var flushes: [Handover<Void>]
        var isStopped: Bool
    }

    /// The most bytes of arguments and results that may wait.
    private static let bodyBytesMax = 32 << 20

    private let state: Monitor<State>

    private let clock: RecordClock

    init(recordsMax: Int, clock: RecordClock) {
        self.clock = clock
        var first = State()
        first.figures.queueMax = recordsMax
        state = Monitor(first)
    }

    /// Queues a batch, or counts what is dropped. Wakes the writer when there is enough for a block.
    func add(_ batch: CallBatch) {
        let count = batch.records.count
        let isEnough = state.withLock { state in
            state.figures.omittedRefused += batch.omitted
            if count == 0 { return false }
            // Records that the writer took and hasn't written yet count too.
            guard !state.isStopped, state.figures.queued + count <= state.figures.queueMax else {
                state.figures.droppedQueueFull += count
                state.figures.lastDropMs = clock.nowMs()
                return false
            }
            state.figures.queued += count
            state.bodyBytes += batch.bytes.count
            if state.bodyBytes <= Self.bodyBytesMax {
                state.batches.append(batch)
            } else {
                state.bodyBytes -= batch.bytes.count
                state.figures.bodiesDropped += batch.bodies.count
                state.batches.append(batch.withoutBodies)
            }
            defer { state.waiting += count }
            return state.waiting < RecordBlock.calls && state.waiting + count >= RecordBlock.calls
        }
        if isEnough { state.change { _ in } }
    }

    /// Waits until there is enough for a block or somebody asks; returns what has come by then, or when the time is
    /// over.
    func take(within nanoseconds: UInt64) -> Taken {
        state.wait(atMost: nanoseconds) { state in
            let isAsked = state.isStopped || !state.flushes.isEmpty
            return isAsked || state.waiting >= RecordBlock.calls ? Self.taken(&state) : nil
        } ?? state.withLock { Self.taken(&$0) }
    }

    private static func taken(_ state: inout State) -> Taken {
        defer {
            state.batches = []
            state.flushes = []
            state.waiting = 0
        }
        return Taken(batches: state.batches, flushes: state.flushes, isStopped: state.isStopped)
    }

    /// Says that so many bytes of arguments and results don't wait any more.
    func free(bodyBytes: Int) {
        if bodyBytes > 0 { state.withLock { $0.bodyBytes -= bodyBytes } }
    }

    /// Asks the writer to write all that was added before. nil when it has ended.
    func flush() -> Handover<Void>? {
        state.change { state in
            if state.isStopped { return nil }
            let done = Handover<Void>()
            state.flushes.append(done)
            return done
        }
    }

    /// Accepts no more batches; the writer is to end. `true` for the first caller.
    func stop() -> Bool {
        state.change { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
    }

    var figures: RecordFigures { state.withLock { $0.figures } }

    func change(_ body: (inout RecordFigures) -> Void) { state.withLock { body(&$0.figures) } }
}

extension CallBatch {
    fileprivate var withoutBodies: CallBatch {
        var batch = self
        batch.bodies = []
        batch.bytes = []
        return batch
    }
}
