import RateLimit
import Testing

/// Budgets: the amount held before a call and settled after it.
struct BudgetTests {
    static let noon: Int64 = 1_795_262_400_000  // 2026-11-21 12:00 UTC
    static let dayMs: Int64 = 86_400_000

    static func set(_ count: Int) -> LimitSet {
        var set = LimitSet()
        for position in 0..<count { set.add(Int32(position)) }
        return set
    }

    static func moment(_ wallMs: Int64 = noon) -> LimitMoment { LimitMoment(nowNs: 1, wallMs: wallMs) }

    /// Makes one call; returns the refusal, nil when it was allowed.
    static func call(
        _ limits: [LimitCells],
        estimate: Int64,
        cost: Int64,
        at moment: LimitMoment = moment()
    ) -> LimitRefusal? {
        let set = set(limits.count)
        if let refusal = set.take(from: limits, at: moment, nanoUSD: estimate) { return refusal }
        var hold = set.hold(estimate, at: moment)
        hold.settle(cost, in: limits)
        return nil
    }

    @Test(arguments: [(0, 300), (100, 300), (300, 100), (5_000, 300), (1, 1)])
    func `of calls one after another, the one that crosses the budget is the last`(
        _ estimate: Int64,
        _ cost: Int64
    ) throws {
        let limits = [LimitCells(.init(monthBudget: 1_000))]
        var calls: Int64 = 0
        while Self.call(limits, estimate: estimate, cost: cost) == nil { calls += 1 }
        #expect(calls == (1_000 + cost - 1) / cost)
        #expect(limits[0].quota(.monthCost).drain().map { $0.count } == [calls * cost])
        let refusal = try #require(Self.call(limits, estimate: estimate, cost: cost))
        #expect(refusal.standing.metric == .monthBudget && refusal.standing.limit == 1_000)
        #expect(refusal.retryAfterMs == UInt64((9 * 24 + 12) * 3_600_000))
    }

    @Test func `calls under way hold their estimated cost, and the difference is given back`() {
        let limits = [LimitCells(.init(dayBudget: 1_000))]
        let set = Self.set(1)
        var holds: [BudgetHold] = []
        while set.take(from: limits, at: Self.moment(), nanoUSD: 300) == nil {
            holds.append(set.hold(300, at: Self.moment()))
        }
        #expect(holds.count == 4 && holds.allSatisfy { $0.isHeld })
        #expect(limits[0].standing(at: Self.moment()).map(\.remaining) == [0])
        for index in holds.indices { holds[index].settle(50, in: limits) }
        #expect(limits[0].standing(at: Self.moment()).map(\.used) == [200])
        // Settling a second time changes nothing.
        for index in holds.indices { holds[index].settle(50, in: limits) }
        #expect(limits[0].standing(at: Self.moment()).map(\.used) == [200])
        #expect(set.take(from: limits, at: Self.moment(), nanoUSD: 300) == nil)
    }

    @Test func `a call is settled in the day in which it began, whenever it ends`() {
        let limits = [LimitCells(.init(dayBudget: 1_000, monthBudget: 5_000))]
        let set = Self.set(1)
        let (before, after) = (Self.moment(), Self.moment(Self.noon + Self.dayMs))
        #expect(set.take(from: limits, at: before, nanoUSD: 100) == nil)
        var hold = set.hold(100, at: before)
        #expect(Self.call(limits, estimate: 10, cost: 7, at: after) == nil)
        hold.settle(900, in: limits)
        #expect(limits[0].standing(at: before).map(\.used) == [900, 907])
        #expect(limits[0].standing(at: after).map(\.used) == [7, 907])
    }

    @Test func `a used-up quota leaves the budget untouched, and a used-up budget the quota`() {
        let limits = [LimitCells(.init(monthBudget: 1_000)), LimitCells(.init(dayQuota: 1))]
        #expect(Self.call(limits, estimate: 100, cost: 100) == nil)
        #expect(Self.call(limits, estimate: 100, cost: 100)?.standing.metric == .day)
        #expect(limits[0].standing(at: Self.moment()).map(\.used) == [100])
        let both = [LimitCells(.init(dayQuota: 5)), LimitCells(.init(dayQuota: 9, monthBudget: 50))]
        #expect(Self.call(both, estimate: 100, cost: 100) == nil)
        #expect(Self.call(both, estimate: 100, cost: 100)?.standing.metric == .monthBudget)
        #expect(both[0].standing(at: Self.moment()).map(\.used) == [1])
        #expect(both[1].standing(at: Self.moment()).map(\.used) == [1, 100])
    }

    @Test func `a changed budget keeps the amount spent, even if it was removed in between`() {
        let first = LimitCells(.init(monthBudget: 1_000))
        #expect(Self.call([first], estimate: 10, cost: 600) == nil)
        let less = first.changed(to: .init(monthBudget: 500), nowNs: 1)
        #expect(Self.call([less], estimate: 10, cost: 1) != nil)
        let without = less.changed(to: .init(dayQuota: 3), nowNs: 1)
        #expect(Self.call([without], estimate: 10, cost: 1) == nil)
        let again = without.changed(to: .init(monthBudget: 2_000), nowNs: 1)
        #expect(again.standing(at: Self.moment()).map(\.used) == [600])
        #expect(again.standing(at: Self.moment()).map(\.remaining) == [1_400])
    }

    @Test func `a budget of 250,000 dollars is counted to its end, and no amount runs over into another day`()
    {
        let most: Int64 = 250_000_000_000_000
        let limits = [LimitCells(.init(monthBudget: most))]
        #expect(Self.call(limits, estimate: 1, cost: most - 1) == nil)
        #expect(limits[0].standing(at: Self.moment()).map(\.remaining) == [1])
        #expect(Self.call(limits, estimate: 1, cost: .max / 2) == nil)
        #expect(limits[0].standing(at: Self.moment()).map(\.remaining) == [0])
        #expect(limits[0].standing(at: Self.moment(Self.noon + 30 * Self.dayMs)).map(\.used) == [0])
    }

    @Test(arguments: [Int64.min, 0, 5_700_000_000_000, .max])
    func `budgets are counted at any time, even after the last day with a number`(_ wallMs: Int64) {
        let limits = [LimitCells(.init(dayBudget: 100, monthBudget: 1_000))]
        #expect(Self.call(limits, estimate: 1, cost: 40, at: Self.moment(wallMs)) == nil)
        #expect(limits[0].standing(at: Self.moment(wallMs)).map(\.used) == [40, 40])
        #expect(Self.call(limits, estimate: 1, cost: 60, at: Self.moment(wallMs)) == nil)
        #expect(
            Self.call(limits, estimate: 1, cost: 1, at: Self.moment(wallMs))?.standing.metric == .dayBudget
        )
    }

    /// Calls begin, end and are drained in any order, with clocks that jump and processes that restart.
    @Test(arguments: 1...40)
    func `the counted cost equals the cost spent, whatever the order of events`(_ seed: Int) {
        var generator = Sequence64(state: UInt64(seed))
        func random(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
        struct UnderWay { var hold: BudgetHold; let wallMs: Int64; let held: Int64 }
        let set = Self.set(1)
        var limits = [LimitCells(.init(dayBudget: 1 << 40, monthBudget: 1 << 44))]
        var underWay: [UnderWay] = []
        var stored: [String: Int64] = [:]
        var spent: [String: Int64] = [:]
        var wallMs = Self.noon
        func count(_ nanoUSD: Int64, _ wallMs: Int64, _ sums: inout [String: Int64]) {
            for kind in [QuotaKind.dayCost, .monthCost] {
                sums[kind.text(of: kind.period.number(atMs: wallMs)), default: 0] += nanoUSD
            }
        }
        func drain(failing: Bool) {
            for kind in QuotaKind.allCases {
                for delta in limits[0].quota(kind).drain() {
                    if failing {
                        limits[0].quota(kind).owe(delta)
                    } else {
                        stored[kind.text(of: delta.period), default: 0] += delta.count
                    }
                }
            }
        }
        for _ in 0..<3_000 {
            switch random(100) {
            case ..<45:
                let estimate = Int64(random(1 << 20))
                let moment = Self.moment(wallMs)
                guard set.take(from: limits, at: moment, nanoUSD: estimate) == nil else { continue }
                underWay.append(
                    UnderWay(hold: set.hold(estimate, at: moment), wallMs: wallMs, held: estimate)
                )
            case ..<88 where !underWay.isEmpty:
                var call = underWay.remove(at: random(underWay.count))
                let cost = Int64(random(1 << 21))
                call.hold.settle(cost, in: limits)
                count(cost, call.wallMs, &spent)
            case ..<93: drain(failing: random(3) == 0)
            case ..<96: wallMs += [Self.dayMs, -Self.dayMs, 31 * Self.dayMs, 3_600_000][random(4)]
            case ..<98:
                let budget = Int64(1) << 40 + Int64(random(1_000))
                limits = [limits[0].changed(to: .init(dayBudget: budget, monthBudget: 1 << 44), nowNs: 1)]
            default:
                // The process ends: calls under way stay as they were held, and the next one reads what is stored.
                for call in underWay { count(call.held, call.wallMs, &spent) }
                underWay = []
                drain(failing: false)
                limits = [LimitCells(limits[0].figures)]
                for (period, sum) in stored {
                    guard let (kind, number) = QuotaKind.parse(period) else { continue }
                    limits[0].quota(kind).restore(count: UInt64(sum), period: number)
                }
            }
        }
        for var call in underWay {
            call.hold.settle(0, in: limits)
        }
        drain(failing: false)
        #expect(stored.filter { $0.value != 0 } == spent.filter { $0.value != 0 })
    }

    @Test func `with eight threads, the count equals the cost spent, and the budget ends the calls`() async {
        let limits = [
            LimitCells(.init(monthBudget: 40_000_000)),
            LimitCells(.init(dayQuota: 1 << 30, dayBudget: 30_000_000)),
        ]
        let set = Self.set(2)
        let moment = Self.moment()
        let spent = await onThreads(8) { number in
            var spent = 0
            var generator = Sequence64(state: UInt64(number))
            for _ in 0..<20_000 {
                guard set.take(from: limits, at: moment, nanoUSD: 400) == nil else { break }
                var hold = set.hold(400, at: moment)
                let cost = Int64(generator.next() % 800)
                hold.settle(cost, in: limits)
                spent += Int(cost)
            }
            return spent
        }
        #expect(limits[0].quota(.monthCost).drain().map { $0.count } == [Int64(spent)])
        #expect(limits[1].quota(.dayCost).drain().map { $0.count } == [Int64(spent)])
        // At most eight were under way when the budget ended, each 400 over what it held.
        #expect((30_000_000 - 8 * 800...30_000_000 + 8 * 800).contains(spent), "\(spent)")
    }

    @Test func `each amount that other servers have stored is learned once`() {
        let (one, other) = (QuotaCell(isCost: true), QuotaCell(isCost: true))
        var stored: Int64 = 0
        func flush(_ cell: QuotaCell) {
            for delta in cell.drain() { stored += delta.count }
            cell.learn(total: stored, period: 9)
        }
        for round in 0..<10 {
            #expect(one.take(100, period: 9, limit: 5_000))
            if round % 2 == 0 { #expect(other.take(30, period: 9, limit: 5_000)) }
            flush(one)
            flush(other)
        }
        flush(one)
        #expect(one.count(period: 9) == 1_150 && other.count(period: 9) == 1_150 && stored == 1_150)
        #expect(one.drain() == [] && other.drain() == [])
    }

    @Test func `amounts that other servers give back are learned for budgets, but not for call quotas`() {
        for isCost in [true, false] {
            let (one, other) = (QuotaCell(isCost: isCost), QuotaCell(isCost: isCost))
            var stored: Int64 = 0
            func flush(_ cell: QuotaCell) {
                for delta in cell.drain() where delta.period == 9 { stored += delta.count }
                cell.learn(total: stored, period: 9)
            }
            #expect(one.take(1_000, period: 9, limit: 5_000) && other.take(10, period: 9, limit: 5_000))
            flush(one)
            flush(other)
            #expect(other.count(period: 9) == 1_010)
            one.giveBack(990, period: 9)
            flush(one)
            flush(other)
            #expect(stored == 20)
            #expect(other.count(period: 9) == (isCost ? 20 : 1_010))
            #expect(one.count(period: 9) == 20 && one.drain() == [] && other.drain() == [])
            // The same for a period that isn't the present one.
            #expect(other.take(5, period: 10, limit: 5_000))
            one.giveBack(15, period: 9)
            flush(one)
            flush(other)
            #expect(other.count(period: 9) == (isCost ? 5 : 1_010))
        }
    }

    @Test(arguments: [
        ("usd-day:2026-11-21", QuotaKind.dayCost), ("usd-month:2026-11", .monthCost),
        ("day:2026-11-21", .dayCalls),
        ("month:2026-11", .monthCalls),
    ])
    func `a period's name determines the kind of quota`(_ text: String, _ kind: QuotaKind) throws {
        let parsed = try #require(QuotaKind.parse(text))
        #expect(parsed.kind == kind && kind.text(of: parsed.number) == text && text.hasPrefix(kind.prefix))
        #expect(QuotaKind(kind.period, isCost: kind.isCost) == kind)
    }

    @Test(arguments: [
        "usd-", "usd-usd-day:2026-11-21", "eur-day:2026-11-21", "usd-week:2026-11", "USD-day:2026-11-21",
    ])
    func `other names are refused`(_ text: String) { #expect(QuotaKind.parse(text) == nil) }
}

/// splitmix64.
private struct Sequence64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
