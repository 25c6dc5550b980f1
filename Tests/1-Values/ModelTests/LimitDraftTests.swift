import Model
import Policy
import Testing

struct LimitDraftTests {
    typealias Change = LimitChange

    struct Row: Sendable {
        let draft: LimitDraft
        let change: LimitChange
    }

    private static func draft(
        rate: String? = nil,
        burst: String? = nil,
        quotas: [String] = []
    ) -> LimitDraft {
        LimitDraft(scope: "tenant", name: "acme", rate: rate, burst: burst, quotas: quotas)
    }

    @Test(arguments: [
        Row(draft: draft(), change: Change()),
        Row(draft: draft(rate: "50/s"), change: Change(rate: .set(Change.Rate(permits: 50, per: .second)))),
        Row(
            draft: draft(rate: "600/minute", burst: "100"),
            change: Change(rate: .set(Change.Rate(permits: 600, per: .minute)), burst: .set(100))
        ),
        Row(draft: draft(rate: "7/h"), change: Change(rate: .set(Change.Rate(permits: 7, per: .hour)))),
        Row(
            draft: draft(quotas: ["100000/day", "2000000/month"]),
            change: Change(dayQuota: .set(100_000), monthQuota: .set(2_000_000))
        ),
        Row(
            draft: draft(rate: "none", burst: "none", quotas: ["none/day", "none/month"]),
            change: Change(rate: .clear, burst: .clear, dayQuota: .clear, monthQuota: .clear)
        ),
    ])
    func `the draft's texts become the requested changes`(_ row: Row) throws {
        let change = try row.draft.change()
        #expect(change == row.change)
    }

    @Test(arguments: [
        draft(rate: ""), draft(rate: "50"), draft(rate: "/s"), draft(rate: "-5/s"), draft(rate: "5/d"),
        draft(rate: "5/S"), draft(rate: " 5/s"), draft(rate: "5 /s"), draft(rate: "5.5/s"),
        draft(rate: "99999999/s"), draft(rate: "٥/s"), draft(rate: "5/s/s"), draft(burst: "ten"),
        draft(burst: ""), draft(burst: "-1"), draft(burst: "99999999999999999999"), draft(quotas: ["5/s"]),
        draft(quotas: ["day"]), draft(quotas: ["5/year"]), draft(quotas: ["99999999999999/day"]),
        draft(quotas: ["1/day", "2/day"]), draft(quotas: ["none/day", "2/day"]), draft(quotas: ["none"]),
    ])
    func `a malformed text is refused with a hint`(_ draft: LimitDraft) {
        let error = #expect(throws: ModelFault.self) { try draft.change() }
        #expect(error?.kind == .invalid)
        #expect(error?.hint.isEmpty == false)
    }

    @Test func `each scope has its own form of name`() throws {
        let acme = try TenantName("acme")
        let time = try TargetName("time")
        let rows: [(scope: String, name: String, object: LimitObject)] = [
            ("tenant", "acme", .tenant(acme)), ("key", "abcd1234", .key(prefix: "abcd1234")),
            ("target", "time", .target(time)), ("tenant-target", "acme/time", .tenantTarget(acme, time)),
            ("tenant-tool", "acme/time___a/b", .tenantTool(acme, exposedName: "time___a/b")),
        ]
        for row in rows {
            let object = try LimitDraft.object(scope: row.scope, name: row.name)
            #expect(object == row.object)
            #expect(object.scope == row.scope)
            #expect(object.name == row.name)
        }
    }

    @Test(arguments: [
        ("", "acme"), ("tenants", "acme"), ("tenant", ""), ("tenant", "Acme"), ("tenant-target", "acme"),
        ("tenant-target", "/time"), ("tenant-target", "acme/"), ("tenant-target", "acme/time/x"),
        ("tenant-tool", "time___now"), ("target", "a___b"),
    ])
    func `a name of another form is refused`(_ scope: String, _ name: String) {
        let error = #expect(throws: ModelFault.self) { try LimitDraft.object(scope: scope, name: name) }
        #expect(error?.kind == .invalid)
    }

    @Test func `spelled rates and quotas are read back`() {
        for unit in LimitEntry.Rate.Unit.allCases {
            for permits in [1, 50, 1_000_000] {
                let rate = LimitEntry.Rate(permits: permits, per: unit, burst: permits)
                #expect(RateText.parse(RateText.spell(rate)) == LimitChange.Rate(permits: permits, per: unit))
            }
        }
        for period in QuotaText.Period.allCases {
            let parsed = QuotaText.parse(QuotaText.spell(1_000_000_000_000, per: period))
            #expect(parsed?.calls == 1_000_000_000_000)
            #expect(parsed?.period == period)
        }
    }

    /// Tries some thousand texts made of the characters that matter.
    @Test func `any text is read as a rate or refused, and never stops the process`() {
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let parts = ["0", "9", "50", "/", "s", "m", "hour", "day", "month", "none", " ", "-", "\0", "é", "٥"]
        for _ in 0..<5_000 {
            let text = (0..<next(7)).map { _ in parts[next(parts.count)] }.joined()
            if let rate = RateText.parse(text) { #expect((0...9_999_999).contains(rate.permits)) }
            if let quota = QuotaText.parse(text) { #expect(quota.calls >= 0) }
            _ = try? LimitDraft(scope: "tenant-tool", name: text, rate: text, quotas: [text]).change()
            _ = try? LimitDraft.object(scope: "tenant-target", name: text)
        }
    }
}
