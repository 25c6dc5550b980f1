import JSON
import Testing

/// Tenants, keys and permissions.
struct TenancyVerbTests {
    @Test func `a tenant is updated label by label, and cleared by empty values`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run(
                words: ["tenant", "create", "acme", "--contact", "ada@example.com", "--label", "plan=gold"]
            )
            let changed = await cli.run(
                words: [
                    "tenant", "update", "acme", "--title", "Acme", "--label", "region=eu", "--contact=", "-o",
                    "json",
                ]
            )
            #expect(changed.status == 0, "\(changed.err)")
            #expect(changed.json["title"] == "Acme" && changed.json["contact"] == .null)
            #expect(changed.json["labels"] == ["plan": "gold", "region": "eu"])
            let fewer = await cli.run("tenant", "update", "acme", "--label", "plan=", "-o", "json")
            #expect(fewer.json["labels"] == ["region": "eu"])
            let shown = await cli.run("tenant", "show", "acme")
            #expect(shown.out.contains("labels            region=eu\n"), "\(shown.out)")
        }
    }

    @Test func `a tenant's role, with what belongs to it, and its id for Lambda are set, shown and cleared`()
        async throws
    {
        try await withCommandLine { cli in
            let role = "arn:aws:iam::123456789012:role/acme"
            let created = await cli.run(
                words: [
                    "tenant", "create", "acme", "--role-arn", role, "--lambda-tenant-id", "blue", "-o",
                    "json",
                ]
            )
            #expect(created.json["roleArn"] == .string(role) && created.json["sessionPolicy"] == "functions")
            #expect(created.json["lambdaTenantId"] == "blue" && created.json["externalId"] == .null)
            let changed = await cli.run(
                "tenant",
                "update",
                "acme",
                "--external-id",
                "e-1",
                "--session-policy",
                "none",
                "-o",
                "json"
            )
            #expect(changed.json["externalId"] == "e-1" && changed.json["sessionPolicy"] == "none")
            let shown = await cli.run("tenant", "show", "acme").out
            for text in [role, "e-1", "none", "blue"] { #expect(shown.contains(text), "\(shown)") }
            // Without a role its other settings are cleared too.
            let cleared = await cli.run(
                "tenant",
                "update",
                "acme",
                "--role-arn=",
                "--lambda-tenant-id=",
                "-o",
                "json"
            )
            for member in ["roleArn", "externalId", "sessionPolicy", "lambdaTenantId"] {
                #expect(cleared.json[member] == .null, "\(member)")
            }
            let useless = await cli.run("tenant", "update", "acme", "--external-id", "e-1")
            #expect(useless.status != 0 && useless.err.contains("needs a role"))
            let standard = await cli.run(
                "tenant",
                "update",
                "acme",
                "--role-arn",
                role,
                "--session-policy=",
                "-o",
                "json"
            )
            #expect(standard.json["sessionPolicy"] == "functions")
        }
    }

    @Test func `a tenant with active keys is removed only by force, and dry runs change nothing`()
        async throws
    {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            _ = await cli.run("key", "issue", "acme")
            let refused = await cli.run("tenant", "remove", "acme")
            #expect(refused.status == 1 && refused.out.isEmpty && refused.err.contains("active key"))
            // The hint uses the words of the command line.
            #expect(refused.err.contains("`--force`") && !refused.err.contains("force=true"))
            let rehearsed = await cli.run("tenant", "remove", "acme", "--force", "--dry-run")
            #expect(rehearsed.status == 0)
            #expect(
                rehearsed.out == "dry run, nothing is changed: would have removed tenant acme\n",
                "\(rehearsed.err)"
            )
            #expect(await cli.run("tenant", "show", "acme").status == 0)
            let suspended = await cli.run("tenant", "suspend", "acme", "--dry-run", "-o", "json")
            #expect(suspended.json["state"] == "suspended")
            #expect(await cli.run("tenant", "show", "acme", "-o", "json").json["state"] == "active")
            #expect(await cli.run("tenant", "remove", "acme", "--force").out == "removed tenant acme\n")
            #expect(await cli.run("tenant", "show", "acme").status == 1)
            #expect(await cli.run("tenant", "list", "--removed").out.contains("acme"))
            #expect(await cli.run("audit", "list", "--tenant", "acme").out.contains("tenant.remove"))
        }
    }

    @Test func `a key has patterns, a limit and an end of its own`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            let key = await cli.run(
                words: [
                    "key", "issue", "acme", "--allow", "time___*", "--deny", "*___delete_*", "--rate", "50/s",
                    "--burst", "100", "--quota", "1000/day", "--expires", "2099-01-01", "-o", "json",
                ]
            )
            #expect(key.status == 0, "\(key.err)")
            #expect(key.json["allow"] == ["time___*"] && key.json["deny"] == ["*___delete_*"])
            #expect(key.json["expiresAtMs"] == 4_070_908_800_000)
            let limit = await cli.run("limit", "list", "-o", "json").json["limits"]?[0]
            #expect(limit?["scope"] == "key" && limit?["name"] == key.json["prefix"])
            #expect(limit?["rate"] == "50/s" && limit?["burst"] == 100 && limit?["dayQuota"] == 1_000)
            // If the limit can't be set, no key is made either.
            let refused = await cli.run("key", "issue", "acme", "--burst", "5")
            #expect(refused.status == 64 && refused.out.isEmpty)
            #expect(await cli.run("key", "list", "-o", "json").json["keys"]?.arrayValue?.count == 1)
        }
    }

    @Test(arguments: ["2020-01-01", "2027-02-30", "tomorrow", "0d", "90"])
    func `an invalid expiry is refused, and a valid one is suggested`(_ end: String) async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            let outcome = await cli.run("key", "issue", "acme", "--expires", end)
            #expect(outcome.status == 64 && outcome.err.contains("such as 90d"), "\(outcome.err)")
        }
    }

    @Test func `a rotated key leaves the old one for the overlap`() async throws {
        let nowMs: Int64 = 1_800_000_000_000
        try await withCommandLine(nowMs: { nowMs }) { cli in
            _ = await cli.run("tenant", "create", "acme")
            let old = await cli.run("key", "issue", "acme", "--name", "ci", "-o", "json").json
            let prefix = old["prefix"]?.stringValue ?? ""
            let dry = await cli.run("key", "rotate", prefix, "--dry-run")
            #expect(dry.status == 0 && dry.out.hasPrefix("dry run") && !dry.out.contains("mgw_"))
            let dryJSON = await cli.run("key", "rotate", prefix, "--dry-run", "-o", "json")
            #expect(dryJSON.json["key"] == .null && dryJSON.json["replaces"]?["prefix"] == old["prefix"])
            let rotated = await cli.run("key", "rotate", prefix, "--overlap", "1h")
            #expect(rotated.status == 0, "\(rotated.err)")
            #expect(rotated.out.hasPrefix("mgw_") && rotated.out.split(separator: "\n").count == 1)
            #expect(rotated.err.contains("in place of \(prefix), which works until 2027-01-15 09:00:00Z"))
            let keys = await cli.run("key", "list", "-o", "json").json["keys"]
            #expect(keys?[0]?["expiresAtMs"] == .number("\(nowMs + 3_600_000)"))
            #expect(keys?[0]?["rotatedTo"] == keys?[1]?["prefix"] && keys?[1]?["name"] == "ci")
            let again = await cli.run("key", "rotate", prefix)
            #expect(again.status == 1 && again.out.isEmpty)
        }
    }

    @Test func `permissions are set, listed, explained and removed`() async throws {
        try await withCommandLine { cli in
            try await cli.addTarget("time", tools: ["now", "delete_zone"], approval: "open")
            _ = await cli.run("tenant", "create", "acme")
            let free = await cli.run("permission", "explain", "acme", "time___now")
            #expect(
                free.out == "tenant acme may call time___now: the target needs no subscription\n",
                "\(free.err)"
            )
            #expect(
                await cli.run("permission", "allow", "acme", "time___*").out
                    == "allowed time___* for tenant acme\n"
            )
            _ = await cli.run("permission", "deny", "acme", "*___delete_*")
            let denied = await cli.run("permission", "explain", "acme", "time___delete_zone")
            #expect(
                denied.out == "tenant acme may not see or call time___delete_zone: "
                    + "a deny pattern of the tenant matches, *___delete_*; "
                    + "`mcp-gateway permission remove acme '*___delete_*'` takes it away\n"
            )
            #expect(denied.status == 1 && free.status == 0)
            let allowed = await cli.run("permission", "explain", "acme", "time___now", "-o", "json").json
            #expect(allowed["allowed"] == true && allowed["allowedBy"] == ["time___*"])
            let key = await cli.run("key", "issue", "acme", "--allow", "other___*", "-o", "json").json
            let prefix = key["prefix"]?.stringValue ?? ""
            let narrowed = await cli.run("permission", "explain", "acme", "time___now", "--key", prefix)
            #expect(narrowed.out.contains("with key \(prefix) may not see or call"))
            #expect(narrowed.out.contains("the key has allow patterns and none matches"))

            let list = await cli.run("permission", "list", "acme").out
            #expect(list.contains("allow") && list.contains("*___delete_*"))
            let dry = await cli.run("permission", "remove", "acme", "*___delete_*", "--dry-run")
            #expect(dry.out.contains("would have removed deny *___delete_* of tenant acme"))
            let removed = await cli.run("permission", "remove", "acme", "*___delete_*", "-o", "json")
            #expect(removed.json["removed"]?[0]?["effect"] == "deny")
            let gone = await cli.run("permission", "remove", "acme", "*___delete_*")
            #expect(gone.status == 1 && gone.err.contains("`mcp-gateway permission list acme`"))
            #expect(
                await cli.run("permission", "explain", "acme", "time___delete_zone").out.contains("may call")
            )
        }
    }
}
