/// The calls of a recent span of time: a ring of slots, of which the oldest is dropped as time goes on.
///
/// Time is any clock that doesn't go back, in milliseconds. A window spans between its length less one slot and its
/// length, as the present slot is a part of it.
struct CallWindow: Sendable {
    private let slotMs: Int64
    /// [slot number % count] → its calls; nil for a slot without calls.
    private var slots: [CallTally?]
    /// The number of the latest slot.
    private var latest: Int64 = 0

    init(slots: Int, of slotMs: Int64) {
        self.slotMs = slotMs
        self.slots = Array(repeating: nil, count: slots)
    }

    /// Adds calls of `atMs`, unless they are older than the window.
    mutating func add(_ tally: CallTally, atMs: Int64) {
        advance(toMs: atMs)
        let number = atMs / slotMs
        guard !tally.isEmpty, number > latest - Int64(slots.count) else { return }
        let position = Int(number % Int64(slots.count))
        var sum = slots[position] ?? CallTally()
        // Emptied first, so that the tally isn't copied.
        slots[position] = nil
        sum.merge(tally)
        slots[position] = sum
    }

    /// Drops what is older than the window at `nowMs`.
    mutating func advance(toMs nowMs: Int64) {
        let number = nowMs / slotMs
        guard number > latest else { return }
        for step in 1...min(number - latest, Int64(slots.count)) {
            slots[Int((latest + step) % Int64(slots.count))] = nil
        }
        latest = number
    }

    /// The tallies in the window, the oldest first. Call `advance` before.
    var tallies: [CallTally] {
        (1...Int64(slots.count)).compactMap { step in
            let number = latest - Int64(slots.count) + step
            return number < 0 ? nil : slots[Int(number % Int64(slots.count))]
        }
    }
}
