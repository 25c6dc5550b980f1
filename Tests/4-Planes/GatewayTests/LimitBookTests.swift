import Gateway
import Policy
import RateLimit
import Testing

struct LimitBookTests {
    static let noon: Int64 = 1_795_262_400_000  // 2026-11-21 12:00 UTC
    static let moment = LimitMoment(nowNs: 1 << 40, wallMs: noon)
    static let requests = RateParameters(permits: 50, periodNs: RateParameters.secondNs, burst: 200)
    static let principal = Principal(tenant: 0, key: 0)

    static func book(_ limits: [LimitEntry], reusing previous: LimitBook? = nil) -> LimitBook {
        LimitBook(limited(limits), requests: requests, reusing: previous)
    }

    /// Takes one call of the tool `time___now` from the book.
    static func take(_ book: LimitBook, _ principal: Principal = principal, at moment: LimitMoment = moment)
        throws
        -> LimitRefusal?
    {
        let snapshot = limited([])
        let position = snapshot.tool(named: "time___now".utf8.span)
        let tool = try #require(position)
        var hold = BudgetHold()
        return book.take(
            principal,
            tool: tool,
            target: snapshot.tools[tool].target,
            at: moment,
            hold: &hold
        )
    }

    @Test
    func `a call takes from all five scopes or none, and a refusal names the longest wait`() throws {
        let limits = [
            LimitEntry(id: 1, scope: .key(0), dayQuota: 10),
            LimitEntry(id: 2, scope: .tenant(0), dayQuota: 10),
            LimitEntry(id: 3, scope: .tenantTarget(tenant: 0, target: 0), monthQuota: 2),
            LimitEntry(id: 4, scope: .tenantTool(tenant: 0, tool: "time___now"), dayQuota: 2),
            LimitEntry(id: 5, scope: .target(0), dayQuota: 10),
        ]
        let book = Self.book(limits)
        for _ in 0..<2 { #expect(try Self.take(book) == nil) }
        let refusal = try #require(try Self.take(book))
        #expect(book.scopeName(refusal.position) == "tenant-target")
        #expect(refusal.standing.metric == .month)
        let remaining = book.standings(ofTenant: 0, keysOf: limited(limits), at: Self.moment)
            .map { $0.standings.map(\.remaining) }
        #expect(remaining == [[8], [8], [0], [0]])
        let usage = book.drainQuotas()
        #expect(usage.map(\.count) == [2, 2, 2, 2, 2])
        #expect(usage.map(\.limitID) == [1, 2, 3, 4, 5])
        #expect(
            usage.map(\.period) == [
                "day:2026-11-21", "day:2026-11-21", "month:2026-11", "day:2026-11-21", "day:2026-11-21",
            ]
        )
    }

    @Test
    func `a token's calls count for its tenant's limits and for no key's`() throws {
        let book = Self.book([
            LimitEntry(id: 1, scope: .key(0), dayQuota: 0), LimitEntry(id: 2, scope: .tenant(0), dayQuota: 1),
        ])
        let grant = TokenGrant(scopes: [], expiresAtMs: .max, subject: 1)
        let token = Principal(tenant: 0, credential: .token(grant))
        #expect(try Self.take(book, token) == nil)
        let refusal = try #require(try Self.take(book, token))
        #expect(book.scopeName(refusal.position) == "tenant")
    }

    @Test
    func `a tenant is never shown another's limits`() {
        let limits = [
            LimitEntry(id: 1, scope: .tenant(1), dayQuota: 1), LimitEntry(id: 2, scope: .key(5), dayQuota: 1),
            LimitEntry(id: 3, scope: .target(0), dayQuota: 1), LimitEntry(id: 4, scope: .key(1), dayQuota: 1),
        ]
        let book = Self.book(limits)
        let shown = book.standings(ofTenant: 0, keysOf: limited(limits), at: Self.moment)
        #expect(shown.map(\.entry.id) == [4])
    }

    @Test
    func `quota counts survive a restart through the store`() throws {
        let limits = [LimitEntry(id: 9, scope: .tenant(0), dayQuota: 5, monthQuota: 7)]
        let first = Self.book(limits)
        for _ in 0..<3 { #expect(try Self.take(first) == nil) }
        var stored: [String: Int64] = [:]
        let failed = first.drainQuotas()
        first.owe(failed)
        #expect(try Self.take(first) == nil)
        for row in first.drainQuotas() { stored[row.period, default: 0] += row.count }
        #expect(stored == ["day:2026-11-21": 4, "month:2026-11": 4])
        #expect(first.drainQuotas().isEmpty)

        let second = Self.book(limits)
        let foreign = [
            QuotaUsage(limitID: 10, period: "day:2026-11-21", count: 99),
            QuotaUsage(limitID: 9, period: "week:2026-47", count: 99),
            QuotaUsage(limitID: 9, period: "day:2026-11-20", count: 5),
        ]
        let rows = stored.map { QuotaUsage(limitID: 9, period: $0.key, count: $0.value) }
        second.restore(foreign + rows)
        #expect(try Self.take(second) == nil)
        let refusal = try #require(try Self.take(second))
        #expect(refusal.standing.metric == .day)
        #expect(second.drainQuotas().map(\.count) == [1, 1])
        let tomorrow = LimitMoment(nowNs: 1 << 41, wallMs: Self.noon + 86_400_000)
        for _ in 0..<2 { #expect(try Self.take(second, at: tomorrow) == nil) }
        let last = try #require(try Self.take(second, at: tomorrow))
        #expect(last.standing.metric == .month)
    }

    /// `steps` are the days by which the clock is wrong, one after another; the real day's quota is used up before.
    @Test(arguments: [[1], [-1], [2], [-2], [400, -400], [5_000, 0, -2_000, 1, -1]])
    func `a clock that jumps never gives back the real day's used quota`(_ steps: [Int64])
        throws
    {
        let limits = [LimitEntry(id: 9, scope: .tenant(0), dayQuota: 5, monthQuota: 50)]
        func moment(_ days: Int64) -> LimitMoment {
            LimitMoment(nowNs: 1 << 40, wallMs: Self.noon + days * 86_400_000)
        }
        let live = Self.book(limits)
        for _ in 0..<5 { #expect(try Self.take(live) == nil) }
        for days in steps {
            let refusal = try Self.take(live, at: moment(days))
            #expect((refusal == nil) == (days != 0))
            #expect(try Self.take(live) != nil)
        }
        // A server starts with a wrong clock, which is corrected later.
        var stored: [String: Int64] = [:]
        for row in live.drainQuotas() { stored[row.period, default: 0] += row.count }
        let rows = stored.map { QuotaUsage(limitID: 9, period: $0.key, count: $0.value) }
        let restarted = Self.book(limits)
        restarted.restore(rows)
        for days in steps where days != 0 { #expect(try Self.take(restarted, at: moment(days)) == nil) }
        let refusal = try #require(try Self.take(restarted))
        #expect(refusal.standing.metric == .day && refusal.standing.remaining == 0)
    }

    @Test
    func `the unsaved counts of a removed limit are dropped`() throws {
        let limits = [LimitEntry(id: 9, scope: .tenant(0), dayQuota: 5)]
        let first = Self.book(limits)
        #expect(try Self.take(first) == nil)
        let rows = first.drainQuotas()
        let second = Self.book([], reusing: first)
        second.owe(rows)
        #expect(second.drainQuotas().isEmpty)
        #expect(second.cells.isEmpty)
    }
}
