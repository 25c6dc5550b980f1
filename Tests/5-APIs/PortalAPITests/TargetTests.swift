import HTTP
import JSON
import Policy
import REST
import Store
import Testing

struct TargetTests {
    @Test func `enabled targets are listed with the tenant's own subscriptions, without functions`()
        async throws
    {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let asked = try await portal.ask("depot", as: acme)
            let reply = await portal.send(.get, "/targets", as: acme)
            let targets = try #require(reply.body?["targets"]?.arrayValue)
            #expect(targets.compactMap { $0["name"]?.stringValue } == ["auto", "depot", "open"])
            #expect(targets[1]["subscription"]?["id"] == .int(Int(asked)))
            #expect(targets[1]["subscription"]?["state"] == "pending")
            #expect(targets[1]["tools"] == 2)
            #expect(targets[0]["subscription"] == .null)
            #expect(targets[2]["description"] == "About open")
            #expect(reply.body?.text.contains("secret-function") == false)
            let rival = await portal.send(.get, "/targets", as: try await portal.caller("rival"))
            #expect(rival.body?["targets"]?[1]?["subscription"] == .null)
        }
    }

    @Test func `a target shows the state of the newest subscription to it, present or ended`() async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let first = try await portal.ask("depot", as: acme)
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.denySubscription(first, reason: "not now")
            }
            let denied = await portal.send(.get, "/targets/depot", as: acme)
            #expect(denied.body?["subscription"]?["state"] == "denied")
            let second = try await portal.ask("depot", as: acme)
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.approveSubscription(second, expiresAtMs: TestPortal.nowMs + 1_000)
            }
            let approved = await portal.send(.get, "/targets/depot", as: acme)
            #expect(approved.body?["subscription"]?["id"] == .int(Int(second)))
            #expect(approved.body?["subscription"]?["state"] == "approved")
            #expect(approved.body?["subscription"]?["expiresAtMs"] == .int(Int(TestPortal.nowMs) + 1_000))
        }
    }

    /// A disabled target, an unknown one, and names that no target could have.
    static let strangers = [
        "off", "nowhere", "a___b", "Depot", "depot ", "%", "depot'; DROP TABLE target; --", "*", "d?pot",
        "\u{202E}topéd", "\u{0}", "٣", String(repeating: "a", count: 300), String(repeating: "é", count: 300),
    ]

    @Test(arguments: strangers)
    func `disabled, unknown and invalid targets get the same answer`(_ name: String) async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            let none = await portal.send(APIRequest(.get, ["targets", "none"], requestID: "req-1"), as: acme)
            #expect(none.status == 404)
            for path in [["targets", name], ["targets", name, "tools"]] {
                let reply = await portal.send(APIRequest(.get, path, requestID: "req-1"), as: acme)
                #expect(reply.body == none.body)
            }
            let asked = await portal.send(.post, "/subscriptions", ["target": .string(name)], as: acme)
            #expect(asked.body == none.body)
        }
    }

    @Test func `each page of targets continues where the last one ended`() async throws {
        try await withPortal { portal in
            let acme = try await portal.caller()
            var names: [String] = []
            var path = "/targets?limit=1"
            while true {
                let reply = await portal.send(.get, path, as: acme)
                names += (reply.body?["targets"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
                guard let cursor = reply.body?["nextCursor"]?.stringValue else { break }
                path = "/targets?limit=1&cursor=\(cursor)"
            }
            #expect(names == ["auto", "depot", "open"])
        }
    }
}
