@testable import AdminCLI
import AdminAPI
import Bytes
import Config
import Control
import FoundationEssentials
import HTTP
import HTTPServer
import JSON
import Records
import REST
import Store
import Testing
import TestSupport
import System

/// The verbs print with `--url` byte for byte what they print on the store itself.
struct RemoteVerbTests {
    private static let nowMs: Int64 = 1_800_000_000_000
    private static let token = "mgwa_12345678_remotesecret"

    /// Fails every call: declared tools must not be asked for.
    private struct NoFunctions: ToolSource {
        func invoke(
            _ target: TargetSpec,
            payload: ByteBuffer,
            timeout: Duration
        ) async throws(ToolSourceError) -> ToolSourceAnswer {
            throw ToolSourceError("there are no functions here")
        }
    }

    /// Gives one command line a store of its own, and the other a server on another store.
    private func withBoth(
        _ body: (_ local: CommandLine, _ remote: CommandLine, _ url: String) async throws -> Void
    )
        async throws
    {
        let clock: @Sendable () -> Int64 = { Self.nowMs }
        try await withTemporaryDirectory { (folder: String) async throws -> Void in
            let store = try Store::Store.open(path: "\(folder)/remote.db", clock: clock)
            defer { store.close() }
            let api = AdminAPI(
                store: store,
                defaults: GatewayConfig().defaults,
                inquiry: SourceInquiry(store: store, source: NoFunctions()),
                records: RecordReader(directory: "\(folder)/records"),
                nowMs: clock
            )
            try await withServer(handler: { await serve(api, $0) }) { port, _ in
                try await withCommandLine(nowMs: clock) { local in
                    let environment = ["MCP_GATEWAY_ADMIN_TOKEN": Self.token]
                    try await withCommandLine(environment: environment, nowMs: clock) { remote in
                        try await body(local, remote, "http://127.0.0.1:\(port)")
                    }
                }
            }
        }
    }

    /// Answers as the server does, except that the token's caller is the user who runs the tests.
    private func serve(_ api: AdminAPI, _ exchange: Exchange) async {
        let request = exchange.request
        let reply: APIReply
        do throws(Problem) {
            guard request.header("authorization") == "Bearer \(Self.token)" else {
                throw Problem(.unauthenticated, "the token is unknown")
            }
            reply = await api.answer(
                try APIRequest(request, under: AdminAPI.root),
                as: AdminCaller(.cli(user: UserName.own), role: .operator)
            )
        } catch {
            reply = error.reply(requestID: nil)
        }
        exchange.respond(reply.response(requestID: nil))
    }

    /// The text without whatever always differs: keys' texts and prefixes, hashes, and durations.
    private func normalised(_ text: String, _ prefixes: [String]) -> String {
        var result = text
        for (index, prefix) in prefixes.enumerated() {
            result = result.split(separator: prefix, omittingEmptySubsequences: false)
                .joined(separator: "prefix-\(index)")
        }
        var words: [String] = []
        for word in result.split(separator: "_", omittingEmptySubsequences: false) {
            // The secret follows the prefix, up to a quote or the line's end.
            let isSecret =
                words.last?.hasPrefix("prefix-") == true && words.dropLast().last?.hasSuffix("mgw") == true
            words.append(isSecret ? "secret" + word.drop { $0.isLetter || $0.isNumber } : String(word))
        }
        return words.joined(separator: "_").replacing(#/"durationMs":\d+/#, with: "\"durationMs\":0")
            .replacing(#/\d+ ms/#, with: "0 ms")
            // The hash covers the actor too.
            .replacing(#/"hash":"[0-9a-f]{64}"/#, with: "\"hash\":\"\"")
    }

    /// Commands for a new store, in this order. FILE is a file with a tool, OTHER one where the tool differs, PREFIX a
    /// key's.
    private static let script: [[String]] = [
        ["status"], ["target", "list"], ["tenant", "list"], ["key", "list"], ["permission", "list"],
        ["subscription", "list", "--state", "pending"], ["limit", "list"], ["usage"], ["audit", "verify"],
        ["calls"], ["calls", "--since", "1h", "--status", "error"], ["calls", "--id", "x"],
        ["calls", "--key", "X"],
        ["calls", "--tenant", "nobody"], ["calls", "--tool", "x___y"], ["calls", "--slowest", "3"],
        ["calls", "--since", "1h", "--until", "2h"], ["calls", "receipt", "x"],
        ["target", "list"], ["reload"],
        ["target", "add", "time", "--function", "fn", "--contract", "mcp-wrapper", "--tools", "FILE"],
        ["target", "add", "time", "--function", "fn", "--contract", "mcp-wrapper"],
        ["target", "add", "ok", "--function", "no such:thing:x", "--contract", "mcp-wrapper"],
        ["target", "refresh", "time"],
        ["target", "test", "time"], ["target", "show", "time"], ["target", "update", "time", "--region="],
        ["target", "disable", "time", "--dry-run"], ["target", "disable", "time"],
        ["target", "enable", "time"], ["status"],
        ["target", "list"], ["tool", "list"], ["tool", "show", "time___now"],
        ["tool", "show", "time___nothing"],
        ["tenant", "create", "acme", "--title", "A\u{301}cme \"quoted\" / 東京", "--label", "plan=gold"],
        ["tenant", "create", "acme"], ["tenant", "create", "b", "--title", "a\u{1B}b"],
        ["tenant", "update", "acme", "--label", "x=y", "--contact", "ada"], ["tenant", "show", "acme"],
        ["tenant", "suspend", "acme"], ["tenant", "resume", "acme"], ["tenant", "show", ".."],
        ["tenant", "show", "../../targets/time"], ["tenant", "show", "a b%2F?&=#"], ["tenant", "list"],
        ["permission", "allow", "acme", "time___*"], ["permission", "deny", "acme", "*___delete_?"],
        ["permission", "list"], ["permission", "explain", "acme", "time___now"],
        ["subscription", "request", "acme", "time", "--reason", "a + b & c"], ["subscription", "show", "1"],
        ["subscription", "approve", "1", "--expires", "2099-01-01", "--tools", "time___*"],
        ["subscription", "approve", "1"], ["subscription", "list"],
        ["permission", "explain", "acme", "time___now"],
        ["target", "update", "time", "--tools", "OTHER"], ["target", "refresh"],
        ["tool", "list", "--waiting"],
        ["tool", "approve", "time___now", "--dry-run"], ["tool", "impact", "time___now", "--since", "7d"],
        ["tool", "approve", "time___now", "--tenant", "acme"],
        ["tool", "quarantine", "time___now"], ["tool", "approve", "time___now"],
        ["tool", "alias", "time___now", "clock", "--dry-run"], ["tool", "alias", "time___now", "clock"],
        ["tool", "list"], ["tool", "list", "--state", "refused"], ["tool", "show", "time___clock"],
        ["tool", "show", "time___now"], ["tool", "alias", "time___nothing", "x"],
        ["permission", "explain", "acme", "time___clok"], ["tool", "list", "--tenant", "acme"],
        ["tool", "alias", "time___clock", "--remove"], ["tool", "alias", "time___clock", "--remove"],
        ["subscription", "revoke", "1", "--reason", "over"], ["subscription", "deny", "1"],
        ["limit", "set", "tenant", "acme", "--rate", "50/s", "--burst", "100"],
        ["limit", "set", "tenant-tool", "acme/time___now", "--quota", "5/day"], ["limit", "list"],
        ["limit", "set", "tenant", "acme", "--budget", "50usd/month", "--budget", "0.25usd/day"],
        ["limit", "list", "--tenant", "acme"], ["limit", "set", "tenant", "acme", "--budget", "none/day"],
        ["limit", "remove", "tenant", "acme", "--dry-run"], ["limit", "remove", "tenant", "acme"],
        ["limit", "remove", "tenant", "acme"], ["key", "issue", "acme", "--expires", "90d", "--rate", "1/s"],
        ["key", "list", "acme"], ["permission", "explain", "acme", "time___now", "--key", "PREFIX"],
        ["key", "show", "PREFIX"], ["key", "show", "zzzzzzzz"], ["tool", "list", "--key", "PREFIX"],
        ["tool", "list", "--tenant", "acme", "--key", "PREFIX", "--state", "hidden"],
        ["permission", "explain", "acme", "time___now", "--quiet"],
        ["usage", "--by", "tenant,tool", "--by", "month", "--until", "2026-01-02", "--key", "PREFIX"],
        ["usage", "--tool", "time___clok"], ["usage", "--since", "2026-01-02", "--until", "2026-01-01"],
        ["key", "rotate", "PREFIX", "--overlap", "1h"], ["key", "revoke", "PREFIX"],
        ["key", "revoke", "zzzzzzzz"],
        ["usage", "--by", "day", "--since", "2026-01-01"], ["usage", "unused", "--since", "90d"],
        ["usage", "--by", "outcome,hour", "--since", "24h", "--sort", "trend"],
        ["permission", "remove", "acme", "time___*"],
        ["tenant", "remove", "acme"], ["tenant", "remove", "acme", "--force"],
        ["tenant", "list", "--removed"],
        ["target", "remove", "time", "--dry-run"], ["target", "remove", "time"],
        ["audit", "list", "--limit", "0"], ["audit", "list", "--action", "key."],
    ]

    @Test(arguments: ["table", "json"])
    func `each verb prints the same here and with url`(format: String) async throws {
        try await withBoth { local, remote, url in
            var prefixes: [(local: String, remote: String)] = []
            for words in Self.script {
                func prepared(_ cli: CommandLine, _ prefix: String) throws -> [String] {
                    try words.map { word in
                        switch word {
                        case "FILE": try cli.declareTools(["now"])
                        case "OTHER": try cli.declareTools(["now"], describing: "Tells all.")
                        case "PREFIX": prefix
                        default: word
                        }
                    } + ["-o", format]
                }
                let here = await local.run(words: try prepared(local, prefixes.first?.local ?? ""))
                let there = await remote.run(
                    words: try prepared(remote, prefixes.first?.remote ?? "") + ["--url", url]
                )
                if words[0] == "key", ["issue", "rotate"].contains(words[1]) {
                    prefixes.append((prefix(in: here.out), prefix(in: there.out)))
                }
                #expect(here.status == there.status, "\(words) \(here.err) \(there.err)")
                let (ours, theirs) = (prefixes.map { $0.local }, prefixes.map { $0.remote })
                #expect(normalised(here.out, ours) == normalised(there.out, theirs), "\(words)")
                #expect(normalised(here.err, ours) == normalised(there.err, theirs), "\(words)")
                #expect(!there.err.contains("remotesecret") && !there.out.contains("remotesecret"))
            }
            #expect(prefixes.count == 2 && prefixes.allSatisfy { $0.local.count == 8 })
        }
    }

    /// The key's prefix in an answer, 8 characters.
    private func prefix(in text: String) -> String {
        guard let mark = text.firstRange(of: "mgw_") else { return "" }
        return String(text[mark.upperBound...].prefix(8))
    }

    @Test func `long lists come whole, page by page`() async throws {
        try await withBoth { _, remote, url in
            _ = await remote.run("tenant", "create", "acme", "--url", url)
            for index in 0..<30 {
                _ = await remote.run("permission", "allow", "acme", "t\(index)___*", "--url", url)
            }
            let all = await remote.run("permission", "list", "--url", url, "-o", "json").json["permissions"]
            #expect(all?.arrayValue?.count == 30)
            let events = await remote.run("audit", "list", "--limit", "7", "--url", url, "-o", "json")
            #expect(events.json["events"]?.arrayValue?.count == 7)
        }
    }

    @Test(arguments: [
        ("http://gateway.example:3001", "could read the token"), ("ftp://x", "not a URL"),
        ("https://", "not a URL"),
        ("http://user@127.0.0.1", "not a URL"), ("http://127.0.0.1:1", "no answer from http://127.0.0.1:1"),
        ("http://localhost.example.com:3001", "could read the token"), ("", "not a URL"),
    ])
    func `an address that can't be used is refused before the token is sent`(_ url: String, _ says: String)
        async throws
    {
        try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": Self.token]) { cli in
            let outcome = await cli.run("tenant", "list", "--url=\(url)")
            #expect(outcome.status == (says == "not a URL" ? 64 : 1) && outcome.out.isEmpty)
            #expect(outcome.err.contains(says), "\(outcome.err)")
            #expect(!outcome.err.contains("remotesecret"))
        }
    }

    @Test func `a token that is missing, misshapen or wrong says what to do`() async throws {
        try await withBoth { local, _, url in
            let without = await local.run("tenant", "list", "--url", url)
            #expect(without.status == 1 && without.err.contains("MCP_GATEWAY_ADMIN_TOKEN"))
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_x\r\nX-Evil: 1"]) {
                cli in
                let bad = await cli.run("tenant", "list", "--url", url)
                #expect(bad.status == 1 && !bad.err.contains("Evil"))
            }
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_x_wrong"]) { cli in
                let wrong = await cli.run("tenant", "list", "--url", "\(url)/admin/v1/")
                #expect(wrong.status == 1 && wrong.err.contains("did not accept the admin token"))
                #expect(!wrong.err.contains("mgwa_x"))
            }
        }
    }

    @Test func `another program's answer is recognized as not a gateway's`() async throws {
        try await withServer(handler: { $0.respond(Response(status: 404)) }) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": Self.token]) { cli in
                let outcome = await cli.run("tenant", "list", "--url", "http://127.0.0.1:\(port)")
                #expect(outcome.status == 1 && outcome.err.contains("status 404, but no JSON"))
            }
        }
    }

    @Test(arguments: [
        ["status"], ["target", "list"], ["target", "show", "x"], ["target", "test", "x"],
        ["target", "refresh"], ["target", "discover"],
        ["target", "add", "x", "--function", "f", "--contract", "mcp-wrapper"], ["target", "remove", "x"],
        ["tool", "list"],
        ["tool", "list", "--waiting"], ["tool", "list", "--tenant", "x"], ["key", "show", "x"],
        ["tool", "show", "x"], ["tool", "approve", "x"],
        ["tool", "quarantine", "x"],
        ["tenant", "list"], ["tenant", "show", "x"], ["tenant", "suspend", "x"], ["key", "list"],
        ["key", "issue", "x"], ["key", "rotate", "x"], ["key", "revoke", "x"], ["permission", "list"],
        ["permission", "allow", "x", "y"], ["permission", "explain", "x", "y"],
        ["permission", "remove", "x", "y"],
        ["subscription", "list"], ["subscription", "show", "1"], ["subscription", "request", "x", "y"],
        ["subscription", "deny", "1"], ["limit", "list"], ["limit", "set", "tenant", "x", "--rate", "1/s"],
        ["usage"], ["usage", "--by", "tenant,outcome", "--by", "hour"], ["usage", "unused"],
        ["audit", "list"], ["audit", "verify"], ["target", "logs", "x"],
        ["calls"], ["calls", "--id", "x"], ["calls", "receipt", "x"], ["calls", "receipt-key"],
    ])
    func `nothing that a server says steers a terminal`(words: [String]) async throws {
        let evil = "\u{1B}]0;owned\u{07}\u{9B}2J\u{202E}\u{200B}\u{2028}"
        let names = [
            "name", "function", "lastError", "title", "description", "state", "contact", "tenant", "target",
            "id",
            "prefix", "key", "effect", "pattern", "reason", "tool", "scope", "rate", "burst", "dayQuota",
            "actor",
            "action", "object", "headHash", "error", "requestedBy", "decidedBy", "requestReason",
            "decisionReason",
            "severity", "subject", "message", "next", "version", "agents", "admin",
            "previousSha256", "sha256", "diff", "createdAtMs", "durationMs",
            "hint", "subscriptionState", "tenantState", "useFrom", "day", "month",
            "hour", "outcome", "kind", "costUSD",
            "stream", "text", "code", "client", "ownName", "subject", "revision", "lambdaRequestId",
            "traceId", "executedVersion", "arguments", "result", "shape", "argumentsSha256", "resultSha256",
            "definitionSha256", "fingerprint", "publicKey", "algorithm", "hash", "gateway",
        ]
        let flat = JSONObject(names.map { ($0, .string(evil)) })
        var item = flat
        for name in ["allow", "deny", "requestedTools", "approvedTools", "allowedBy", "tenants", "faults"] {
            item[name] = [.string(evil)]
        }
        item["labels"] = .object(JSONObject([(evil, .string(evil))]))
        item["after"] = .object(JSONObject([(evil, .string(evil))]))
        item["before"] = item["after"]
        item["definition"] = item["after"]
        for name in ["access", "limit"] { item[name] = .object(flat) }
        if words[0] == "calls" {
            // For `calls` only, because a document of a megabyte in each row takes the debug build minutes.
            for name in ["call", "caller", "issuer", "subscription", "audit", "head", "atCall"] {
                item[name] = .object(flat)
            }
            item["audit"] = .object(item)
        }
        for name in ["refused", "changes", "subscriptions", "use", "functions", "regions"] {
            item[name] = [.object(flat)]
        }
        var answer = item
        for name in [
            "attention", "targets", "tools", "tenants", "keys", "permissions", "subscriptions", "limits",
            "events",
            "usage",
            "removed", "lines", "discoveries", "unused", "calls",
        ] where name != "tenants" || words[0] == "tenant" {
            answer[name] = [.object(item)]
        }
        answer["replaces"] = .object(item)
        answer["server"] = .object(item)
        let body = ByteBuffer(JSONValue.object(answer).text)
        let response = Response(status: 200, contentType: .json, body: body)
        try await withServer(handler: { $0.respond(response) }) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": Self.token]) { cli in
                for format in ["table", "json"] {
                    let outcome = await cli.run(
                        words: words + ["--url", "http://127.0.0.1:\(port)", "-o", format]
                    )
                    let shown = outcome.out + outcome.err
                    #expect(!shown.isEmpty)
                    let hidden = shown.unicodeScalars.filter {
                        $0 != "\n" && ["\u{202E}", "\u{200B}", "\u{2028}"].contains($0)
                            || $0 != "\n" && $0.properties.generalCategory == .control
                    }
                    #expect(hidden.isEmpty, "\(words) \(format): \(shown.debugDescription)")
                }
            }
        }
    }

    @Test func `a list that never ends is given up`() async throws {
        let body = ByteBuffer(#"{"tenants":[{"name":"again"}],"nextCursor":"again"}"#)
        let response = Response(status: 200, contentType: .json, body: body)
        try await withServer(handler: { $0.respond(response) }) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": Self.token]) { cli in
                let outcome = await cli.run("tenant", "list", "--url", "http://127.0.0.1:\(port)")
                #expect(outcome.status == 1 && outcome.err.contains("has no end"))
            }
        }
    }
}
