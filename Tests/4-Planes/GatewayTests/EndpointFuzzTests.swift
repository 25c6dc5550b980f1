import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// Mutated requests from a fixed seed, so that any failure can be repeated.
struct EndpointFuzzTests {
    /// SplitMix64. Source: https://prng.di.unimi.it/splitmix64.c
    struct Random {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }

        mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
    }

    private static let seeds: [Ask] = [
        .modernCall("time___now", #"{"a":[1.50,"x\u0041",null]}"#),
        .modernCall("rpc___query", #"{"region":"eu","limit":3}"#).adding("Mcp-Param-Region", "eu")
            .adding("Mcp-Param-Limit", "3"),
        .modern("tools/list", #""cursor":"AQ""#, id: #""s""#), .modern("server/discover"),
        .legacyCall("rpc___echo", #"{"b":{}}"#, id: #""é""#),
        .legacyCall("time___convert_time", version: "2025-03-26"),
        .legacy("tools/list", version: "2025-11-25"), .initialize("2025-06-18"), .legacy("ping"),
        .legacy("notifications/initialized", id: nil), .legacy("logging/setLevel", #"{"level":"info"}"#),
        .legacy("notifications/cancelled", #"{"requestId":1,"reason":"late"}"#, id: nil),
        .post("[\(Ask.message("ping")),\(Ask.message("tools/call", #"{"name":"time___now"}"#, id: "2"))]"),
        .modern("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#),
        Ask().method("GET"),
        Ask().method("DELETE").with("Mcp-Session-Id", String(repeating: "A", count: 56)),
    ]

    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "-1", "1e999",
            "0.5",
            "{}", "[]", "\"\"", "\u{feff}", "\u{0}", "\u{1f600}", "2.0", "2026-07-28", "2025-03-26", "v999",
            "io.modelcontextprotocol/protocolVersion", "_meta", "params", "\"id\":7,", "\"id\":null,",
            "initialize",
            "time___held", "=?base64?", "?=", "*/*", "Bearer ", ".",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    private static func mutated(_ bytes: [UInt8], _ random: inout Random) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(3) {
            let place = random.below(bytes.count + 1)
            let end = min(bytes.count, place + random.below(10))
            switch random.below(6) {
            case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1, 2: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
            case 3: bytes.replaceSubrange(place..<end, with: pieces[random.below(pieces.count)])
            case 4: bytes.removeSubrange(place..<end)
            default: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
            }
        }
        return bytes
    }

    private static func mutated(_ ask: Ask, _ random: inout Random) -> Ask {
        var ask = ask
        if random.below(4) > 0 { ask.body = mutated(ask.body, &random) }
        if random.below(3) == 0 {
            let index = random.below(ask.fields.count)
            switch random.below(4) {
            case 0: ask.fields.remove(at: index)
            case 1: ask.fields.append(ask.fields[index])
            default:
                // A field's value may have any bytes except controls; bytes that aren't UTF-8 are tested elsewhere.
                let value = mutated(Array(ask.fields[index].value.utf8), &random).filter {
                    $0 >= 32 && $0 < 127
                }
                ask.fields[index].value = String(decoding: value, as: UTF8.self)
            }
        }
        return ask
    }

    private static let statuses: Set = [200, 202, 400, 401, 403, 404, 405, 406, 415]

    private static let librarySeeds: [Ask] = [true, false].flatMap { isModern -> [Ask] in
        [
            .message("prompts/list", #""cursor":"AQ""#, isModern: isModern),
            .message("resources/list", "", isModern: isModern),
            .message("resources/templates/list", "", isModern: isModern),
            .prompt("docs___search", #"{"city":"Oslo"}"#, isModern: isModern),
            .read("mcp-gateway://docs/file:///a%20b/c", isModern: isModern),
            .read("file:///a", isModern: isModern),
            .complete(#"{"type":"ref/prompt","name":"wiki___report"}"#, isModern: isModern),
            .complete(#"{"type":"ref/resource","uri":"file:///{+path}"}"#, isModern: isModern),
        ]
    }

    @Test func `6,000 mutated requests: known status, valid JSON, the request's own id`() async throws {
        try await withAgents { agents in try await Self.answersSoundly(agents, Self.seeds) }
    }

    @Test func `6,000 mutated requests for prompts and resources: the same, and none of what is held back`()
        async throws
    {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { sent in
                FakeUpstream.answer(
                    #"{"messages":[],"contents":[{"uri":"a:b","text":"t"}],"completion":{"values":[]}}"#,
                    for: sent.target == "docs" ? "jsonrpc" : "mcp-wrapper"
                )
            }
            try await Self.answersSoundly(agents, Self.librarySeeds)
            #expect(agents.upstream.sent.count > 500)
            #expect(!agents.upstream.sent.contains { $0.payload.contains("held") })
        }
    }

    private static func answersSoundly(_ agents: Agents, _ seeds: [Ask]) async throws {
        var random = Random(state: 1)
        var (parsed, served) = (0, 0)
        for round in 0..<6_000 {
            let ask = Self.mutated(seeds[round % seeds.count], &random)
            guard let request = try? ask.request() else { continue }
            parsed += 1
            let reply = Reply(await agents.endpoint.answer(request, cancellation: nil))
            if !Self.statuses.contains(reply.status) { Issue.record("\(reply.status): \(ask)") }
            if reply.status == 200 { served += 1 }
            guard reply.contentType == "application/json" else { continue }
            let answer = reply.json
            guard let outcome = answer.objectValue ?? answer.arrayValue?.first?.objectValue,
                (outcome["result"] == nil) != (outcome["error"] == nil)
            else {
                Issue.record("\(ask) has the answer \(reply.body)")
                continue
            }
            guard let id = answer["id"], !id.isNull else { continue }
            // A message with an id that can be repeated is sound JSON, or the envelope has a fault.
            let asked = try? JSONValue(parsing: ask.body.span)
            if let asked, asked["id"] != id { Issue.record("\(ask) has the id of \(reply.body)") }
        }
        #expect(parsed > 4_000)
        #expect(served > 500, "too few mutations are still served: the test proves little")
    }

    @Test func `2,000 mutated requests without a valid key: none is served, none reaches a function`()
        async throws
    {
        try await withAgents { agents in
            var random = Random(state: 2)
            let bad = [Keys.unknown, Keys.revoked, Keys.expired, Keys.suspended, ""]
            for round in 0..<2_000 {
                var ask = Self.mutated(Self.seeds[round % Self.seeds.count], &random)
                ask = ask.with("Authorization", round % 6 == 5 ? nil : "Bearer \(bad[round % bad.count])")
                guard let request = try? ask.request() else { continue }
                let status = Reply(await agents.endpoint.answer(request, cancellation: nil)).status
                if status != 401, status != 403 { Issue.record("\(status): \(ask)") }
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `3,000 mutated answers of functions: the agent gets valid JSON with its id`() async throws {
        try await withAgents { agents in
            var random = Random(state: 3)
            let wrapped = [
                #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"isError\":false}"}"#,
                #"[[{"type":"text","text":"a"}],{"b":1.0}]"#,
                #"{"content":[],"_meta":{"a":{}},"resultType":"complete"}"#,
            ].map { Array($0.utf8) }
            let envelopes = [
                #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"resource_link","uri":"a:b","name":"n"}]}}"#,
                #"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"a":1},"content":[]}}"#,
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}"#,
            ].map { Array($0.utf8) }
            let asks: [Ask] = [
                .modernCall("time___now"), .modernCall("rpc___echo"),
                .legacyCall("time___now", version: "2025-03-26"),
                .legacyCall("rpc___echo", version: "2025-03-26"),
            ]
            let requests = try asks.map { try $0.request() }
            var sound = 0
            for round in 0..<3_000 {
                let payload = Self.mutated((round % 2 == 0 ? wrapped : envelopes)[round % 3], &random)
                agents.upstream.respond = { _ in
                    .answered(UpstreamAnswer(bytes: [1, 2] + payload + [3], payload: 2..<2 + payload.count))
                }
                let reply = Reply(await agents.endpoint.answer(requests[round % 4], cancellation: nil))
                let answer = reply.json
                let isWhole =
                    answer["id"]?.intValue == 1 && (answer["result"] == nil) != (answer["error"] == nil)
                if !isWhole { Issue.record("\(String(decoding: payload, as: UTF8.self)): \(reply.body)") }
                if let result = answer["result"] {
                    if result["content"]?.arrayValue == nil { Issue.record("no content: \(reply.body)") }
                    if result["isError"]?.boolValue != true { sound += 1 }
                }
            }
            #expect(sound > 250)
        }
    }
}
