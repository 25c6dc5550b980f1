import JSON
import Testing

/// Subscriptions, limits and approvals of tools.
struct AccessVerbTests {
    @Test func `a subscription is requested, decided and revoked, with the next command in each answer`()
        async throws
    {
        let nowMs: Int64 = 1_800_000_000_000
        try await withCommandLine(nowMs: { nowMs }) { cli in
            try await cli.addTarget("time", tools: ["now", "zone"])
            _ = await cli.run("tenant", "create", "acme")
            let nothing = await cli.run("subscription", "list", "--state", "pending")
            #expect(nothing.status == 0 && nothing.err.hasPrefix("no subscriptions wait; "))
            let asked = await cli.run(
                words: ["subscription", "request", "acme", "time", "--reason", "planner", "-o", "json"]
            )
            #expect(asked.json["id"] == 1 && asked.json["state"] == "pending", "\(asked.err)")
            let again = await cli.run("subscription", "request", "acme", "time")
            #expect(
                again.out == "subscription 1 of tenant acme to time is pending; "
                    + "`mcp-gateway subscription approve 1` grants it\n"
            )
            let list = await cli.run("subscription", "list", "--state", "pending", "-o", "json").json
            #expect(list["subscriptions"]?[0]?["requestReason"] == "planner")
            #expect(await cli.run("doctor").out.contains("1 request waits for a decision"))

            let words = ["subscription", "approve", "1", "--expires", "30d", "--tools", "time___n*"]
            let dry = await cli.run(words: words + ["--dry-run"])
            #expect(dry.out.hasPrefix("dry run, nothing is changed: would have approved subscription 1"))
            let endless = await cli.run("subscription", "approve", "1", "--expires", "")
            #expect(endless.status == 64 && endless.err.contains("--expires"), "\(endless.err)")
            let approved = await cli.run(words: words)
            #expect(
                approved.out
                    == "approved subscription 1 of tenant acme to time until 2027-02-14 08:00:00Z, "
                    + "only time___n*\n",
                "\(approved.err)"
            )
            let shown = await cli.run("subscription", "show", "1")
            #expect(shown.out.contains("time___n*") && shown.out.contains("approved definitions"))
            let twice = await cli.run("subscription", "approve", "1")
            #expect(twice.status == 1 && twice.err.contains("approved"), "\(twice.err)")
            let misnamed = await cli.run("subscription", "deny", "planner")
            #expect(
                misnamed.err.hasPrefix(
                    "mcp-gateway subscription deny: <id> is the subscription's number: a whole number\n"
                )
            )
            let outside = await cli.run("permission", "explain", "acme", "time___zone").out
            #expect(
                outside.contains("patterns leave the tool out")
                    && outside.contains("(subscription 1, approved)")
            )

            let revoked = await cli.run("subscription", "revoke", "1", "--reason", "over", "-o", "json")
            #expect(revoked.json["state"] == "revoked" && revoked.json["decisionReason"] == "over")
            let anew = await cli.run("subscription", "request", "acme", "time", "-o", "json")
            #expect(anew.json["id"] == 2)
            #expect(await cli.run("subscription", "deny", "2").out.hasPrefix("denied subscription 2"))
            #expect(await cli.run("subscription", "list").out.split(separator: "\n").count == 3)
        }
    }

    @Test(
        arguments: [
            (
                ["tenant", "acme", "--rate", "50/s", "--burst", "100"],
                "limited tenant acme to 50/s with burst 100\n"
            ),
            (["tenant", "acme", "--quota", "100000/day"], "limited tenant acme to 100000/day\n"),
            (
                ["tenant-target", "acme/time", "--quota", "5/month", "--quota", "1/day"],
                "limited tenant-target acme/time to 1/day, 5/month\n"
            ),
            (
                ["tenant-tool", "acme/time___now", "--rate", "10/h"],
                "limited tenant-tool acme/time___now to 10/h with burst 10\n"
            ),
            (
                ["tenant", "acme", "--budget", "50usd/month", "--budget", "0.25usd/day"],
                "limited tenant acme to 0.25usd/day, 50usd/month\n"
            ),
            (["target", "time", "--rate", "600/m"], "limited target time to 600/m with burst 600\n"),
        ] as [([String], String)]
    )
    func `limits are set in the forms that scripts use`(_ words: [String], _ says: String) async throws {
        try await withCommandLine { cli in
            try await cli.addTarget("time", tools: ["now"])
            _ = await cli.run("tenant", "create", "acme")
            let set = await cli.run(words: ["limit", "set"] + words)
            #expect(set.status == 0 && set.out == says, "\(set.out)\(set.err)")
            #expect(await cli.run("limit", "list").out.contains("\(words[0])"))
            let dry = await cli.run("limit", "remove", words[0], words[1], "--dry-run")
            #expect(dry.out.hasPrefix("dry run, nothing is changed: would have removed the limit"))
            #expect(await cli.run("limit", "remove", words[0], words[1]).status == 0)
            let gone = await cli.run("limit", "remove", words[0], words[1])
            #expect(gone.status == 1 && gone.err.contains("`mcp-gateway limit list`"))
        }
    }

    @Test func `a limit keeps its id when it's changed, and the value none removes a part of it`()
        async throws
    {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            let set = ["limit", "set", "tenant", "acme"]
            let first = await cli.run(words: set + ["--rate", "50/s", "--quota", "9/day", "-o", "json"]).json
            let second = await cli.run(words: set + ["--quota", "none/day", "-o", "json"]).json
            #expect(second["id"] == first["id"] && second["dayQuota"] == .null && second["rate"] == "50/s")
            let last = await cli.run(words: set + ["--rate", "none"])
            #expect(last.status == 64 && last.err.contains("would limit nothing"), "\(last.err)")
        }
    }

    @Test(arguments: [
        ["limit", "set", "tenant", "acme"], ["limit", "set", "tenant", "acme", "--quota", "5"],
        ["limit", "set", "foo", "bar", "--rate", "1/s"], ["limit", "remove", "foo", "bar"],
        [
            "target", "add", "time", "--function", "f", "--contract", "mcp-wrapper", "--pin-definitions",
            "maybe",
        ],
        ["limit", "set", "tenant", "acme", "--quota", "5/year"],
        ["limit", "set", "tenant", "acme", "--rate", "5"],
        ["limit", "set", "tenant", "acme", "--quota", "5/day", "--quota", "6/day"],
        ["limit", "set", "tenant", "acme", "--budget", "5usd/day", "--budget", "none/day"],
        ["limit", "set", "tenant", "acme", "--burst", "-1"], ["usage", "--by", "moon"],
        ["usage", "--since", "2026-13-01"], ["usage", "--by", "tool,tool"], ["usage", "--by", "tool,"],
        ["usage", "--until", "tomorrow"], ["tool", "list", "--waiting", "--tenant", "acme"],
        ["tool", "list", "--tenant", "acme", "--state", "active"], ["tool", "list", "--state", "hidden"],
        ["key", "show"], ["permission", "list", "--quiet"], ["audit", "list", "--limit", "some"],
        ["admin-token", "issue", "ci"], ["admin-token", "issue", "ci", "--role", "root"],
        ["tool", "list", "--waiting", "--state", "active"], ["tool", "list", "--state", "pending"],
        ["tenant", "create", "a", "--label", "gold"],
        ["tenant", "update", "a"], ["target", "refresh", "--local", "--url", "https://h"],
        ["subscription", "approve"], ["subscription", "approve", "abc"],
        ["subscription", "show", "../1"], ["subscription", "show", "99999999999999999999"],
        ["subscription", "list", "--state", "waiting"],
        ["key", "issue", "a", "--token", "mgwa_12345678_secret"],
    ])
    func `words that make no sense give exit status 64`(words: [String]) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect(outcome.status == 64 && outcome.out.isEmpty, "\(words): \(outcome.err)")
            #expect(!outcome.err.contains("_secret"))
        }
    }

    @Test func `doctor, list and show say which tools are refused, and which aliases name no listed tool`()
        async throws
    {
        try await withCommandLine { cli in
            let long = String(repeating: "n", count: 60)
            try await cli.addTarget("time", tools: ["now", long])
            let ill = await cli.run("doctor").out
            #expect(ill.contains("tools of time: 1 tool is refused: \(long) ("), "\(ill)")
            #expect(ill.contains("`mcp-gateway tool list --target time --state refused` shows why"))
            let list = await cli.run("tool", "list", "--state", "refused").out
            #expect(list.contains("time___\(long)") && list.contains("more than 64"))
            #expect(await cli.run("tool", "show", "time___\(long)").out.contains("\nrefused: "))
            let given = await cli.run("tool", "alias", "time___\(long)", "n")
            #expect(
                given.out == "gave \(long) of target time its alias: agents call time___n\n",
                "\(given.err)"
            )
            let table = await cli.run("tool", "list").out
            #expect(table.contains("OWN NAME") && table.contains("time___n") && table.contains(long))
            #expect(await !cli.run("doctor").out.contains("refused"))
            let file = try cli.declareTools(["now"])
            _ = await cli.run("target", "update", "time", "--tools", file)
            _ = await cli.run("target", "refresh", "time")
            let idle = await cli.run("doctor").out
            #expect(idle.contains("the alias n is for \(long), which the target doesn't list"), "\(idle)")
            #expect(idle.contains("`mcp-gateway tool alias time___\(long) --remove` takes it away"))
        }
    }

    @Test func `a changed tool is shown line by line, and approved`() async throws {
        try await withCommandLine { cli in
            try await cli.addTarget("time", tools: ["now", "zone"])
            _ = await cli.run("tenant", "create", "acme")
            _ = await cli.run("subscription", "request", "acme", "time")
            _ = await cli.run("subscription", "approve", "1")
            #expect(await cli.run("tool", "list", "--waiting").err.hasPrefix("no tools wait"))
            let file = try cli.declareTools(["now"], describing: "Tells \\u001b[2J everything.")
            let refused = await cli.run("target", "update", "time", "--tools", file)
            #expect(refused.status == 1 && !refused.err.contains("\u{1B}"))
            let plain = try cli.declareTools(["now"], describing: "Tells everything.")
            #expect(await cli.run("target", "update", "time", "--tools", plain).status == 0)
            _ = await cli.run("target", "refresh", "time")

            let waiting = await cli.run("tool", "list", "--waiting")
            #expect(waiting.out.contains("time___now") && waiting.out.contains("acme"), "\(waiting.err)")
            #expect(await cli.run("doctor").out.contains("1 new or changed tool waits for an approval"))
            let dry = await cli.run("tool", "approve", "time___now", "--dry-run")
            #expect(dry.out.hasPrefix("changed for acme:\n"), "\(dry.out)\(dry.err)")
            #expect(
                dry.out.contains("\n-") && dry.out.contains("\n+") && dry.out.contains("Tells everything.")
            )
            #expect(dry.out.hasSuffix("dry run, nothing is changed: would have approved tool time___now\n"))
            #expect(await cli.run("permission", "explain", "acme", "time___now").out.contains("may not"))
            let hash = try #require(
                dry.out.split(separator: "\n").dropLast().last?.split(separator: " ").last
            )
            let other = await cli.run("tool", "approve", "time___now", "--sha256", String(hash.reversed()))
            #expect(other.status == 1 && other.err.contains("look at the difference again"), "\(other.err)")
            let approved = await cli.run("tool", "approve", "time___now", "--sha256", String(hash))
            #expect(approved.out.hasSuffix("approved tool time___now\n"), "\(approved.err)")
            #expect(await cli.run("permission", "explain", "acme", "time___now").out.contains("may call"))
            let idle = await cli.run("tool", "approve", "time___now")
            #expect(idle.status == 0 && idle.out == "tool time___now waits for no approval\n")

            let held = await cli.run("tool", "quarantine", "time___now", "--dry-run", "-o", "json")
            #expect(held.json["state"] == "quarantined")
            #expect(await cli.run("tool", "quarantine", "time___now").status == 0)
            #expect(await cli.run("tool", "list", "--state", "quarantined").out.contains("time___now"))
            #expect(
                await cli.run("tool", "approve", "time___now").out
                    == "its definition is the one that was approved before\n\napproved tool time___now\n"
            )
        }
    }
}
