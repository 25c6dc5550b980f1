import Foundation
import JSON
import Store
import TestSupport
import Testing

/// Who gets what from every route of both APIs. The rows come from the descriptions that a running gateway gives, so a
/// new route is tested without a change here.
@Suite(.timeLimit(.minutes(5)))
struct RouteTableTests {
    /// Values that exist, by the names of parameters.
    private struct Things: Sendable {
        let prefix: String

        func value(_ name: String) -> String {
            switch name {
            case "tenant": "acme"
            case "target": "shop"
            case "tool": "shop___look"
            case "prefix": prefix
            default: "1"
            }
        }
    }

    private static func nothing(_ name: String) -> String {
        switch name {
        case "id": "999999"
        case "prefix": "zzzzzzzz"
        default: "nothing"
        }
    }

    /// An admin token that has expired.
    private func endedToken(_ mall: Mall) throws -> String {
        let past = Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000
        let store = try Store::Store.open(path: mall.gateway.workspace.store, clock: { past })
        defer { store.close() }
        return try store.writeBlocking(as: .cli(user: "test")) { writing throws(StoreError) in
            try writing.issueAdminToken(name: "ended", role: .operator, expiresAtMs: past + 1000)
        }.token.text
    }

    private func token(_ mall: Mall, _ name: String, role: String) async throws -> String {
        let issued = try await mall.people.json("admin-token", "issue", name, "--role", role)
        return try #require(issued["token"]?.stringValue)
    }

    @Test func `each route of the admin API opens to the roles that it declares, and to no one else`()
        async throws
    {
        try await Mall.with(["shop": ["look"], "bank": ["open"]]) { mall in
            let gateway = mall.gateway
            let (key, prefix) = try await mall.key()
            _ = try await gateway.agent(key: key)
            _ = try await mall.people.json("subscription", "request", "acme", "bank")
            try await mall.people.command("limit", "set", "tenant", "acme", "--rate", "1000/s")
            let viewer = try await token(mall, "viewer", role: "viewer")
            let people = try await token(mall, "people", role: "operator")
            let revoked = try await token(mall, "revoked", role: "operator")
            try await mall.people.command("admin-token", "revoke", "revoked")
            let strangers: [(String, String?)] = [
                ("no token", nil), ("an empty one", ""), ("a wrong one", "mgwa_00000000_x"),
                ("a revoked one", revoked),
                ("one that ended", try endedToken(mall)), ("a tenant's key", key),
                ("one with more behind it", people + "x"), ("one without its end", String(people.dropLast())),
                ("two", "\(people) \(people)"),
            ]
            let operations = Operation.all(try await gateway.admin(nil).get("/openapi.json").json)
            #expect(operations.count >= 45)
            let things = Things(prefix: prefix)
            // The key for receipts is made by the first request for it.
            try await mall.people.command("calls", "receipt-key")
            let before = try await mall.state()
            for (who, token) in strangers {
                var answers: Set<String> = []
                for operation in operations {
                    for value in [things.value, Self.nothing] {
                        let answer = try await operation.send(by: gateway.admin(token), value)
                        #expect(answer.status == 401, "\(operation.method) \(operation.template) with \(who)")
                        answers.insert(answer.response.plain())
                    }
                }
                #expect(
                    answers.count == 1,
                    "what is there, and what isn't, is all the same to \(who): \(answers)"
                )
            }
            for operation in operations {
                let row = "\(operation.method) \(operation.template)"
                // The output of functions isn't administration, so the route of logs is for operators.
                let isOperators = operation.method != "GET" || operation.template.hasSuffix("/logs")
                #expect(operation.isChange == isOperators, "\(row)")
                for value in [things.value, Self.nothing] {
                    let seen = try await operation.send(by: gateway.admin(viewer), value)
                    #expect((seen.status == 403) == operation.isChange, "\(row) by a viewer: \(seen.text)")
                    #expect(seen.status != 401 && seen.status < 500, "\(row) by a viewer")
                }
            }
            #expect(try await mall.state() == before, "nothing was changed by whoever may not")
            for operation in operations {
                let answer = try await operation.send(by: gateway.admin(people), Self.nothing)
                let row = "\(operation.method) \(operation.template) by an operator"
                #expect(![401, 403].contains(answer.status) && answer.status < 500, "\(row): \(answer.text)")
            }
            // The paths beside the API are open to everybody, as the documentation says.
            for path in ["/healthz", "/readyz", "/metrics", "/status", "/admin/v1/openapi.json"] {
                #expect(try await gateway.get(path, port: gateway.adminPort).status == 200, "\(path)")
            }
            #expect(try await mall.expectAuditIsSound())
        }
    }

    @Test func `each route of the portal opens to a valid credential, and to nothing else`() async throws {
        try await Mall.with { mall in
            let (gateway, people) = (mall.gateway, mall.people)
            try await people.command("tenant", "create", "asleep")
            let own = try await mall.key().key
            let revoked = try await mall.key()
            let asleep = try await mall.key("asleep").key
            let ended = try endedKey(mall)
            _ = try await gateway.agent(key: asleep)
            try await people.command("tenant", "suspend", "asleep")
            try await people.command("key", "revoke", revoked.prefix)
            let admin = try await token(mall, "people", role: "operator")
            let strangers: [(String, String?)] = [
                ("no key", nil), ("an empty one", ""), ("a wrong one", "mgw_00000000_x"),
                ("a revoked one", revoked.key),
                ("one that ended", ended), ("a suspended tenant's", asleep), ("an admin token", admin),
                ("a token that nobody signed", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."),
                ("one with more", own + "x"),
                ("two", "\(own),\(own)"),
            ]
            _ = try await gateway.agent(key: own)
            try await eventually("what ended is known to have ended") {
                for key in [revoked.key, asleep] where try await gateway.portal(key).get("/me").status != 401
                {
                    return false
                }
                return true
            }
            let description = try await gateway.portal(own).get("/openapi.json").json
            let operations = Operation.all(description)
            #expect(operations.count >= 11)
            for operation in operations {
                let row = "\(operation.method) \(operation.template)"
                for (who, key) in strangers {
                    let answer = try await operation.send(by: gateway.portal(key), Self.nothing)
                    #expect(answer.status == 401, "\(row) with \(who)")
                    #expect(answer.response.field("www-authenticate")?.hasPrefix("Bearer") == true)
                }
                let answer = try await operation.send(by: gateway.portal(own), Self.nothing)
                #expect(![401, 403].contains(answer.status) && answer.status < 500, "\(row): \(answer.text)")
            }
            for (who, key) in strangers {
                #expect(try await gateway.portal(key).get("/openapi.json").status == 401, "\(who)")
            }
        }
    }

    /// A tenant's key that has expired.
    private func endedKey(_ mall: Mall) throws -> String {
        let past = Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000
        let store = try Store::Store.open(path: mall.gateway.workspace.store, clock: { past })
        defer { store.close() }
        return try store.writeBlocking(as: .cli(user: "test")) { writing throws(StoreError) in
            try writing.issueKey(for: checked(TenantName("acme")), expiresAtMs: past + 1000)
        }.key.text
    }

    @Test func `on every route another tenant's things are answered like things that don't exist`()
        async throws
    {
        try await Mall.with(["shop": ["look"], "bank": ["open"], "gone": ["look"]], open: []) { mall in
            let (gateway, people) = (mall.gateway, mall.people)
            try await people.command("tenant", "create", "rival")
            let (mine, others) = (
                try await mall.key().key, try await mall.key("rival", "--name", "rival-key")
            )
            for target in ["shop", "bank"] {
                for tenant in ["acme", "rival"] {
                    try await people.command(
                        "subscription",
                        "request",
                        tenant,
                        target,
                        "--reason",
                        "the plan of \(tenant)"
                    )
                }
            }
            try await people.command("limit", "set", "tenant", "rival", "--rate", "7/s")
            try await people.command("target", "disable", "gone")
            _ = try await gateway.agent(key: mine)
            let operations = Operation.all(try await gateway.portal(mine).get("/openapi.json").json)
            let listed = try await gateway.portal(others.key).get("/subscriptions").json["subscriptions"]
            let theirs = (listed?.arrayValue ?? []).compactMap { $0["id"]?.intValue }
            #expect(theirs.count == 2)
            // Values of another tenant, and values that nobody has, by the names of parameters.
            let foreign = ["id": theirs.map { "\($0)" } + ["1 ", "0"], "target": ["gone"]]
            // The key for receipts is made by the first request for it.
            try await people.command("calls", "receipt-key")
            let before = try await mall.state()
            for operation in operations where !operation.names.isEmpty {
                let row = "\(operation.method) \(operation.template)"
                for name in operation.names {
                    for value in try #require(
                        foreign[name],
                        "\(row) has a parameter that this test doesn't know"
                    ) {
                        let answer = try await operation.send(by: gateway.portal(mine)) { _ in value }
                        let missing = try await operation.send(by: gateway.portal(mine), Self.nothing)
                        #expect(answer.response.plain() == missing.response.plain(), "\(row) \(value)")
                        #expect(answer.status == 404, "\(row) \(value)")
                    }
                }
            }
            for operation in operations where operation.method == "GET" && operation.names.isEmpty {
                // A list that begins at another tenant's cursor holds only one's own items.
                let page = try await gateway.portal(others.key).get("\(operation.template)?limit=1")
                var paths = [operation.template]
                if let cursor = page.json["nextCursor"]?.stringValue {
                    paths.append("\(operation.template)?cursor=\(APIClient.encoded(cursor))")
                }
                for path in paths {
                    let answer = try await gateway.portal(mine).get(path)
                    #expect([200, 400, 422].contains(answer.status), "\(path): \(answer.text)")
                    for word in ["rival", others.prefix, "7/s"] {
                        #expect(!answer.text.contains(word), "\(path) shows \(word)")
                    }
                }
            }
            #expect(try await mall.state() == before)
            try await expectForeignSessionsAreUnknown(to: mine, others.key, gateway)
        }
    }

    /// On requests and streams another tenant's session is answered like an unknown one.
    private func expectForeignSessionsAreUnknown(
        to mine: String,
        _ theirs: String,
        _ gateway: GatewayProcess
    ) async throws {
        var session = Agent(port: gateway.agentsPort, key: theirs, era: .legacy)
        try await session.initialize()
        var answers: [[String]] = []
        for id in [try #require(session.session), "nonsense"] {
            var agent = Agent(port: gateway.agentsPort, key: mine, era: .legacy)
            agent.session = id
            let stream = try agent.beginStream()
            let head = try await stream.readResponse().plain(without: id)
            stream.close()
            answers.append([
                head, try await agent.list().response.plain(without: id),
                try await agent.call("shop___look").response.plain(without: id),
            ])
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].allSatisfy { $0.hasPrefix("HTTP/1.1 404") })
    }
}
