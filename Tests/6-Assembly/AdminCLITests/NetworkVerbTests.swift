@testable import AdminCLI
import Bytes
import EventLoop
import FoundationEssentials
import HTTP
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

/// The verbs that use Lambda or the gateway, each against a server on the loopback.
struct NetworkVerbTests {
    private func json(_ text: String, _ status: Int = 200, _ fields: [ResponseField] = []) -> Response {
        Response(status: status, contentType: .json, fields: fields, body: ByteBuffer(text))
    }

    /// A Lambda with the functions `time` and `bad`.
    private func lambda(_ request: Request) -> Response {
        if request.header("x-amz-invocation-type") == "DryRun", !request.path.contains("/gone/") {
            return Response(status: 204)
        }
        if request.path.contains("/time/") {
            let tools = ["now", "then", "not ok"].map {
                #"{"name":"\#($0)","description":"Tells \u001b[31mtime.","inputSchema":{"type":"object"}}"#
            }
            return json(
                #"{"tools":[\#(tools[0]),\#(tools[2]),{"name":"then","inputSchema":{"type":"object"}}]}"#
            )
        }
        if request.path.contains("/bad/") {
            return json(
                #"{"errorMessage":"boom"}"#,
                200,
                [ResponseField("X-Amz-Function-Error", "Unhandled")]
            )
        }
        return json("{}", 404, [ResponseField("X-Amzn-ErrorType", "ResourceNotFoundException")])
    }

    private func withLambda(_ body: (CommandLine) async throws -> Void) async throws {
        try await withServer(handler: { $0.respond(self.lambda($0.request)) }) { port, _ in
            try await withCommandLine(
                environment: ["AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:\(port)"],
                body
            )
        }
    }

    @Test func `refresh reports each target, and tools can then be listed and shown`() async throws {
        try await withLambda { cli in
            for name in ["time", "bad"] {
                _ = await cli.run("target", "add", name, "--function", name, "--contract", "mcp-wrapper")
            }
            let outcome = await cli.run("target", "refresh", "-o", "json")
            #expect(outcome.status == 1 && outcome.err.isEmpty)
            let bad = outcome.json["targets"]?[0], time = outcome.json["targets"]?[1]
            #expect(bad?["name"] == "bad" && bad?["error"]?.stringValue?.contains("boom") == true)
            #expect(time?["name"] == "time" && time?["error"] == .null)
            #expect(
                time?["added"] == 1 && time?["updated"] == 0 && time?["removed"] == 0
                    && time?["unchanged"] == 0
            )
            #expect(time?["durationMs"]?.intValue != nil)
            #expect(time?["refused"]?.arrayValue?.count == 2)

            let again = await cli.run("target", "refresh", "time")
            #expect(again.status == 0)
            #expect(again.err.contains("tool not ok was refused"))
            #expect(!again.err.contains("\u{1B}") && !again.out.contains("\u{1B}"))

            let tools = await cli.run("tool", "list", "-o", "json").json["tools"]
            let served = tools?.arrayValue?.filter { $0["state"] != "refused" } ?? []
            #expect(tools?.arrayValue?.count == 3 && served.count == 1)
            #expect(served.first?["name"] == "time___then" && served.first?["target"] == "time")
            let shown = await cli.run("tool", "show", "time___then", "-o", "json")
            #expect(shown.json["definition"] == ["name": "then", "inputSchema": ["type": "object"]])
            #expect(await cli.run("tool", "show", "time___then").out.contains("\"inputSchema\": {"))
            #expect(await cli.run("target", "list").out.contains("failing"))
        }
    }

    @Test func `a refresh on a terminal shows its progress and removes it at the end`() async throws {
        try await withLambda { cli in
            _ = await cli.run("target", "add", "time", "--function", "time", "--contract", "mcp-wrapper")
            let terminal = await cli.run(words: ["target", "refresh"], columns: 80)
            #expect(terminal.err.contains("asking time …") && terminal.err.contains("1 done"))
            #expect(!terminal.out.contains("\u{1B}"))
            #expect(terminal.out.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 80 })
        }
    }

    @Test func `target test shows the answer and leaves the catalog unchanged`() async throws {
        try await withLambda { cli in
            for name in ["time", "bad"] {
                _ = await cli.run("target", "add", name, "--function", name, "--contract", "mcp-wrapper")
            }
            let tested = await cli.run("target", "test", "time")
            #expect(tested.status == 0)
            #expect(tested.out.contains("1 tool on 1 page") && tested.out.contains("refused: not ok"))
            let json = await cli.run("target", "test", "time", "-o", "json").json
            #expect(json["ok"] == true && json["tools"] == ["then"] && json["pages"] == 1)
            let failed = await cli.run("target", "test", "bad", "-o", "json")
            #expect(failed.status == 1 && failed.json["ok"] == false)
            #expect(await cli.run("tool", "list", "-o", "json").json["tools"] == [])
        }
    }

    @Test func `doctor finds what is wrong and says what to do`() async throws {
        try await withLambda { cli in
            _ = await cli.run("target", "add", "time", "--function", "time", "--contract", "mcp-wrapper")
            let well = await cli.run("doctor")
            #expect(well.status == 0, "\(well.out)")
            #expect(well.out.contains("is whole, schema version 12"))
            #expect(well.out.contains("credentials: from environment"))
            #expect(well.out.contains("the clocks agree"))
            #expect(!well.out.contains("hunter2"))

            _ = await cli.run("target", "add", "gone", "--function", "gone", "--contract", "mcp-wrapper")
            let ill = await cli.run("doctor", "-o", "json")
            #expect(ill.status == 1 && ill.json["ok"] == false)
            let findings = ill.json["findings"]?.arrayValue ?? []
            let gone = findings.first { $0["check"] == "target gone" }
            #expect(gone?["status"] == "problem" && gone?["hint"]?.stringValue?.contains("region") == true)
        }
    }

    @Test func `doctor names faults of the configuration and of the store`() async throws {
        try await withCommandLine(config: "[agents]\nlisten = 1\n") { cli in
            let outcome = await cli.run("doctor")
            #expect(outcome.status == 1 && outcome.out.contains("gateway.toml:2"))
            let findings = await cli.run("doctor", "-o", "json").json["findings"]?.arrayValue ?? []
            let config = findings.filter { $0["check"] == "config" }
            #expect(!config.isEmpty && config.allSatisfy { $0["status"] == "problem" }, "\(config)")
        }
        try await withCommandLine { cli in
            try FileManager.default.createDirectory(
                atPath: "\(cli.folder)/var",
                withIntermediateDirectories: true
            )
            try Data("no database, but long enough to look like a file with something in it".utf8)
                .write(to: URL(filePath: "\(cli.folder)/var/gateway.db"))
            let outcome = await cli.run("doctor")
            #expect(outcome.status == 1 && outcome.out.contains("not a SQLite database"))
        }
    }

    struct Answer: Sendable {
        let response: Response
        let status: Int32
        let out: String
        let err: String
    }

    static let answers: [Answer] = [
        Answer(
            response: rpc(#""result":{"resultType":"complete","content":[{"type":"text","text":"4 °C"}]}"#),
            status: 0,
            out: "4 °C\n",
            err: ""
        ),
        Answer(
            response: rpc(#""result":{"content":[{"type":"text","text":"no such zone"}],"isError":true}"#),
            status: 1,
            out: "",
            err: "no such zone\n"
        ),
        Answer(
            response: rpc(#""result":{"content":[{"type":"image","mimeType":"image/png","data":"AAAA"}]}"#),
            status: 0,
            out: "[image/png, about 3 bytes]\n",
            err: ""
        ),
        Answer(
            response: rpc(#""result":{"content":[],"structuredContent":{"a":1}}"#),
            status: 0,
            out: "{\n  \"a\": 1\n}\n",
            err: ""
        ),
        Answer(
            response: rpc(#""error":{"code":-32602,"message":"Unknown tool: a\u001b[2J"}"#),
            status: 1,
            out: "",
            err: "mcp-gateway: the gateway refused: Unknown tool: a<U+001B>[2J (-32602); "
                + "an operator sees why with `mcp-gateway permission explain TENANT TOOL`\n"
        ),
        Answer(
            response: Response(status: 401),
            status: 1,
            out: "",
            err:
                "mcp-gateway: the gateway did not accept the key; it may be revoked, expired or of a suspended "
                + "tenant: `mcp-gateway key list`\n"
        ),
        Answer(
            response: Response(
                status: 200,
                contentType: .eventStream,
                body: ByteBuffer(
                    ": hello\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n"
                        + "data: {\"jsonrpc\":\"2.0\",\"id\":1,\r\ndata: \"result\":{\"content\":[{\"type\":\"text\",\"text\":\"late\"}]}}\n\n"
                )
            ),
            status: 0,
            out: "late\n",
            err: ""
        ),
    ]

    private static func rpc(_ member: String) -> Response {
        Response(
            status: 200,
            contentType: .json,
            body: ByteBuffer(#"{"jsonrpc":"2.0","id":1,\#(member)}"#)
        )
    }

    @Test(arguments: answers)
    func `call prints a result, and gives exit status 1 for an error`(_ answer: Answer) async throws {
        try await withServer(handler: { $0.respond(answer.response) }) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_KEY": "mgw_12345678_x"]) { cli in
                let outcome = await cli.run("call", "a___b", "{}", "--url", "http://127.0.0.1:\(port)/mcp")
                #expect(outcome.status == answer.status)
                #expect(outcome.out == answer.out)
                #expect(outcome.err == answer.err)
            }
        }
    }

    @Test func `call sends one request by MCP 2026-07-28, with the key from a file`() async throws {
        let seen = Locked<[String]>([])
        let answer = Self.rpc(#""result":{"content":[]}"#)
        try await withServer(handler: { exchange in
            let request = exchange.request
            seen.withLock { seen in
                for name in ["authorization", "mcp-protocol-version", "mcp-method", "mcp-name"]
                    as [StaticString]
                {
                    seen.append(request.header(name) ?? "-")
                }
                seen.append(request.path)
                seen.append(request.bytes.span.text(request.body))
            }
            exchange.respond(answer)
        }) { port, _ in
            try await withCommandLine { cli in
                try Data("mgw_12345678_x\n".utf8).write(to: URL(filePath: "\(cli.folder)/key"))
                let outcome = await cli.run(
                    "call",
                    "zeit___wörter",
                    #"{"a":1.0}"#,
                    "--key-file",
                    "\(cli.folder)/key",
                    "--url",
                    "http://127.0.0.1:\(port)/mcp",
                    "-o",
                    "json"
                )
                #expect(outcome.status == 0 && outcome.out == "{\"content\":[]}\n")
            }
        }
        let parts = seen.withLock { $0 }
        #expect(
            parts.prefix(5) == [
                "Bearer mgw_12345678_x", "2026-07-28", "tools/call", "=?base64?emVpdF9fX3fDtnJ0ZXI=?=",
                "/mcp",
            ]
        )
        let body = try JSONValue(parsing: parts[5])
        #expect(body["params"]?["name"] == "zeit___wörter")
        #expect(parts[5].contains(#""arguments":{"a":1.0}"#))
        #expect(body["params"]?["_meta"]?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
        #expect(body["params"]?["_meta"]?["io.modelcontextprotocol/clientCapabilities"] == [:])
    }

    @Test func `call without a key, with a bad key, or without a server says what to do`() async throws {
        try await withCommandLine { cli in
            let without = await cli.run("call", "a___b")
            #expect(without.status == 1 && without.err.contains("MCP_GATEWAY_KEY"))
        }
        try await withCommandLine(environment: ["MCP_GATEWAY_KEY": "mgw_x\r\nX-Evil: 1"]) { cli in
            let bad = await cli.run("call", "a___b", "--url", "http://127.0.0.1:1/mcp")
            #expect(bad.status == 1 && !bad.err.contains("Evil"))
        }
        try await withCommandLine(environment: ["MCP_GATEWAY_KEY": "mgw_12345678_x"]) { cli in
            let alone = await cli.run("call", "a___b", "--url", "http://127.0.0.1:1/mcp")
            #expect(alone.status == 1 && alone.err.contains("is the gateway running?"))
            #expect(!alone.err.contains("mgw_"))
        }
    }
}
