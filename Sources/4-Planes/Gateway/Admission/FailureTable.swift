import Synchronization

/// How often each client address failed to authenticate lately. Fixed size, any thread, no lock.
///
/// An address may fail `burst` times at once, and gets `rate` tries a second back. An address that has used tries keeps
/// its place until it has all of them back; none is dropped to make room. Where all places of a set are taken, further
/// addresses share one budget, and a random hash chooses the set. A flood from many addresses therefore uses up shared
/// budgets; it neither wins fresh ones nor takes a place from anybody. While no tries are used, a check is one load.
final class FailureTable: Sendable {
    private static let sets = 512
    private static let ways = 8
    /// How much the shared place of a set allows, as a multiple of one address's budget.
    private static let sharedBudgets: UInt64 = 10

    /// The address, and the time when it has all its tries back, in nanoseconds; from then on the place is free.
    private let places = InlineArray<4096, Atomic<WordPair>> { _ in Atomic(WordPair(first: 0, second: 0)) }
    /// [set] → the time when the addresses without a place have all their tries back, in nanoseconds.
    private let shared = InlineArray<512, Atomic<UInt64>> { _ in Atomic(0) }
    /// The time when all addresses have all their tries back.
    private let quietAtNs = Atomic<UInt64>(0)
    /// The time to get one try back, and how far ahead of now an address's time may be, both in nanoseconds; replaced
    /// when the settings change.
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

    /// Sets another rate and burst from now on, in the same ranges. Tries that are used stay used.
    func change(rate: Int, burst: Int) {
        let rate = UInt64(min(max(rate, 1), 1_000_000))
        let intervalNs = (1_000_000_000 + rate - 1) / rate
        interval.store(intervalNs, ordering: .relaxed)
        tolerance.store(UInt64(min(max(burst, 1), 1_000_000) - 1) * intervalNs, ordering: .relaxed)
    }

    private var intervalNs: UInt64 { interval.load(ordering: .relaxed) }
    private var toleranceNs: UInt64 { tolerance.load(ordering: .relaxed) }

    /// Whether no address has used tries; then nobody is blocked.
    func isQuiet(nowNs: UInt64) -> Bool { quietAtNs.load(ordering: .relaxed) <= nowNs }

    /// Whether the address has no try left. `address` is never 0.
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

    /// Counts one failure. False when the address had no try left, because other requests of it failed at the same
    /// time.
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
            let usedUntil = own == nil ? nowNs : max(UInt64(place.second), nowNs)
            if isUsedUp(usedUntil, nowNs) { return false }
            let next = usedUntil + intervalNs
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
            let usedUntil = max(known, nowNs)
            if isUsedUp(usedUntil, nowNs) { return false }
            let next = usedUntil + max(1, intervalNs / Self.sharedBudgets)
            let (done, now) = shared[set].compareExchange(expected: known, desired: next, ordering: .relaxed)
            if done {
                becomeBusy(until: next)
                return true
            }
            known = now
        }
    }

    /// A shared place counts shorter intervals, so that the same time holds more failures.
    private func isUsedUp(_ usedUntilNs: UInt64, _ nowNs: UInt64) -> Bool {
        usedUntilNs > nowNs && usedUntilNs - nowNs > toleranceNs
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
