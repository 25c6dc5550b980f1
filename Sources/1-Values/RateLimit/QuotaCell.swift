import Locks
import Synchronization

/// One quota's counter: the calls of each day or month, or their cost. Any thread; takes a lock only when the period
/// changes.
///
/// The present period's count is one atomic word. The counts of other periods are kept beside it, so that a clock that
/// jumps away and comes back finds the count that it left: the count of a period never starts anew. A store adds up
/// what was counted: `drain` takes it out, and `owe` puts it back when the store failed.
package final class QuotaCell: Sendable {
    /// What was counted in a period since the last drain; negative when more was given back.
    package struct Delta: Sendable, Equatable {
        package let period: UInt32
        package let count: Int64

        package init(period: UInt32, count: Int64) {
            self.period = period
            self.count = count
        }
    }

    /// The highest count of calls in one period.
    package static let countMax = most(countBits: callBits)
    /// The highest count of a budget in one period, in billionths of a US dollar: 281,474 dollars.
    package static let costMax = most(countBits: costBits)
    /// How many periods are kept beside the present one: more than the store keeps, and than a clock jumps across.
    package static let periodsMax = 64

    private static let callBits: UInt64 = 40
    private static let costBits: UInt64 = 48

    /// The period's number in the upper bits, its count in the lower `countBits`. 0 is the period 0, in 1970.
    private let state = Atomic<UInt64>(0)
    private let countBits: UInt64
    private let ledger: Locked<Ledger>

    /// - Parameter isCost: whether it counts billionths of a US dollar. Then all days after the year 2149 are one.
    package init(isCost: Bool = false) {
        countBits = isCost ? Self.costBits : Self.callBits
        ledger = Locked(Ledger(countMax: isCost ? Self.costMax : Self.countMax))
    }

    /// Counts `amount` in `period` if less than `limit` was counted in it: the amount that crosses the limit is the
    /// last one.
    package func take(_ amount: UInt64 = 1, period: UInt32, limit: UInt64) -> Bool {
        take(amount, period: period, limit: limit, expecting: load(period))
    }

    /// How much was counted in a period.
    package func count(period: UInt32) -> UInt64 {
        let period = known(period)
        let word = state.load(ordering: .relaxed)
        if self.period(word) == period { return count(word) }
        return ledger.withLock { ledger in
            // The word changes its period under the lock alone.
            let word = state.load(ordering: .relaxed)
            return self.period(word) == period ? count(word) : ledger.known(period)
        }
    }

    /// Gives back an amount that was taken in that period.
    package func giveBack(_ amount: UInt64 = 1, period: UInt32) {
        adjust(by: -Int64(clamping: amount), period: period)
    }

    /// Adds an amount, which may be negative, to a period's count, whatever its limit; the count never falls below 0.
    package func adjust(by amount: Int64, period: UInt32) {
        if amount == 0 { return }
        let period = known(period)
        if adjustPresent(amount, period) { return }
        ledger.withLock { ledger in
            if !adjustPresent(amount, period) { ledger.adjust(period, amount) }
        }
    }

    /// Takes over the store's count of a period. Anything above the known count was counted by other servers. If a
    /// budget's count is below it, they have given it back, as calls cost less than was held for them.
    package func learn(total: Int64, period: UInt32) {
        let known = ledger.withLock { $0.stored(period) }
        if total > known { restore(count: UInt64(total - known), period: period) }
        if total < known, countBits == Self.costBits {
            unlearn(UInt64(known - max(0, total)), period: self.known(period))
        }
    }

    private func unlearn(_ count: UInt64, period: UInt32) {
        ledger.withLock { ledger in
            var word = state.load(ordering: .relaxed)
            while self.period(word) == period {
                let less = min(self.count(word), count)
                let (done, now) = exchange(word, for: word - less)
                if done { return ledger.restored(period, -Int64(count), isPresent: true) }
                word = now
            }
            ledger.restored(period, -Int64(count), isPresent: false)
        }
    }

    /// Adds what the store had counted in a period before this cell existed.
    package func restore(count: UInt64, period: UInt32) {
        let count = min(count, countMax)
        let period = known(period)
        ledger.withLock { ledger in
            var word = state.load(ordering: .relaxed)
            while self.period(word) == period {
                let sum = min(self.count(word) + count, countMax)
                let (done, now) = exchange(word, for: self.word(period, sum))
                if done { return ledger.restored(period, Int64(sum - self.count(word)), isPresent: true) }
                word = now
            }
            ledger.restored(period, Int64(count), isPresent: false)
        }
    }

    /// What was counted since the last drain, by period. The caller adds it to the store, or returns it with `owe`.
    package func drain() -> [Delta] {
        ledger.withLock { ledger in
            let word = state.load(ordering: .relaxed)
            return ledger.drain(present: period(word), Int64(count(word)))
        }
    }

    /// Puts back a delta that could not be stored; the next drain returns it again.
    package func owe(_ delta: Delta) {
        ledger.withLock { $0.owe(delta) }
    }

    // MARK: For sets of cells

    /// The word of a period. If it isn't the present period, it becomes that first, under the lock.
    @inline(__always)
    func load(_ period: UInt32) -> UInt64 {
        let period = known(period)
        let word = state.load(ordering: .relaxed)
        return self.period(word) == period ? word : move(to: period)
    }

    /// Like the other `take`. `word` is a guess: what `load` returned before.
    @inline(__always)
    func take(_ amount: UInt64, period: UInt32, limit: UInt64, expecting word: UInt64) -> Bool {
        let period = known(period)
        var word = word
        while true {
            if self.period(word) != period { word = move(to: period) }
            let before = count(word)
            guard before < min(limit, countMax) else { return false }
            let (done, now) = exchange(word, for: word + min(amount, countMax - before))
            if done { return true }
            word = now
        }
    }

    @inline(__always)
    func count(_ word: UInt64) -> UInt64 { word & countMax }

    // MARK: Parts

    /// Makes `period` the present one, with the count that it had. Returns the word.
    @inline(never)
    private func move(to period: UInt32) -> UInt64 {
        ledger.withLock { ledger in
            var word = state.load(ordering: .relaxed)
            while self.period(word) != period {
                let next = self.word(period, ledger.known(period))
                let (done, now) = exchange(word, for: next)
                if done {
                    ledger.close(self.period(word), Int64(count(word)), present: period)
                    return next
                }
                word = now
            }
            return word
        }
    }

    /// Adds the amount if the period is the present one; returns whether it is.
    private func adjustPresent(_ amount: Int64, _ period: UInt32) -> Bool {
        var word = state.load(ordering: .relaxed)
        while self.period(word) == period {
            let sum = Int64(count(word)).addingReportingOverflow(amount).partialValue
            let (done, now) = exchange(word, for: self.word(period, min(UInt64(max(0, sum)), countMax)))
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

    private static func most(countBits: UInt64) -> UInt64 { (1 << countBits) - 1 }

    @inline(__always)
    private var countMax: UInt64 { (1 &<< countBits) &- 1 }

    /// The period, or the last period that has room in the word.
    @inline(__always)
    private func known(_ period: UInt32) -> UInt32 {
        min(period, UInt32(truncatingIfNeeded: UInt64.max &>> countBits))
    }

    @inline(__always)
    private func period(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word &>> countBits) }

    @inline(__always)
    private func word(_ period: UInt32, _ count: UInt64) -> UInt64 { UInt64(period) &<< countBits | count }
}

/// The counts of one quota's periods, and what the store knows of them.
private struct Ledger {
    private struct Tally {
        /// The whole count. For the present period: as of the last reading of the word.
        var count: Int64 = 0
        /// The part of it that the store has.
        var stored: Int64 = 0
    }

    let countMax: UInt64
    private var tallies: [UInt32: Tally] = [:]
    /// Whether a period other than the present one may have something for the store.
    private var hasOlder = false

    init(countMax: UInt64) { self.countMax = countMax }

    /// The part of a period's count that the store is known to have.
    func stored(_ period: UInt32) -> Int64 { tallies[period]?.stored ?? 0 }

    /// The count of a period that isn't the present one.
    func known(_ period: UInt32) -> UInt64 {
        min(UInt64(max(0, tallies[period]?.count ?? 0)), countMax)
    }

    /// Keeps the count of a period that is no longer the present one.
    mutating func close(_ period: UInt32, _ count: Int64, present: UInt32) {
        if count != 0 || tallies[period] != nil {
            tallies[period, default: Tally()].count = count
            hasOlder = true
        }
        guard tallies.count > QuotaCell.periodsMax else { return }
        // The oldest period no longer decides anything; one that the store lacks stays.
        let oldest = tallies.filter { $0.key != present && $0.value.count == $0.value.stored }.keys.min()
        if let oldest { tallies[oldest] = nil }
    }

    /// Adds an amount to a period. A period that is no longer kept has no count to lower.
    mutating func adjust(_ period: UInt32, _ amount: Int64) {
        guard amount > 0 || tallies[period] != nil else { return }
        let sum = (tallies[period]?.count ?? 0).addingReportingOverflow(amount).partialValue
        tallies[period, default: Tally()].count = min(max(0, sum), Int64(countMax))
        hasOlder = true
    }

    mutating func restored(_ period: UInt32, _ count: Int64, isPresent: Bool) {
        tallies[period, default: Tally()].stored += count
        // The count of the present period is in the word.
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
