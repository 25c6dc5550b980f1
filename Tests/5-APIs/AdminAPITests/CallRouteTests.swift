import HTTP
import AdminAPI
import Config
import Control
import JSON
import Model
import REST
import Store
import Telemetry
import TestSupport
import Testing

/// `/calls` over real files of records.
struct CallRouteTests {
    private static let hourMs: Int64 = 3_600_000

    /// Ten calls, a minute apart, the last one a minute ago.
    private static let calls: [TestCall] = (0..<10).map { number in
        var call = TestCall(number, atMs: TestAPI.nowMs - Int64(10 - number) * 60_000)
        if number % 2 == 1 { (call.tenant, call.tenantID, call.key) = ("rival", 2, "9zzzzzzz") }
        if number % 5 == 4 { (call.outcome, call.code) = (.timedOut, "timed_out") }
        call.durationUs = UInt32(10_000 + number * 1_000)
        call.trace = UInt64(number / 2)
        return call
    }

    /// Runs `body` with a store that has the tenants of the calls, and with their records.
    private func withCalls(_ calls: [TestCall] = Self.calls, _ body: (TestAPI) async throws -> Void)
        async throws
    {
        try await withAPI { api in
            for name in ["acme", "rival"] { _ = await api.send(.post, "/tenants", ["name": .string(name)]) }
            try record(calls, into: api.records)
            try await body(api)
        }
    }

    private func ids(_ api: TestAPI, _ query: String) async -> [String] {
        let reply = await api.send(.get, "/calls?\(query)")
        #expect(reply.status == 200, "\(reply.body?.text ?? "")")
        return (reply.body?["calls"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let query: String
        /// Numbers of the calls.
        let found: [Int]

        var testDescription: String { query }
    }

    @Test(arguments: [
        Row(query: "", found: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        Row(query: "tenant=acme", found: [8, 6, 4, 2, 0]),
        Row(query: "key=9zzzzzzz&limit=2", found: [9, 7]), Row(query: "status=error", found: [9, 4]),
        Row(query: "status=ok&tenant=rival", found: [7, 5, 3, 1]),
        Row(query: "status=timed_out,throttled", found: [9, 4]),
        Row(query: "since=3m", found: [9, 8, 7]), Row(query: "slowest=3", found: [9, 8, 7]),
        Row(query: "slowest=2&tenant=acme", found: [8, 6]), Row(query: "target=crm&since=1m", found: [9]),
        Row(query: "tool=crm___delete_customer&until=8m", found: [1, 0]),
        Row(query: "since=07:55&until=07:56", found: [6, 5]),
        Row(query: "since=2027-01-15T07:55:00Z&until=07:55", found: [5]),
        Row(query: "since=yesterday&until=yesterday", found: []),
        Row(query: "since=today", found: Array((0..<10).reversed())),
    ])
    func `each filter finds its calls, in the right order`(_ row: Row) async throws {
        try await withCalls { api in
            #expect(await ids(api, row.query) == row.found.map { Self.calls[$0].id })
        }
    }

    @Test func `pages have no gap, also while calls are being stored`() async throws {
        try await withCalls { api in
            var found: [String] = []
            var cursor = ""
            for page in 0..<4 {
                let reply = await api.send(.get, "/calls?limit=3\(cursor)")
                found += (reply.body?["calls"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                guard let next = reply.body?["nextCursor"]?.stringValue else {
                    #expect(page == 3)
                    break
                }
                cursor = "&cursor=\(next)"
                try record([TestCall(100 + page, atMs: TestAPI.nowMs)], into: api.records)
            }
            #expect(found == Self.calls.reversed().map { $0.id })
        }
    }

    @Test func `calls stored after a place are found once, in the order of storing, across midnight`()
        async throws
    {
        try await withCalls { api in
            let start = await api.send(.get, "/calls?limit=1")
            var last = try #require(start.body?["last"]?.stringValue)
            var found: [String] = []
            // The second call is on the next day, and the third began before both, as after the clock was set back.
            let later = [0, 20, -5].enumerated().map { index, hours in
                TestCall(200 + index, atMs: TestAPI.nowMs + Int64(hours) * Self.hourMs)
            }
            for call in later {
                try record([call], into: api.records)
                let reply = await api.send(.get, "/calls?after=\(last)")
                found += (reply.body?["calls"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                last = try #require(reply.body?["last"]?.stringValue)
                #expect(reply.body?["nextCursor"] == .null)
            }
            #expect(found == later.map { $0.id })
            let nothing = await api.send(.get, "/calls?after=\(last)&tenant=acme")
            #expect(nothing.body?["calls"] == [] && nothing.body?["last"]?.stringValue != nil)
        }
    }

    @Test func `a call is found by its id or Lambda's, and by its trace's id with the trace's other calls`()
        async throws
    {
        try await withCalls { api in
            let call = Self.calls[4]
            for id in [call.id, call.id.uppercased(), call.lambdaRequestID] {
                let found = await api.send(.get, "/calls/\(id)")
                #expect(found.body?["id"] == .string(call.id) && found.body?["others"] == [], "\(id)")
                #expect(found.body?["costNanoUSD"] == 252 && found.body?["billedMs"] == 12)
                #expect(found.body?["executedVersion"] == "7" && found.body?["measured"] == true)
            }
            let trace = await api.send(.get, "/calls/\(call.traceID)")
            #expect(trace.body?["id"] == .string(Self.calls[5].id))
            #expect(trace.body?["others"] == [.string(call.id)])
            for id in [
                "x", "7", "00000000-0000-0000-0000-000000000000", call.id + "0",
                "0193a7b2-5c1e-7d30-9f5a-2b8e4c6d1f00",
            ] {
                let none = await api.send(.get, "/calls/\(id)")
                #expect(none.status == 404, "\(id)")
            }
        }
    }

    @Test(arguments: [
        "tenant=nobody", "key=aaaaaaaa", "target=nothing", "tool=crm___nothing", "tenant=acme&tool=x___y",
    ])
    func `a filter with a name that never existed gets 404`(query: String) async throws {
        try await withCalls { api in
            let reply = await api.send(.get, "/calls?\(query)")
            #expect(reply.status == 404, "\(reply.body?.text ?? "")")
        }
    }

    @Test(arguments: [
        "tenant=Not%A", "key=x", "target=T A", "status=maybe", "since=never", "until=2026-02-30", "limit=0",
        "slowest=1001", "since=1h&until=2h", "after=x&slowest=1", "tenant=", "status=",
    ])
    func `an invalid filter is refused`(query: String) async throws {
        try await withCalls { api in
            let reply = await api.send(.get, "/calls?\(query)")
            #expect([400, 422].contains(reply.status), "\(reply.status) \(reply.body?.text ?? "")")
        }
    }

    @Test(arguments: ["x", "AAAA", "2027-01-15.1.1", String(repeating: "9", count: 1_024)])
    func `a place that no list returned is refused`(place: String) async throws {
        try await withCalls { api in
            for name in ["after", "cursor"] {
                let reply = await api.send(.get, "/calls?\(name)=\(place)")
                #expect(reply.status == 400, "\(name) \(reply.status)")
            }
        }
    }

    @Test func `calls are found by names of things that were removed since`() async throws {
        var call = TestCall(1, atMs: TestAPI.nowMs - 60_000)
        (call.tenant, call.tenantID, call.key, call.target, call.tool) = (
            "gone", 77, "0goneone", "old", "old___tool"
        )
        try await withCalls([call]) { [call] api in
            for query in ["tenant=gone", "key=0goneone", "target=old", "tool=old___tool"] {
                #expect(await ids(api, query) == [call.id], "\(query)")
                // There is no call of that time, but an earlier one, so the name is known.
                #expect(await ids(api, "\(query)&since=1s") == [])
            }
        }
    }

    @Test func `a call of an unknown tool is found by the requested name`() async throws {
        var call = TestCall(1, atMs: TestAPI.nowMs - 60_000)
        (call.target, call.tool, call.outcome, call.code) = (nil, "crm___no_such", .refused, "unknown_tool")
        try await withCalls([call]) { [call] api in
            #expect(await ids(api, "tool=crm___no_such") == [call.id])
            let found = await api.send(.get, "/calls/\(call.id)").body
            #expect(found?["target"] == .null && found?["functionUs"] == .null)
            #expect(found?["code"] == "unknown_tool")
        }
    }

    @Test func `a viewer sees calls without their arguments and results`() async throws {
        try await withCalls { api in
            let list = await api.send(.get, "/calls", as: TestAPI.viewer)
            #expect(list.status == 200 && list.body?["calls"]?.arrayValue?.count == 10)
            let one = await api.send(.get, "/calls/\(Self.calls[0].id)", as: TestAPI.viewer)
            #expect(one.status == 200 && one.body?["arguments"] == .null && one.body?["result"] == .null)
        }
    }

    @Test func `a receipt for any id of a call is valid, and its key is the one that receipt-key shows`()
        async throws
    {
        var call = TestCall(1, atMs: TestAPI.nowMs - 60_000)
        (call.arguments, call.result) = (#"{"id":7}"#, #"{"content":[]}"#)
        try await withCalls([call]) { [call] api in
            let key = await api.send(.get, "/receipt-key")
            let pin = try #require(ReceiptPin(key.body?["publicKey"]?.stringValue ?? ""))
            #expect(ReceiptPin(key.body?["pem"]?.stringValue ?? "") == pin)
            for id in [call.id, call.lambdaRequestID, call.traceID] {
                let receipt = await api.send(.get, "/calls/\(id)/receipt")
                #expect(receipt.status == 200, "\(receipt.body?.text ?? "")")
                let check = ReceiptCheck(
                    Array((receipt.body?.text ?? "").utf8),
                    pin: pin,
                    arguments: Array((call.arguments ?? "").utf8),
                    result: Array((call.result ?? "").utf8)
                )
                #expect(check.isGood && check.isPinned == true, "\(check.faults)")
                #expect(
                    receipt.body?["caller"]?["key"] == "3k9x0v2a" && receipt.body?["subscription"] == .null
                )
            }
            #expect(await api.send(.get, "/calls/x/receipt").status == 404)
        }
    }

    @Test func `a trace with several calls gets no receipt`() async throws {
        try await withCalls { api in
            let reply = await api.send(.get, "/calls/\(Self.calls[4].traceID)/receipt")
            #expect(reply.status == 409 && reply.body?["hint"]?.stringValue?.contains("--id") == true)
        }
    }

    @Test func `an empty folder of records gives an empty list, and no record source gives 503`()
        async throws
    {
        try await withAPI { api in
            let reply = await api.send(.get, "/calls")
            #expect(reply.status == 200 && reply.body?["calls"] == [])
            let bare = AdminAPI(
                store: api.store,
                defaults: GatewayConfig().defaults,
                inquiry: SourceInquiry(store: api.store, source: RoteSource())
            )
            let request = APIRequest(.get, ["calls"])
            #expect(await bare.answer(request, as: TestAPI.operator).status == 503)
        }
    }
}
