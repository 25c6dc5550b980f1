/// The calls of the last so long: a ring of slots, of which the oldest is given up as time goes on.
///
/// Time is any clock that doesn't go back, in milliseconds. A window spans between its length less one slot and its
/// length, as the present slot is a part of it.
struct CallWindow: Sendable {
    private let slotMs: Int64
    /// [slot number % count]; nil for one in which nothing was.
    private var slots: [CallTally?]
    /// The number of the latest slot.
    private var latest: Int64 = 0

    init(slots: Int, of slotMs: Int64) {
        self.slotMs = slotMs
        self.slots = Array(repeating: nil, count: slots)
    }

    /// Adds what was at `atMs`; what is older than the window is left out.
    mutating func add(_ tally: CallTally, atMs: Int64) {
        advance(toMs: atMs)
        let number = atMs / slotMs
        guard !tally.isEmpty, number > latest - Int64(slots.count) else { return }
        let position = Int(number % Int64(slots.count))
        var sum = slots[position] ?? CallTally()
        // The slot gives it up, so that it isn't copied.
        slots[position] = nil
        sum.merge(tally)
        slots[position] = sum
    }

    /// Gives up what is older than the window at `nowMs`.
    mutating func advance(toMs nowMs: Int64) {
        let number = nowMs / slotMs
        guard number > latest else { return }
        for step in 1...min(number - latest, Int64(slots.count)) {
            slots[Int((latest + step) % Int64(slots.count))] = nil
        }
        latest = number
    }

    /// Everything in it, the oldest first. `advance` comes before.
    var tallies: [CallTally] {
        (1...Int64(slots.count)).compactMap { step in
            let number = latest - Int64(slots.count) + step
            return number < 0 ? nil : slots[Int(number % Int64(slots.count))]
        }
    }
}
