import EventLoop

/// Limits how many tasks do something at once; a limited number of others wait, in the order in which they came.
/// One loop's thread only.
final class TurnQueue {
    enum Outcome: Sendable {
        /// The task has its turn, and must call `giveBack` afterwards.
        case taken
        /// The greatest allowed number of tasks is already waiting.
        case full
        /// The task was cancelled, or the queue has ended.
        case ended
    }

    private let waitingMax: Int
    private var freeCount: Int
    /// The waiting tasks, by ascending numbers.
    private var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
    private var first = 0
    private var next = 0
    private var isEnded = false

    init(atOnceMax: Int, waitingMax: Int) {
        freeCount = atOnceMax
        self.waitingMax = waitingMax
    }

    var waitingCount: Int { waiting.count }

    /// Waits for a turn. Called on the loop's thread, where a task that prefers the loop runs.
    func take(on loop: EventLoop) async -> Outcome {
        guard !isEnded, !Task.isCancelled else { return .ended }
        if freeCount > 0 {
            freeCount -= 1
            return .taken
        }
        guard waiting.count < waitingMax else { return .full }
        let number = next
        next += 1
        let queue = LoopBound(self, on: loop)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[number] = $0 }
        } onCancel: {
            queue.execute { $0.waiting.removeValue(forKey: number)?.resume(returning: .ended) }
        }
    }

    func giveBack() {
        while first < next {
            defer { first += 1 }
            if let waiter = waiting.removeValue(forKey: first) { return waiter.resume(returning: .taken) }
        }
        freeCount += 1
    }

    /// Ends all current and future waits.
    func end() {
        isEnded = true
        for waiter in exchange(&waiting, with: [:]).values { waiter.resume(returning: .ended) }
    }
}
