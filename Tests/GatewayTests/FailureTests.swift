import Bytes
import EventLoop
import Gateway
import JSON
import Policy
import TestSupport
import Testing

/// What a call that failed becomes: a result that a model can read, with nothing of the inside.
struct FailureTests {
    private static let outcomes: [UpstreamFailure.Code: String] = [
        .functionError: "function_error", .functionExited: "function_error", .timedOut: "timed_out",
        .throttled: "throttled", .tooLarge: "bad_answer", .invalidAnswer: "bad_answer",
        .unreachable: "unreachable",
        .notFound: "unreachable", .accessDenied: "unreachable", .misconfigured: "unreachable",
        .unavailable: "unreachable", .cancelled: "cancelled",
    ]

    @Test(arguments: UpstreamFailure.Code.allCases)
    func `each failure of the upstream is a result with isError and its code`(
        _ code: UpstreamFailure.Code
    ) async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                .failed(
                    UpstreamFailure(
                        code: code,
                        message: "Say \"this\".",
                        detail: "arn:aws:lambda:eu-west-1:123456789012:function:time-fn at 10.0.0.7",
                        requestID: "req-9"
                    )
                )
            }
            for ask in [Ask.modernCall("time___now"), .legacyCall("time___now")] {
                let reply = try await agents.expect(200, ask)
                #expect(reply.code == nil)
                #expect(reply.text == "Say \"this\".")
                #expect(reply.result["isError"]?.boolValue == true)
                #expect(
                    reply.failure == (["code": .string(code.rawValue), "requestId": "req-9"] as JSONValue)
                )
                #expect(!reply.body.contains("arn:"))
                #expect(!reply.body.contains("10.0.0.7"))
                #expect((reply.result["resultType"] == nil) == (ask.testDescription.contains("2025-06-18")))
            }
            #expect(agents.log.contains { $0.contains("arn:") } == (code != .cancelled))
            let outcome = try #require(Self.outcomes[code])
            let metric = #"mcp_gateway_calls_total{target="time",tool="now",outcome="\#(outcome)"}"#
            #expect(agents.metric(metric) == "2")
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="time"}"#) == "0")
        }
    }

    @Test func `a function's own error type is the code`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                .failed(
                    UpstreamFailure(
                        code: .functionError,
                        message: "no such zone",
                        detail: "Traceback (most recent call last): …",
                        errorType: "ToolError"
                    )
                )
            }
            let reply = try await agents.expect(200, .modernCall("time___now"))
            #expect(reply.failure == (["code": "ToolError"] as JSONValue))
            #expect(!reply.body.contains("Traceback"))
        }
    }

    struct Bad: Sendable {
        let payload: String
        var tool = "time___now"
        var code = "Contract.BadAnswer"
    }

    @Test(arguments: [
        Bad(payload: ""), Bad(payload: "null"), Bad(payload: "{"), Bad(payload: #"{"statusCode":200}"#),
        Bad(payload: "\u{0}\u{1}"), Bad(payload: #"{"content":[],"content":[]}"#),
        Bad(payload: #"{"statusCode":200,"body":"{\"content\":["}"#),
        Bad(payload: #"{"statusCode":200,"body":"eA==","isBase64Encoded":true}"#),
        Bad(payload: #"{"resultType":"task","taskId":"1"}"#),
        Bad(payload: #"{"resultType":"input_required","content":[]}"#),
        Bad(payload: #"{"content":[],"x":1,"x":2}"#, code: "invalid_answer"),
        Bad(payload: #"{"statusCode":502,"body":"upstream is down"}"#, code: "Status.502"),
        Bad(payload: "{}", tool: "rpc___echo"),
        Bad(payload: "[]", tool: "rpc___echo"),
        Bad(payload: #"{"jsonrpc":"2.0","id":1}"#, tool: "rpc___echo"),
        Bad(payload: #"{"statusCode":200,"body":"{}"}"#, tool: "rpc___echo"),
        Bad(
            payload: String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
        ),
    ])
    func `an answer that can't be used is a result that says why`(_ row: Bad) async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in FakeUpstream.answer(row.payload) }
            for ask in [
                Ask.modernCall(row.tool), .legacyCall(row.tool), .legacyCall(row.tool, version: "2025-03-26"),
            ] {
                let reply = try await agents.expect(200, ask)
                #expect(reply.result["isError"]?.boolValue == true, "\(reply.body)")
                #expect(reply.text?.isEmpty == false)
                #expect(reply.failure["code"]?.stringValue == row.code)
                #expect(reply.failure["requestId"]?.stringValue == "req-7")
            }
            #expect(agents.upstream.recycled.count == 3)
            guard row.code != "Status.502" else { return }
            #expect(
                agents.log.contains { $0.hasPrefix("warning") && $0.contains("target=") },
                "the operator is told"
            )
            let target = String(row.tool.prefix { $0 != "_" })
            let name = String(row.tool.dropFirst(target.count + 3))
            let metric = #"mcp_gateway_calls_total{target="\#(target)",tool="\#(name)",outcome="bad_answer"}"#
            #expect(agents.metric(metric) == "3")
        }
    }

    struct Relayed: Sendable {
        let code: Int
        let modern: Int
        let legacy: Int
        let status: Int
    }

    @Test(arguments: [
        Relayed(code: -32602, modern: -32602, legacy: -32602, status: 400),
        Relayed(code: -32603, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: -32601, modern: -32601, legacy: -32601, status: 404),
        Relayed(code: -32600, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: -32700, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: -32020, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: 500, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: 429, modern: -32603, legacy: -32603, status: 200),
    ])
    func `a function's JSON-RPC error is relayed when it is about the operation`(_ row: Relayed) async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(
                    #"{"jsonrpc":"2.0","id":1,"error":{"code":\#(row.code),"message":"No.","data":{"stack":"at x"}}}"#
                )
            }
            let modern = try await agents.expect(row.status, .modernCall("rpc___echo"))
            #expect(modern.code == row.modern)
            #expect(modern.message?.contains("No.") == true)
            let legacy = try await agents.expect(200, .legacyCall("rpc___echo"))
            #expect(legacy.code == row.legacy)
            #expect(!legacy.body.contains("stack"))
        }
    }

    @Test func `a dead target does not fill the log`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                .failed(UpstreamFailure(code: .unreachable, message: "Not reached.", detail: "refused"))
            }
            let request = try Ask.modernCall("time___now").request()
            for _ in 0..<200 { _ = await agents.endpoint.answer(request, cancellation: nil) }
            let loud = agents.log.filter { $0.hasPrefix("warning") }.count
            #expect((1...20).contains(loud))
        }
    }

    struct Trace: Sendable {
        let raw: String
        let text: String
    }

    @Test(arguments: [
        Trace(raw: "one line", text: "one line"),
        Trace(raw: "two\nlines, (at /x:1)", text: "two\nlines, (at /x:1)"),
        Trace(raw: "It is open:\n  at noon\n  and later", text: "It is open:\n  at noon\n  and later"),
        Trace(
            raw:
                "Traceback (most recent call last):\n  File \"/var/task/app.py\", line 3, in handler\n    f()\n"
                + "    ^^^\nValueError: no such zone: X",
            text: "ValueError: no such zone: X"
        ),
        Trace(
            raw: "It failed.\r\n  File \"/var/task/app.py\", line 3, in handler\nKeyError: 'a'",
            text: "It failed.\nKeyError: 'a'"
        ),
        Trace(
            raw:
                "TypeError: x is not a function\n    at handler (/var/task/index.js:3:9)\n    at async /var/task/b.mjs:1:1",
            text: "TypeError: x is not a function"
        ),
        Trace(
            raw: "java.lang.RuntimeException: boom\n\tat com.acme.Main.run(Main.java:12)\nCaused by: gone",
            text: "java.lang.RuntimeException: boom\nCaused by: gone"
        ),
        Trace(
            raw: "panic: boom\nmain.f()\n\t/src/main.go:12 +0x1d",
            text: "panic: boom\nmain.f()"
        ),
        Trace(
            raw: "Traceback (most recent call last):\n  File \"a\", line 1",
            text: "The function failed and said nothing but where."
        ),
        Trace(raw: String(repeating: "é", count: 9_000), text: String(repeating: "é", count: 4_000)),
    ])
    func `no failure tells an agent where in the function it happened, or more than it can read`(
        _ row: Trace
    ) async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                .failed(UpstreamFailure(code: .functionError, message: row.raw, detail: "d"))
            }
            let raised = try await agents.expect(200, .modernCall("time___now"))
            #expect(raised.text == row.text)
            var message = ByteBuffer()
            JSON.appendString(row.raw, to: &message)
            let raw = message.text
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":\#(raw)}}"#)
            }
            let relayed = try await agents.expect(200, .modernCall("rpc___echo"))
            #expect(relayed.message?.hasPrefix(row.text) == true)
            guard row.raw.utf8.count < 1_000 else { return }  // a contract's own bound comes first
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"statusCode":500,"body":{"message":\#(raw)}}"#)
            }
            let answered = try await agents.expect(200, .legacyCall("time___now"))
            #expect(answered.text == row.text)
            #expect(answered.failure["code"]?.stringValue == "Status.500")
        }
    }

    @Test func `a function's plain error has a code and the request's id`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in FakeUpstream.answer(#"{"error":"no such city"}"#) }
            let reply = try await agents.expect(200, .modernCall("time___now"))
            #expect(reply.text == "no such city")
            #expect(reply.result["isError"]?.boolValue == true)
            #expect(reply.failure == (["code": "function_error", "requestId": "req-7"] as JSONValue))
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="time",tool="now",outcome="tool_error"}"#)
                    == "1"
            )
        }
    }
}
