import Bytes
import EventLoop
import Gateway
import JSON
import Policy
import TestSupport
import Testing

/// The results of failed calls: a model can read them, and they leak no internals.
struct FailureTests {
    private static let outcomes: [UpstreamFailure.Code: String] = [
        .functionError: "function_error", .functionExited: "function_error", .timedOut: "timed_out",
        .throttled: "throttled", .tooLarge: "bad_answer", .invalidAnswer: "bad_answer",
        .unreachable: "unreachable",
        .notFound: "unreachable", .accessDenied: "unreachable", .misconfigured: "unreachable",
        .unavailable: "unreachable", .cancelled: "cancelled",
        .inputRequired: "tool_error",
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

    struct Raised: Sendable, CustomTestStringConvertible {
        let type: String?
        let message: String
        let text: String
        var shownType: String?
        var testDescription: String { "\(type ?? "-"): \(message)" }
    }

    @Test(arguments: [
        Raised(type: "ToolError", message: "no such zone", text: "no such zone", shownType: "ToolError"),
        Raised(type: "KeyError", message: "'id'", text: "KeyError: 'id'", shownType: "KeyError"),
        Raised(type: "KeyError", message: "\"it's\"", text: "KeyError: \"it's\"", shownType: "KeyError"),
        Raised(type: "KeyError", message: "404", text: "KeyError: 404", shownType: "KeyError"),
        Raised(type: "AssertionError", message: "", text: "AssertionError", shownType: "AssertionError"),
        Raised(type: "KeyError", message: "('a', 1)", text: "KeyError: ('a', 1)", shownType: "KeyError"),
        Raised(
            type: "ValueError",
            message: "can't read 'x'",
            text: "can't read 'x'",
            shownType: "ValueError"
        ),
        Raised(type: "Error", message: "не найдено", text: "не найдено", shownType: "Error"),
        Raised(type: nil, message: "'id'", text: "'id'"),
        Raised(type: "", message: "x", text: "x"),
        Raised(type: "\u{202E}\n\u{0}\u{1B}", message: "'x'", text: "'x'"),
        Raised(
            type: "Bad\nType\u{1B}[31m\u{202E}",
            message: "'x'\u{3164}",
            text: "BadType[31m: 'x'",
            shownType: "BadType[31m"
        ),
        Raised(
            type: String(repeating: "T", count: 500),
            message: "word",
            text: "word",
            shownType: String(repeating: "T", count: 100)
        ),
    ])
    func `a function's error type is shown beside the code, and in texts that say nothing without it`(
        _ row: Raised
    ) async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                .failed(
                    UpstreamFailure(
                        code: .functionError,
                        message: row.message,
                        detail: "Traceback (most recent call last): …",
                        errorType: row.type
                    )
                )
            }
            let reply = try await agents.expect(200, .modernCall("time___now"))
            #expect(reply.text == row.text)
            #expect(reply.failure["code"] == "function_error")
            #expect(reply.failure["type"]?.stringValue == row.shownType)
            #expect(!reply.body.contains("Traceback"))
        }
    }

    struct Bad: Sendable {
        let payload: String
        var tool = "time___now"
        var code = "invalid_answer"
    }

    @Test(arguments: [
        Bad(payload: ""), Bad(payload: "null"), Bad(payload: "{"), Bad(payload: #"{"statusCode":200}"#),
        Bad(payload: "\u{0}\u{1}"), Bad(payload: #"{"content":[],"content":[]}"#),
        Bad(payload: #"{"statusCode":200,"body":"{\"content\":["}"#),
        Bad(payload: #"{"statusCode":200,"body":"e","isBase64Encoded":true}"#),
        Bad(payload: #"{"statusCode":302,"body":""}"#),
        Bad(payload: #"{"content":[{"type":"text"}]}"#),
        Bad(payload: #"{"content":[{"type":"video","data":"x"}],"isError":true}"#),
        Bad(payload: #"{"jsonrpc":"2.0","id":1,"result":{"content":[5]}}"#, tool: "rpc___echo"),
        Bad(
            payload: #"{"content":[],"structuredContent":{"n":\#(String(repeating: "1", count: 5_000))}}"#
        ),
        Bad(payload: #"{"resultType":"task","taskId":"1"}"#),
        Bad(payload: #"{"resultType":"input_required","content":[]}"#),
        Bad(payload: #"{"content":[],"x":1,"x":2}"#),
        Bad(payload: #"{"statusCode":502,"body":"upstream is down"}"#, code: "function_error"),
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
            guard row.code == "invalid_answer" else { return #expect(agents.log.count == 3) }
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
        /// nil for a result that tells of the failure.
        let legacy: Int?
        let status: Int
        /// Whether the error's data arrives.
        var isWhole = true
        /// Whether the data arrives in the legacy era.
        var isWholeLegacy: Bool?
    }

    @Test(arguments: [
        Relayed(code: -32602, modern: -32602, legacy: -32602, status: 400),
        Relayed(code: -32603, modern: -32603, legacy: -32603, status: 200),
        Relayed(code: -32601, modern: -32601, legacy: -32601, status: 404),
        Relayed(code: -32021, modern: -32021, legacy: nil, status: 400),
        Relayed(
            code: -32042,
            modern: -32603,
            legacy: -32042,
            status: 200,
            isWhole: false,
            isWholeLegacy: true
        ),
        Relayed(code: -32002, modern: -32602, legacy: -32002, status: 400),
        Relayed(code: -32001, modern: -32001, legacy: -32001, status: 200),
        Relayed(code: 4711, modern: 4711, legacy: 4711, status: 200),
        Relayed(code: -32600, modern: -32603, legacy: -32603, status: 200, isWhole: false),
        Relayed(code: -32700, modern: -32603, legacy: -32603, status: 200, isWhole: false),
        Relayed(code: -32020, modern: -32603, legacy: -32603, status: 200, isWhole: false),
        Relayed(code: 400, modern: -32603, legacy: -32603, status: 200, isWhole: false),
        Relayed(code: 500, modern: -32603, legacy: -32603, status: 200, isWhole: false),
        Relayed(code: 429, modern: -32603, legacy: -32603, status: 200, isWhole: false),
    ])
    func `a function's JSON-RPC error is relayed when it is about the operation`(_ row: Relayed) async throws
    {
        try await withAgents { agents in
            let error =
                #"{"jsonrpc":"2.0","id":1,"error":{"code":\#(row.code),"message":"No.","#
                + #""data":{"need":[1.0,"\ud800"],"stack":"at x","inner":{"stackTrace":["a"]}}}}"#
            let data: JSONValue? = ["need": [.number("1.0"), "\u{FFFD}"]]
            for (tool, payload) in [
                ("rpc___echo", error), ("time___now", error), ("time___now", wrapped(error, 400)),
            ] {
                if row.code == -32603, tool == "time___now", payload != error { continue }
                agents.upstream.respond = { _ in FakeUpstream.answer(payload) }
                let modern = try await agents.expect(row.status, .modernCall(tool))
                #expect(modern.code == row.modern)
                #expect(modern.message?.contains("No.") == true)
                #expect(modern.json["error"]?["data"] == (row.isWhole ? data : .none))
                let legacy = try await agents.expect(200, .legacyCall(tool))
                #expect(legacy.code == row.legacy)
                if row.legacy == nil {
                    #expect(
                        legacy.failure["code"] == "input_required" && legacy.text?.contains("No.") == true
                    )
                } else {
                    #expect(
                        legacy.json["error"]?["data"] == (row.isWholeLegacy ?? row.isWhole ? data : .none)
                    )
                }
                #expect(!(legacy.body + modern.body).contains("stack"))
            }
        }
    }

    /// `body` in an HTTP-like wrapper.
    private func wrapped(_ body: String, _ status: Int) -> String {
        var out = ByteBuffer(#"{"statusCode":\#(status),"body":"#)
        JSON.appendString(body, to: &out)
        out.append("}")
        return out.text
    }

    @Test(arguments: [
        String(repeating: "1", count: 2_000), #""\#(String(repeating: "x", count: 70_000))""#,
        #"{"a":1,"a":2}"#,
        #"{"stack":"only"}"#, "null",
    ])
    func `unsuitable error data is left out, and the error still arrives`(_ data: String)
        async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(
                    #"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"No.","data":\#(data)}}"#
                )
            }
            let reply = try await agents.expect(200, .modernCall("rpc___echo"))
            #expect(reply.code == -32001)
            #expect(reply.json["error"]?["data"] == nil)
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
            text: "The function failed with only a stack trace."
        ),
        Trace(raw: String(repeating: "é", count: 9_000), text: String(repeating: "é", count: 4_000)),
    ])
    func `failure texts are cut, and have no stack traces`(
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
            guard row.raw.utf8.count < 1_000 else { return }  // a contract's own bound applies first
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"statusCode":500,"body":{"message":\#(raw)}}"#)
            }
            let answered = try await agents.expect(200, .legacyCall("time___now"))
            #expect(answered.text == row.text)
            #expect(answered.failure["code"]?.stringValue == "function_error")
            #expect(answered.failure["status"]?.intValue == 500)
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
