import Testing

@testable import EventLoop

/// The wheel by itself: time is an argument, so nothing waits.
struct TimerWheelTests {
    private static let ms: UInt64 = 1_000_000

    /// Moves time on in steps of 1 ms and notes when each timer fired.
    private func fire(_ wheel: inout TimerWheel, _ timers: [LoopTimer], until endMs: UInt64) -> [[UInt64]] {
        var moments = [[UInt64]](repeating: [], count: timers.count)
        var fired: [LoopTimer] = []
        for now in 0...endMs {
            wheel.expired(at: now * Self.ms, into: &fired)
            for timer in fired {
                for (index, known) in timers.enumerated() where known === timer { moments[index].append(now) }
            }
            fired.removeAll()
        }
        return moments
    }

    @Test func `a timer that an earlier one of the same turn arms again or disarms doesn't fire`() {
        var wheel = TimerWheel(now: 0)
        var calls = 0
        let timers = (0..<3).map { _ in LoopTimer { calls += 1 } }
        for timer in timers { wheel.arm(timer, at: 10 * Self.ms) }
        var fired: [LoopTimer] = []
        wheel.expired(at: 100 * Self.ms, into: &fired)
        #expect(fired.count == 3)
        wheel.arm(timers[1], at: 500 * Self.ms)
        timers[2].disarm()
        for timer in fired { timer.fireIfTaken() }
        #expect(calls == 1)
        fired.removeAll()
        wheel.expired(at: 600 * Self.ms, into: &fired)
        for timer in fired { timer.fireIfTaken() }
        #expect(calls == 2)
    }

    /// Within one tick of 8 ms after the deadline, also more than one turn of the wheel (8.2 s) away.
    @Test(arguments: [0, 1, 7, 8, 9, 100, 8_191, 8_192, 8_193, 20_000] as [UInt64])
    func `a timer fires once, never early and at most a tick late`(_ delayMs: UInt64) {
        var wheel = TimerWheel(now: 0)
        let timer = LoopTimer()
        wheel.arm(timer, at: delayMs * Self.ms)
        let moments = fire(&wheel, [timer], until: delayMs + 9_000)[0]
        #expect(moments.count == 1)
        #expect(moments.allSatisfy { (delayMs...delayMs + 9).contains($0) })
        #expect(!timer.isArmed)
    }

    @Test func `timers fire in the order of their deadlines`() {
        var wheel = TimerWheel(now: 0)
        let timers = [90, 10, 50, 30, 70].map { (delay: UInt64) in
            let timer = LoopTimer()
            wheel.arm(timer, at: delay * Self.ms)
            return timer
        }
        let moments = fire(&wheel, timers, until: 200).map { $0[0] }
        #expect(
            moments[1] < moments[3] && moments[3] < moments[2] && moments[2] < moments[4]
                && moments[4] < moments[0]
        )
    }

    @Test func `a timer moved later fires once, at the later time`() {
        var wheel = TimerWheel(now: 0)
        let timer = LoopTimer()
        wheel.arm(timer, at: 10 * Self.ms)
        wheel.arm(timer, at: 60 * Self.ms)
        let moments = fire(&wheel, [timer], until: 9_000)[0]
        #expect(moments.count == 1 && moments[0] >= 60)
    }

    @Test func `a timer moved earlier fires once, at the earlier time, and can be armed again`() {
        var wheel = TimerWheel(now: 0)
        let timer = LoopTimer()
        wheel.arm(timer, at: 200 * Self.ms)
        wheel.arm(timer, at: 10 * Self.ms)
        #expect(fire(&wheel, [timer], until: 60)[0].count == 1)
        wheel.arm(timer, at: 150 * Self.ms)
        var fired: [LoopTimer] = []
        wheel.expired(at: 149 * Self.ms, into: &fired)
        #expect(fired.isEmpty)
        wheel.expired(at: 9_000 * Self.ms, into: &fired)
        #expect(fired.count == 1)
    }

    @Test func `a disarmed timer doesn't fire`() {
        var wheel = TimerWheel(now: 0)
        let timer = LoopTimer()
        wheel.arm(timer, at: 10 * Self.ms)
        wheel.disarm(timer)
        #expect(!timer.isArmed)
        #expect(fire(&wheel, [timer], until: 9_000)[0].isEmpty)
    }

    @Test func `the wait reaches to the next timer, and is endless without one`() {
        var wheel = TimerWheel(now: 0)
        #expect(wheel.waitMs(now: 0) == -1)
        wheel.arm(LoopTimer(), at: 100 * Self.ms)
        #expect((100...108).contains(wheel.waitMs(now: 0)))
        #expect(wheel.waitMs(now: 200 * Self.ms) == 0)
    }
}
