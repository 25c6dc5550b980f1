import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// The output of this machine's functions: on the server's terminal, in an operator's messages, and in `target logs`.
struct FunctionOutputTests {
    private static let handler = """
        import json, os, sys

        print("loaded")

        def handler(event, context):
            if event["method"] == "tools/list":
                names = ["speak", "raise", "die", "flood", "secret"]
                tools = [{"name": name, "inputSchema": {"type": "object"}} for name in names]
                return {"statusCode": 200, "body": json.dumps({"tools": tools})}
            name = event["params"]["name"]
            if name == "speak":
                print("on \\x1b[31mred\\x1b[0m stdout\\x1b[2J")
                print("on stderr", file=sys.stderr)
            if name == "flood":
                for number in range(3000):
                    print("line", number)
                print("x" * 5000)
            if name == "raise":
                raise ValueError("no such city")
            if name == "die":
                print("out of luck", file=sys.stderr)
                sys.stderr.flush()
                os._exit(3)
            return {"statusCode": 200, "body": json.dumps({"content": []})}

        """

    private func withTalker(
        settings: [String: String] = [:],
        command: String? = nil,
        errorsInto pipe: String? = nil,
        _ body: (GatewayProcess, Agent) async throws -> Void
    ) async throws {
        try await withWorkspace(settings: settings) { workspace in
            let python = try command ?? #""\#(try Programs.python)", "-m", "awslambdaric""#
            try workspace.addTargetFile(
                "talk",
                """
                [target]
                function = "talk-function"
                contract = "mcp-wrapper"
                approval = "open"
                [local]
                command = [\(python)]
                handler = "handler.handler"
                """
            )
            try Self.handler.write(
                toFile: "\(workspace.folder)/targets/talk/handler.py",
                atomically: true,
                encoding: .utf8
            )
            let wrapper = pipe.map { ["sh", "-c", "exec \"$@\" 2>'\($0)'", "sh"] } ?? []
            let gateway = try await workspace.start(local: true, through: wrapper)
            do { try await body(gateway, try await gateway.agent()) } catch {
                await gateway.stop()
                throw GatewayProcess.Failure(cause: error, log: gateway.log)
            }
            await gateway.stop()
        }
    }

    @Test func `prints and tracebacks are on the terminal by default, after the target's name, and safe`()
        async throws
    {
        try await withTalker { gateway, agent in
            try await gateway.awaitTool("talk___speak", agent)
            _ = try await agent.call("talk___speak")
            _ = try await agent.call("talk___raise")
            try await gateway.program.wait(for: "the lines") {
                $0.err.contains("\ntalk | on red stdout<U+001B>[2J\ntalk | on stderr\n")
                    && $0.err.contains("\ntalk | [ERROR] ValueError: no such city\n")
                    && $0.err.contains("\ntalk | Traceback (most recent call last):\n")
            }
            #expect(!gateway.log.contains("\u{1B}"))
            _ = try await agent.call("talk___flood")
            try await gateway.program.wait(for: "the long line") {
                $0.err.contains("(3000 more characters)\n")
            }
            #expect(gateway.log.contains("\ntalk | line 2999\n"))
        }
    }

    /// As with a stopped terminal or a pager.
    @Test func `a standard error without a reader holds up neither functions nor the shutdown`() async throws
    {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/errors"
            #expect(mkfifo(path, 0o600) == 0)
            let unread = open(path, O_RDWR | O_CLOEXEC)
            defer { close(unread) }
            try await withTalker(errorsInto: path) { gateway, agent in
                try await gateway.awaitTool("talk___speak", agent)
                // More than the pipe and the queue hold.
                for _ in 0..<40 { #expect(try await agent.call("talk___flood").isError != true) }
                #expect(try await agent.call("talk___speak").isError != true)
                gateway.program.signal(SIGTERM)
                #expect(try await gateway.program.end(seconds: 20).status == 0)
            }
        }
    }

    @Test func `as JSON they are records with the target, and a setting removes them`() async throws {
        try await withTalker(settings: ["log": "format = \"json\""]) { gateway, agent in
            try await gateway.awaitTool("talk___speak", agent)
            _ = try await agent.call("talk___speak")
            let output = try await gateway.program.wait(for: "the line") { $0.err.contains("on stderr") }
            let records = try output.err.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            let record = try #require(records.first { $0["message"] == "on stderr" })
            #expect(record["target"] == "talk" && record["function"] == "talk-function")
            #expect(record["requestId"]?.stringValue?.count == 36)
        }
        try await withTalker(settings: ["local_lambda": "output = \"log\""]) { gateway, agent in
            try await gateway.awaitTool("talk___speak", agent)
            _ = try await agent.call("talk___speak")
            try await gateway.program.wait(for: "the line") {
                $0.err.contains(#"debug "on stderr""#)
                    || $0.err.contains("debug on stderr function=talk-function")
            }
            #expect(!gateway.log.contains("talk | "))
        }
    }

    @Test func `an operator's messages have the last lines of output, and the agent's answers don't`()
        async throws
    {
        try await withTalker { gateway, agent in
            try await gateway.awaitTool("talk___speak", agent)
            let dead = try await agent.call("talk___die")
            #expect(dead.failureCode == "function_exited")
            #expect(!dead.response.text.contains("out of luck"))
            let log = try await gateway.program.wait(for: "the log of the call") {
                $0.err.contains("a call failed target=talk ")
                    && $0.err.contains("its last lines: out of luck")
            }
            #expect(log.err.contains("talk | out of luck\ntalk | Runtime exited with error: exit status 3\n"))
        }
        // A runtime that isn't installed: the first fault that a newcomer meets.
        try await withTalker(command: #""python3", "-S", "-m", "no_such_runtime""#) { gateway, _ in
            let workspace = gateway.workspace
            let missing = "No module named no_such_runtime"
            for words in [["target", "refresh", "talk"], ["target", "test", "talk"], ["target", "list"]] {
                let output = try await workspace.run(words + ["-o", "json", "--config", workspace.config])
                #expect(output.out.contains("Runtime.ExitError"), "\(words): \(output.out)\(output.err)")
                #expect(output.out.contains(missing), "\(words): \(output.out)\(output.err)")
            }
            try await gateway.program.wait(for: "the line") {
                $0.err.contains("\ntalk | ") && $0.err.contains(missing)
            }
        }
    }

    @Test func `target logs has the last lines with time and stream, and follows until Ctrl-C`() async throws
    {
        try await withTalker { gateway, agent in
            let workspace = gateway.workspace
            try await gateway.awaitTool("talk___speak", agent)
            _ = try await agent.call("talk___speak")
            let answer = try await workspace.json("target", "logs", "talk", "--lines", "2")
            let lines = answer["lines"]?.arrayValue ?? []
            #expect(lines.count == 2 && lines.last?["text"] == "on stderr", "\(answer.text)")
            #expect(lines.last?["stream"]?.stringValue?.contains("[$LATEST]") == true)
            #expect((lines.last?["atMs"]?.intValue ?? 0) > 1_700_000_000_000)
            #expect((answer["skipped"]?.intValue ?? 0) > 0)
            let text = try await workspace.command("target", "logs", "talk")
            #expect(text.contains("| loaded\n") && text.contains("| on stderr\n"))
            #expect(!text.contains("\u{1B}"))

            let program = try Program(
                [
                    try Programs.gateway, "target", "logs", "talk", "-f", "--lines", "1", "--config",
                    workspace.config,
                ],
                environment: workspace.environment,
                folder: workspace.folder
            )
            do {
                try await program.wait(for: "the last line") { $0.out.contains("on stderr\n") }
                _ = try await agent.call("talk___die")
                try await program.wait(for: "new lines") {
                    $0.out.contains("| out of luck\n")
                        && $0.out.contains("* Runtime exited with error: exit status 3\n")
                }
                program.signal(SIGINT)
                let end = try await program.end(seconds: 10)
                #expect(end.status == 0 && end.err.isEmpty, "\(end.err)")
            } catch {
                await program.stop()
                throw error
            }
            await program.stop()
        }
    }

    @Test func `for a function in AWS target logs names the command, and without a server it says so`()
        async throws
    {
        try await withGateway(environment: FakeLambda.credentials) { gateway in
            let workspace = gateway.workspace
            try await workspace.command(
                "target",
                "add",
                "far",
                "--function",
                "arn:aws:lambda:eu-central-1:123456789012:function:far-fn:live",
                "--contract",
                "jsonrpc"
            )
            let output = try await workspace.run(["target", "logs", "far", "--config", workspace.config])
            #expect(output.status == 1)
            #expect(
                output.err.contains("`aws logs tail /aws/lambda/far-fn --follow --region eu-central-1`"),
                "\(output.err)"
            )
            await gateway.stop()
            let none = try await workspace.run(["target", "logs", "far", "--config", workspace.config])
            #expect(none.status == 1 && none.err.contains("no server runs on this store"), "\(none.err)")
        }
    }
}
