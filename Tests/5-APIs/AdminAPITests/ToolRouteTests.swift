import AdminAPI
import Bytes
import Config
import Control
import HTTP
import JSON
import Policy
import REST
import Store
import TestSupport
import Testing

/// Tools with aliases, and refused tools.
struct ToolRouteTests {
    private static let long = "a_name_of_a_tool_that_is_so_long_that_no_model_provider_takes_it"

    /// Runs `body` with the open target `time`, which lists `now`, a tool with a long name, `now` again, and `zone`.
    private func withTools(_ body: (TestAPI) async throws -> Void) async throws {
        try await withAPI { api in
            let tools: JSONValue = [
                ["name": "now", "description": "Tells the time", "inputSchema": ["type": "object"]],
                ["name": .string(Self.long), "inputSchema": ["type": "object"]],
                ["name": "now", "inputSchema": ["type": "object"]],
                ["name": "zone", "inputSchema": ["type": "object"]],
            ]
            // Declared tools are checked when they are declared, so they come from a function.
            let inquiry = SourceInquiry(store: api.store, source: ListingSource(tools: tools.text))
            let furnished = TestAPI(
                api: AdminAPI(
                    store: api.store,
                    defaults: GatewayConfig().defaults,
                    inquiry: inquiry,
                    nowMs: { TestAPI.nowMs }
                ),
                store: api.store
            )
            _ = await furnished.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper", "approval": "open"]
            )
            _ = await furnished.send(.post, "/tenants", ["name": "acme"])
            _ = await furnished.send(.post, "/refresh")
            try await body(furnished)
        }
    }

    private func names(_ reply: APIReply) -> [String] {
        (reply.body?["tools"]?.arrayValue ?? []).compactMap { $0["tool"]?.stringValue }
    }

    @Test func `refused tools are listed after the target's others, with their reasons`() async throws {
        try await withTools { api in
            let all = await api.send(.get, "/tools")
            #expect(names(all) == ["now", "zone", Self.long, "now"])
            let refused = await api.send(.get, "/tools?state=refused")
            #expect(names(refused) == [Self.long, "now"])
            let tool = refused.body?["tools"]?[0]
            #expect(tool?["state"] == "refused" && tool?["sha256"]?.isNull == true)
            #expect(tool?["reason"]?.stringValue?.contains("more than 64") == true)
            #expect(names(await api.send(.get, "/tools?state=active")) == ["now", "zone"])
            // The pages give the same list.
            var paged: [String] = []
            var cursor = ""
            repeat {
                let page = await api.send(
                    .get,
                    "/tools?limit=1" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")
                )
                paged += names(page)
                cursor = page.body?["nextCursor"]?.stringValue ?? ""
            } while !cursor.isEmpty
            #expect(paged == ["now", "zone", Self.long, "now"])
            let target = await api.send(.get, "/targets/time").body
            #expect(target?["refusedTools"] == 2 && target?["tools"] == 2)
        }
    }

    @Test func `a refused tool can be shown and explained`() async throws {
        try await withTools { api in
            let shown = await api.send(.get, "/tools/time___\(Self.long)")
            #expect(shown.status == 200 && shown.body?["state"] == "refused")
            #expect(shown.body?["definition"]?.isNull == true)
            let explained = await api.send(
                .get,
                "/permissions/explain?tenant=acme&tool=time___\(Self.long)"
            ).body
            #expect(explained?["allowed"] == false && explained?["rule"] == "tool-refused")
            #expect(explained?["reason"]?.stringValue?.hasPrefix("the tool is refused: ") == true)
            // Of the two tools with one name, the served one counts.
            let now = await api.send(.get, "/permissions/explain?tenant=acme&tool=time___now").body
            #expect(now?["allowed"] == true)
        }
    }

    @Test(arguments: [
        ("time___mow", "did you mean time___now?"), ("time___zon", "did you mean time___zone?"),
        ("tiem___now", "did you mean time___now?"),
        ("time___model_provider", "so_long_that_no_model_provider"),
    ])
    func `the error for an unknown tool suggests similar tools`(_ name: String, _ says: String)
        async throws
    {
        try await withTools { api in
            for path in ["/tools/\(name)", "/permissions/explain?tenant=acme&tool=\(name)"] {
                let reply = await api.send(.get, path)
                #expect(reply.status == 404)
                #expect(reply.body?.text.contains(says) == true, "\(reply.body?.text ?? "")")
            }
        }
    }

    @Test func `a tool refused for its name is served as soon as its alias is set`() async throws {
        try await withTools { api in
            let path = "/tools/time___\(Self.long)/alias"
            let rehearsed = await api.send(.put, path + "?dryRun=true", ["alias": "short"])
            #expect(rehearsed.body?["name"] == "time___short" && rehearsed.body?["state"] == "refused")
            #expect(names(await api.send(.get, "/tools?state=active")) == ["now", "zone"])
            let reply = await api.send(.put, path, ["alias": "short"])
            #expect(reply.status == 200 && reply.body?["state"] == "active" && reply.body?["reason"] == .null)
            let shown = await api.send(.get, "/tools/time___short").body
            #expect(shown?["tool"]?.stringValue == Self.long && shown?["alias"] == "short")
            let aliases = await api.send(.get, "/targets/time").body?["aliases"]
            #expect(aliases == [["tool": .string(Self.long), "alias": "short", "source": "cli"]])
            // The error for the tool's own name gives the alias.
            let own = await api.send(.get, "/tools/time___\(Self.long)")
            #expect(own.status == 404 && own.body?.text.contains("exposed as time___short") == true)
            let removed = await api.send(.delete, path)
            #expect(removed.body?["state"] == "refused" && removed.body?["alias"] == .null)
            #expect(names(await api.send(.get, "/tools?state=refused")).contains(Self.long))
            let events = await api.send(.get, "/audit?action=tool.alias").body?["events"]?.arrayValue
            #expect(events?.count == 2)
            #expect(events?.allSatisfy { $0["actor"] == "admin:ci" } == true)
        }
    }

    @Test func `the answer to an alias lists the rules that stop or start matching the tool`() async throws {
        try await withTools { api in
            for (effect, pattern) in [
                ("deny", "time___now"), ("allow", "time___clock"), ("allow", "time___*"),
            ] {
                _ = await api.send(
                    .post,
                    "/permissions",
                    ["tenant": "acme", "effect": .string(effect), "pattern": .string(pattern)]
                )
            }
            _ = await api.send(
                .put,
                "/limits",
                ["scope": "tenant-tool", "name": "acme/time___now", "rate": "1/s"]
            )
            let reply = await api.send(.put, "/tools/time___now/alias", ["alias": "clock"])
            let rules = reply.body?["rules"]?.arrayValue ?? []
            #expect(
                rules.map { "\($0["kind"]?.stringValue ?? "") \($0["pattern"]?.stringValue ?? "")" } == [
                    "allow time___clock", "deny time___now", "limit time___now",
                ]
            )
            #expect(rules.map { $0["matches"] } == [true, false, false])
        }
    }

    @Test(arguments: [
        ("time___now", "zone", 409), ("time___now", "two words", 422), ("time___nothing", "x", 404),
        ("time", "x", 422), ("space___now", "x", 404),
    ])
    func `an invalid alias or unknown tool is a problem`(_ tool: String, _ alias: String, _ status: Int)
        async throws
    {
        try await withTools { api in
            let reply = await api.send(.put, "/tools/\(tool)/alias", ["alias": .string(alias)])
            #expect(reply.status == status, "\(reply.body?.text ?? "")")
        }
    }
}

/// A function that lists these tools.
private struct ListingSource: ToolSource {
    let tools: String

    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        let bytes = Array("{\"tools\":\(tools)}".utf8)
        return ToolSourceAnswer(bytes: bytes, payload: 0..<bytes.count)
    }
}
