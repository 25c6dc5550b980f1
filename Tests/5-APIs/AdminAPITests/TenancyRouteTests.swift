import HTTP
import JSON
import REST
import Testing

/// The operations on one tenant and its things, verb by verb.
struct TenancyRouteTests {
    @Test func `a tenant is created, changed with If-Match, suspended, resumed and removed`() async throws {
        try await withAPI { api in
            let labels: JSONValue = ["cost/centre": "42"]
            let made = await api.send(.post, "/tenants", ["name": "acme", "title": "Acme", "labels": labels])
            #expect(made.status == 201)
            #expect(made.body?["labels"] == labels)
            let changed = await api.send(
                .patch,
                "/tenants/acme",
                ["title": nil, "contact": "ada"],
                ifMatch: made.etag?.text
            )
            #expect(changed.body?["title"] == .null)
            #expect(changed.body?["contact"] == "ada")
            #expect(changed.body?["labels"] == labels)
            let late = await api.send(.patch, "/tenants/acme", ["title": "B"], ifMatch: made.etag?.text)
            #expect(late.status == 412)
            #expect(await api.send(.post, "/tenants/acme/suspend").body?["state"] == "suspended")
            #expect(await api.send(.post, "/tenants/acme/resume").body?["state"] == "active")
            _ = await api.send(.post, "/keys", ["tenant": "acme"])
            let refused = await api.send(.delete, "/tenants/acme")
            #expect(refused.status == 409)
            // The hint must use the API's own terms: its readers have no command-line options.
            let hint = refused.body?["hint"]?.stringValue ?? ""
            #expect(hint.contains("`force=true`") && !hint.contains("--"))
            let removed = await api.send(.delete, "/tenants/acme?force=true")
            #expect(removed.body?["removedAtMs"] != .null)
            #expect(await api.send(.get, "/tenants/acme").status == 404)
            let gone = await api.send(.get, "/tenants?removed=true")
            #expect(gone.body?["tenants"]?[0]?["name"] == "acme")
            #expect(await api.send(.post, "/tenants", ["name": "acme"]).status == 201)
        }
    }

    @Test func `two tenants never get the same Lambda tenant id, not even after one cleared it`() async throws
    {
        try await withAPI { api in
            let first = await api.send(.post, "/tenants", ["name": "acme", "lambdaTenantId": "blue"])
            #expect(first.status == 201 && first.body?["lambdaTenantId"] == "blue")
            let second = await api.send(.post, "/tenants", ["name": "zeta", "lambdaTenantId": "blue"])
            #expect(second.status == 409)
            #expect(await api.send(.get, "/tenants/zeta").status == 404)
            _ = await api.send(.post, "/tenants", ["name": "zeta"])
            #expect(await api.send(.patch, "/tenants/zeta", ["lambdaTenantId": "blue"]).status == 409)
            #expect(
                await api.send(.patch, "/tenants/acme", ["lambdaTenantId": "blue", "title": "A"]).status
                    == 200
            )
            #expect(await api.send(.patch, "/tenants/acme", ["lambdaTenantId": .null]).status == 200)
            // Lambda may still hold an environment of the tenant that had the id.
            #expect(await api.send(.patch, "/tenants/zeta", ["lambdaTenantId": "blue"]).status == 409)
            #expect(await api.send(.patch, "/tenants/acme", ["lambdaTenantId": "blue"]).status == 200)
            let own = await api.send(.patch, "/tenants/acme", ["lambdaTenantId": "mcp-gateway"])
            #expect(own.status == 422)
        }
    }

    @Test func `a key's text is shown once, and never again`() async throws {
        try await withAPI { api in
            _ = await api.send(.post, "/tenants", ["name": "acme"])
            let issued = await api.send(
                .post,
                "/keys",
                [
                    "tenant": "acme", "name": "ci", "expires": "90d", "allow": ["time___*"],
                    "deny": ["*___drop"],
                ]
            )
            let text = try #require(issued.body?["key"]?.stringValue)
            let prefix = try #require(issued.body?["prefix"]?.stringValue)
            #expect(text.hasPrefix("mgw_\(prefix)_"))
            #expect(issued.body?["expiresAtMs"] == .int(Int(TestAPI.nowMs) + 90 * 86_400_000))
            let rotated = await api.send(.post, "/keys/\(prefix)/rotate", ["overlap": "1h"])
            let next = try #require(rotated.body?["key"]?.stringValue)
            #expect(rotated.status == 201)
            #expect(rotated.body?["allow"] == ["time___*"])
            #expect(rotated.body?["replaces"]?["expiresAtMs"] == .int(Int(TestAPI.nowMs) + 3_600_000))
            #expect(await api.send(.post, "/keys/\(prefix)/rotate").status == 409)
            let revoked = await api.send(.post, "/keys/\(prefix)/revoke")
            #expect(revoked.body?["state"] == "revoked")
            for path in ["/keys", "/keys?tenant=acme", "/keys/\(prefix)", "/audit"] {
                let shown = await api.send(.get, path).body?.text ?? ""
                #expect(!shown.isEmpty)
                #expect(!shown.contains(text.suffix(43)) && !shown.contains(next.suffix(43)), "\(path)")
            }
        }
    }

    @Test func `a subscription is requested, approved, explained and revoked`() async throws {
        try await withAPI { api in
            _ = await api.send(.post, "/tenants", ["name": "acme"])
            _ = await api.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper"]
            )
            _ = await api.send(.post, "/refresh")
            let explain = "/permissions/explain?tenant=acme&tool=time___now"
            #expect(await api.send(.get, explain).body?["rule"] == "no-subscription")
            let body: JSONValue = ["tenant": "acme", "target": "time", "reason": "to know the hour"]
            let asked = await api.send(.post, "/subscriptions", body)
            #expect(asked.body?["state"] == "pending")
            #expect(await api.send(.post, "/subscriptions", body).body == asked.body)
            let id = try #require(asked.body?["id"]?.intValue)
            #expect(
                await api.send(.get, "/subscriptions?state=pending&tenant=acme").body?["subscriptions"]?[0]
                    == asked.body
            )
            let approved = await api.send(
                .post,
                "/subscriptions/\(id)/approve",
                ["expires": "30d", "tools": ["*___now"], "reason": "fine"]
            )
            #expect(approved.body?["state"] == "approved")
            #expect(approved.body?["decidedBy"] == "admin:ci")
            #expect(approved.body?["expiresAtMs"] == .int(Int(TestAPI.nowMs) + 30 * 86_400_000))
            #expect(approved.body?["pinned"] == true)
            #expect(await api.send(.get, explain).body?["allowed"] == true)
            let outside = await api.send(.get, "/permissions/explain?tenant=acme&tool=time___zone")
            #expect(outside.body?["rule"] == "outside-subscription")
            let again = await api.send(.post, "/subscriptions/\(id)/deny")
            #expect(again.status == 409)
            #expect(again.problem?.detail.contains("admin:ci") == true)
            _ = await api.send(
                .post,
                "/permissions",
                ["tenant": "acme", "effect": "deny", "pattern": "*___now"]
            )
            let denied = await api.send(.get, explain)
            #expect(denied.body?["rule"] == "denied-by-tenant")
            #expect(denied.body?["pattern"] == "*___now")
            let removed = await api.send(.delete, "/permissions?tenant=acme&pattern=*___now")
            #expect(removed.body?["removed"]?[0]?["effect"] == "deny")
            #expect(await api.send(.delete, "/permissions?tenant=acme&pattern=*___now").status == 404)
            #expect(
                await api.send(.post, "/subscriptions/\(id)/revoke", ["reason": "enough"]).body?["state"]
                    == "revoked"
            )
            #expect(await api.send(.get, explain).body?["rule"] == "no-subscription")
            #expect(await api.send(.get, "/audit/verify").body?["ok"] == true)
        }
    }

    @Test func `a quarantined tool is shown, waits, and is approved`() async throws {
        try await withAPI { api in
            _ = await api.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper"]
            )
            _ = await api.send(.post, "/refresh")
            #expect(await api.send(.get, "/waiting-tools").body?["tools"] == [])
            let held = await api.send(.post, "/tools/time___now/quarantine")
            #expect(held.body?["state"] == "quarantined")
            #expect(
                await api.send(.get, "/tools?state=quarantined").body?["tools"]?[0]?["name"] == "time___now"
            )
            #expect(await api.send(.get, "/waiting-tools").body?["tools"]?[0]?["quarantined"] == true)
            let diff = await api.send(.get, "/tools/time___now/diff")
            #expect(diff.body?["wasQuarantined"] == true)
            #expect(diff.body?["changes"]?[0]?["previousSha256"] == held.body?["sha256"])
            let rehearsed = await api.send(.post, "/tools/time___now/approve?dryRun=true")
            #expect(rehearsed.body == diff.body)
            #expect(await api.send(.get, "/tools/time___now").body?["state"] == "quarantined")
            #expect(await api.send(.post, "/tools/time___now/approve").body == diff.body)
            let shown = await api.send(.get, "/tools/time___now")
            #expect(shown.body?["state"] == "active")
            #expect(shown.body?["definition"]?["description"] == "Tells the time")
        }
    }

    @Test func `a limit is set, partly changed with If-Match, and removed`() async throws {
        try await withAPI { api in
            _ = await api.send(.post, "/tenants", ["name": "acme"])
            let set = await api.send(
                .put,
                "/limits",
                ["scope": "tenant", "name": "acme", "rate": "50/s", "burst": 100, "dayQuota": 100_000]
            )
            #expect(set.body?["rate"] == "50/s")
            let id = try #require(set.body?["id"]?.intValue)
            let changed = await api.send(
                .put,
                "/limits",
                ["scope": "tenant", "name": "acme", "dayQuota": nil, "monthQuota": 5],
                ifMatch: set.etag?.text
            )
            #expect(changed.body?["id"] == set.body?["id"])
            #expect(changed.body?["dayQuota"] == .null)
            #expect(changed.body?["burst"] == 100)
            let late = await api.send(.delete, "/limits/\(id)", ifMatch: set.etag?.text)
            #expect(late.status == 412)
            let listed = await api.send(.get, "/limits?tenant=acme").body?["limits"]?[0]
            for member in changed.body?.objectValue?.members ?? [] {
                #expect(listed?[member.key] == member.value, "\(member.key)")
            }
            #expect(await api.send(.get, "/limits/\(id)").etag == changed.etag)
            #expect(await api.send(.delete, "/limits/\(id)").status == 200)
            #expect(await api.send(.get, "/limits/\(id)").status == 404)
            let nothing = await api.send(.put, "/limits", ["scope": "tenant", "name": "acme", "rate": nil])
            #expect(nothing.status == 422)
        }
    }

    @Test func `a target's failure is in its report, and the request succeeds`() async throws {
        try await withAPI { api in
            _ = await api.send(
                .post,
                "/targets",
                ["name": "bad", "function": "broken", "contract": "mcp-wrapper"]
            )
            let refreshed = await api.send(.post, "/targets/bad/refresh")
            #expect(refreshed.status == 200)
            #expect(refreshed.body?["targets"]?[0]?["error"] == "the function is broken; mend it")
            let tested = await api.send(.post, "/targets/bad/test")
            #expect(tested.body?["ok"] == false)
            #expect(tested.body?["error"] == "the function is broken; mend it")
            #expect(await api.send(.get, "/usage?by=day").body?["usage"] == [])
        }
    }
}
