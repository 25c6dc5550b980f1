@testable import AdminCLI
import AdminAPI
import Bytes
import EventLoop
import FoundationEssentials
import HTTP
import HTTPServer
import JSON
import REST
import Telemetry
import Synchronization
import TestSupport
import Testing

/// `calls` and its subcommands, on files of records.
struct CallsVerbTests {
    /// Friday, 2027-01-15T08:00:00Z
    private static let nowMs: Int64 = 1_800_000_000_000

    private static let calls: [TestCall] = (0..<6).map { number in
        var call = TestCall(number, atMs: nowMs - Int64(6 - number) * 60_000)
        if number % 2 == 1 {
            (call.tenant, call.tenantID, call.key, call.subject) = ("team-b", 2, nil, "ann")
        }
        if number == 4 { (call.outcome, call.code) = (.timedOut, "timed_out") }
        call.durationUs = UInt32(1_000 + number * 100_000)
        return call
    }

    private func withCalls(
        _ calls: [TestCall] = Self.calls,
        config: String = "",
        _ body: (CommandLine) async throws -> Void
    ) async throws {
        try await withCommandLine(config: config, nowMs: { Self.nowMs }) { cli in
            for tenant in ["acme", "team-b"] { _ = await cli.run("tenant", "create", tenant) }
            try record(calls, into: "\(cli.folder)/var/records")
            try await body(cli)
        }
    }

    @Test func `the newest calls come first, and 80 columns show what matters`() async throws {
        try await withCalls { cli in
            let outcome = await cli.run("calls", columns: 80)
            #expect(outcome.status == 0, "\(outcome.err)")
            let lines = outcome.out.split(separator: "\n").map { String($0) }
            #expect(lines.count == 7 && lines.allSatisfy { $0.count <= 80 }, "\(outcome.out)")
            for word in ["TIME", "TENANT", "KEY", "TOOL", "OUTCOME", "TOOK"] {
                #expect(lines[0].contains(word))
            }
            #expect(lines[1].hasPrefix("2027-01-15 07:59") && lines[1].contains("sub:ann"))
            #expect(lines[2].contains("timed_out") && lines[2].contains("3k9x0v2a"))
            #expect(lines[1].contains("crm___delete_customer") && lines[1].contains("501 ms"))
        }
    }

    @Test func `one command line finds who called a tool in a given minute`() async throws {
        try await withCalls { cli in
            let words = [
                "calls", "--tool", "crm___delete_customer", "--since", "07:56", "--until", "07:56", "-o",
                "json",
            ]
            let outcome = await cli.run(words: words)
            let calls = outcome.json["calls"]?.arrayValue ?? []
            #expect(calls.map { $0["id"]?.stringValue } == [Self.calls[2].id], "\(outcome.out)\(outcome.err)")
            #expect(calls[0]["tenant"] == "acme" && calls[0]["key"] == "3k9x0v2a")
        }
    }

    @Test func `each output form has all calls, and lines come page by page`() async throws {
        try await withCalls { cli in
            let ids = Self.calls.reversed().map { $0.id }
            #expect(await cli.run("calls", "-o", "name").out == ids.map { $0 + "\n" }.joined())
            let lines = await cli.run("calls", "-o", "jsonl").out.split(separator: "\n")
            #expect(lines.compactMap { (try? JSONValue(parsing: String($0)))?["id"]?.stringValue } == ids)
            let csv = await cli.run("calls", "-o", "csv").out
            let rows = csv.split(separator: "\r\n").map { String($0) }
            #expect(rows.count == 7 && rows[0].hasPrefix("id,atMs,tenant,key,subject,target,tool,"))
            #expect(rows[1].hasPrefix("\(ids[0]),"), "\(rows[1])")
            let wide = await cli.run("calls", "-o", "wide", columns: 80)
            #expect(wide.out.contains(ids[0]) && wide.out.contains("0.000000252"))
        }
    }

    @Test func `calls can be limited to the slowest, the newest or one outcome`() async throws {
        try await withCalls { cli in
            func found(_ words: String...) async -> [String] {
                await cli.run(words: ["calls", "-o", "name"] + words).out.split(separator: "\n").map {
                    String($0)
                }
            }
            #expect(await found("--slowest", "2") == [5, 4].map { Self.calls[$0].id })
            #expect(await found("--limit", "1") == [Self.calls[5].id])
            #expect(await found("--limit", "0").count == 6)
            #expect(await found("--status", "error") == [Self.calls[4].id])
            #expect(await found("--status", "ok", "--status", "timed_out").count == 6)
            #expect(await found("--key", "3k9x0v2a", "--since", "3m") == [Self.calls[4].id])
        }
    }

    @Test func `one call is shown in full, whichever of its ids is given`() async throws {
        try await withCalls { cli in
            for id in [Self.calls[4].id, Self.calls[4].lambdaRequestID] {
                let outcome = await cli.run("calls", "--id", id)
                #expect(outcome.status == 0, "\(outcome.err)")
                for word in [
                    "acme", "3k9x0v2a", "timed_out", "claude 1.0", "2026-07-28", "not taken", "256 MB",
                ] {
                    #expect(outcome.out.contains(word), "\(word) \(outcome.out)")
                }
                let json = await cli.run("calls", "--id", id, "-o", "json").json
                #expect(json["calls"]?[0]?["id"] == .string(Self.calls[4].id))
            }
            let none = await cli.run("calls", "--id", "x")
            #expect(none.status == 1 && none.err.contains("no call with that id"))
        }
    }

    @Test func `an unknown name is an error, and a known name without calls gives an empty list`()
        async throws
    {
        try await withCalls { cli in
            let unknown = await cli.run("calls", "--tenant", "nobody")
            #expect(
                unknown.status == 1 && unknown.err.contains("there is no tenant nobody"),
                "\(unknown.err)"
            )
            let tool = await cli.run("calls", "--tool", "crm___nothing")
            #expect(tool.status == 1 && !tool.err.isEmpty)
            let none = await cli.run("calls", "--tenant", "acme", "--since", "1s")
            #expect(none.status == 0 && none.out.isEmpty && none.err.contains("no such calls"))
        }
    }

    @Test(arguments: [
        ["--id", "x", "--limit", "1"], ["--slowest", "1", "--limit", "1"], ["--slowest", "1", "--follow"],
        ["--follow", "--until", "1h"], ["--since", "1h", "--until", "2h"], ["--status", "ok,maybe"],
        ["-o", "xml"],
    ])
    func `options that contradict each other are a misuse`(words: [String]) async throws {
        try await withCalls { cli in
            let outcome = await cli.run(words: ["calls"] + words)
            #expect(outcome.status == 64 && outcome.out.isEmpty, "\(outcome.out)")
        }
    }

    // MARK: Hostile names

    private static let hostile = [
        String(repeating: "x", count: 10_000), "\u{1B}]0;owned\u{07}\u{9B}2J", "<script>alert(1)</script>",
        "'; DROP TABLE call; --", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\ttab", "\rreturn",
        "\u{202E}gnp",
        "a,b\"c\r\nd", "\u{FF1D}1+1", "\u{200B}\u{2028}", "\u{0}",
    ]

    @Test(arguments: hostile)
    func `a hostile name is harmless in every output`(_ name: String) async throws {
        var call = TestCall(1, atMs: Self.nowMs - 60_000)
        (call.target, call.tool, call.client) = (nil, name, name)
        (call.key, call.subject, call.code) = (nil, name, name)
        try await withCalls([call]) { [call] cli in
            for form in ["table", "wide", "json", "jsonl", "name"] {
                for words in [["calls"], ["calls", "--id", call.id], ["calls", "receipt", call.id]] {
                    if words.count == 3, words[1] == "receipt", !["table", "json"].contains(form) {
                        continue
                    }
                    let outcome = await cli.run(words: words + ["-o", form], columns: 80)
                    #expect(outcome.status == 0 && !outcome.out.isEmpty, "\(words) \(form) \(outcome.err)")
                    let steering = (outcome.out + outcome.err).unicodeScalars.filter {
                        $0 != "\n"
                            && ($0.properties.generalCategory == .control
                                || ["\u{202E}", "\u{200B}", "\u{2028}"].contains($0))
                    }
                    #expect(steering.isEmpty, "\(words) \(form)")
                }
            }
            let json = await cli.run("calls", "-o", "json").json["calls"]?[0]
            #expect(json?["tool"]?.stringValue?.isEmpty == false)
            let csv = await cli.run("calls", "-o", "csv").out
            for cell in Self.cells(csv) {
                let first = cell.unicodeScalars.first
                let isFormula = first.map { ["=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}"].contains($0) }
                #expect(isFormula != true, "\(cell.debugDescription)")
            }
            let hidden = csv.unicodeScalars.filter {
                $0.properties.generalCategory == .control && !["\t", "\r", "\n"].contains($0)
            }
            #expect(hidden.isEmpty)
        }
    }

    /// The cells as a spreadsheet reads them. Source: RFC 4180
    private static func cells(_ csv: String) -> [String] {
        var cells: [String] = [], cell = "", isQuoted = false, wasQuote = false
        for scalar in csv.unicodeScalars {
            if wasQuote {
                wasQuote = false
                if scalar == "\"" {
                    cell.unicodeScalars.append(scalar)
                    continue
                }
                isQuoted = false
            }
            switch scalar {
            case "\"" where isQuoted: wasQuote = true
            case "\"" where cell.isEmpty: isQuoted = true
            case ",", "\n", "\r":
                guard !isQuoted else {
                    cell.unicodeScalars.append(scalar)
                    continue
                }
                cells.append(cell)
                cell = ""
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return cells.filter { !$0.isEmpty }
    }

    @Test func `cells of a table for spreadsheets are quoted as the standard says, and numbers stay numbers`()
    {
        let item: JSONValue = [
            "a": "x,y", "b": "say \"hi\"", "c": -5, "d": "-5", "e": .null, "f": true, "g": ["p", "q"],
        ]
        let row = CSV.row(item, ["a", "b", "c", "d", "e", "f", "g", "h"])
        #expect(row == "\"x,y\",\"say \"\"hi\"\"\",-5,\"'-5\",,true,p q,\r\n")
        #expect(CSV.head(["a", "b"]) == "a,b\r\n")
    }

    // MARK: Receipts

    @Test func `a receipt is issued, kept in a file and checked without a store`() async throws {
        var call = TestCall(1, atMs: Self.nowMs - 60_000)
        (call.arguments, call.result) = (#"{"id":7}"#, #"{"content":[]}"#)
        try await withCalls([call]) { [call] cli in
            func file(_ name: String, _ text: String) throws -> String {
                try Data(text.utf8).write(to: URL(filePath: "\(cli.folder)/\(name)"))
                return "\(cli.folder)/\(name)"
            }
            let issued = await cli.run("calls", "receipt", call.id, "-o", "json")
            #expect(issued.status == 0, "\(issued.err)")
            let summary = await cli.run("calls", "receipt", call.id)
            #expect(summary.out.contains("crm___delete_customer") && summary.out.contains("last audit event"))
            let receipt = try file("receipt.json", issued.out)
            let key = try file("key.json", await cli.run("calls", "receipt-key", "-o", "json").out)
            let arguments = try file("arguments.json", (call.arguments ?? "") + "\n")
            let result = try file("result.json", call.result ?? "")

            let alone = await cli.run("calls", "verify", receipt)
            #expect(
                alone.status == 0 && alone.out.contains("vouches for itself only"),
                "\(alone.out)\(alone.err)"
            )
            let whole = await cli.run(
                words: [
                    "calls", "verify", receipt, "--public-key", key, "--arguments", arguments, "--result",
                    result,
                    "--store", "\(cli.folder)/var/gateway.db",
                ]
            )
            #expect(whole.status == 0, "\(whole.out)\(whole.err)")
            for text in [
                "issuer that is trusted", "the arguments are those", "the result is that", "chain is whole",
            ] {
                #expect(whole.out.contains(text), "\(text)")
            }
            let json = await cli.run("calls", "verify", receipt, "--public-key", key, "-o", "json").json
            #expect(json["ok"] == true && json["pinned"] == true && json["inChain"] == .null)

            let swapped = await cli.run("calls", "verify", receipt, "--arguments", result)
            #expect(swapped.status == 1 && swapped.out.contains("NOT GOOD: the arguments given"))
            let forged = try file(
                "forged.json",
                issued.out.replacing("crm___delete_customer", with: "crm___find")
            )
            let refused = await cli.run("calls", "verify", forged, "-o", "json")
            #expect(refused.status == 1 && refused.json["signed"] == false)
        }
    }

    @Test(arguments: ["{}", "", "no json", "[1]"])
    func `a file that isn't a receipt fails with that reason`(text: String) async throws {
        try await withCommandLine(hasStore: false) { cli in
            try Data(text.utf8).write(to: URL(filePath: "\(cli.folder)/r.json"))
            let outcome = await cli.run("calls", "verify", "\(cli.folder)/r.json")
            #expect(outcome.status == 1 && outcome.out.contains("this is not a receipt"))
            #expect(!FileManager.default.fileExists(atPath: "\(cli.folder)/var"))
        }
    }

    @Test func `a missing receipt or key fails with its name`() async throws {
        try await withCommandLine(hasStore: false) { cli in
            let missing = await cli.run("calls", "verify", "\(cli.folder)/none.json")
            #expect(missing.status == 1 && missing.err.contains("none.json"))
            try Data("{}".utf8).write(to: URL(filePath: "\(cli.folder)/r.json"))
            let key = await cli.run("calls", "verify", "\(cli.folder)/r.json", "--public-key", "nokey")
            #expect(key.status == 1 && key.err.contains("public key"))
        }
    }

    // MARK: Following

    @Test func `following shows the last calls, then each new one once, until the output is closed`()
        async throws
    {
        try await withCalls { cli in
            let folder = "\(cli.folder)/var/records"
            // Today's, the next day's, then the previous day's.
            let later = [
                TestCall(100, atMs: Self.nowMs + 1_000), TestCall(101, atMs: Self.nowMs + 86_400_000),
                TestCall(102, atMs: Self.nowMs - 86_400_000),
            ]
            let seen = Locked<[String]>([])
            let status = await cli.follow(["calls", "--follow", "--limit", "2", "-o", "name"]) { text in
                let ids = text.split(separator: "\n").map { String($0) }
                seen.withLock { $0 += ids }
                let count = seen.withLock { $0.count }
                if count >= 2, count - 2 < later.count { try? record([later[count - 2]], into: folder) }
                return count < 2 + later.count
            }
            #expect(status == 1)
            #expect(seen.withLock { $0 } == [Self.calls[4].id, Self.calls[5].id] + later.map { $0.id })
        }
    }

    @Test func `a server that is away for a while is asked again from the same place`() async throws {
        let answers = [
            #"{"calls":[{"id":"old"}],"nextCursor":null,"last":"p0","faults":[]}"#,
            #"{"calls":[{"id":"a"}],"nextCursor":null,"last":"p1","faults":[]}"#, nil,
            #"{"calls":[{"id":"b"},{"id":"old"}],"nextCursor":null,"last":"p2","faults":[]}"#,
            #"{"calls":[{"id":"c"}],"nextCursor":null,"last":"p3","faults":[]}"#,
        ]
        let asked = Locked<[String]>([])
        try await withServer(
            handler: { exchange in
                let number = asked.withLock { all in
                    all.append(exchange.request.query)
                    return all.count - 1
                }
                guard let answer = answers[min(number, answers.count - 1)] else {
                    return exchange.respond(
                        Response(
                            status: 503,
                            contentType: .json,
                            body: ByteBuffer(#"{"detail":"going down"}"#)
                        )
                    )
                }
                exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(answer)))
            }
        ) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_12345678_x"]) { cli in
                let seen = Locked("")
                let words = [
                    "calls", "-f", "-o", "name", "--tenant", "acme", "--url", "http://127.0.0.1:\(port)",
                ]
                _ = await cli.follow(words) { text in
                    seen.withLock {
                        $0 += text
                        return !$0.contains("c\n")
                    }
                }
                #expect(seen.withLock { $0 } == "old\na\nb\nc\n")
                let places = asked.withLock { $0 }.map { target in
                    target.split(separator: "&").first { $0.contains("after=") }.map { String($0.suffix(2)) }
                }
                #expect(places == [nil, "p0", "p1", "p1", "p2"])
                #expect(asked.withLock { $0 }.allSatisfy { $0.contains("tenant=acme") })
            }
        }
    }

    @Test(arguments: [401, 403, 404])
    func `following ends when the server refuses the request`(status: Int) async throws {
        let count = Locked(0)
        let first = #"{"calls":[],"nextCursor":null,"last":"p0","faults":[]}"#
        try await withServer(
            handler: { exchange in
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                let body = isFirst ? first : #"{"detail":"no"}"#
                exchange.respond(
                    Response(status: isFirst ? 200 : status, contentType: .json, body: ByteBuffer(body))
                )
            }
        ) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_12345678_x"]) { cli in
                let outcome = await cli.run("calls", "-f", "--url", "http://127.0.0.1:\(port)")
                #expect(outcome.status == 1 && !outcome.err.isEmpty)
                #expect(count.withLock { $0 } == 2)
            }
        }
    }
}
