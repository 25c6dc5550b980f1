import EventLoop
import Locks
import Synchronization
import TestSupport
import Testing

/// A loop's values in other threads' hands.
struct LoopBoundTests {
    /// What belongs to a loop: nothing makes it safe on two threads.
    private final class Tally {
        var count = 0
    }

    private final class Freed: Sendable {
        private let flag = Atomic(false)

        var isFreed: Bool { flag.load(ordering: .sequentiallyConsistent) }

        func raise() { flag.store(true, ordering: .sequentiallyConsistent) }
    }

    /// Says that it is gone.
    private final class Watched {
        private let freed: Freed

        init(_ freed: Freed) { self.freed = freed }

        deinit { freed.raise() }
    }

    /// The last who has a reference to it.
    private final class Holder: Sendable {
        private let held: Locked<LoopBound<Watched>?>

        init(_ bound: LoopBound<Watched>) { held = Locked(bound) }

        func letGo() { held.withLock { $0 = nil } }
    }

    private struct Fault: Error, Equatable {
        let count: Int
    }

    @Test func `a value that was bound on its loop is that value there`() async throws {
        try await withLoop { loop in
            let tally = Tally()
            let bound = LoopBound(tally, on: loop)
            #expect(bound.value === tally)
            #expect(bound.loop === loop)
        }
    }

    @Test func `a value that another thread made is handed over to the loop`() async throws {
        let loop = try EventLoop(name: "bound")
        let bound = LoopBound(handing: Tally(), to: loop)
        try loop.start()
        bound.execute { $0.count += 1 }
        #expect(await bound.run { $0.count } == 1)
        loop.stop()
        loop.join()
    }

    @Test func `a value is made on the loop's thread`() async throws {
        try await withLoop { loop in
            let bound = await LoopBound.make(on: loop) {
                #expect(loop.isCurrent)
                return Tally()
            }
            #expect(bound.value.count == 0)
        }
    }

    @Test func `a fault while a value is made reaches the caller`() async throws {
        try await withLoop { loop in
            await #expect(throws: Fault(count: 3)) {
                try await LoopBound<Tally>.make(on: loop) { () throws(Fault) in throw Fault(count: 3) }
            }
        }
    }

    @Test func `calls and tasks run on the loop's thread in the order of their asking`() async throws {
        try await withLoop { loop in
            let bound = LoopBound(Tally(), on: loop)
            let counts = await Task.detached {
                bound.execute { $0.count = 1 }
                let first = await bound.task { tally in
                    #expect(loop.isCurrent)
                    tally.count += 1
                    return tally.count
                }.value
                let second = await bound.run { tally in
                    #expect(loop.isCurrent)
                    tally.count += 1
                    return tally.count
                }
                return [first, second]
            }.value
            #expect(counts == [2, 3])
        }
    }

    @Test func `a fault in a body reaches the caller`() async throws {
        try await withLoop { loop in
            let bound = LoopBound(Tally(), on: loop)
            await #expect(throws: Fault(count: 0)) {
                try await bound.run { tally throws(Fault) in throw Fault(count: tally.count) }
            }
        }
    }

    @Test func `the last holder frees the value, on whichever thread that is`() async throws {
        try await withLoop { loop in
            let freed = Freed()
            let holder = Holder(LoopBound(Watched(freed), on: loop))
            #expect(!freed.isFreed)
            await Task(executorPreference: globalConcurrentExecutor) {
                #expect(!loop.isCurrent)
                holder.letGo()
            }.value
            #expect(freed.isFreed)
        }
    }

    @Test func `the value traps on any other thread than its loop's`() async throws {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop(name: "bound")
            try loop.start()
            _ = LoopBound(handing: 1, to: loop).value
        }
    }

    @Test func `a value can't be bound to the loop of another thread`() async throws {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop(name: "bound")
            try loop.start()
            _ = LoopBound(1, on: loop)
        }
    }

    @Test func `the value traps on another loop's thread`() async throws {
        await #expect(processExitsWith: .failure) {
            let loops = try [EventLoop(name: "bound"), EventLoop(name: "other")]
            for loop in loops { try loop.start() }
            let bound = LoopBound(handing: 1, to: loops[0])
            await Task.detached(executorPreference: loops[1]) { _ = bound.value }.value
        }
    }
}
