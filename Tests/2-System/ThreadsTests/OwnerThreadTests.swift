import Threads
import Synchronization
import Testing

struct OwnerThreadTests {
    /// Records what was done, and raises a flag when it is destroyed.
    private struct Ledger: ~Copyable {
        var entries: [Int] = []
        let isGone: Flag

        deinit { isGone.raise() }
    }

    private final class Flag: Sendable {
        private let state = Atomic<Bool>(false)
        func raise() { state.store(true, ordering: .sequentiallyConsistent) }
        var isRaised: Bool { state.load(ordering: .sequentiallyConsistent) }
    }

    private static func thread(_ flag: Flag, jobsMax: Int = 10_000) throws -> OwnerThread<Ledger> {
        try OwnerThread(
            name: "a name beyond fifteen bytes",
            jobsMax: jobsMax,
            idleEvery: .seconds(60),
            idle: { _ in },
            owning: Ledger(isGone: flag)
        )
    }

    @Test func `jobs run in the order they came, and the value is destroyed with the thread`() async throws {
        let flag = Flag()
        let thread = try Self.thread(flag)
        for number in 0..<3_000 {
            let isQueued = thread.enqueue { $0.entries.append(number) }
            #expect(isQueued)
        }
        let entries = await thread.run { $0.entries }
        #expect(entries == Array(0..<3_000))
        #expect(!flag.isRaised)
        thread.stop()
        #expect(flag.isRaised)
    }

    @Test func `stopping lets the queued jobs finish and refuses later ones`() async throws {
        let thread = try Self.thread(Flag())
        let done = Flag()
        _ = thread.enqueue { _ in done.raise() }
        thread.stop()
        thread.stop()
        #expect(done.isRaised)
        let isQueued = thread.enqueue { _ in }
        let late = await thread.run { _ in 1 }
        let lateBlocking = thread.runBlocking { _ in 1 }
        #expect(!isQueued)
        #expect(late == nil)
        #expect(lateBlocking == nil)
    }

    @Test func `a full queue refuses jobs`() async throws {
        let thread = try Self.thread(Flag(), jobsMax: 2)
        let gate = Mutex(())
        let accepted = gate.withLock { _ in
            let started = Flag()
            _ = thread.enqueue { _ in
                started.raise()
                gate.withLock { _ in }
            }
            while !started.isRaised {}
            return (0..<3).map { _ in thread.enqueue { _ in } }
        }
        #expect(accepted == [true, true, false])
        thread.stop()
    }

    @Test func `idle work runs when the queue becomes empty`() async throws {
        let thread = try OwnerThread(
            name: "idle",
            idleEvery: .seconds(60),
            idle: { $0.entries.append(-1) },
            owning: Ledger(isGone: Flag())
        )
        _ = await thread.run { $0.entries.append(1) }
        // The queue may or may not have been empty before each job; after the last of them it was.
        var entries: [Int] = []
        while entries.last != -1 { entries = await thread.run { $0.entries } ?? [-1] }
        #expect(entries.contains(1))
        thread.stop()
    }

    @Test func `a blocking caller gets its answer`() throws {
        let thread = try Self.thread(Flag())
        for number in 0..<100 {
            let answer = thread.runBlocking { _ in number }
            #expect(answer == number)
        }
        thread.stop()
    }
}
