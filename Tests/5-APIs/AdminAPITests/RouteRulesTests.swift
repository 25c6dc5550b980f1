import AdminAPI
import HTTP
import JSON
import REST
import Testing

/// Rules that hold for every route. The routes are read from the OpenAPI document, so that new routes are tested too.
struct RouteRulesTests {
    private struct Operation {
        let method: HTTP::Method
        let template: String
        let parameters: [JSONValue]

        func path(_ value: String) -> [String] {
            template.split(separator: "/").map { $0.hasPrefix("{") ? value : String($0) }
        }
    }

    private func operations(_ api: AdminAPI) -> [Operation] {
        let methods: [HTTP::Method] = [.get, .post, .put, .patch, .delete]
        return (api.openAPI["paths"]?.objectValue?.members ?? []).flatMap { path in
            methods.compactMap { method in
                path.value[method.name.lowercased()].map {
                    Operation(
                        method: method,
                        template: path.key,
                        parameters: $0["parameters"]?.arrayValue ?? []
                    )
                }
            }
        }
    }

    private func furnish(_ api: TestAPI) async {
        for name in ["acme", "beta"] { _ = await api.send(.post, "/tenants", ["name": .string(name)]) }
        _ = await api.send(.post, "/targets", ["name": "time", "function": "fn", "contract": "mcp-wrapper"])
        _ = await api.send(.post, "/refresh")
        _ = await api.send(.post, "/keys", ["tenant": "acme"])
        _ = await api.send(.put, "/limits", ["scope": "tenant", "name": "acme", "rate": "1/s"])
        _ = await api.send(.post, "/subscriptions", ["tenant": "acme", "target": "time"])
    }

    /// All lists of the API, except the audit log.
    private func everything(_ api: TestAPI) async -> [JSONValue?] {
        var shown: [JSONValue?] = []
        for path in ["/tenants", "/targets", "/tools", "/keys", "/limits", "/subscriptions", "/permissions"] {
            shown.append(await api.send(.get, path).body)
        }
        return shown
    }

    @Test func `a viewer may read everything except function logs, and change nothing`() async throws {
        try await withAPI { api in
            await furnish(api)
            let before = await everything(api)
            let all = operations(api.api)
            #expect(all.count >= 45)
            for operation in all {
                let request = APIRequest(operation.method, operation.path("time"), body: nil)
                let reply = await api.send(request, as: TestAPI.viewer)
                // Viewers may not read what functions write.
                let isKept = operation.method != .get || operation.template == "/targets/{target}/logs"
                #expect(
                    (reply.status == 403) == isKept,
                    "\(operation.method) \(operation.template)"
                )
            }
            #expect(await everything(api) == before)
        }
    }

    @Test(arguments: [
        "'; DROP TABLE tenant; --", "%", "*", "?", "_", "a___b", "ACME", "acme ", "acmé", "acme\u{301}",
        "ａｃｍｅ",
        "\u{0}", "\u{202E}acme", "\u{200B}", "../../etc/passwd", "-", "1e9", "9223372036854775808", "-1",
        "0x1", "{}",
        String(repeating: "a", count: 300), String(repeating: "é", count: 1_024),
        String(repeating: "9", count: 1_025),
        "mgw_abcdefgh_secretsecretsecret",
    ])
    func `hostile names are refused by every route, and change nothing`(_ name: String)
        async throws
    {
        try await withAPI { api in
            await furnish(api)
            let before = await everything(api)
            for operation in operations(api.api) {
                let named = operation.parameters.filter { $0["in"] == "path" }.count
                let words = operation.parameters.compactMap { parameter -> APIRequest.QueryItem? in
                    guard parameter["in"] == "query", parameter["schema"]?["type"] == "string",
                        let name = parameter["name"]?.stringValue, name != "cursor"
                    else { return nil }
                    return .init(name, "")
                }
                let asked = words.map { APIRequest.QueryItem($0.name, name) }
                for query in [[], asked] where named > 0 || !query.isEmpty {
                    let request = APIRequest(operation.method, operation.path(name), query: query)
                    let reply = await api.send(request, as: TestAPI.operator)
                    let text = reply.body?.text ?? ""
                    #expect(reply.status < 500, "\(operation.method) \(operation.template): \(text)")
                    if named > 0 {
                        #expect([404, 422].contains(reply.status), "\(operation.template): \(text)")
                    }
                    // A whole key in place of a prefix must not be repeated.
                    if operation.template.hasPrefix("/keys/") { #expect(!text.contains("secretsecret")) }
                }
            }
            for member in ["name", "tenant", "target", "pattern", "scope", "tenant", "function"] {
                for path in ["/tenants", "/targets", "/keys", "/subscriptions", "/permissions"] {
                    let body = JSONValue.object(
                        JSONObject([
                            ("name", "x"), ("tenant", "acme"), ("target", "time"), ("pattern", "x"),
                            ("effect", "deny"), ("function", "fn"), (member, .string(name)),
                        ])
                    )
                    let reply = await api.send(.post, path, body)
                    #expect(
                        [404, 409, 422].contains(reply.status),
                        "\(path) \(member): \(reply.body?.text ?? "")"
                    )
                }
            }
            #expect(await everything(api) == before)
        }
    }

    @Test func `a dry run answers what would be, and changes nothing`() async throws {
        try await withAPI { api in
            await furnish(api)
            let key = try #require(await api.send(.get, "/keys").body?["keys"]?[0]?["prefix"]?.stringValue)
            let before = await everything(api)
            let events = await api.send(.get, "/audit").body
            let verbs: [(HTTP::Method, String)] = [
                (.post, "/targets/time/disable"), (.delete, "/targets/time"), (.post, "/keys/\(key)/revoke"),
                (.post, "/subscriptions/1/deny"), (.post, "/subscriptions/1/approve"), (.delete, "/limits/1"),
                (.post, "/tools/time___now/quarantine"), (.post, "/tenants/acme/suspend"),
            ]
            for (method, path) in verbs + [(.delete, "/tenants/acme")] {
                let more = path == "/tenants/acme" ? "&force=true" : ""
                let reply = await api.send(method, "\(path)?dryRun=true\(more)")
                #expect(reply.status == 200, "\(path)")
                #expect(await everything(api) == before, "\(path)")
            }
            #expect(await api.send(.get, "/audit").body == events)
            for path in ["/tenants/nobody", "/limits/99"] {
                #expect(await api.send(.delete, "\(path)?dryRun=true").status == 404)
            }
            #expect(await api.send(.delete, "/tenants/acme?dryRun=true").status == 409)
            #expect(await api.send(.post, "/tenants/acme/suspend?dryRun=false").body?["state"] == "suspended")
        }
    }

    @Test func `the pages of long lists hold each item once`() async throws {
        try await withAPI { api in
            for number in 100..<135 {
                _ = await api.send(.post, "/tenants", ["name": "t-\(number)"])
                _ = await api.send(.post, "/keys", ["tenant": "t-\(number)"])
                _ = await api.send(
                    .post,
                    "/permissions",
                    ["tenant": "t-\(number)", "effect": "deny", "pattern": "x"]
                )
                _ = await api.send(
                    .put,
                    "/limits",
                    ["scope": "tenant", "name": "t-\(number)", "rate": "1/s"]
                )
                _ = await api.send(
                    .post,
                    "/targets",
                    ["name": "g-\(number)", "function": "fn", "contract": "mcp-wrapper"]
                )
                _ = await api.send(.post, "/subscriptions", ["tenant": "t-100", "target": "g-\(number)"])
            }
            _ = await api.send(.post, "/refresh")
            for (list, count) in [
                ("tenants", 35), ("keys", 35), ("permissions", 35), ("limits", 35), ("targets", 35),
                ("subscriptions", 35), ("tools", 70),
            ] {
                let whole = await api.send(.get, "/\(list)?limit=1000").body?[list]?.arrayValue
                var paged: [JSONValue] = []
                var cursor = ""
                repeat {
                    let page = await api.send(.get, "/\(list)?limit=8\(cursor)").body
                    paged += page?[list]?.arrayValue ?? []
                    cursor = page?["nextCursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty && paged.count < 1_000
                #expect(whole?.count == count, "\(list)")
                #expect(paged == whole, "\(list)")
            }
            let first = await api.send(.get, "/audit?limit=50").body
            let cursor = try #require(first?["nextCursor"]?.stringValue)
            let second = await api.send(.get, "/audit?limit=50&cursor=\(cursor)").body
            let ids = [first, second].flatMap { $0?["events"]?.arrayValue ?? [] }.compactMap {
                $0["id"]?.intValue
            }
            #expect(ids.count == 100)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 == $1 + 1 })
            #expect(await api.send(.get, "/tenants?cursor=\(cursor)").status == 400)
            #expect(await api.send(.get, "/audit?actor=x&cursor=\(cursor)").status == 400)
        }
    }
}
