import EventLoop
import RateLimit
import Synchronization
import Testing

struct RateCellTests {
    static let second = RateParameters.secondNs

    @Test
    func `a rested cell gives its burst at once, then one permit per interval`() {
        let cell = RateCell(RateParameters(permits: 2, periodNs: Self.second, burst: 3))
        for left in [3, 2, 1] {
            #expect(cell.standing(nowNs: 5).remaining == left)
            #expect(cell.take(nowNs: 5) != nil)
        }
        #expect(cell.take(nowNs: 5) == nil)
        let standing = cell.standing(nowNs: 5)
        #expect(standing.remaining == 0)
        #expect(standing.retryAfterNs == 500_000_000)
        #expect(standing.resetAfterNs == 1_500_000_000)
        #expect(cell.take(nowNs: 500_000_004) == nil)
        #expect(cell.take(nowNs: 500_000_005) != nil)
        #expect(cell.take(nowNs: 500_000_005) == nil)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let permits: Int
        let periodNs: UInt64
        let burst: Int
        var testDescription: String { "\(permits) in \(periodNs) ns, burst \(burst)" }
    }

    static let rates = [
        Row(permits: 50, periodNs: second, burst: 100), Row(permits: 7, periodNs: 60 * second, burst: 1),
        Row(permits: 3, periodNs: second, burst: 2), Row(permits: 1, periodNs: 3600 * second, burst: 1),
        Row(permits: 999_983, periodNs: second, burst: 17),
        Row(permits: 1_000_000_000, periodNs: second, burst: 4),
        Row(permits: 999_999_937, periodNs: second, burst: 5),
        Row(permits: 1001, periodNs: 3600 * second, burst: 9),
    ]

    @Test(arguments: rates)
    func `the wait that a cell reports is exact to the nanosecond`(_ row: Row) {
        let cell = RateCell(RateParameters(permits: row.permits, periodNs: row.periodNs, burst: row.burst))
        var now: UInt64 = 123_456_789_012_345
        for _ in 0..<row.burst { #expect(cell.take(nowNs: now) != nil) }
        for _ in 0..<200 {
            let wait = cell.standing(nowNs: now).retryAfterNs
            guard wait > 0 else {
                #expect(cell.take(nowNs: now) != nil)
                continue
            }
            #expect(cell.take(nowNs: now + wait - 1) == nil)
            now += wait
            #expect(cell.take(nowNs: now) != nil)
        }
    }

    @Test(arguments: rates)
    func `a rate whose interval isn't a whole number of nanoseconds does not drift`(_ row: Row) {
        let cell = RateCell(RateParameters(permits: row.permits, periodNs: row.periodNs, burst: 1))
        let start: UInt64 = 1_000_000_007
        let rounds = 20_000
        var now = start
        for _ in 0..<rounds {
            #expect(cell.take(nowNs: now) != nil)
            now += cell.standing(nowNs: now).retryAfterNs
        }
        // The k-th permit comes at ceil(k · period / permits): rounding up to whole nanoseconds doesn't add up. With
        // burst 1, a caller who is late by less than a nanosecond each time doesn't get the difference back.
        let exact = (UInt128(rounds) * UInt128(row.periodNs)) / UInt128(row.permits)
        #expect(UInt128(now - start) >= exact)
        let late = UInt128(now - start) - exact
        #expect(late <= UInt128(rounds) + 1)
        let saving = RateCell(RateParameters(permits: row.permits, periodNs: row.periodNs, burst: 2))
        _ = saving.take(nowNs: start)
        var when = start
        for _ in 0..<rounds {
            when += saving.standing(nowNs: when).retryAfterNs
            #expect(saving.take(nowNs: when) != nil)
        }
        // With one permit saved up the delay is made good: exact to a nanosecond after 20,000 permits.
        let ceiling =
            (UInt128(rounds - 1) * UInt128(row.periodNs) + UInt128(row.permits) - 1) / UInt128(row.permits)
        #expect(UInt128(when - start) == ceiling)
    }

    /// A counter that follows the definition, with the arrival time as a fraction of 128 bits.
    struct Model {
        let permits: UInt128
        let period: UInt128
        let burst: UInt128
        /// In units of 1/permits ns.
        var arrival: UInt128 = 0

        mutating func take(_ nowNs: UInt64) -> Bool {
            let now = UInt128(nowNs) * permits
            let from = max(arrival, now)
            guard from - now <= (burst - 1) * period else { return false }
            arrival = from + period
            return true
        }
    }

    @Test(arguments: 0..<200)
    func `a cell agrees with a naive model over random rates and times that also go back`(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let permits = Int.random(
            in: 1...[10, 1000, 1_000_000_000].randomElement(using: &dice)!,
            using: &dice
        )
        let period = [Self.second, 60 * Self.second, 3600 * Self.second].randomElement(using: &dice)!
        let burst = Int.random(in: 1...30, using: &dice)
        let cell = RateCell(RateParameters(permits: permits, periodNs: period, burst: burst))
        var model = Model(permits: UInt128(permits), period: UInt128(period), burst: UInt128(burst))
        var now = UInt64.random(in: 0...1 << 60, using: &dice)
        let interval = max(1, period / UInt64(permits))
        for _ in 0..<500 {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0: now -= min(now, UInt64.random(in: 0...interval, using: &dice))
            case 1: now += interval * UInt64.random(in: 0...40, using: &dice)
            case 2...5: break
            default: now += UInt64.random(in: 0...interval * 2, using: &dice)
            }
            let expected = model.take(now)
            let standing = cell.standing(nowNs: now)
            #expect((standing.remaining > 0) == expected)
            #expect((standing.retryAfterNs == 0) == expected)
            #expect((cell.take(nowNs: now) != nil) == expected)
        }
    }

    @Test(arguments: [0, 1, UInt64.max / 2, .max - 1, .max])
    func `no clock, rate or burst overflows`(_ nowNs: UInt64) {
        for permits in [Int.min, 0, 1, 7, .max] {
            for period in [0, 1, Self.second, .max] {
                for burst in [Int.min, 1, .max] {
                    let cell = RateCell(RateParameters(permits: permits, periodNs: period, burst: burst))
                    #expect(cell.take(nowNs: nowNs) != nil)
                    #expect(cell.standing(nowNs: nowNs).remaining >= 0)
                    #expect(cell.standing(nowNs: 0).retryAfterNs >= 0)
                    let other = cell.replaced(
                        by: RateParameters(permits: 1, periodNs: .max, burst: .max),
                        nowNs: nowNs
                    )
                    #expect(other.take(nowNs: nowNs) != nil)
                }
            }
        }
    }

    @Test
    func `a permit given back is available again, unless others took one since`() throws {
        let cell = RateCell(RateParameters(permits: 1, periodNs: Self.second, burst: 2))
        let first = try #require(cell.take(nowNs: 9))
        cell.giveBack(first)
        #expect(cell.standing(nowNs: 9).remaining == 2)
        let second = try #require(cell.take(nowNs: 9))
        let third = try #require(cell.take(nowNs: 9))
        cell.giveBack(second)
        #expect(cell.standing(nowNs: 9).remaining == 0)
        cell.giveBack(third)
        #expect(cell.standing(nowNs: 9).remaining == 1)
    }

    struct Change: Sendable {
        let from: RateParameters
        let to: RateParameters
        let taken: Int
        let remaining: Int
        let retryAfterNs: UInt64
    }

    static func rate(_ permits: Int, _ periodNs: UInt64, _ burst: Int) -> RateParameters {
        RateParameters(permits: permits, periodNs: periodNs, burst: burst)
    }

    @Test(arguments: [
        // Used permits stay used, and come back at the new rate.
        Change(
            from: rate(1, 3600 * second, 10),
            to: rate(100, second, 100),
            taken: 10,
            remaining: 90,
            retryAfterNs: 0
        ),
        Change(
            from: rate(100, second, 10),
            to: rate(1, 3600 * second, 10),
            taken: 10,
            remaining: 0,
            retryAfterNs: 3600 * second
        ),
        Change(from: rate(5, second, 100), to: rate(5, second, 10), taken: 4, remaining: 6, retryAfterNs: 0),
        // A smaller burst is then completely used, and no more than that.
        Change(
            from: rate(5, second, 100),
            to: rate(5, second, 10),
            taken: 80,
            remaining: 0,
            retryAfterNs: 200_000_000
        ),
        Change(from: rate(5, second, 2), to: rate(5, second, 3), taken: 0, remaining: 3, retryAfterNs: 0),
        Change(
            from: rate(7, 60 * second, 9),
            to: rate(11, second, 9),
            taken: 5,
            remaining: 4,
            retryAfterNs: 0
        ),
    ])
    func `a cell with changed parameters keeps the permits that are used`(_ change: Change) {
        let now: UInt64 = 1 << 50
        let cell = RateCell(change.from)
        for _ in 0..<change.taken { _ = cell.take(nowNs: now) }
        let next = cell.replaced(by: change.to, nowNs: now)
        for user in [cell, next] {
            #expect(user.standing(nowNs: now).remaining == change.remaining)
            #expect(user.standing(nowNs: now).retryAfterNs == change.retryAfterNs)
        }
        if change.remaining > 0 {
            _ = cell.take(nowNs: now)  // by a caller that still has the old cell
            #expect(next.standing(nowNs: now).remaining == change.remaining - 1)
        }
    }

    @Test
    func `eight threads and a million takes get the burst exactly, while time stands still`() async {
        let cell = RateCell(RateParameters(permits: 7, periodNs: 60 * Self.second, burst: 123_457))
        let given = await onThreads(8) { _ in
            (0..<125_000).reduce(0) { count, _ in count + (cell.take(nowNs: 77) == nil ? 0 : 1) }
        }
        #expect(given == 123_457)
    }

    @Test
    func `eight threads and a million takes over moving time get what the rate allows, exactly`() async {
        let parameters = RateParameters(permits: 333_337, periodNs: Self.second, burst: 1000)
        let cell = RateCell(parameters)
        let clock = Atomic<UInt64>(0)
        let given = await onThreads(8) { _ in
            (0..<125_000).reduce(0) { count, _ in
                let now = clock.wrappingAdd(1000, ordering: .relaxed).newValue
                return count + (cell.take(nowNs: now) == nil ? 0 : 1)
            }
        }
        let end = clock.load(ordering: .relaxed)
        #expect(end == 1_000_000_000)
        // From rest: the burst, and a permit for each whole interval after the start. As tries are three times as
        // frequent as permits, none is missed except those after the last try.
        let most = 1000 + Int((end - 1000) / 1000 * 333_337 / 1_000_000)
        #expect(given <= most)
        #expect(given >= most - 2)
    }

    @Test
    func `changing parameters under eight threads neither loses nor adds a permit`() async {
        let first = RateCell(RateParameters(permits: 3, periodNs: 60 * Self.second, burst: 100_000))
        let latest = Locked(first)
        let given = await onThreads(8) { number in
            (0..<50_000).reduce(0) { count, round in
                if number == 0, round % 500 == 0 {
                    latest.withLock { cell in
                        let permits = 3 + round / 500 % 11
                        cell = cell.replaced(
                            by: RateParameters(permits: permits, periodNs: 60 * Self.second, burst: 100_000),
                            nowNs: 5
                        )
                    }
                }
                let cell = number % 2 == 0 ? first : latest.withLock { $0 }
                return count + (cell.take(nowNs: 5) == nil ? 0 : 1)
            }
        }
        #expect(given == 100_000)
    }
}
