import Bytes
import Crypto
import Foundation
import HTTP
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

/// Versions that share a target's calls, and Lambda's reports about them, with a running gateway.
struct VersionTests {
    /// The requests that an Invoke API got, as `qualifier` or `qualifier+Tail`.
    private final class Asked: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    /// An Invoke API where `live` is version 3 and `next` is version 4, and each call is reported as a cold start.
    private func withVersions(_ body: (_ url: String, Asked) async throws -> Void) async throws {
        let asked = Asked()
        try await withServer(handler: { exchange in
            let request = exchange.request
            if request.header("x-amz-invocation-type") == "DryRun" {
                return exchange.respond(Response(status: 204))
            }
            let qualifier = request.query.replacing("Qualifier=", with: "")
            let wantsLog = request.header("x-amz-log-type") == "Tail"
            let event = (try? JSONValue(parsing: request.bytes.span, in: request.body)) ?? .null
            let isList = event["method"]?.stringValue == "tools/list"
            if !isList { asked.add(qualifier + (wantsLog ? "+Tail" : "")) }
            let report =
                "REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 415 ms\tMemory Size: 128 MB\t"
                + "Max Memory Used: 36 MB\tInit Duration: 402.00 ms\t\n"
            var fields = [
                ResponseField("x-amzn-RequestId", "r-1"),
                ResponseField("X-Amz-Executed-Version", qualifier == "next" ? "4" : "3"),
            ]
            if wantsLog {
                let text = Base64.standard.encode(Array(report.utf8))
                fields.append(ResponseField("X-Amz-Log-Result", text))
            }
            let payload = isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
            exchange.respond(
                Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(payload))
            )
        }) { port, _ in try await body("http://127.0.0.1:\(port)", asked) }
    }

    @Test func `calls are shared by weight, sessions keep their version, and each version is counted`()
        async throws
    {
        try await withVersions { url, asked in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let declared = [
                    "--function", "shop", "--contract", "mcp-wrapper", "--endpoint", url, "--approval",
                    "open",
                    "--route", "live=9,next=1", "--log-tail", "sampled",
                ]
                let added = try await workspace.run(
                    ["target", "add", "shop"] + declared + ["--config", workspace.config]
                )
                #expect(added.status == 0, "\(added.err)")
                let tested = try await workspace.json("target", "test", "shop")
                #expect(
                    tested["ok"] == true && tested["invocation"]?["qualifier"] == "live",
                    "\(tested.text)"
                )
                #expect(tested["invocation"]?["executedVersion"] == "3")
                #expect(tested["invocation"]?["initUs"] == 402_000)
                let other = try await workspace.json("target", "test", "shop", "--qualifier", "next")
                #expect(other["invocation"]?["executedVersion"] == "4", "\(other.text)")

                try await workspace.command("target", "refresh")
                let agent = try await gateway.agent()
                try await gateway.awaitTool("shop___look", agent)
                for _ in 0..<100 { _ = try await agent.call("shop___look") }
                #expect(asked.all.count { $0.hasPrefix("live") } == 90)
                #expect(asked.all.count { $0.hasPrefix("next") } == 10)
                // The first call and the sixty-fifth.
                #expect(asked.all.count { $0.hasSuffix("+Tail") } == 2)

                for _ in 0..<4 {
                    let before = asked.all.count
                    let session = try await gateway.agent(.legacy)
                    for _ in 0..<12 { _ = try await session.call("shop___look") }
                    let branches = Set(asked.all[before...].map { $0.replacing("+Tail", with: "") })
                    #expect(branches.count == 1, "a session was served by \(branches)")
                }

                let live = asked.all.count { $0.hasPrefix("live") }
                let calls = #"mcp_gateway_function_calls_total{target="shop",version="#
                #expect(try await gateway.metric(calls + #""3"}"#) == Double(live))
                #expect(try await gateway.metric(calls + #""4"}"#) == Double(148 - live))
                let shown = try await workspace.json("target", "show", "shop")
                let versions = shown["calls"]?["versions"]?.arrayValue ?? []
                #expect(versions.map { $0["version"]?.stringValue } == ["3", "4"], "\(shown.text)")
                #expect(versions.reduce(0) { $0 + ($1["coldStarts"]?.intValue ?? 0) } == 3)
                #expect(try await workspace.command("status").contains("versions of shop  3: \(live) calls"))
            }
        }
    }

    /// The payload of a function that is a stateful MCP server behind HTTP events.
    private static func answer(inSessions event: JSONValue) -> String {
        func response(_ body: String, _ status: Int = 200) -> String {
            #"{"statusCode":\#(status),"headers":{"mcp-session-id":"s1"},"body":\#(JSONValue.string(body).text)}"#
        }
        let message = (try? JSONValue(parsing: event["body"]?.stringValue ?? "")) ?? .null
        func result(_ result: String) -> String {
            response(#"{"jsonrpc":"2.0","id":\#(message["id"]?.text ?? "null"),"result":\#(result)}"#)
        }
        switch message["method"]?.stringValue {
        case "tools/list": return result(#"{"tools":[{"name":"look","inputSchema":{"type":"object"}}]}"#)
        case "initialize": return result(#"{"protocolVersion":"2025-06-18","capabilities":{}}"#)
        case "tools/call" where event["headers"]?["mcp-session-id"] == nil:
            return response(
                #"{"jsonrpc":"2.0","id":"e","error":{"code":-32600,"message":"Bad Request: Missing session ID"}}"#,
                400
            )
        case "tools/call": return result(#"{"content":[{"type":"text","text":"seen"}]}"#)
        default: return response("", 202)
        }
    }

    @Test func `requests for a session are not counted as calls of a version`() async throws {
        let asked = Asked()
        try await withServer(handler: { exchange in
            let request = exchange.request
            if request.header("x-amz-invocation-type") == "DryRun" {
                return exchange.respond(Response(status: 204))
            }
            let event = (try? JSONValue(parsing: request.bytes.span, in: request.body)) ?? .null
            asked.add(event["body"]?.stringValue ?? "")
            let fields = [
                ResponseField("x-amzn-RequestId", "r-1"), ResponseField("X-Amz-Executed-Version", "3"),
            ]
            let payload = Self.answer(inSessions: event)
            exchange.respond(
                Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(payload))
            )
        }) { port, _ in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let added = try await workspace.run([
                    "target", "add", "shop", "--function", "shop", "--contract", "http-v2", "--endpoint",
                    "http://127.0.0.1:\(port)", "--approval", "open", "--config", workspace.config,
                ])
                #expect(added.status == 0, "\(added.err)")
                try await workspace.command("target", "refresh")
                let agent = try await gateway.agent()
                try await gateway.awaitTool("shop___look", agent)
                #expect(try await agent.call("shop___look").text == "seen")
                // The call that was refused for lack of a session, and the one that ran.
                #expect(asked.all.count { $0.contains("tools/call") } == 2)
                #expect(asked.all.contains { $0.contains("notifications/initialized") })
                let calls = #"mcp_gateway_function_calls_total{target="shop",version="3"}"#
                #expect(try await gateway.metric(calls) == 2)
            }
        }
    }

    /// A function that prints reports of its own, with the id of its own request, in the real runtime.
    private static let liar = """
        def handler(event, context):
            print(f"REPORT RequestId: {context.aws_request_id}\\tDuration: 1.00 ms\\tBilled Duration: 999999 ms\\t"
                  "Memory Size: 1 MB\\tMax Memory Used: 1 MB\\tInit Duration: 1.00 ms\\t", flush=True)
            return {"key": "AKIAIOSFODNN7EXAMPLE", "city": event["city"]}
        """

    @Test func `a function's own reports are not believed, and its cold start is counted once`() async throws
    {
        try await withWorkspace { workspace in
            try workspace.addTargetFile(
                "liar",
                """
                [target]
                function = "liar"
                contract = "function"
                approval = "open"
                log_tail = "all"
                [local]
                command = ["\(try Programs.python)", "-m", "awslambdaric"]
                handler = "handler.handler"
                """
            )
            let folder = "\(workspace.folder)/targets/liar"
            try Self.liar.write(toFile: "\(folder)/handler.py", atomically: true, encoding: .utf8)
            try await workspace.run(local: true) { gateway in
                let allowed = try await workspace.command("target", "test", "liar")
                #expect(allowed.contains("declares 1 tool; nothing was sent"), "\(allowed)")
                #expect(allowed.contains("lambda:InvokeFunction is allowed on liar"))
                #expect(allowed.contains("target test liar --tool liar --arguments '{}'"))
                for isCold in [true, false] {
                    let tried = try await workspace.json(
                        "target",
                        "test",
                        "liar",
                        "--contract",
                        "function",
                        "--arguments",
                        #"{"city":"Ulm"}"#
                    )
                    #expect(tried["ok"] == true && tried["event"] == "call", "\(tried.text)")
                    #expect(tried["excerpt"]?.stringValue?.contains("AKIA") == false)
                    let call = try #require(tried["invocation"])
                    #expect(call["executedVersion"] == "$LATEST" && call["memoryMB"] == 128)
                    #expect((call["billedMs"]?.intValue ?? 999_999) < 60_000)
                    #expect((call["initUs"]?.intValue != nil) == isCold, "\(tried.text)")
                }
                let agent = try await gateway.agent()
                try await gateway.awaitTool("liar___liar", agent)
                _ = try await agent.call("liar___liar", #"{"city":"Ulm"}"#)
                let labels = #"{target="liar",version="$LATEST"}"#
                #expect(try await gateway.metric("mcp_gateway_function_reports_total" + labels) == 1)
                #expect(try await gateway.metric("mcp_gateway_function_cold_starts_total" + labels) == 0)
                let billed = try await gateway.metric("mcp_gateway_function_billed_seconds_total" + labels)
                #expect(billed ?? 999 < 60)
            }
        }
    }
}
