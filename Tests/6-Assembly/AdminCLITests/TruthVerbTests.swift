import Calendar
import Telemetry
import JSON
import RateLimit
import Store
import Testing

@testable import AdminCLI

/// What a tenant may do and how much it used, in exit statuses and tables.
struct TruthVerbTests {
    private static let nowMs: Int64 = 1_800_000_000_000

    @Test func `the exit status tells what an explanation says, and with quiet it alone does`() async throws {
        try await withCommandLine { cli in
            try await cli.addTarget("time", tools: ["now"], approval: "open")
            _ = await cli.run("tenant", "create", "acme")
            for (tool, status, out) in [
                ("time___now", 0, "tenant acme may call time___now: "), ("time___nwo", 1, ""),
            ] as [(String, Int32, String)] {
                let told = await cli.run("permission", "explain", "acme", tool)
                #expect(told.status == status && told.out.hasPrefix(out), "\(told.out)\(told.err)")
            }
            let unknown = await cli.run("permission", "explain", "acme", "now")
            #expect(unknown.err.contains("did you mean time___now?"), "\(unknown.err)")
            _ = await cli.run("permission", "deny", "acme", "*___now")
            let denied = await cli.run("permission", "explain", "acme", "time___now", "-o", "json")
            #expect(denied.status == 1 && denied.json["allowed"] == false)
            for quiet in ["-q", "--quiet"] {
                let silent = await cli.run("permission", "explain", "acme", "time___now", quiet)
                #expect(silent.status == 1 && silent.out.isEmpty && silent.err.isEmpty)
            }
            _ = await cli.run("permission", "remove", "acme", "*___now")
            let allowed = await cli.run("permission", "explain", "acme", "time___now", "-q")
            #expect(allowed.status == 0 && allowed.out.isEmpty)
        }
    }

    @Test func `a tenant's tools are listed with state and reason, and refused tools always are`()
        async throws
    {
        try await withCommandLine { cli in
            let long = String(repeating: "n", count: 60)
            try await cli.addTarget("time", tools: ["now", long], approval: "open")
            try await cli.addTarget("maps", tools: ["find"])
            _ = await cli.run("tenant", "create", "acme")
            let prefix =
                await cli.run("key", "issue", "acme", "--deny", "time___*", "-o", "json")
                .json["prefix"]?.stringValue ?? ""
            let lines = await cli.run("tool", "list", "--tenant", "acme").out.split(separator: "\n")
            #expect(lines[0].hasPrefix("NAME") && lines[0].hasSuffix("WHY") && lines.count == 4)
            #expect(lines[1].contains("maps___find") && lines[1].contains("  hidden  "))
            #expect(lines[1].contains("`mcp-gateway subscription request acme maps` asks for one"))
            #expect(lines[2].contains("visible  the target needs no subscription"))
            #expect(lines[3].contains("refused  the tool is refused: ") && lines[3].contains("more than 64"))
            #expect(await cli.run("tool", "list").out.contains("  refused  "))
            // The key says itself which tenant it belongs to.
            let narrowed = await cli.run("tool", "list", "--key", prefix, "--state", "hidden", "-o", "json")
                .json
            let rules = (narrowed["tools"]?.arrayValue ?? []).map { $0["access"]?["rule"] }
            #expect(rules == ["no-subscription", "denied-by-key"])
            let none = await cli.run("tool", "list", "--key", prefix, "--state", "visible")
            #expect(none.status == 0 && none.err.contains("`mcp-gateway tool list`"))
            let shown = await cli.run("key", "show", prefix)
            #expect(
                shown.out.contains(
                    "sees 0 of 2; `mcp-gateway tool list --tenant acme --key \(prefix)` says why"
                )
            )
            #expect(shown.out.contains("works       yes") && shown.out.contains("denied      time___*"))
            _ = await cli.run("key", "revoke", prefix)
            let revoked = await cli.run("key", "show", prefix).out
            #expect(revoked.contains("no, it is revoked; `mcp-gateway key issue acme` makes another"))
        }
    }

    @Test func `a subscription for all tools is shown so, as asked for and as approved`() async throws {
        try await withCommandLine { cli in
            try await cli.addTarget("time", tools: ["now"])
            _ = await cli.run("tenant", "create", "acme")
            _ = await cli.run("subscription", "request", "acme", "time")
            func lines() async -> [Substring] {
                await cli.run("subscription", "show", "1").out.split(separator: "\n")
            }
            #expect(await lines().contains { $0.hasPrefix("approved ") && $0.hasSuffix(" –") })
            _ = await cli.run("subscription", "approve", "1")
            let approved = await lines()
            #expect(approved.contains { $0.hasPrefix("asked for ") && $0.hasSuffix("all tools") })
            #expect(approved.contains { $0.hasPrefix("approved ") && $0.hasSuffix("all tools") })
            _ = await cli.run("subscription", "revoke", "1")
            _ = await cli.run("subscription", "request", "acme", "time", "--tools", "*___now")
            _ = await cli.run("subscription", "approve", "2")
            let narrowed = await cli.run("subscription", "show", "2").out
            #expect(narrowed.contains("all that was asked for"))
        }
    }

    @Test func `limits are listed with what is used and left, from the store when no server runs`()
        async throws
    {
        try await withCommandLine(nowMs: { Self.nowMs }) { cli in
            _ = await cli.run("tenant", "create", "acme")
            let set = ["limit", "set", "tenant", "acme", "--rate", "5/s", "--quota", "100/day", "-o", "json"]
            let id = Int64(await cli.run(words: set).json["id"]?.intValue ?? 0)
            try cli.write { writing throws(StoreError) in
                try writing.addQuotaUsage([QuotaUsage(limitID: id, period: "day:2027-01-15", count: 30)])
            }
            let table = await cli.run("limit", "list", "--tenant", "acme")
            #expect(
                table.out == """
                    SCOPE   NAME  LIMIT           USED  LEFT  USED UP  RESETS
                    tenant  acme  5/s, 5 at once  –     –     –        –
                    tenant  acme  100/day         30    70    –        2027-01-16 00:00:00Z

                    """
            )
            #expect(table.err.hasPrefix("note: no running server was asked: "))
        }
    }

    /// Calls of one minute, each with this duration and cost.
    private static func delta(
        _ day: String,
        _ tool: String,
        calls: Int,
        ms: UInt32,
        nanoUSD: Int64,
        _ outcome: CallOutcome = .ok
    ) -> UsageDelta {
        var figures = UsageFigures()
        for _ in 0..<calls {
            var call = CallRecord()
            call.endedUs = ms * 1_000
            call.costNanoUSD = nanoUSD
            call.flags = [.isReported]
            call.billedMs = ms
            figures.add(call, outcome)
        }
        return UsageDelta(
            minute: (UTCDay(day)?.startMs ?? 0) / 60_000,
            tenantID: 1,
            keyID: 0,
            target: "time",
            tool: tool,
            outcome: outcome,
            figures: figures
        )
    }

    @Test func `usage shows which tool got slower since Tuesday, on 80 columns and for spreadsheets`()
        async throws
    {
        // A Friday morning.
        try await withCommandLine(nowMs: { Self.nowMs }) { cli in
            _ = await cli.run("tenant", "create", "acme")
            try cli.write { writing throws(StoreError) in
                try writing.addUsage([
                    Self.delta("2027-01-11", "now", calls: 10, ms: 100, nanoUSD: 1_000),
                    Self.delta("2027-01-14", "now", calls: 12, ms: 400, nanoUSD: 4_000),
                    Self.delta("2027-01-11", "=zone()", calls: 4, ms: 100, nanoUSD: 1_000),
                    Self.delta("2027-01-13", "=zone()", calls: 1, ms: 50, nanoUSD: 500),
                    Self.delta("2027-01-13", "=zone()", calls: 1, ms: 50, nanoUSD: 500, .toolError),
                    Self.delta("2027-01-14", "new", calls: 1, ms: 5, nanoUSD: 123_456_789),
                ])
            }
            let words = ["usage", "--by", "tool", "--since", "tuesday", "--sort", "trend"]
            let answer = await cli.run(words: words + ["-o", "json"]).json
            let sums = answer["usage"]?.arrayValue ?? []
            #expect(answer["since"] == "2027-01-12" && answer["until"] == .null)
            #expect(sums.map { $0["name"]?.stringValue } == ["time___now", "time___=zone()", "time___new"])
            #expect(sums.map { $0["callsTrendPercent"]?.intValue } == [20, -50, nil])
            #expect(sums.map { $0["costTrendPercent"]?.intValue } == [380, -75, nil])
            let slower = sums.map { $0["p95TrendPercent"]?.intValue }
            #expect(abs((slower[0] ?? 0) - 300) < 20 && abs((slower[1] ?? 0) + 50) < 3 && slower[2] == nil)
            #expect(answer["totalTrend"]?["callsBefore"] == 14)
            #expect(sums[2]["costUSD"] == "0.123456789" && sums[1]["errorPercent"] == 50)
            let table = await cli.run(words: words).out
            #expect(table.contains("± P95") && table.contains("+20 %") && table.contains("1 (50 %)"))
            #expect(table.contains("0.123"))
            let narrow = await cli.run(words: words, columns: 80).out
            #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 80 })
            #expect(narrow.contains("time___=zone()") && narrow.contains("± P95") && narrow.contains("USD"))
            let csv = await cli.run(words: words + ["-o", "csv"]).out.split(separator: "\r\n")
            #expect(
                csv.count == 4
                    && csv[0].hasPrefix("name,tenant,key,target,tool,outcome,hour,day,month,calls,")
            )
            #expect(csv[3].hasPrefix("time___new,,,,time___new,,,,,1,0,0,"))
        }
    }

    @Test func `usage is summed by several dimensions, and yesterday is a valid start`() async throws {
        try await withCommandLine(nowMs: { Self.nowMs }) { cli in
            _ = await cli.run("tenant", "create", "acme")
            let key = await cli.run("key", "issue", "acme", "-o", "json").json
            let (prefix, id) = (key["prefix"]?.stringValue ?? "", Int64(key["id"]?.intValue ?? 0))
            try cli.write { writing throws(StoreError) in
                try writing.addUsage(
                    [("2027-01-13", 0, 2, 700), ("2027-01-14", id, 4, 5_200_000), ("2027-01-15", id, 1, 90)]
                        .map {
                            var figures = UsageFigures()
                            figures.calls = $0.2
                            figures.limited = 1
                            figures.durationUs = $0.3
                            return UsageDelta(
                                minute: (UTCDay($0.0)?.startMs ?? 0) / 60_000,
                                tenantID: 1,
                                keyID: $0.1,
                                target: "time",
                                tool: "now",
                                outcome: nil,
                                figures: figures
                            )
                        }
                )
            }
            let yesterday = await cli.run(
                words: [
                    "usage", "--by", "day", "--by", "tool,key", "--since", "yesterday", "--until",
                    "yesterday",
                ]
            )
            #expect(
                yesterday.out == """
                    DAY         TOOL        KEY       CALLS  ERRORS  LIMITED  TIME   PER CALL  USD
                    2027-01-14  time___now  \(prefix)  4      0       1        5.2 s  1.3 s     0

                    """,
                "\(yesterday.err)"
            )
            let months = await cli.run("usage", "--by", "month,key").out.split(separator: "\n")
            #expect(months.count == 3 && months[2].hasPrefix("2027-01  tokens"))
            // A third of a millisecond isn't shown as zero.
            #expect(months[2].hasSuffix("0.7 ms  0.4 ms    0"), "\(months[2])")
            let today = await cli.run("usage", "--since", "today", "-o", "json").json
            #expect(today["since"] == "2027-01-15" && today["total"]?["calls"] == 1)
            #expect(today["total"]?["meanUs"] == 90 && today["total"]?["durationMs"] == 0)
            #expect(await cli.run("usage", "--until", "2d", "-o", "json").json["until"] == "2027-01-13")
            let nothing = await cli.run("usage", "--target", "tiem")
            #expect(nothing.status == 1 && nothing.err.contains("there is no target"), "\(nothing.err)")
            let backwards = await cli.run("usage", "--since", "today", "--until", "yesterday")
            #expect(backwards.status == 64 && backwards.err.contains("before since"), "\(backwards.err)")
        }
    }

    @Test(arguments: [
        (0, "0.0 ms"), (40, "0.0 ms"), (50, "0.1 ms"), (1_250, "1.3 ms"), (87_300, "87.3 ms"),
        (999_940, "999.9 ms"), (999_960, "1000 ms"), (1_000_000, "1.0 s"), (599_900_000, "599.9 s"),
        (600_000_000, "10 min"), (36_000_000_000, "10.0 h"), (123_456_000_000, "34.3 h"),
    ])
    func `times have a digit after the point as long as it matters`(_ microseconds: Int, _ text: String) {
        #expect(durationText(microseconds: microseconds) == text)
    }
}
