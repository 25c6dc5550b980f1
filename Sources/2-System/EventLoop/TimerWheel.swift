/// One deadline on a loop, armed and disarmed as often as needed. Loop thread only.
///
/// Moving the deadline later, or disarming, costs one store: the wheel checks the timer again at the old deadline.
package final class LoopTimer {
    /// Called when the deadline has passed; the timer is then disarmed and may be armed again.
    package var action: (() -> Void)?
    /// When it fires, in nanoseconds of the loop's clock; `UInt64.max` while disarmed.
    fileprivate(set) var deadline = UInt64.max
    /// The tick of the slot entry that counts; older entries are skipped.
    fileprivate var queuedTick = UInt64.max
    /// Whether it was taken to fire in this turn, and nothing has armed or disarmed it since.
    private var isTaken = false

    package init(action: (() -> Void)? = nil) { self.action = action }

    package var isArmed: Bool { deadline != .max }

    /// Sets the deadline. False when the wheel has no entry that comes early enough.
    func postpone(to deadline: UInt64) -> Bool {
        isTaken = false
        self.deadline = deadline
        return TimerWheel.tick(of: deadline) >= queuedTick  // that entry moves the timer on
    }

    func disarm() {
        isTaken = false
        deadline = .max
    }

    /// Takes it out of the wheel, to fire.
    fileprivate func take() {
        isTaken = true
        deadline = .max
        queuedTick = .max
    }

    /// Calls the action, unless an earlier timer of the same turn has armed or disarmed this one.
    func fireIfTaken() {
        if exchange(&isTaken, with: false) { action?() }
    }
}

/// A hashed timing wheel: 1,024 slots of 8 ms. Arming is O(1); timers fire at most one tick late, never early.
///
/// A timer further away than one turn (8.2 s) stays in its slot and is checked once per turn.
struct TimerWheel {
    private static let slotCount = 1024
    private static let tickNs: UInt64 = 8_000_000

    private var slots = [[LoopTimer]](repeating: [], count: slotCount)
    private var occupied = InlineArray<16, UInt64>(repeating: 0)
    private var currentTick: UInt64

    init(now: UInt64) { currentTick = now / Self.tickNs }

    /// The tick at which the wheel checks a timer with this deadline.
    fileprivate static func tick(of deadline: UInt64) -> UInt64 { deadline / tickNs + 1 }

    /// The time at which a timer with this deadline fires.
    static func due(_ deadline: UInt64) -> UInt64 { tick(of: deadline) * tickNs }

    mutating func arm(_ timer: LoopTimer, at deadline: UInt64) {
        if timer.postpone(to: deadline) { return }
        let tick = max(Self.tick(of: deadline), currentTick + 1)
        if tick < timer.queuedTick { insert(timer, at: tick) }
    }

    mutating func disarm(_ timer: LoopTimer) { timer.disarm() }

    private mutating func insert(_ timer: LoopTimer, at tick: UInt64) {
        timer.queuedTick = tick
        let slot = Int(tick % UInt64(Self.slotCount))
        slots[slot].append(timer)
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    /// Milliseconds until the next slot that holds anything, 0 when one is due, -1 when all are empty.
    func waitMs(now: UInt64) -> CInt {
        guard let distance = distanceToOccupied() else { return -1 }
        let due = (currentTick + distance) * Self.tickNs
        guard due > now else { return 0 }
        return CInt((due - now + 999_999) / 1_000_000)
    }

    /// Ticks from `currentTick` (exclusive) to the first slot in use.
    private func distanceToOccupied() -> UInt64? {
        let start = Int((currentTick + 1) % UInt64(Self.slotCount))
        var word = start / 64
        var bits = occupied[word] & (~0 << UInt64(start % 64))
        for _ in 0...occupied.count {
            if bits != 0 {
                let slot = word * 64 + bits.trailingZeroBitCount
                let distance = slot - start
                return UInt64(distance >= 0 ? distance : distance + Self.slotCount) + 1
            }
            word = (word + 1) % occupied.count
            bits = occupied[word]
        }
        return nil
    }

    /// Takes every timer whose deadline has passed at `now` out of the wheel, disarmed.
    mutating func expired(at now: UInt64, into fired: inout [LoopTimer]) {
        let nowTick = now / Self.tickNs
        while let distance = distanceToOccupied(), currentTick + distance <= nowTick {
            currentTick += distance
            takeSlot(now: now, into: &fired)
        }
        currentTick = max(currentTick, nowTick)
    }

    private mutating func takeSlot(now: UInt64, into fired: inout [LoopTimer]) {
        let slot = Int(currentTick % UInt64(Self.slotCount))
        let entries = exchange(&slots[slot], with: [])
        occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
        for timer in entries where timer.queuedTick % UInt64(Self.slotCount) == UInt64(slot) {
            if timer.deadline <= now {
                timer.take()
                fired.append(timer)
            } else if timer.deadline == .max {
                timer.queuedTick = .max
            } else {
                insert(timer, at: max(Self.tick(of: timer.deadline), currentTick + 1))
            }
        }
    }
}
