import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// When records are handed over, in which batches, and how they are bounded.
struct CallRecorderTests {
    // MARK: Batches

    @Test func `a batch is handed over when it is full`() async throws {
        try await withRecords { it in
            // There is no turn of the loop in between, so the timer can't fire.
            for _ in 0..<OpenBatch.recordsMax * 2 + 1 {
                let batch = it.recorder.value.batch(of: it.agents.endpoint.state.names)
                batch.append(CallRecord())
                it.recorder.value.added(to: batch)
            }
            #expect(it.kept.batches.map { $0.records.count } == [256, 256])
            it.recorder.value.handOver()
            #expect(it.kept.batches.map { $0.records.count } == [256, 256, 1])
            it.recorder.value.handOver()
            #expect(it.kept.batches.count == 3)
        }
    }

    @Test func `every call has exactly one record across all batches`() async throws {
        try await withRecords { it in
            for _ in 0..<600 { try await it.agents.expect(200, .legacyCall("time___now")) }
            let calls = it.calls
            #expect(calls.count == 600)
            #expect(Set(calls.map { $0.record.id }).count == 600)
        }
    }

    @Test func `a batch that isn't full is handed over after a quarter of a second`() async throws {
        try await withRecords { it in
            for round in 1...2 {
                let startNs = EventLoop.currentNs
                try await it.agents.expect(200, .modernCall("time___now"))
                #expect(it.kept.batches.count == round - 1)
                await it.kept.next()
                #expect(EventLoop.currentNs - startNs >= 200_000_000)
                #expect(it.kept.batches.count == round)
                #expect(it.kept.calls.count == round)
            }
        }
    }

    @Test
    func `many bytes of arguments fill a batch, and at most the bound is copied of each call`()
        async throws
    {
        try await withRecords(Self.snapshot(keeping: RecordingSettings(arguments: .full))) { it in
            let long = #"{"a":"\#(String(repeating: "x", count: 20_000))"}"#
            for _ in 0..<60 { try await it.agents.expect(200, .modernCall("time___now", long)) }
            #expect(it.kept.batches.count >= 3)
            let most = OpenBatch.bytesMax + CallRecorder.bodyBytesMax
            #expect(it.kept.batches.allSatisfy { $0.bytes.count <= most })
            let calls = it.calls
            #expect(calls.count == 60)
            let kept = String(long.prefix(CallRecorder.bodyBytesMax))
            #expect(calls.allSatisfy { $0.arguments == kept && $0.argumentsAreCut })
        }
    }

    @Test func `shapes are taken of a batch's first calls, and then once for each tool`()
        async throws
    {
        try await withRecords(settings: CallRecorder.Settings(takesShapes: true)) { it in
            let long = #"{"a":"\#(String(repeating: "x", count: 10_000))"}"#
            for _ in 0..<OpenBatch.recordsMax - 2 {
                try await it.agents.expect(200, .modernCall("time___now", long))
            }
            for _ in 0..<2 { try await it.agents.expect(200, .modernCall("time___list", long)) }
            let calls = it.calls
            #expect(calls.count == OpenBatch.recordsMax)
            #expect(calls.allSatisfy { $0.result == nil })
            // On a slow machine there may be more than one batch.
            for batch in it.kept.batches {
                let taken = batch.bodies.map { Int($0.record) }
                let first = min(OpenBatch.shapesMax, batch.records.count)
                #expect(Array(taken.prefix(first)) == Array(0..<first))
                let late = taken.dropFirst(first).map { batch.records[$0].tool }
                #expect(Set(late).count == late.count)
                #expect(
                    batch.bodies.allSatisfy {
                        $0.arguments.isCut && $0.arguments.count == CallRecorder.shapeBytesMax
                    }
                )
            }
        }
    }

    @Test
    func `a tenant has at most refusedMax refused calls recorded in a second, and the rest are counted`()
        async throws
    {
        try await withRecords { it in
            // So many that some are left out even if another second begins meanwhile.
            let sent = 2 * CallRecorder.refusedMax + 50
            for _ in 0..<sent { _ = try await it.agents.send(.modernCall("time___none")) }
            try await it.agents.expect(200, .modernCall("time___now"))
            let calls = it.calls
            let omitted = it.kept.batches.reduce(0) { $0 + $1.omitted }
            #expect(calls.count + omitted == sent + 1)
            #expect(omitted >= 50)
            #expect(calls.last?.outcome == .ok)
        }
    }

    @Test func `a call in flight when the state changes is recorded with the names it began with`()
        async throws
    {
        try await withRecords { it in
            let gate = Gate()
            it.agents.upstream.respond = { _ in
                await gate.pass()
                return FakeUpstream.answer(#"{"content":[]}"#)
            }
            async let first = it.agents.send(.modernCall("time___now"))
            async let second = it.agents.send(.modernCall("time___list"))
            await gate.reached(2)
            // Other tools are at the same positions now.
            let tools = [Sample.tool(0, "alpha"), Sample.tool(0, "beta"), Sample.tool(0, "now")]
            it.agents.publish(Sample.snapshot(version: 2, tools: tools, keys: Array(Sample.keys.reversed())))
            it.agents.publish(Sample.snapshot(version: 3, tools: tools))
            gate.open()
            _ = try await (first, second)
            try await it.agents.expect(200, .modernCall("time___beta"))
            let calls = it.calls
            #expect(calls.compactMap { $0.tool }.sorted() == ["time/beta", "time/list", "time/now"])
        }
    }

    @Test func `a change of the state hands over the open batch`() async throws {
        try await withRecords { it in
            try await it.agents.expect(200, .modernCall("time___now"))
            it.agents.publish(Sample.snapshot(version: 2))
            #expect(it.kept.calls.count == 1)
            // A change of only the targets' health changes no name.
            try await it.agents.expect(200, .modernCall("time___now"))
            it.agents.publish(
                it.agents.endpoint.state.snapshot.replacingHealth([1: TargetHealth(lastError: "x")])
            )
            #expect(it.kept.calls.count == 1)
            #expect(it.calls.count == 2)
        }
    }

    @Test func `after waiting for the calls in flight, their records are there`() async throws {
        try await withRecords { it in
            let gate = Gate()
            it.agents.upstream.respond = { _ in
                await gate.pass()
                return FakeUpstream.answer(#"{"content":[]}"#)
            }
            async let reply = it.agents.send(.legacyCall("time___now"))
            await gate.reached(1)
            async let isDone = it.agents.endpoint.finishCalls(within: .seconds(30))
            gate.open()
            #expect(await isDone)
            #expect(it.calls.map { $0.outcome } == [.ok])
            _ = try await reply
        }
    }

    // MARK: Copies

    /// One tool, `time___now`, with these recording settings.
    private static func snapshot(keeping recording: RecordingSettings) -> Snapshot {
        var target = Sample.targets[0]
        target.recording = recording
        return Snapshot(
            version: 1,
            targets: [target],
            tools: [Sample.tool(0, "now")],
            tenants: Sample.tenants,
            keys: Sample.keys,
            seed: 7
        )
    }

    struct Copies: Sendable {
        let recording: RecordedArguments
        let takesShapes: Bool
        var arguments: String?
        var result: String?
        let hasBody: Bool
    }

    @Test(arguments: [
        Copies(recording: .none, takesShapes: false, hasBody: false),
        Copies(recording: .none, takesShapes: true, arguments: #"{"a":1.0}"#, hasBody: true),
        Copies(
            recording: .redacted,
            takesShapes: false,
            arguments: #"{"a":1.0}"#,
            result: #"{"content":[]}"#,
            hasBody: true
        ),
        Copies(
            recording: .full,
            takesShapes: true,
            arguments: #"{"a":1.0}"#,
            result: #"{"content":[]}"#,
            hasBody: true
        ),
    ])
    func `arguments and results are copied only where the settings want them`(_ row: Copies) async throws {
        let recording = RecordingSettings(arguments: row.recording)
        let snapshot = Self.snapshot(keeping: recording)
        let settings = CallRecorder.Settings(takesShapes: row.takesShapes)
        try await withRecords(snapshot, settings: settings) { it in
            it.agents.upstream.respond = { _ in FakeUpstream.answer(#"{"content":[]}"#) }
            try await it.agents.expect(200, .legacyCall("time___now", #"{"a":1.0}"#))
            try await it.agents.expect(200, .legacy("tools/call", #"{"name":"time___now"}"#))
            try await it.agents.expect(200, .legacyCall("time___none", #"{"a":1.0}"#))
            let calls = it.calls
            #expect(calls.map { $0.hasBody } == [row.hasBody, row.hasBody, false])
            #expect(calls[0].arguments == row.arguments)
            #expect(calls[1].arguments == nil)
            if let result = row.result {
                #expect(calls[0].result?.hasPrefix(result.dropLast()) == true)
            } else {
                #expect(calls[0].result == nil)
            }
            #expect(it.kept.batches.allSatisfy { $0.names.recordings == [recording] })
        }
    }

    // MARK: Texts from outside

    struct Client: Sendable {
        let info: String?
        var agent: String?
        let client: String?
    }

    @Test(arguments: [
        Client(info: #"{"name":"probe","version":"2.1"}"#, client: "probe 2.1"),
        Client(
            info: #"{"version":"2.1","name":"pr\u006fbe","title":"x"}"#,
            agent: "curl/8",
            client: "probe 2.1"
        ),
        Client(info: #"{"name":"only"}"#, client: "only"),
        Client(info: #"{"name":7}"#, agent: "curl/8.1", client: "curl/8.1"),
        Client(info: "{}", agent: "curl/8.1", client: "curl/8.1"),
        Client(info: "[]", agent: "curl/8.1", client: "curl/8.1"),
        Client(info: nil, agent: "curl/8.1", client: "curl/8.1"),
        Client(info: nil, client: nil),
        Client(info: #"{"name":"a\u0000\u200bb\nc","version":" \u202e1 "}"#, client: "ab c 1"),
        Client(info: #"{"name":"<b>&","version":"'"}"#, client: "<b>& '"),
    ])
    func `the client's name is taken from the call, else from its User-Agent`(_ row: Client) async throws {
        try await withRecords { it in
            let info = row.info.map { #","io.modelcontextprotocol/clientInfo":\#($0)"# } ?? ""
            var ask = Ask.modernCall("time___now").with("User-Agent", row.agent)
            let text = String(decoding: ask.body, as: UTF8.self)
            let capabilities = #""io.modelcontextprotocol/clientCapabilities":{}"#
            ask.body = Array(
                text.replacing(capabilities, with: capabilities + info).utf8
            )
            // The second call's text is found by the bytes of the first.
            try await it.agents.expect(200, ask)
            try await it.agents.expect(200, ask)
            #expect(it.calls.map { $0.client } == [row.client, row.client])
            #expect(it.kept.batches.flatMap { $0.texts }.count(where: { $0 == row.client }) <= 1)
        }
    }

    @Test func `a legacy client's name is taken from its initialize request`() async throws {
        try await withRecords { it in
            let session = try await it.agents.session("2025-06-18")
            for ask in [
                Ask.legacyCall("time___now"), .legacyCall("time___now").adding("User-Agent", "curl/8"),
            ] {
                try await it.agents.expect(200, ask.with("Mcp-Session-Id", session))
                try await it.agents.expect(200, ask)
            }
            #expect(it.calls.map { $0.client } == ["t 1", nil, "t 1", "curl/8"])
        }
    }

    @Test(arguments: [
        String(repeating: "x", count: 10_000), String(repeating: "é", count: 5_000),
        "\u{202E}time___now", "a\u{0}b\u{1B}[31mc\nd\re\tf", "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        String(repeating: "\u{200B}", count: 5_000),
    ])
    func `foreign names are kept short, on one line and without hidden characters`(_ name: String)
        async throws
    {
        try await withRecords { it in
            let params = #"{"name":\#(JSONValue.string(name).text)}"#
            let info = #"{"name":\#(JSONValue.string(name).text),"version":"1"}"#
            _ = try await it.agents.send(.legacy("tools/call", params))
            let hello = Ask.legacy(
                "initialize",
                #"{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":\#(info)}"#
            )
            let session = try #require(try await it.agents.expect(200, hello).field("Mcp-Session-Id"))
            try await it.agents.expect(200, Ask.legacyCall("time___now").with("Mcp-Session-Id", session))
            for text in it.kept.batches.flatMap({ $0.texts }) + it.calls.compactMap({ $0.asked }) {
                #expect(text.utf8.count <= 256)
                #expect(
                    text.unicodeScalars.allSatisfy {
                        $0.value >= 0x20 && $0.properties.generalCategory != .format
                    }
                )
            }
            #expect(session.utf8.count <= 158)
            #expect((it.calls[1].client?.utf8.count ?? 0) <= 64)
            let plain = name.unicodeScalars.allSatisfy { 0x20..<0x7F ~= $0.value } && name.utf8.count <= 256
            if plain { #expect(it.calls[0].asked == name) }
        }
    }

    @Test func `a text is kept only once, and found again after other texts`() {
        var texts = BatchTexts()
        func keep(_ kind: BatchTexts.Kind, _ raw: String) -> Int32 {
            let bytes = Array(raw.utf8)
            return texts.find(kind, bytes.span) ?? texts.add(kind, bytes.span, String(raw.prefix(200)))
        }
        let first = (0..<400).map { keep(.asked, "tool-\($0)") }
        #expect(first == Array(0..<400))
        #expect((0..<400).map { keep(.asked, "tool-\($0)") } == first)
        #expect(keep(.client, "tool-1") == 400)
        #expect(keep(.asked, "") == -1)
        // Bytes that are too long are found again by the text that was kept.
        let long = String(repeating: "y", count: 1_000)
        #expect(keep(.client, long) == keep(.client, long))
        #expect(texts.texts.count == 402)
        let taken = texts.take()
        #expect(taken.count == 402)
        #expect(keep(.asked, "tool-7") == 0)
    }

    @Test func `the number of texts is bounded`() {
        var texts = BatchTexts()
        for number in 0..<BatchTexts.countMax + 100 {
            let bytes = Array("t\(number)".utf8)
            if texts.find(.asked, bytes.span) == nil { _ = texts.add(.asked, bytes.span, "t\(number)") }
        }
        #expect(texts.texts.count == BatchTexts.countMax)
    }

    @Test func `record revisions have the same order as protocol versions`() {
        #expect(CallNames.revisions == ProtocolVersion.allCases.map { $0.rawValue })
        #expect(ProtocolVersion.allCases.map { $0.place } == Array(0..<4))
    }

    @Test func `without a recorder, calls are answered and nothing is recorded`() async throws {
        try await withAgents { agents in
            try await agents.expect(200, .modernCall("time___now"))
            #expect(agents.endpoint.recorder == nil)
        }
    }
}
