import Synchronization

/// One rate limit's counter: a generic cell rate algorithm over one atomic word. Any thread, no lock.
///
/// It keeps the time at which, at the given rate, all permits given so far would have been earned (the theoretical
/// arrival time). A permit is available when that time is at most `burst - 1` intervals ahead. `nowNs` is from any
/// monotonic clock, the same for all callers; between threads it may go back a little, which never gives an additional
/// permit.
/// Source: ITU-T I.371 (2004) annex A.
package final class RateCell: Sendable {
    /// What `giveBack` needs to return a permit.
    package struct Taken: Sendable {
        let before: UInt128
        let after: UInt128
    }

    package let parameters: RateParameters
    /// The arrival time in ticks of `parameters`, less than 2^95; or `sealed`.
    private let state: Atomic<WordPair>
    /// The cell that took over, set before this one is sealed.
    private let successor = AtomicLazyReference<RateCell>()

    private static var sealed: UInt128 { .max }

    /// A cell after a long rest: all of its burst is available.
    package convenience init(_ parameters: RateParameters) {
        self.init(parameters, arrival: 0)
    }

    private init(_ parameters: RateParameters, arrival: UInt128) {
        self.parameters = parameters
        state = Atomic(WordPair(arrival))
    }

    /// What is used and left of the cell; takes nothing.
    package func standing(nowNs: UInt64) -> RateStanding {
        let word = load()
        if word == Self.sealed, let next = successor.load() { return next.standing(nowNs: nowNs) }
        return standing(word, nowNs)
    }

    /// Takes one permit, if there is one.
    package func take(nowNs: UInt64) -> Taken? { take(nowNs: nowNs, expecting: load()) }

    /// Gives back the permit of one `take` that wasn't used.
    ///
    /// When others have taken from the cell since, it isn't known how much of the permit still counts, and it is lost:
    /// then one permit too few may be given, never one too many.
    package func giveBack(_ taken: Taken) { _ = exchange(taken.after, for: taken.before) }

    /// A cell with other parameters that continues from here; this one forwards to it whoever still uses it.
    ///
    /// The permits that are used now stay used (at most as many as the new burst) and come back at the new rate.
    /// For one thread at a time.
    package func replaced(by parameters: RateParameters, nowNs: UInt64) -> RateCell {
        if let next = successor.load() { return next.replaced(by: parameters, nowNs: nowNs) }
        var word = load()
        while true {
            let next = RateCell(parameters, arrival: arrival(after: word, as: parameters, nowNs))
            // Nobody reads the successor before the seal, so a successor stored earlier can still be filled again.
            let stored = successor.storeIfNil(next)
            stored.state.store(next.state.load(ordering: .relaxed), ordering: .relaxed)
            let (done, now) = exchange(word, for: Self.sealed)
            if done { return stored }
            word = now
        }
    }

    // MARK: For sets of cells

    /// The current word, for the functions below.
    @inline(__always)
    func load() -> UInt128 { UInt128(state.load(ordering: .acquiring)) }

    /// Takes one permit. `word` is a guess, what `load` returned before; it saves another load when it still holds.
    @inline(__always)
    func take(nowNs: UInt64, expecting word: UInt128) -> Taken? {
        var word = word
        while true {
            if word == Self.sealed {
                // A sealed cell always has a successor. A permit given back through this cell is lost.
                guard let next = successor.load() else { return nil }
                return next.take(nowNs: nowNs)
            }
            guard let after = advanced(word, nowNs) else { return nil }
            let (done, now) = exchange(word, for: after)
            if done { return Taken(before: word, after: after) }
            word = now
        }
    }

    /// Whether a permit is available, judging by that word.
    @inline(__always)
    func isOpen(_ word: UInt128, _ nowNs: UInt64) -> Bool {
        if word == Self.sealed, let next = successor.load() { return next.isOpen(next.load(), nowNs) }
        return advanced(word, nowNs) != nil
    }

    // MARK: The arithmetic

    /// The word after one more permit; nil when there is none.
    @inline(__always)
    private func advanced(_ word: UInt128, _ nowNs: UInt64) -> UInt128? {
        let now = parameters.ticks(nowNs)
        let from = max(word, now)
        return from - now <= parameters.tolerance ? from + parameters.interval : nil
    }

    private func standing(_ word: UInt128, _ nowNs: UInt64) -> RateStanding {
        let now = parameters.ticks(nowNs)
        let used = max(word, now) - now
        let isOpen = used <= parameters.tolerance
        return RateStanding(
            remaining: isOpen
                ? Int(clamping: (parameters.tolerance - used) / parameters.interval + 1) : 0,
            retryAfterNs: isOpen ? 0 : parameters.nanoseconds(used - parameters.tolerance),
            resetAfterNs: parameters.nanoseconds(used),
            parameters: parameters
        )
    }

    /// The arrival time at which a cell of `other` has as many permits used as this one.
    private func arrival(after word: UInt128, as other: RateParameters, _ nowNs: UInt64) -> UInt128 {
        let now = parameters.ticks(nowNs)
        let used = max(word, now) - now
        // After a clock has gone back, more than the burst may seem used.
        let most = UInt128(parameters.burst) * parameters.interval
        let converted = (min(used, most) * other.interval + parameters.interval - 1) / parameters.interval
        return other.ticks(nowNs) + min(converted, UInt128(other.burst) * other.interval)
    }

    private func exchange(_ expected: UInt128, for desired: UInt128) -> (Bool, UInt128) {
        let (exchanged, original) = state.compareExchange(
            expected: WordPair(expected),
            desired: WordPair(desired),
            ordering: .acquiringAndReleasing
        )
        return (exchanged, UInt128(original))
    }
}

/// What is used and left of a rate limit at one time.
package struct RateStanding: Sendable, Equatable {
    /// Permits that could be taken at once.
    package let remaining: Int
    /// The time until the next permit; 0 when one is available.
    package let retryAfterNs: UInt64
    /// The time until all of the burst is available again.
    package let resetAfterNs: UInt64
    package let parameters: RateParameters
}

extension WordPair {
    fileprivate init(_ value: UInt128) {
        self.init(first: UInt(truncatingIfNeeded: value), second: UInt(truncatingIfNeeded: value >> 64))
    }
}

extension UInt128 {
    fileprivate init(_ pair: WordPair) { self = UInt128(pair.second) << 64 | UInt128(pair.first) }
}
