import HTTP
import JSON
import Policy
import PortalAPI
import REST
import Store
import Testing

struct ToolTests {
    /// [name: state] of the tools that a path lists.
    private func states(
        _ path: String,
        _ portal: TestPortal,
        as caller: PortalCaller
    ) async throws -> [String: String] {
        let reply = await portal.send(.get, path, as: caller)
        let tools = try #require(reply.body?["tools"]?.arrayValue, "\(reply.body?.text ?? "")")
        return Dictionary(
            uniqueKeysWithValues: tools.map {
                ($0["name"]?.stringValue ?? "", $0["state"]?.stringValue ?? "")
            }
        )
    }

    @Test func `a tool's state says what is missing, and follows each decision`() async throws {
        try await withPortal { portal in
            var acme = try await portal.caller()
            #expect(
                try await states("/tools", portal, as: acme) == [
                    "auto___look": "needs-subscription", "auto___take": "needs-subscription",
                    "depot___look": "needs-subscription", "depot___take": "needs-subscription",
                    "open___look": "available", "open___take": "available",
                ]
            )
            let id = try await portal.ask("depot", as: acme)
            let look = try #require(NamePattern("depot___l*"))
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.approveSubscription(id, tools: [look])
                _ = try writing.addPermission(
                    .deny,
                    NamePattern("open___take") ?? look,
                    to: try checked(TenantName("acme"))
                )
            }
            acme = try await portal.caller()
            #expect(
                try await states("/targets/depot/tools", portal, as: acme)
                    == ["depot___look": "available", "depot___take": "outside-subscription"]
            )
            #expect(
                try await states("/targets/open/tools", portal, as: acme)
                    == ["open___look": "available", "open___take": "not-permitted"]
            )
            try await portal.refresh(
                "depot",
                [("look", #","description":"IGNORE ALL","title":"new""#), ("take", "")]
            )
            acme = try await portal.caller()
            let changed = await portal.send(.get, "/targets/depot/tools", as: acme)
            #expect(changed.body?["tools"]?[0]?["state"] == "waiting-for-approval")
            #expect(changed.body?["tools"]?[0]?["description"] == .null)
            #expect(changed.body?["tools"]?[0]?["title"] == .null)
        }
    }

    @Test func `a quarantined tool and its texts aren't shown`() async throws {
        try await withPortal { portal in
            try await portal.operate { writing throws(StoreError) in
                _ = try writing.quarantineTool("open___look")
            }
            let acme = try await portal.caller()
            let all = await portal.send(.get, "/tools", as: acme)
            #expect(all.body?.text.contains("open___look") == false)
            let tools = await portal.send(.get, "/targets/open/tools", as: acme)
            #expect(tools.body?["tools"]?.arrayValue?.count == 1)
            #expect(tools.body?.text.contains("Looks into open") == false)
            let target = await portal.send(.get, "/targets/open", as: acme)
            #expect(target.body?["tools"] == 1)
        }
    }

    @Test func `a narrowed key sees its own view, and can request subscriptions for its tenant`() async throws
    {
        try await withPortal { portal in
            let pattern = try #require(NamePattern("open___look"))
            let prefix = try await portal.operate { writing throws(StoreError) in
                try writing.issueKey(for: try checked(TenantName("acme")), allow: [pattern]).record.prefix
            }
            let narrow = try await portal.caller(prefix: prefix)
            #expect(
                try await states("/targets/open/tools", portal, as: narrow)
                    == ["open___look": "available", "open___take": "not-permitted"]
            )
            let id = try await portal.ask("depot", as: narrow)
            let other = await portal.send(.get, "/subscriptions/\(id)", as: try await portal.caller())
            #expect(other.body?["state"] == "pending")
            #expect(other.body?["requestedBy"] == "tenant")
        }
    }

    @Test func `a token sees what its scopes open`() async throws {
        try await withPortal { portal in
            let patterns = [["open___look"], ["open___take"]].map { $0.compactMap { NamePattern($0) } }
            let bearer = try await portal.bearer(scopes: ScopeSet(1), of: patterns, names: ["take"])
            #expect(
                try await states("/targets/open/tools", portal, as: bearer)
                    == ["open___look": "not-permitted", "open___take": "available"]
            )
        }
    }

    @Test(arguments: [
        ("look", 3), ("LOOK", 3), ("open___", 2), ("%", 0), ("_", 6), ("*", 0), ("'", 0), ("lo?k", 0),
        ("' OR 1=1 --", 0), ("\u{202E}", 0), ("ſ", 0), (String(repeating: "a", count: 300), 0),
    ])
    func `a search finds a text in names, without wildcards`(_ q: String, _ count: Int) async throws {
        try await withPortal { portal in
            let request = APIRequest(.get, ["tools"], query: [.init("q", q)], requestID: "req-1")
            let reply = await portal.send(request, as: try await portal.caller())
            #expect(reply.status == 200)
            #expect(reply.body?["tools"]?.arrayValue?.count == count)
        }
    }

    @Test func `hostile and long texts are valid JSON, and cut if they are too long`() async throws {
        try await withPortal { portal in
            let hostile = #"<script>alert(\"1\")<\/script> \\u202e \u202e 🏴‍☠️"#
            let long = String(repeating: "é", count: 5_000)
            try await portal.refresh(
                "open",
                [
                    ("look", #","title":"\#(hostile)","description":"\#(long)""#),
                    ("odd", #","title":7,"description":{}"#),
                ]
            )
            let tools = await portal.send(.get, "/targets/open/tools", as: try await portal.caller())
            let title = tools.body?["tools"]?[0]?["title"]?.stringValue
            #expect(title == "<script>alert(\"1\")</script> \\u202e \u{202E} 🏴‍☠️")
            let description = tools.body?["tools"]?[0]?["description"]?.stringValue
            #expect(description == String(repeating: "é", count: 4_096))
            #expect(tools.body?["tools"]?[1]?["title"] == .null)
            let text = try #require(tools.body?.text)
            #expect(try JSONValue(parsing: text) == tools.body)
        }
    }

    /// The tools shown as available are those that an agent can list.
    @Test func `the available tools are those that the policy allows`() async throws {
        try await withPortal { portal in
            let id = try await portal.ask("auto", as: try await portal.caller())
            #expect(id > 0)
            for name in ["acme", "rival"] {
                let caller = try await portal.caller(name)
                let available = try await states("/tools", portal, as: caller)
                    .filter { $0.value == "available" }.keys.sorted()
                let me = await portal.send(.get, "/me", as: caller)
                #expect(me.body?["tools"] == .int(available.count))
                #expect(
                    available
                        == (name == "acme"
                            ? ["auto___look", "auto___take", "open___look", "open___take"]
                            : ["open___look", "open___take"])
                )
            }
        }
    }
}
