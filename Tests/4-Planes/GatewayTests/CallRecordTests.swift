import Bytes
import Contracts
import Crypto
import EventLoop
import HTTP
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The record that each call leaves, whatever its outcome.
struct CallRecordTests {
    /// How a client sends a call.
    enum Way: CaseIterable, Sendable {
        case modern, legacy, batch

        func ask(_ tool: String, _ arguments: String = "{}") -> Ask {
            switch self {
            case .modern: .modernCall(tool, arguments)
            case .legacy: .legacyCall(tool, arguments)
            case .batch:
                .batch([
                    Ask.message("tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)}"#, id: "1")
                ])
            }
        }

        var revision: String {
            switch self {
            case .modern: "2026-07-28"
            case .legacy: "2025-06-18"
            case .batch: "2025-03-26"
            }
        }
    }

    struct End: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var tool = "time___now"
        var credential = Keys.good
        /// The outcome of the invocation.
        var answer: @Sendable () -> UpstreamOutcome = { FakeUpstream.answer(#"{"content":[]}"#) }
        let outcome: CallOutcome
        var code: String?
        /// The tool's name in the record; nil for a tool that doesn't exist for the caller.
        var recorded: String? = "time/now"
        var attempts: UInt16 = 1
    }

    private static func failed(_ code: UpstreamFailure.Code) -> @Sendable () -> UpstreamOutcome {
        {
            var failure = UpstreamFailure(
                code: code,
                message: "no",
                detail: "no",
                requestID: "8a7b6c5d-0000-4000-8000-00000000000f"
            )
            failure.executedVersion = "12"
            return .failed(failure)
        }
    }

    private static let refused = CallOutcome.refused

    private static let ends = [
        End(testDescription: "ok", outcome: .ok),
        End(
            testDescription: "a tool's own error",
            answer: { FakeUpstream.answer(#"{"content":[],"isError":true}"#) },
            outcome: .toolError,
            code: "tool_error"
        ),
        End(
            testDescription: "an error in the function's wrapper",
            answer: { FakeUpstream.answer(#"{"statusCode":500,"body":"{\"error\":\"no\"}"}"#) },
            outcome: .toolError,
            code: "function_error"
        ),
        End(
            testDescription: "the function failed",
            answer: failed(.functionError),
            outcome: .functionError,
            code: "function_error"
        ),
        End(
            testDescription: "timed out",
            answer: failed(.timedOut),
            outcome: .timedOut,
            code: "timed_out"
        ),
        End(
            testDescription: "throttled",
            answer: failed(.throttled),
            outcome: .throttled,
            code: "throttled"
        ),
        End(
            testDescription: "unreachable",
            answer: failed(.unreachable),
            outcome: .unreachable,
            code: "unreachable"
        ),
        End(
            testDescription: "half of a JSON document",
            answer: { FakeUpstream.answer("{") },
            outcome: .badAnswer,
            code: "invalid_answer"
        ),
        End(
            testDescription: "cancelled",
            answer: failed(.cancelled),
            outcome: .cancelled,
            code: "cancelled"
        ),
        End(
            testDescription: "no such tool",
            tool: "time___absent",
            outcome: refused,
            code: "unknown_tool",
            recorded: nil,
            attempts: 0
        ),
        End(
            testDescription: "in quarantine",
            tool: "time___held",
            outcome: refused,
            code: "unknown_tool",
            recorded: nil,
            attempts: 0
        ),
        End(
            testDescription: "outside the key's permission",
            tool: "rpc___echo",
            credential: Keys.narrow,
            outcome: refused,
            code: "unknown_tool",
            recorded: nil,
            attempts: 0
        ),
        End(
            testDescription: "outside the token's scopes",
            tool: "rpc___echo",
            credential: "ey.time",
            outcome: refused,
            code: "insufficient_scope",
            recorded: nil,
            attempts: 0
        ),
        End(
            testDescription: "limited",
            tool: "time___list",
            outcome: .limited,
            code: "quota_exceeded",
            recorded: "time/list",
            attempts: 0
        ),
    ]

    /// A quota of 0 on one tool, and scopes that open `time` or `rpc`.
    private static let snapshot = limited([
        LimitEntry(id: 1, scope: .tenantTool(tenant: 0, tool: "time___list"), dayQuota: 0)
    ]).narrowingTokens(to: [["time___*"], ["rpc___*"]].map { $0.compactMap { NamePattern($0) } })

    @Test(arguments: ends, Way.allCases)
    func `each call leaves one record, whatever its outcome`(_ end: End, _ way: Way) async throws {
        try await withRecords(Self.snapshot) { it in
            let grant = TokenGrant(scopes: ScopeSet(rawValue: 1), expiresAtMs: .max, subject: 5)
            it.authority.judgements["ey.time"] = .accepted(("acme", grant))
            it.agents.upstream.respond = { _ in end.answer() }
            _ = try await it.agents.send(way.ask(end.tool).by(end.credential))
            let calls = it.calls
            #expect(calls.count == 1)
            let call = try #require(calls.first)
            #expect(call.outcome == end.outcome)
            #expect(call.code == end.code)
            #expect(call.tool == end.recorded)
            #expect(call.asked == (end.recorded == nil ? end.tool : nil))
            #expect(call.record.attempts == end.attempts)
            #expect(call.tenant == "acme")
            #expect((call.key == nil) == end.credential.hasPrefix("ey."))
            #expect(call.record.flags.contains(.isToken) == (call.key == nil))
            #expect(CallNames.revisions[Int(call.record.revision)] == way.revision)
            if case .failed = end.answer() {
                #expect(call.record.lambdaRequestID.uuid == "8a7b6c5d-0000-4000-8000-00000000000f")
                #expect(call.version == "12")
            }
        }
    }

    @Test func `each call of a batch leaves a record of its own, and other messages leave none`() async throws
    {
        try await withRecords { it in
            let tools = ["time___now", "time___absent", "rpc___echo"]
            it.agents.upstream.respond = {
                FakeUpstream.answer(#"{"content":[]}"#, for: $0.target == "rpc" ? "jsonrpc" : "")
            }
            let messages = tools.map { Ask.message("tools/call", #"{"name":"\#($0)"}"#, id: "3") }
            let reply = try await it.agents.expect(200, .batch([Ask.message("ping")] + messages))
            try await it.agents.expect(200, .modern("tools/list"))
            try await it.agents.expect(401, .modernCall("time___now").by("nobody"))
            let calls = it.calls
            #expect(calls.map { $0.asked ?? $0.tool } == ["time/now", "time___absent", "rpc/echo"])
            let ids = Set(calls.map { $0.record.id })
            #expect(ids.count == 3)
            let answers = try #require(reply.json.arrayValue)
            #expect(calls.map { Int($0.record.bytesOut) } == answers.dropFirst().map { $0.text.utf8.count })
            #expect(calls.map { Int($0.record.bytesIn) } == tools.map { #"{"name":"\#($0)"}"#.utf8.count })
        }
    }

    @Test func `the record of an answered call has its caller, tool, times, sizes and hashes`() async throws {
        let settings = CallRecorder.Settings(takesDigests: true)
        try await withRecords(settings: settings) { it in
            it.agents.upstream.respond = { _ in
                FakeUpstream.answer(
                    #"{"content":[{"type":"text","text":"done"}]}"#,
                    requestID: "0f5f17f5-3dd4-4b27-9a1e-1b5f5b6a7c8d",
                    version: "42"
                )
            }
            let before = WallClock.nowMs()
            let ask = Ask.modernCall("time___now", #"{ "a" : 1.0 }"#, id: #""seven""#)
            let reply = try await it.agents.expect(200, ask)
            let call = try #require(it.calls.first)
            let record = call.record
            #expect(call.tenant == "acme" && call.key == "p" && call.tool == "time/now" && call.code == nil)
            #expect(call.version == "42")
            #expect(record.lambdaRequestID.uuid == "0f5f17f5-3dd4-4b27-9a1e-1b5f5b6a7c8d")
            #expect(record.startedAtUs / 1_000 >= before - 1_000)
            #expect(record.startedAtUs / 1_000 <= WallClock.nowMs())
            #expect(record.id.high >> 16 == UInt64(record.startedAtUs / 1_000))
            #expect(record.authorizedUs <= record.sentUs && record.sentUs <= record.answeredUs)
            #expect(record.answeredUs <= record.endedUs)
            #expect(Int(record.bytesIn) == ask.body.count)
            #expect(Int(record.bytesOut) == reply.body.utf8.count)
            #expect(record.argumentsSHA256 == SHA256.hash(#"{ "a" : 1.0 }"#))
            let result = try #require(reply.body.firstRange(of: #""result":"#)).upperBound
            #expect(record.resultSHA256 == SHA256.hash(String(reply.body[result...].dropLast())))
        }
    }

    @Test
    func `a call without arguments has the hash of an empty object, and a refused call has no result hash`()
        async throws
    {
        try await withRecords(settings: CallRecorder.Settings(takesDigests: true)) { it in
            try await it.agents.expect(
                400,
                .modern("tools/call", #""name":"none""#).adding("Mcp-Name", "none")
            )
            let record = try #require(it.calls.first?.record)
            #expect(record.argumentsSHA256 == SHA256.hash("{}"))
            #expect(record.resultSHA256.isNone)
        }
    }

    @Test func `hashes are taken only if the settings want them`() async throws {
        try await withRecords { it in
            try await it.agents.expect(200, .modernCall("time___now"))
            let record = try #require(it.calls.first?.record)
            #expect(record.argumentsSHA256.isNone && record.resultSHA256.isNone)
        }
    }

    @Test func `a token's subject is recorded even if the token expires before the call ends`() async throws {
        try await withRecords { it in
            let grant = TokenGrant(scopes: ScopeSet(rawValue: 1), expiresAtMs: .max, subject: 5)
            it.authority.judgements["ey.any"] = .accepted(("acme", grant))
            it.authority.subjects["ey.any"] = "u-17\u{200B}\nrm"
            it.agents.upstream.respond = { [authority = it.authority] _ in
                authority.subjects = [:]
                return FakeUpstream.answer(#"{"content":[]}"#)
            }
            try await it.agents.expect(200, .modernCall("time___now").by("ey.any"))
            #expect(it.calls.map { $0.subject } == ["u-17 rm"])
        }
    }

    @Test func `functions get the same call id as the record has`() async throws {
        let invoke = InvokeSettings(callerIdentity: .meta)
        let targets = [
            TargetEntry(id: 1, name: "core", function: "f", contract: .agentcore, approval: .open),
            TargetEntry(
                id: 2,
                name: "rpc",
                function: "f",
                contract: .jsonrpc,
                approval: .open,
                invoke: invoke
            ),
            TargetEntry(id: 3, name: "web", function: "f", contract: .httpV2, approval: .open),
        ]
        let tools = targets.indices.map { Sample.tool($0, "t", of: targets) }
        let snapshot = Snapshot(
            version: 1,
            targets: targets,
            tools: tools,
            tenants: Sample.tenants,
            keys: Sample.keys,
            seed: 7
        )
        try await withRecords(snapshot) { it in
            for target in targets { _ = try await it.agents.send(.modernCall("\(target.name)___t")) }
            let ids = it.calls.map { $0.record.id.uuid }
            let sent = it.agents.upstream.sent
            let context = try JSONValue(parsing: sent[0].clientContext ?? "")
            let message = try JSONValue(parsing: sent[1].payload)
            let event = try JSONValue(parsing: sent[2].payload)
            #expect(context["custom"]?["bedrockAgentCoreAwsRequestId"]?.stringValue == ids[0])
            let caller = message["params"]?["_meta"]?["mcp-gateway/caller"]
            #expect(caller?["requestId"]?.stringValue == ids[1])
            #expect(event["requestContext"]?["requestId"]?.stringValue == ids[2])
        }
    }

    @Test func `a call that was sent twice for its session has one id and one record`() async throws {
        let target = TargetEntry(id: 1, name: "web", function: "f", contract: .httpV2, approval: .open)
        let snapshot = Snapshot(
            version: 1,
            targets: [target],
            tools: [Sample.tool(0, "add", of: [target])],
            tenants: Sample.tenants,
            keys: Sample.keys,
            seed: 7
        )
        try await withRecords(snapshot) { it in
            let function = SessionFunction()
            it.agents.upstream.respond = { await function.answer($0) }
            try await it.agents.expect(200, .modernCall("web___add"))
            let calls = it.calls
            #expect(calls.map { $0.outcome } == [.ok])
            // The requests: the call, initialize, initialized, the call again.
            #expect(calls.first?.record.attempts == 4)
            let ids = try it.agents.upstream.sent.map {
                try JSONValue(parsing: $0.payload)["requestContext"]?["requestId"]?.stringValue
            }
            #expect(ids.first == calls.first?.record.id.uuid && ids.last == ids.first)
        }
    }

    @Test func `the record has the figures that Lambda reported of the call`() async throws {
        try await withRecords { it in
            it.agents.upstream.whileAnswering = { call in
                call.reported(
                    ReportedCall(initUs: 120_500, billedMs: 131, memorySizeMB: 256, memoryUsedMB: 77)
                )
            }
            try await it.agents.expect(200, .modernCall("time___now"))
            let record = try #require(it.calls.first?.record)
            #expect(record.flags.contains([.isReported, .isColdStart]))
            #expect(record.billedMs == 131 && record.memorySizeMB == 256 && record.memoryUsedMB == 77)
            #expect(record.initUs == 120_500)
        }
    }
}
