import Locks
import Synchronization

/// One quota's counter: how many calls in each day or month. Any thread; no lock but when the period changes.
///
/// The present period's count is one atomic word. The counts of other periods are kept beside it, so that a clock that
/// steps away and comes back finds the count that it left: the count of a period never starts anew.
/// What was counted is drained to a store that adds it up: `drain`, and `owe` when the store failed.
package final class QuotaCell: Sendable {
    /// Calls counted in a period since the last drain; negative when calls were given back.
    package struct Delta: Sendable, Equatable {
        package let period: UInt32
        package let count: Int64

        package init(period: UInt32, count: Int64) {
            self.period = period
            self.count = count
        }
    }

    /// The most that one period counts to.
    package static let countMax: UInt64 = (1 << 40) - 1
    /// Periods that are remembered beside the present one: more than the store keeps, and than a clock steps through.
    package static let periodsMax = 64

    /// The period's number in the upper 24 bits, its count in the lower 40. 0 is the period 0, in 1970.
    private let state = Atomic<UInt64>(0)
    private let ledger = Locked(Ledger())

    package init() {}

    /// Counts one more call in `period`, if fewer than `limit` were counted in it.
    package func take(period: UInt32, limit: UInt64) -> Bool {
        take(period: period, limit: limit, expecting: load(period))
    }

    /// How many were counted in a period.
    package func count(period: UInt32) -> UInt64 {
        let word = state.load(ordering: .relaxed)
        if Self.period(word) == period { return Self.count(word) }
        return ledger.withLock { ledger in
            // The word changes its period under the lock alone.
            let word = state.load(ordering: .relaxed)
            return Self.period(word) == period ? Self.count(word) : ledger.known(period)
        }
    }

    /// Takes back one `take` of that period.
    package func giveBack(period: UInt32) {
        if takeOff(period) { return }
        ledger.withLock { ledger in
            if !takeOff(period) { ledger.giveBack(period) }
        }
    }

    /// Adds what the store counted in a period before this cell was there.
    package func restore(count: UInt64, period: UInt32) {
        let count = min(count, Self.countMax)
        ledger.withLock { ledger in
            var word = state.load(ordering: .relaxed)
            while Self.period(word) == period {
                let sum = min(Self.count(word) + count, Self.countMax)
                let (done, now) = exchange(word, for: Self.word(period, sum))
                if done { return ledger.restored(period, Int64(sum - Self.count(word)), isPresent: true) }
                word = now
            }
            ledger.restored(period, Int64(count), isPresent: false)
        }
    }

    /// What was counted since the last drain, by period. The caller adds it to the store, or gives it to `owe`.
    package func drain() -> [Delta] {
        ledger.withLock { ledger in
            let word = state.load(ordering: .relaxed)
            return ledger.drain(present: Self.period(word), Int64(Self.count(word)))
        }
    }

    /// Takes back a delta that could not be stored; the next drain has it again.
    package func owe(_ delta: Delta) {
        ledger.withLock { $0.owe(delta) }
    }

    // MARK: For sets of cells

    /// The word of a period. A period other than the last one asked for takes its place first, under the lock.
    @inline(__always)
    func load(_ period: UInt32) -> UInt64 {
        let word = state.load(ordering: .relaxed)
        return Self.period(word) == period ? word : move(to: period)
    }

    /// `word` is a guess, what `load` gave before.
    func take(period: UInt32, limit: UInt64, expecting word: UInt64) -> Bool {
        var word = word
        while true {
            if Self.period(word) != period { word = move(to: period) }
            guard Self.count(word) < min(limit, Self.countMax) else { return false }
            let (done, now) = exchange(word, for: word + 1)
            if done { return true }
            word = now
        }
    }

    static func count(_ word: UInt64) -> UInt64 { word & countMax }

    // MARK: Parts

    /// Makes `period` the present one, with the count that it had. Returns the word.
    @inline(never)
    private func move(to period: UInt32) -> UInt64 {
        ledger.withLock { ledger in
            var word = state.load(ordering: .relaxed)
            while Self.period(word) != period {
                let next = Self.word(period, ledger.known(period))
                let (done, now) = exchange(word, for: next)
                if done {
                    ledger.close(Self.period(word), Int64(Self.count(word)), present: period)
                    return next
                }
                word = now
            }
            return word
        }
    }

    /// Whether the period is the present one; then one call less is counted.
    private func takeOff(_ period: UInt32) -> Bool {
        var word = state.load(ordering: .relaxed)
        while Self.period(word) == period {
            guard Self.count(word) > 0 else { return true }
            let (done, now) = exchange(word, for: word - 1)
            if done { return true }
            word = now
        }
        return false
    }

    private func exchange(_ expected: UInt64, for desired: UInt64) -> (Bool, UInt64) {
        let (exchanged, original) = state.compareExchange(
            expected: expected,
            desired: desired,
            ordering: .relaxed
        )
        return (exchanged, original)
    }

    private static func period(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 40) }
    private static func word(_ period: UInt32, _ count: UInt64) -> UInt64 { UInt64(period) << 40 | count }
}

/// The counts of one quota's periods, and what the store knows of them.
private struct Ledger {
    private struct Tally {
        /// Counted in all. Of the present period: as of the last look at the word.
        var count: Int64 = 0
        /// What the store has of it.
        var stored: Int64 = 0
    }

    private var tallies: [UInt32: Tally] = [:]
    /// Whether a period other than the present one may have something for the store.
    private var hasOlder = false

    /// What was counted in a period that isn't the present one.
    func known(_ period: UInt32) -> UInt64 {
        min(UInt64(max(0, tallies[period]?.count ?? 0)), QuotaCell.countMax)
    }

    /// Keeps the count of a period that is the present one no more.
    mutating func close(_ period: UInt32, _ count: Int64, present: UInt32) {
        if count != 0 || tallies[period] != nil {
            tallies[period, default: Tally()].count = count
            hasOlder = true
        }
        guard tallies.count > QuotaCell.periodsMax else { return }
        // The oldest decides nothing; what the store lacks stays.
        let oldest = tallies.filter { $0.key != present && $0.value.count == $0.value.stored }.keys.min()
        if let oldest { tallies[oldest] = nil }
    }

    mutating func giveBack(_ period: UInt32) {
        guard let tally = tallies[period], tally.count > 0 else { return }
        tallies[period]?.count -= 1
        hasOlder = true
    }

    mutating func restored(_ period: UInt32, _ count: Int64, isPresent: Bool) {
        tallies[period, default: Tally()].stored += count
        // The present period's is in the word.
        if !isPresent { tallies[period]?.count += count }
    }

    mutating func drain(present: UInt32, _ count: Int64) -> [QuotaCell.Delta] {
        if count != 0 || tallies[present] != nil { tallies[present, default: Tally()].count = count }
        var deltas: [QuotaCell.Delta] = []
        for period in hasOlder ? Array(tallies.keys) : [present] {
            guard let tally = tallies[period], tally.count != tally.stored else { continue }
            deltas.append(QuotaCell.Delta(period: period, count: tally.count - tally.stored))
            tallies[period]?.stored = tally.count
        }
        hasOlder = false
        return deltas.sorted { $0.period < $1.period }
    }

    mutating func owe(_ delta: QuotaCell.Delta) {
        tallies[delta.period, default: Tally()].stored -= delta.count
        hasOlder = true
    }
}
