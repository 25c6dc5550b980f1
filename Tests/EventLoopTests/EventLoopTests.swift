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

    @Test func `timers fire in the order of their deadlines and never early`() async throws {
        let fired = try await withLoop { loop in
            let log = Log()
            let start = loop.now
            var timers: [LoopTimer] = []
            for delay in [90, 10, 50, 30, 70] {
                let timer = LoopTimer { log.entries.append((delay, loop.now - start)) }
                loop.arm(timer, after: .milliseconds(delay))
                timers.append(timer)
            }
            await loop.sleep(for: .milliseconds(120))
            return log.entries.map { (delay: $0.0, ns: $0.1) }
        }
        #expect(fired.map(\.delay) == [10, 30, 50, 70, 90])
        for entry in fired { #expect(entry.ns >= UInt64(entry.delay) * 1_000_000) }
    }

    @Test func `a timer moved later fires once, at the later time`() async throws {
        try await withLoop { loop in
            let log = Log()
            let start = loop.now
            let timer = LoopTimer { log.entries.append((1, loop.now - start)) }
            loop.arm(timer, after: .milliseconds(10))
            loop.arm(timer, after: .milliseconds(60))
            await loop.sleep(for: .milliseconds(120))
            #expect(log.entries.count == 1)
            #expect(log.entries[0].1 >= 60_000_000)
        }
    }

    @Test func `a timer moved earlier fires once, at the earlier time, and can be armed again`() async throws
    {
        try await withLoop { loop in
            let log = Log()
            let timer = LoopTimer { log.entries.append((1, 0)) }
            loop.arm(timer, after: .milliseconds(200))
            loop.arm(timer, after: .milliseconds(10))
            await loop.sleep(for: .milliseconds(60))
            #expect(log.entries.count == 1)
            loop.arm(timer, after: .milliseconds(10))
            await loop.sleep(for: .milliseconds(250))
            #expect(log.entries.count == 2)
        }
    }

    @Test func `a disarmed timer stays silent`() async throws {
        try await withLoop { loop in
            let log = Log()
            let timer = LoopTimer { log.entries.append((1, 0)) }
            loop.arm(timer, after: .milliseconds(10))
            loop.disarm(timer)
            #expect(!timer.isArmed)
            await loop.sleep(for: .milliseconds(40))
            #expect(log.entries.isEmpty)
        }
    }

    @Test func `a watched descriptor is reported once per change, and not after unwatch`() async throws {
        try await withLoop { loop in
            var ends: [CInt] = [0, 0]
            #expect(pipe(&ends) == 0)
            defer { for end in ends { close(end) } }
            let sink = CountingSink()
            let box = try loop.watch(ends[0], [.readable, .edgeTriggered], sink)
            _ = write(ends[1], "x", 1)
            await loop.sleep(for: .milliseconds(10))
            #expect(sink.count == 1)
            loop.unwatch(ends[0], box)
            _ = write(ends[1], "x", 1)
            await loop.sleep(for: .milliseconds(10))
            #expect(sink.count == 1)
        }
    }

    @Test func `a sink that unwatches another one in the same turn spares it`() async throws {
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
            await loop.sleep(for: .milliseconds(10))
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

/// Loop-bound test state; only the loop's thread touches it.
private final class Log: @unchecked Sendable {
    var entries: [(Int, UInt64)] = []
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
