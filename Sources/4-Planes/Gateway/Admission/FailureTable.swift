import Synchronization

/// How often each client address failed to authenticate lately; of fixed size, any thread, no lock.
///
/// An address has `burst` failures, and gets back `rate` a second. What an address still owes is never forgotten to
/// make room: where all places of its set are taken by others who owe, it shares one with the rest of the set, and the
/// set is chosen by a random hash. So many addresses at once use up one budget; they don't win fresh ones, and they
/// reach nobody who has a place. While nobody owes anything, a look is one load.
final class FailureTable: Sendable {
    private static let sets = 512
    private static let ways = 8
    /// What the shared place of a set allows, in budgets of one address.
    private static let sharedBudgets: UInt64 = 10

    /// The address and when it owes nothing any more, in nanoseconds; that past, the place is free.
    private let places = InlineArray<4096, Atomic<WordPair>> { _ in Atomic(WordPair(first: 0, second: 0)) }
    /// The same for those who found no place.
    private let shared = InlineArray<512, Atomic<UInt64>> { _ in Atomic(0) }
    /// When nobody owes anything any more.
    private let quietAtNs = Atomic<UInt64>(0)
    /// How long one failure is owed, and how much of that at once; replaced when the settings are.
    private let interval = Atomic<UInt64>(0)
    private let tolerance = Atomic<UInt64>(0)
    private let seed: UInt64

    /// - Parameters:
    ///   - rate: failures a second, 1...1,000,000.
    ///   - burst: failures at once, 1...1,000,000.
    init(rate: Int, burst: Int, seed: UInt64 = .random(in: .min ... .max)) {
        self.seed = seed
        change(rate: rate, burst: burst)
    }

    /// Another rate and burst from now on, in the same ranges; what is owed stays owed.
    func change(rate: Int, burst: Int) {
        let rate = UInt64(min(max(rate, 1), 1_000_000))
        let intervalNs = (1_000_000_000 + rate - 1) / rate
        interval.store(intervalNs, ordering: .relaxed)
        tolerance.store(UInt64(min(max(burst, 1), 1_000_000) - 1) * intervalNs, ordering: .relaxed)
    }

    private var intervalNs: UInt64 { interval.load(ordering: .relaxed) }
    private var toleranceNs: UInt64 { tolerance.load(ordering: .relaxed) }

    /// Whether anybody owes anything; if not, nobody is blocked.
    func isQuiet(nowNs: UInt64) -> Bool { quietAtNs.load(ordering: .relaxed) <= nowNs }

    /// Whether the address has no failure left. `address` is never 0.
    func isBlocked(_ address: UInt64, nowNs: UInt64) -> Bool {
        if isQuiet(nowNs: nowNs) { return false }
        let set = set(of: address)
        var hasRoom = false
        for index in set * Self.ways..<(set + 1) * Self.ways {
            let place = places[index].load(ordering: .relaxed)
            if place.first == address { return isUsedUp(UInt64(place.second), nowNs) }
            if UInt64(place.second) <= nowNs { hasRoom = true }
        }
        return !hasRoom && isUsedUp(shared[set].load(ordering: .relaxed), nowNs)
    }

    /// Counts one failure. False when the address had none left, as others of it failed at the same time.
    func count(_ address: UInt64, nowNs: UInt64) -> Bool {
        let set = set(of: address)
        while true {
            var free: (index: Int, place: WordPair)?
            var own: (index: Int, place: WordPair)?
            for index in set * Self.ways..<(set + 1) * Self.ways {
                let place = places[index].load(ordering: .relaxed)
                if place.first == address {
                    own = (index, place)
                    break
                }
                if free == nil, UInt64(place.second) <= nowNs { free = (index, place) }
            }
            guard let (index, place) = own ?? free else { return countShared(set, nowNs) }
            let owed = own == nil ? nowNs : max(UInt64(place.second), nowNs)
            if isUsedUp(owed, nowNs) { return false }
            let next = owed + intervalNs
            let new = WordPair(first: UInt(address), second: UInt(next))
            if places[index].compareExchange(expected: place, desired: new, ordering: .relaxed).exchanged {
                becomeBusy(until: next)
                return true
            }
        }
    }

    private func countShared(_ set: Int, _ nowNs: UInt64) -> Bool {
        var known = shared[set].load(ordering: .relaxed)
        while true {
            let owed = max(known, nowNs)
            if isUsedUp(owed, nowNs) { return false }
            let next = owed + max(1, intervalNs / Self.sharedBudgets)
            let (done, now) = shared[set].compareExchange(expected: known, desired: next, ordering: .relaxed)
            if done {
                becomeBusy(until: next)
                return true
            }
            known = now
        }
    }

    /// A shared place counts shorter intervals, so that the same time holds more failures.
    private func isUsedUp(_ owedUntilNs: UInt64, _ nowNs: UInt64) -> Bool {
        owedUntilNs > nowNs && owedUntilNs - nowNs > toleranceNs
    }

    private func becomeBusy(until next: UInt64) {
        var known = quietAtNs.load(ordering: .relaxed)
        while known < next {
            let (done, now) = quietAtNs.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if done { return }
            known = now
        }
    }

    private func set(of address: UInt64) -> Int {
        var value = (address ^ seed) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 32) ^ seed) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: value >> 55)
    }
}
