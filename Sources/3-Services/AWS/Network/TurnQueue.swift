import EventLoop

/// Lets so many tasks do something at once; the others wait in the order in which they came, as many as may.
/// One loop's thread only.
final class TurnQueue {
    enum Outcome: Sendable {
        /// To be given back.
        case taken
        /// As many wait already as may.
        case full
        /// The task was cancelled, or nobody is served any more.
        case ended
    }

    private let waitingMax: Int
    private var freeCount: Int
    /// By numbers that count up.
    private var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
    private var first = 0
    private var next = 0
    private var isEnded = false

    init(atOnceMax: Int, waitingMax: Int) {
        freeCount = atOnceMax
        self.waitingMax = waitingMax
    }

    var waitingCount: Int { waiting.count }

    /// On the loop's thread, as a task that prefers the loop is.
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

    /// Ends all waits, and those to come.
    func end() {
        isEnded = true
        for waiter in exchange(&waiting, with: [:]).values { waiter.resume(returning: .ended) }
    }
}
