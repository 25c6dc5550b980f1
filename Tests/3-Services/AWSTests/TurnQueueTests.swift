@testable import AWS
import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TurnQueueTests {
    /// Starts a task that waits in the queue; it is in the queue when this returns.
    private func wait(_ queue: TurnQueue, _ loop: EventLoop) async -> Task<TurnQueue.Outcome, Never> {
        let count = queue.waitingCount
        let task = LoopBound(queue, on: loop).task { await $0.take(on: loop) }
        while queue.waitingCount == count { await Task.yield() }
        return task
    }

    @Test func `a limited number runs at once, others wait in order, and too many are refused`() async throws
    {
        try await withLoopOf { loop in
            let queue = TurnQueue(atOnceMax: 2, waitingMax: 3)
            #expect(await queue.take(on: loop) == .taken)
            #expect(await queue.take(on: loop) == .taken)
            let first = await wait(queue, loop)
            let second = await wait(queue, loop)
            let third = await wait(queue, loop)
            #expect(await queue.take(on: loop) == .full)
            second.cancel()
            #expect(await second.value == .ended)
            #expect(queue.waitingCount == 2)
            queue.giveBack()
            #expect(await first.value == .taken)
            #expect(queue.waitingCount == 1)
            queue.giveBack()
            #expect(await third.value == .taken)
            queue.giveBack()
            queue.giveBack()
            #expect(await queue.take(on: loop) == .taken)
            #expect(await queue.take(on: loop) == .taken)
            let last = await wait(queue, loop)
            queue.end()
            #expect(await last.value == .ended)
            #expect(await queue.take(on: loop) == .ended)
        }
    }
}
