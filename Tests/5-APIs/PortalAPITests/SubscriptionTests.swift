import HTTP
import JSON
import Policy
import PortalAPI
import REST
import Store
import Testing

struct SubscriptionTests {
    @Test func `the first request gets 201, and a repeated one gets 200 with the same subscription`()
        async throws
    {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let body: JSONValue = ["target": "depot", "tools": ["depot___look"], "reason": "for the robots"]
            let first = await portal.send(.post, "/subscriptions", body, as: acme)
            #expect(first.status == 201)
            #expect(first.body?["state"] == "pending")
            #expect(first.body?["requestedTools"] == ["depot___look"])
            #expect(first.body?["requestReason"] == "for the robots")
            #expect(first.body?["requestedBy"] == "tenant")
            let again = await portal.send(.post, "/subscriptions", ["target": "depot"], as: acme)
            #expect(again.status == 200)
            #expect(again.body == first.body)
            let prefix = try #require(acme.actor.text.split(separator: "/").last)
            let events = try await portal.store.read { reading throws(StoreError) in
                try reading.auditEvents(AuditFilter(actionPrefix: "subscription.request"))
            }
            #expect(events.map { $0.actor } == ["portal:acme/\(prefix)"])
            #expect(events.map { $0.requestID } == ["req-1"])
        }
    }

    @Test func `an auto target approves at once, and a request for an open target is a conflict`()
        async throws
    {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let auto = await portal.send(.post, "/subscriptions", ["target": "auto"], as: acme)
            #expect(auto.status == 201)
            #expect(auto.body?["state"] == "approved")
            #expect(auto.body?["decidedBy"] == "gateway")
            let open = await portal.send(.post, "/subscriptions", ["target": "open"], as: acme)
            #expect(open.status == 409)
        }
    }

    @Test func `a pending subscription can be cancelled, even twice, and requested again`() async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let id = try await portal.ask("depot", as: acme)
            for _ in 1...2 {
                let reply = await portal.send(.delete, "/subscriptions/\(id)", as: acme)
                #expect(reply.status == 200)
                #expect(reply.body?["state"] == "cancelled")
                #expect(reply.body?["decidedBy"] == "tenant")
            }
            #expect(try await portal.ask("depot", as: acme) != id)
            let list = await portal.send(.get, "/subscriptions?state=cancelled", as: acme)
            #expect(list.body?["subscriptions"]?.arrayValue?.count == 1)
        }
    }

    @Test func `a decision shows that an operator decided, but no name`() async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let id = try await portal.ask("depot", as: acme)
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.approveSubscription(id, reason: "welcome")
            }
            let shown = await portal.send(.get, "/subscriptions/\(id)", as: acme)
            #expect(shown.body?["decidedBy"] == "operator")
            #expect(shown.body?["decisionReason"] == "welcome")
            #expect(shown.body?["pinned"] == true)
            let late = await portal.send(.delete, "/subscriptions/\(id)", as: acme)
            #expect(late.status == 409)
            for reply in [shown, late] { #expect(reply.body?.text.contains("ops") == false) }
        }
    }

    /// Ids for a request: another tenant's (`{}`), unknown ones, and texts that aren't ids.
    static let ids = [
        "{}", "999999", "0", "-1", "+{}", "0{}", " {}", "{} ", "{}.0", "1e0", "0x1", "٣", "９", "",
        "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "{}' OR '1'='1", "*",
        "null",
        "{};DROP TABLE subscription", "\u{202E}1", "\u{0}", String(repeating: "9", count: 300),
    ]

    @Test(arguments: ids)
    func `another tenant's subscription gets the same answer as an unknown one`(_ text: String) async throws {
        try await withPortal { portal in
            let rival = try await portal.caller("rival")
            let theirs = try await portal.ask("depot", as: rival)
            let id = text.replacing("{}", with: "\(theirs)")
            let acme = try await portal.caller()
            let nobody = APIRequest(.get, ["subscriptions", "123456"], requestID: "req-1")
            let none = await portal.send(nobody, as: acme)
            #expect(none.status == 404)
            guard !id.isEmpty else { return }
            for method in [Method.get, .delete] {
                let request = APIRequest(method, ["subscriptions", id], requestID: "req-1")
                #expect(await portal.send(request, as: acme).body == none.body)
            }
            let untouched = await portal.send(.get, "/subscriptions/\(theirs)", as: rival)
            #expect(untouched.body?["state"] == "pending")
        }
    }

    @Test func `another tenant's cursor gives nothing of that tenant`() async throws {
        try await withPortal { portal in
            let (acme, rival) = (try await portal.caller(), try await portal.caller("rival"))
            _ = try await portal.ask("auto", as: acme)
            for target in ["auto", "depot"] { _ = try await portal.ask(target, as: rival) }
            let page = await portal.send(.get, "/subscriptions?limit=1", as: rival)
            let cursor = try #require(page.body?["nextCursor"]?.stringValue)
            let mine = await portal.send(.get, "/subscriptions?limit=1&cursor=\(cursor)", as: acme)
            let ids = mine.body?["subscriptions"]?.arrayValue?.compactMap { $0["id"]?.intValue }
            let own = await portal.send(.get, "/subscriptions", as: acme)
            let ownIDs = own.body?["subscriptions"]?.arrayValue?.compactMap { $0["id"]?.intValue } ?? []
            #expect(ids?.allSatisfy { ownIDs.contains($0) } == true)
            #expect(ownIDs.count == 1)
            for wrong in ["AAAA", cursor + "A", "'", "..", String(repeating: "A", count: 2_048)] {
                let reply = await portal.send(.get, "/subscriptions?cursor=\(wrong)", as: acme)
                #expect(reply.status == 400)
            }
        }
    }

    struct Bad: Sendable {
        let body: JSONValue
        let status: Int
    }

    @Test(arguments: [
        Bad(body: [], status: 422), Bad(body: ["target": 7], status: 422), Bad(body: "depot", status: 422),
        Bad(body: ["target": "depot", "tenant": "rival"], status: 422),
        Bad(body: ["target": "depot", "tools": "depot___*"], status: 422),
        Bad(body: ["target": "depot", "tools": ["a b"]], status: 422),
        Bad(body: ["target": "depot", "tools": [""]], status: 422),
        Bad(body: ["target": "depot", "tools": ["depot___é"]], status: 422),
        Bad(body: ["target": "depot", "tools": [.string(String(repeating: "*", count: 201))]], status: 422),
        Bad(
            body: ["target": "depot", "tools": .array((0...100).map { .string("depot___\($0)") })],
            status: 422
        ),
        Bad(body: ["target": "depot", "reason": ""], status: 422),
        Bad(body: ["target": "depot", "reason": "a\u{0}b"], status: 422),
        Bad(body: ["target": "depot", "reason": "a\nb"], status: 422),
        Bad(
            body: ["target": "depot", "reason": .string(String(repeating: "é", count: 1_000))],
            status: 422
        ),
        Bad(body: ["target": ""], status: 422),
    ])
    func `an invalid request is refused and stores nothing`(_ bad: Bad) async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let reply = await portal.send(.post, "/subscriptions", bad.body, as: acme)
            #expect(reply.status == bad.status, "\(reply.body?.text ?? "")")
            let list = await portal.send(.get, "/subscriptions", as: acme)
            #expect(list.body?["subscriptions"] == [])
        }
    }

    @Test(arguments: [
        "'; DROP TABLE subscription; --", "%_*?[]", "\u{202E}gnp.exe", "🏴‍☠️", "<script>", #"\u0000\"{}"#,
        String(repeating: "a", count: 1_000),
    ])
    func `any reason is stored unchanged`(_ reason: String) async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let body: JSONValue = ["target": "depot", "reason": .string(reason)]
            let reply = await portal.send(.post, "/subscriptions", body, as: acme)
            #expect(reply.status == 201)
            let list = await portal.send(.get, "/subscriptions", as: acme)
            #expect(list.body?["subscriptions"]?[0]?["requestReason"] == .string(reason))
        }
    }

    @Test func `a tenant suspended or removed after authentication gets 401`() async throws {
        try await withPortal { portal in
            let (acme, rival) = (try await portal.caller(), try await portal.caller("rival"))
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.suspendTenant(try checked(TenantName("acme")))
                _ = try writing.removeTenant(try checked(TenantName("rival")), force: true)
                // A new tenant of the same name is a different tenant.
                _ = try writing.createTenant(try checked(TenantName("rival")))
            }
            for caller in [acme, rival] {
                let asked = await portal.send(.post, "/subscriptions", ["target": "depot"], as: caller)
                #expect(asked.status == 401)
                #expect(await portal.send(.get, "/usage", as: caller).status == 401)
            }
        }
    }
}
