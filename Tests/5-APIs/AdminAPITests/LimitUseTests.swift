import AdminAPI
import Config
import Control
import HTTP
import JSON
import REST
import RateLimit
import Store
import Testing

/// The use of limits, from a server that counts and from the store.
struct LimitUseTests {
    /// 2027-01-15, 08:00 UTC.
    private static let day = "day:2027-01-15"
    private static let dayEndMs = 1_800_057_600_000

    private func api(_ base: TestAPI, _ use: (any LimitUse)?) -> TestAPI {
        let api = AdminAPI(
            store: base.store,
            defaults: GatewayConfig().defaults,
            inquiry: SourceInquiry(store: base.store, source: RoteSource()),
            server: use.map { ServerPorts(limitUse: $0) },
            nowMs: { TestAPI.nowMs }
        )
        return TestAPI(api: api, store: base.store)
    }

    private func set(_ api: TestAPI, _ figures: [(String, JSONValue)]) async throws -> Int64 {
        _ = await api.send(.post, "/tenants", ["name": "acme"])
        let body = JSONObject([("scope", "tenant"), ("name", "acme")] + figures)
        return Int64(try #require(await api.send(.put, "/limits", .object(body)).body?["id"]?.intValue))
    }

    @Test func `without a server, the use of quotas is as last written, and that of rates is unknown`()
        async throws
    {
        try await withAPI { base in
            let id = try await set(base, [("rate", "5/s"), ("dayQuota", 100), ("monthQuota", 200)])
            try await base.store.write(as: .system) { writing throws(StoreError) in
                try writing.addQuotaUsage([
                    QuotaUsage(limitID: id, period: Self.day, count: 30),
                    QuotaUsage(limitID: id, period: "day:2027-01-14", count: 99),
                    QuotaUsage(limitID: id, period: "month:2027-01", count: 129),
                ])
            }
            let limit = await base.send(.get, "/limits").body?["limits"]?[0]
            #expect(limit?["useFrom"] == "store")
            let use = limit?["use"]?.arrayValue ?? []
            #expect(use.map { $0["metric"] } == ["calls per day", "calls per month"])
            #expect(use.map { $0["used"] } == [30, 129] && use.map { $0["left"] } == [70, 71])
            #expect(use[0]["resetsAtMs"]?.intValue == Self.dayEndMs && use[0]["burst"] == .null)
            #expect(await base.send(.get, "/limits/\(id)").body?["use"] == limit?["use"])
        }
    }

    @Test func `a quota lowered below its use has nothing left`() async throws {
        try await withAPI { base in
            let id = try await set(base, [("dayQuota", 10)])
            try await base.store.write(as: .system) { writing throws(StoreError) in
                try writing.addQuotaUsage([QuotaUsage(limitID: id, period: Self.day, count: 30)])
            }
            let use = await base.send(.get, "/limits").body?["limits"]?[0]?["use"]?[0]
            #expect(use?["used"] == 30 && use?["left"] == 0 && use?["limit"] == 10)
        }
    }

    @Test func `a server shows its own counts, and the stored ones of a limit that it doesn't know yet`()
        async throws
    {
        try await withAPI { base in
            let id = try await set(base, [("rate", "5/s"), ("burst", 8), ("dayQuota", 100)])
            _ = await base.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper"]
            )
            _ = await base.send(.put, "/limits", ["scope": "target", "name": "time", "dayQuota": 7])
            let live = Counting(limit: id, calls: 3)
            let limits = await api(base, live).send(.get, "/limits").body?["limits"]
            let use = limits?[0]?["use"]?.arrayValue ?? []
            #expect(limits?[0]?["useFrom"] == "server" && limits?[1]?["useFrom"] == "store")
            #expect(use.map { $0["metric"] } == ["calls per second", "calls per day"])
            #expect(use.map { $0["used"] } == [3, 3] && use.map { $0["left"] } == [5, 97])
            #expect(use.map { $0["burst"] } == [8, .null])
            #expect(use[0]["resetsAtMs"]?.intValue == Int(TestAPI.nowMs) + 600)
            #expect(limits?[1]?["use"]?[0]?["left"] == 7)
        }
    }
}

/// A server that has counted some calls for a limit of 5/s with burst 8, and 100 a day.
private struct Counting: LimitUse {
    let limit: Int64
    let calls: Int

    func standings() -> [Int64: [LimitStanding]] {
        let rate = RateParameters(permits: 5, periodNs: RateParameters.secondNs, burst: 8)
        let cells = LimitCells(LimitCells.Figures(rate: rate, dayQuota: 100))
        let moment = LimitMoment(nowNs: 1_000_000_000_000, wallMs: TestAPI.nowMs)
        var set = LimitSet()
        set.add(0)
        for _ in 0..<calls { _ = set.take(from: [cells], at: moment) }
        return [limit: cells.standing(at: moment)]
    }
}
