import Synchronization

/// One quota's counter: how many calls in the present day or month. Any thread; no lock but when a period ends.
///
/// What it counted is drained to a store that adds it up: `drain`, and `owe` when the store failed. Between threads the
/// time may go back over the end of a period; such calls count in the later one.
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

    /// The period's number in the upper 24 bits, its count in the lower 40. 0 is the period 0, in 1970.
    private let state = Atomic<UInt64>(0)
    private let ledger = Locked(Ledger())

    /// What the store knows, by period.
    private struct Ledger {
        var flushed: [UInt32: Int64] = [:]
        /// Of periods that are over, and of drains that failed.
        var owed: [UInt32: Int64] = [:]
    }

    package init() {}

    /// Counts one more call, if fewer than `limit` were counted. Returns the period in which it was counted.
    package func take(period: UInt32, limit: UInt64) -> UInt32? {
        take(period: period, limit: limit, expecting: load())
    }

    /// How many were counted, and in which period.
    package func count(period: UInt32) -> (period: UInt32, count: UInt64) {
        Self.effective(load(), period)
    }

    /// Takes back one `take`, unless its period is over.
    package func giveBack(period: UInt32) {
        var word = load()
        while Self.period(word) == period, Self.count(word) > 0 {
            let (done, now) = exchange(word, for: word - 1)
            if done { return }
            word = now
        }
    }

    /// Adds what the store counted in a period before this cell was there; nothing when that period is over.
    package func restore(count: UInt64, period: UInt32) {
        let count = min(count, Self.countMax)
        var word = load()
        while Self.period(word) <= period {
            let known = Self.period(word) == period ? Self.count(word) : 0
            let sum = min(known + count, Self.countMax)
            let (done, now) = exchange(word, for: Self.word(period, sum))
            if done {
                close(word, unless: period)
                ledger.withLock { $0.flushed[period, default: 0] += Int64(sum - known) }
                return
            }
            word = now
        }
    }

    /// What was counted since the last drain, by period. The caller adds it to the store, or gives it to `owe`.
    package func drain() -> [Delta] {
        ledger.withLock { ledger in
            // Read inside the lock: a period that ends now is closed after this.
            let word = load()
            let (period, count) = (Self.period(word), Int64(Self.count(word)))
            let fresh = count - ledger.flushed[period, default: 0]
            if fresh != 0 {
                ledger.owed[period, default: 0] += fresh
                ledger.flushed[period] = count
            }
            let deltas = ledger.owed.filter { $0.value != 0 }.map { Delta(period: $0.key, count: $0.value) }
            ledger.owed.removeAll(keepingCapacity: true)
            return deltas.sorted { $0.period < $1.period }
        }
    }

    /// Takes back a delta that could not be stored; the next drain has it again.
    package func owe(_ delta: Delta) {
        ledger.withLock { $0.owed[delta.period, default: 0] += delta.count }
    }

    // MARK: For sets of cells

    func load() -> UInt64 { state.load(ordering: .relaxed) }

    /// `word` is a guess, what `load` gave before.
    func take(period: UInt32, limit: UInt64, expecting word: UInt64) -> UInt32? {
        var word = word
        while true {
            let (counted, count) = Self.effective(word, period)
            guard count < min(limit, Self.countMax) else { return nil }
            let (done, now) = exchange(word, for: Self.word(counted, count + 1))
            if done {
                close(word, unless: counted)
                return counted
            }
            word = now
        }
    }

    /// The period that a call of `period` counts in by that word, and how many were counted in it.
    ///
    /// A word one period ahead is another thread's that saw the end first. One further ahead is from a clock that has
    /// been put right since.
    static func effective(_ word: UInt64, _ period: UInt32) -> (period: UInt32, count: UInt64) {
        let known = Self.period(word)
        return known == period || known == period &+ 1 ? (known, count(word)) : (period, 0)
    }

    // MARK: Parts

    /// A word of a period that is over, replaced by one of `period`: what was counted in it is still owed to the store.
    private func close(_ word: UInt64, unless period: UInt32) {
        guard Self.period(word) != period, word != 0 else { return }
        ledger.withLock { ledger in
            let flushed = ledger.flushed.removeValue(forKey: Self.period(word)) ?? 0
            let owed = Int64(Self.count(word)) - flushed
            if owed != 0 { ledger.owed[Self.period(word), default: 0] += owed }
        }
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
    private static func count(_ word: UInt64) -> UInt64 { word & countMax }
    private static func word(_ period: UInt32, _ count: UInt64) -> UInt64 { UInt64(period) << 40 | count }
}
