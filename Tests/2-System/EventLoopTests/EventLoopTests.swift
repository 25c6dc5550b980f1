import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing

struct EventLoopTests {
    @Test func `a task that prefers the loop stays on its thread across awaits`() async throws {
        let stayed = try await withLoop { loop in
            let before = loop.isCurrent
            await loop.sleep(for: .milliseconds(1))
            await helper()
            return before && loop.isCurrent
        }
        #expect(stayed)
    }

    @Test func `calls from many threads all run, on the loop`() async throws {
        let counter = Counter()
        try await withLoop { loop in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { await counter.callOften(on: loop) } }
            }
        }
        #expect(counter.onLoop.load(ordering: .relaxed) == 4000)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a task that yields again and again doesn't hold up a timer or another thread's call`()
        async throws
    {
        try await withLoop { loop in
            let (hasFired, wasCalled) = (Flag(), Flag())
            let timer = LoopTimer { hasFired.value.store(true, ordering: .relaxed) }
            loop.arm(timer, after: .milliseconds(1))
            Task.detached { loop.execute { wasCalled.value.store(true, ordering: .relaxed) } }
            while !hasFired.value.load(ordering: .relaxed) || !wasCalled.value.load(ordering: .relaxed) {
                await Task.yield()
            }
        }
    }

    @Test func `a sleeping task goes on no earlier than asked`() async throws {
        let waited = try await withLoop { loop in
            let start = EventLoop.currentNs
            await loop.sleep(for: .milliseconds(20))
            return EventLoop.currentNs - start
        }
        #expect(waited >= 20_000_000)
    }

    @Test func `a watched descriptor is reported once per change, and not after unwatch`() async throws {
        try await withLoop { loop in
            var ends: [CInt] = [0, 0]
            #expect(pipe(&ends) == 0)
            defer { for end in ends { close(end) } }
            let sink = CountingSink()
            let box = try loop.watch(ends[0], [.readable, .edgeTriggered], sink)
            _ = write(ends[1], "x", 1)
            await turns(of: loop)
            #expect(sink.count == 1)
            loop.unwatch(ends[0], box)
            _ = write(ends[1], "x", 1)
            await turns(of: loop)
            #expect(sink.count == 1)
        }
    }

    @Test func `a sink that another one unwatches in the same turn isn't called`() async throws {
        try await withLoop { loop in
            var first: [CInt] = [0, 0]
            var second: [CInt] = [0, 0]
            #expect(pipe(&first) == 0 && pipe(&second) == 0)
            defer { for end in first + second { close(end) } }
            let pair = [UnwatchingSink(loop: loop), UnwatchingSink(loop: loop)]
            pair[0].other = (second[0], try loop.watch(second[0], .readable, pair[1]))
            pair[1].other = (first[0], try loop.watch(first[0], .readable, pair[0]))
            _ = write(first[1], "x", 1)
            _ = write(second[1], "x", 1)
            await turns(of: loop)
            #expect(pair.map(\.count).filter { $0 > 0 }.count == 1)
            for sink in pair { if let (fd, box) = sink.other { loop.unwatch(fd, box) } }
        }
    }

    @Test func `watching a closed descriptor says which call failed`() async throws {
        try await withLoop { loop in
            #expect(throws: LoopError(call: "epoll_ctl", code: EBADF)) {
                _ = try loop.watch(9_999, .readable, CountingSink())
            }
        }
    }
}

private func helper() async {}

/// Lets the loop check its descriptors: what was ready before the call has been reported when it returns.
private func turns(of loop: EventLoop) async {
    for _ in 0..<3 {
        await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
    }
}

private final class Counter: Sendable {
    let onLoop = Atomic<Int>(0)

    @concurrent
    func callOften(on loop: EventLoop) async {
        for _ in 0..<500 {
            await withCheckedContinuation { continuation in
                loop.execute {
                    if loop.isCurrent { self.onLoop.add(1, ordering: .relaxed) }
                    continuation.resume()
                }
            }
        }
    }
}

private final class CountingSink: PollSink {
    var count = 0
    func ready(_ events: Interest) { count += 1 }
}

private final class UnwatchingSink: PollSink {
    let loop: EventLoop
    var other: (CInt, SinkBox)?
    var count = 0
    init(loop: EventLoop) { self.loop = loop }
    func ready(_ events: Interest) {
        count += 1
        if let (fd, box) = other { loop.unwatch(fd, box) }
    }
}

private final class Flag: Sendable {
    let value = Atomic(false)
}
