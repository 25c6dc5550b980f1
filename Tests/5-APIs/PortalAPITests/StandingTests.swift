import Calendar
import Telemetry
import HTTP
import JSON
import Policy
import PortalAPI
import REST
import RateLimit
import Store
import Testing

/// What a tenant sees of itself: its credential, its limits and its usage.
struct StandingTests {
    @Test func `me shows the tenant and the key, and no secret`() async throws {
        try await withPortal { portal in
            let reply = await portal.send(.get, "/me", as: try await portal.caller())
            #expect(reply.body?["tenant"] == "acme")
            #expect(reply.body?["title"] == "The acme")
            #expect(reply.body?["credential"] == "key")
            #expect(reply.body?["keyName"] == "acme-key")
            #expect(reply.body?["keyPrefix"]?.stringValue?.count == 8)
            #expect(reply.body?["tools"] == 2)
            #expect(reply.body?.text.contains("mgw_") == false)
        }
    }

    @Test func `me shows a token's subject and scopes`() async throws {
        try await withPortal { portal in
            let bearer = try await portal.bearer(scopes: ScopeSet(0), of: nil, names: ["tools"])
            let reply = await portal.send(.get, "/me", as: bearer)
            #expect(reply.body?["credential"] == "token")
            #expect(reply.body?["subject"] == "ann@example.com")
            #expect(reply.body?["scopes"] == ["tools"])
            #expect(reply.body?["keyPrefix"] == .null)
            #expect(bearer.actor.text == "portal:acme/sub:ann@example.com")
        }
    }

    @Test func `limits are shown in order of their ids, with what is used and left`() async throws {
        try await withPortal { portal in
            let caller = try await portal.caller { snapshot in
                let rate = LimitEntry.Rate(permits: 5, per: .second, burst: 8)
                let cells = LimitCells(
                    LimitCells.Figures(
                        rate: RateParameters(
                            permits: 5,
                            periodNs: RateParameters.secondNs,
                            burst: 8
                        ),
                        dayQuota: 100,
                        monthQuota: nil
                    )
                )
                let moment = LimitMoment(nowNs: 1_000_000_000_000, wallMs: TestPortal.nowMs)
                var set = LimitSet()
                set.add(0)
                for _ in 1...3 { _ = set.take(from: [cells], at: moment) }
                let quota = LimitEntry(id: 4, scope: .tenantTarget(tenant: 0, target: 1), dayQuota: 1)
                let tool = LimitEntry(id: 2, scope: .tenantTool(tenant: 0, tool: "open___look"))
                return [
                    (
                        LimitEntry(id: 9, scope: .key(0), rate: rate, dayQuota: 100),
                        cells.standing(at: moment)
                    ),
                    (quota, []), (tool, []),
                ]
            }
            let reply = await portal.send(.get, "/limits", as: caller)
            let limits = try #require(reply.body?["limits"]?.arrayValue)
            #expect(limits.compactMap { $0["id"]?.intValue } == [2, 4, 9])
            #expect(
                limits.compactMap { $0["scope"]?.stringValue } == ["tenant-tool", "tenant-target", "key"]
            )
            #expect(limits[0]["tool"] == "open___look")
            #expect(limits[1]["target"] == "depot")
            let rate = try #require(limits[2]["standings"]?[0])
            #expect(rate["metric"] == "calls per second")
            #expect(rate["limit"] == 5 && rate["burst"] == 8)
            #expect(rate["used"] == 3 && rate["remaining"] == 5)
            #expect(rate["retryAfterMs"] == 0 && rate["resetAfterMs"] == 600)
            let day = try #require(limits[2]["standings"]?[1])
            #expect(day["metric"] == "calls per day" && day["burst"] == .null)
            #expect(day["used"] == 3 && day["remaining"] == 97)
        }
    }

    @Test func `usage sums only the tenant's own calls, by target, tool, day and key`() async throws {
        try await withPortal { portal in
            try await portal.operate { writing throws(StoreError) in
                var deltas: [UsageDelta] = []
                for (name, tool, calls) in [("acme", "look", 3), ("acme", "take", 1), ("rival", "look", 99)] {
                    let tenant = try writing.reading.tenant(try checked(TenantName(name)), nowMs: 0)
                    var figures = UsageFigures()
                    figures.calls = calls
                    figures.durationUs = calls
                    deltas.append(
                        UsageDelta(
                            minute: (UTCDay("2026-11-2\(calls % 9)")?.startMs ?? 0) / 60_000,
                            tenantID: tenant.id,
                            keyID: 0,
                            target: "depot",
                            tool: tool,
                            outcome: .ok,
                            figures: figures
                        )
                    )
                }
                try writing.addUsage(deltas)
            }
            let acme = try await portal.caller()
            let targets = await portal.send(.get, "/usage", as: acme)
            #expect(targets.body?["by"] == "target")
            #expect(targets.body?["usage"]?.arrayValue?.count == 1)
            #expect(targets.body?["usage"]?[0]?["calls"] == 4)
            let tools = await portal.send(.get, "/usage?by=tool", as: acme)
            #expect(tools.body?["usage"]?[0]?["name"] == "depot___look")
            let days = await portal.send(.get, "/usage?by=day&since=2026-11-22", as: acme)
            #expect(days.body?["usage"]?.arrayValue?.count == 1)
            let both = await portal.send(.get, "/usage?by=key,tool&until=2026-11-22", as: acme).body
            #expect(both?["by"] == "key,tool" && both?["until"] == "2026-11-22")
            #expect(both?["usage"]?[0]?["key"] == "tokens" && both?["usage"]?[0]?["calls"] == 1)
            #expect(both?["total"]?["calls"] == 1 && both?["more"] == false)
            #expect(both?["usage"]?[0]?["day"] == .null && both?["usage"]?[0]?["meanUs"] == 1)
        }
    }

    @Test func `usage shows only the tenant's own costs and times, by every dimension`() async throws {
        try await withPortal { portal in
            let minute = TestPortal.nowMs / 60_000
            try await portal.operate { writing throws(StoreError) in
                for (name, calls, cost) in [("acme", 3, 7), ("rival", 40, 1_000)] {
                    let tenant = try writing.reading.tenant(try checked(TenantName(name)), nowMs: 0)
                    var figures = UsageFigures()
                    for _ in 0..<calls {
                        var call = CallRecord()
                        call.endedUs = UInt32(cost) * 1_000
                        call.costNanoUSD = Int64(cost)
                        figures.add(call, .ok)
                    }
                    try writing.addUsage([
                        UsageDelta(
                            minute: minute,
                            tenantID: tenant.id,
                            keyID: 0,
                            target: "depot",
                            tool: "look",
                            outcome: .ok,
                            figures: figures
                        )
                    ])
                }
            }
            let acme = try await portal.caller()
            let by = ["key", "target", "tool", "outcome", "hour", "day", "month", "tool,hour", "outcome,day"]
            for dimensions in by {
                for rest in [
                    "", "&since=1h", "&since=this-month&sort=cost", "&since=today&until=today&sort=trend",
                ] {
                    let reply = await portal.send(.get, "/usage?by=\(dimensions)\(rest)", as: acme).body
                    #expect(reply?["usage"]?.arrayValue?.count == 1, "\(dimensions)\(rest)")
                    let sum = reply?["usage"]?[0]
                    #expect(sum?["calls"] == 3 && reply?["total"]?["calls"] == 3)
                    #expect(sum?["costNanoUSD"] == 21 && sum?["costUSD"] == "0.000000021")
                    let p95 = sum?["p95Us"]?.intValue ?? 0
                    #expect(abs(p95 - 7_000) < 140)
                    #expect(sum?["tenant"] == nil)
                }
            }
            for query in ["tenant=rival", "by=tenant", "by=tool,tenant"] {
                #expect(await portal.send(.get, "/usage?\(query)", as: acme).status == 422)
            }
            #expect(await portal.send(.get, "/usage/unused", as: acme).status == 404)
        }
    }

    @Test(arguments: [
        "by=tenant", "by=tool,tenant", "by=tool,", "tenant=rival", "key=zzzzzzzz", "until=2026-02-30",
        "since=2026-11-22&until=2026-11-21",
        "by=tool&by=tool", "since=2026-13-01", "since=2026-11-2'",
        "since=' OR 1=1",
        "since=٢٠٢٦-١١-٢١", "since=2026-11-211", "limit=0", "limit=-1", "limit=1;DROP", "x=1",
    ])
    func `an invalid usage query is refused`(_ query: String) async throws {
        try await withPortal { portal in
            let reply = await portal.send(.get, "/usage?\(query)", as: try await portal.caller())
            #expect(reply.status == 422)
        }
    }

    @Test func `details of the store's failures go to the operator, not to the tenant`() async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            portal.store.close()
            let reply = await portal.send(.get, "/subscriptions", as: acme)
            #expect(reply.status == 503)
            #expect(reply.body?["detail"] == "the gateway can't do it now")
            #expect(portal.failures.count == 1)
        }
    }

    @Test func `the OpenAPI document has every route, with the answers to a subscription request`()
        async throws
    {
        try await withPortal { portal in
            let document = portal.api.openAPI
            let paths = try #require(document["paths"]?.objectValue)
            #expect(
                paths.members.map { $0.key }.sorted() == [
                    "/calls", "/calls/{id}", "/calls/{id}/receipt", "/limits", "/me", "/receipt-key",
                    "/subscriptions", "/subscriptions/{id}", "/targets",
                    "/targets/{target}",
                    "/targets/{target}/tools", "/tools", "/usage",
                ]
            )
            let responses = paths["/subscriptions"]?["post"]?["responses"]?.objectValue
            #expect(responses?["201"] != nil && responses?["200"] != nil && responses?["409"] != nil)
        }
    }
}
