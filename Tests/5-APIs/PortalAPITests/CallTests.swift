import HTTP
import Control
import JSON
import REST
import Records
import Store
import TestSupport
import Testing

/// Whatever a tenant sends, it sees only its own calls and nothing about others'.
struct CallTests {
    private static let nowMs = TestPortal.nowMs

    /// Calls of both tenants in turn, with the given ids of tenants. All have the same trace and tool.
    private static func calls(_ ids: [String: Int64]) -> [TestCall] {
        (0..<8).map { number in
            var call = TestCall(number, atMs: nowMs - Int64(8 - number) * 60_000)
            let name = number % 2 == 0 ? "acme" : "rival"
            (call.tenant, call.tenantID) = (name, ids[name] ?? 0)
            call.key = number % 2 == 0 ? "acmekey1" : "rivalkey"
            (call.target, call.tool) = ("depot", "depot___look")
            (call.arguments, call.result) = (#"{"secret":"\#(name)"}"#, "{}")
            call.trace = 1
            return call
        }
    }

    private func withCalls(
        _ body: (TestPortal, [TestCall]) async throws -> Void
    ) async throws {
        try await withPortal { portal in
            let ids = try await portal.store.read { reading throws(StoreError) in
                Dictionary(
                    try reading.tenants(nowMs: Self.nowMs).map { ($0.name.text, $0.id) },
                    uniquingKeysWith: { first, _ in first }
                )
            }
            let calls = Self.calls(ids)
            try record(calls, into: portal.records)
            try await body(portal, calls)
        }
    }

    private func ids(_ reply: APIReply) -> [String] {
        (reply.body?["calls"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
    }

    @Test(arguments: ["acme", "rival"])
    func `every list has only the tenant's own calls`(tenant: String) async throws {
        try await withCalls { portal, calls in
            let caller = try await portal.caller(tenant)
            let own = calls.filter { $0.tenant == tenant }.reversed().map { $0.id }
            for query in [
                "", "?limit=100", "?slowest=100", "?tool=depot___look", "?target=depot", "?status=ok",
                "?since=1h",
                "?key=\(tenant)key", "?key=rivalkey", "?key=acmekey1",
            ] {
                let found = ids(await portal.send(.get, "/calls\(query)", as: caller))
                #expect(Set(found).isSubset(of: own), "\(query)")
                if !query.contains("key") { #expect(Set(found) == Set(own), "\(query)") }
            }
        }
    }

    @Test func `filters with another tenant's names find as little as filters with unknown names`()
        async throws
    {
        try await withCalls { portal, _ in
            let caller = try await portal.caller("acme")
            for (theirs, nobodys) in [("key=rivalkey", "key=zzzzzzzz"), ("tool=x___y", "tool=depot___take")] {
                let one = await portal.send(.get, "/calls?\(theirs)", as: caller)
                let other = await portal.send(.get, "/calls?\(nobodys)", as: caller)
                #expect(one.status == 200 && ids(one) == [])
                #expect(other.status == 200 && ids(other) == [])
            }
            let tenant = await portal.send(.get, "/calls?tenant=rival", as: caller)
            #expect([400, 422].contains(tenant.status))
        }
    }

    @Test func `another tenant's calls can't be shown by their id, Lambda request or a shared trace`()
        async throws
    {
        try await withCalls { portal, calls in
            let caller = try await portal.caller("acme")
            let theirs = calls.filter { $0.tenant == "rival" }
            let unknown = await portal.send(.get, "/calls/0193a7b2-5c1e-7d30-9f5a-2b8e4c6d1f00", as: caller)
            #expect(unknown.status == 404)
            for id in theirs.flatMap({ [$0.id, $0.lambdaRequestID] }) {
                for path in ["/calls/\(id)", "/calls/\(id)/receipt"] {
                    let reply = await portal.send(.get, path, as: caller)
                    #expect(
                        reply.status == 404 && reply.body?["detail"] == unknown.body?["detail"],
                        "\(path)"
                    )
                }
            }
            let trace = await portal.send(.get, "/calls/\(calls[0].traceID)", as: caller)
            let shown = [trace.body?["id"]] + (trace.body?["others"]?.arrayValue ?? [])
            #expect(
                Set(shown.compactMap { $0?.stringValue })
                    == Set(calls.filter { $0.tenant == "acme" }.map { $0.id })
            )
        }
    }

    @Test func `foreign and forged cursors and places lead only to the tenant's own calls`()
        async throws
    {
        try await withCalls { portal, calls in
            let (acme, rival) = (try await portal.caller("acme"), try await portal.caller("rival"))
            let theirs = await portal.send(.get, "/calls?limit=1", as: rival)
            let cursor = try #require(theirs.body?["nextCursor"]?.stringValue)
            let last = try #require(theirs.body?["last"]?.stringValue)
            var places = ["cursor=\(cursor)", "after=\(last)", "after=0", "after=", "cursor=AAAA"]
            // Places that could be guessed from the other tenant's by counting.
            for digit in 0..<10 {
                places.append("after=" + last.dropLast() + "\(digit)")
                places.append("after=\(digit)" + last.dropFirst())
            }
            let own = Set(calls.filter { $0.tenant == "acme" }.map { $0.id })
            for place in places {
                let reply = await portal.send(.get, "/calls?limit=1&\(place)", as: acme)
                #expect([200, 400, 422].contains(reply.status), "\(place) \(reply.status)")
                #expect(Set(ids(reply)).isSubset(of: own), "\(place)")
                #expect(!(reply.body?.text.contains("rival") ?? false), "\(place)")
            }
        }
    }

    @Test func `a tenant that gets the name of a removed one doesn't get its calls`() async throws {
        try await withCalls { portal, _ in
            try await portal.operate { writing throws(StoreError) in
                let name = try checked(TenantName("acme"))
                _ = try writing.removeTenant(name, force: true)
                _ = try writing.createTenant(TenantSpec(name: name))
                _ = try writing.issueKey(for: name)
            }
            let caller = try await portal.caller("acme")
            #expect(ids(await portal.send(.get, "/calls", as: caller)) == [])
        }
    }

    @Test func `another key of the tenant doesn't see a call's arguments and result`() async throws {
        try await withCalls { portal, calls in
            let other = try await portal.caller("acme")
            let reply = await portal.send(.get, "/calls/\(calls[0].id)", as: other)
            #expect(
                reply.status == 200 && reply.body?["arguments"] == .null && reply.body?["result"] == .null
            )
            #expect(reply.body?["argumentsSha256"] != .null)
        }
    }

    @Test func `answers hold nothing about functions, operators, files or other tenants`() async throws {
        try await withCalls { portal, calls in
            let caller = try await portal.caller("acme")
            for path in ["/calls", "/calls/\(calls[0].id)", "/calls/\(calls[0].id)/receipt"] {
                let text = await portal.send(.get, path, as: caller).body?.text ?? ""
                for word in ["secret-function", "arn:aws", "rival", "cli:", portal.records] {
                    #expect(!text.contains(word), "\(path) \(word)")
                }
            }
        }
    }

    @Test func `a receipt of the tenant's own call is valid`() async throws {
        try await withCalls { portal, calls in
            let caller = try await portal.caller("acme")
            let key = await portal.send(.get, "/receipt-key", as: caller)
            let receipt = await portal.send(.get, "/calls/\(calls[0].id)/receipt", as: caller)
            let check = ReceiptCheck(
                Array((receipt.body?.text ?? "").utf8),
                pin: ReceiptPin(key.body?["fingerprint"]?.stringValue ?? ""),
                arguments: Array((calls[0].arguments ?? "").utf8),
                result: nil
            )
            #expect(check.isGood && check.isPinned == true, "\(check.faults)")
            #expect(receipt.body?["caller"]?["tenant"] == "acme")
        }
    }

    @Test func `a tenant suspended after authentication sees nothing`() async throws {
        try await withCalls { portal, calls in
            let caller = try await portal.caller("acme")
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.suspendTenant(try checked(TenantName("acme")))
            }
            for path in ["/calls", "/calls/\(calls[0].id)", "/calls/\(calls[0].id)/receipt", "/receipt-key"] {
                #expect(await portal.send(.get, path, as: caller).status == 401, "\(path)")
            }
        }
    }
}
