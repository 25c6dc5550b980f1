import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// The author's cycle: `serve --local` runs saved code at once, lists its tools again and tells clients, without a
/// restart.
struct EditTests {
    /// A handler that answers `greeting`, with these tools.
    private static func handler(_ greeting: String, tools: [String] = ["greet"], extra: String = "") -> String
    {
        """
        import json
        \(extra)
        def handler(event, context):
            if event["method"] == "tools/list":
                tools = [{"name": name, "inputSchema": {"type": "object"}} for name in \(tools)]
                return {"statusCode": 200, "body": json.dumps({"tools": tools})}
            text = \(JSONValue.string(greeting).text)
            return {"statusCode": 200, "body": json.dumps({"content": [{"type": "text", "text": text}]})}

        """
    }

    private static func target(_ name: String, more: String = "") throws -> String {
        """
        [target]
        function = "\(name)"
        contract = "mcp-wrapper"
        approval = "open"
        \(more)
        [local]
        command = ["\(try Programs.python)", "-m", "awslambdaric"]
        handler = "handler.handler"

        """
    }

    private func folder(_ gateway: GatewayProcess, _ name: String = "hello") -> String {
        "\(gateway.workspace.folder)/targets/\(name)"
    }

    /// Saves as editors do: writes a temporary file and renames it over the old one.
    private func save(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func makeTarget(_ folder: String, _ handler: String, _ target: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try handler.write(toFile: "\(folder)/handler.py", atomically: false, encoding: .utf8)
        try save(target, "\(folder)/target.toml")
    }

    /// Runs `body` with a gateway that serves `hello` from its own folder.
    private func withHello(
        settings: [String: String] = [:],
        environment: [String: String] = [:],
        handler: String = handler("one"),
        _ body: (GatewayProcess, Agent) async throws -> Void
    ) async throws {
        let settings = ["local_lambda": "watch = true"].merging(settings) { $1 }
        try await withWorkspace(settings: settings, environment: environment) { workspace in
            try makeTarget("\(workspace.folder)/targets/hello", handler, try Self.target("hello"))
            try await workspace.run(local: true) { gateway in
                let agent = try await gateway.agent()
                try await body(gateway, agent)
            }
        }
    }

    private func said(_ gateway: GatewayProcess, _ line: String) async throws {
        try await gateway.program.wait(for: line) { $0.err.contains("\n\(line)") }
    }

    @Test func `an edit is in force for the very next call, however often and however it is saved`()
        async throws
    {
        try await withHello { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            let path = "\(folder(gateway))/handler.py"
            for number in 1...25 {
                // The same size within one second, so Python's byte code cache wouldn't notice the change.
                let text = Self.handler("number \(100 + number)")
                try text.write(toFile: path, atomically: number % 2 == 0, encoding: .utf8)
                #expect(try await agent.call("hello___greet").text == "number \(100 + number)")
            }
            // Code beside the handler counts too, even in a folder that is new.
            try FileManager.default.createDirectory(
                atPath: "\(folder(gateway))/lib",
                withIntermediateDirectories: true
            )
            try save("WORD = 'first'\n", "\(folder(gateway))/lib/words.py")
            try save(
                Self.handler("").replacing(#"text = """#, with: "text = WORD")
                    .replacing("import json\n", with: "import json\nfrom lib.words import WORD\n"),
                path
            )
            #expect(try await agent.call("hello___greet").text == "first")
            try save("WORD = 'other'\n", "\(folder(gateway))/lib/words.py")
            #expect(try await agent.call("hello___greet").text == "other")
        }
    }

    @Test func `new tools are listed, clients are told, and the terminal shows what was taken over`()
        async throws
    {
        try await withHello(settings: ["agents": "stream_keep_alive = \"1s\""]) { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            let stream = try await EventStream(agent)
            try save(Self.handler("two", tools: ["greet", "wave"]), "\(folder(gateway))/handler.py")
            _ = try await stream.change(1)
            #expect(try await agent.toolNames() == ["hello___greet", "hello___wave"])
            try await said(gateway, "hello | reloaded: handler.py changed, 2 tools (1 new)\n")
            // A failure is shown, and the last good list stays.
            try save("import no_such_module\n", "\(folder(gateway))/handler.py")
            try await gateway.program.wait(for: "the failure") {
                $0.err.contains("hello | reloaded: handler.py changed, but the function failed")
                    && $0.err.contains("the last good tools stay\n")
            }
            #expect(gateway.log.contains("No module named 'no_such_module'"))
            #expect(try await agent.toolNames() == ["hello___greet", "hello___wave"])
            try save(Self.handler("three"), "\(folder(gateway))/handler.py")
            try await said(gateway, "hello | reloaded: handler.py changed, 1 tool (1 gone)\n")
            #expect(try await agent.call("hello___greet").text == "three")
        }
    }

    @Test func `a call that runs finishes in the old code, and the next one runs the new`() async throws {
        let slow = Self.handler("old").replacing(
            "    text =",
            with: "    print('begun')\n    open('go.tmp').read()\n    text ="
        )
        try await withHello(handler: slow) { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            // Reading the pipe blocks until the test writes to it.
            #expect(mkfifo("\(folder(gateway))/go.tmp", 0o600) == 0)
            let running = try agent.beginCall("hello___greet")
            try await said(gateway, "hello | begun\n")
            try save(Self.handler("new"), "\(folder(gateway))/handler.py")
            #expect(try await agent.call("hello___greet").text == "new")
            let pipe = try #require(fopen("\(folder(gateway))/go.tmp", "w"))
            fclose(pipe)
            #expect(try await Agent.answer(on: running).text == "old")
            #expect(try await agent.call("hello___greet").text == "new")
        }
    }

    @Test func `target files and folders that appear, change, break or vanish are taken over automatically`()
        async throws
    {
        try await withWorkspace(settings: ["local_lambda": "watch = true"]) { workspace in
            // Even the folder of all targets doesn't exist yet.
            try FileManager.default.removeItem(atPath: "\(workspace.folder)/targets")
            try await workspace.run(local: true) { gateway in
                let agent = try await gateway.agent()
                #expect(try await agent.toolNames() == [])
                try makeTarget(folder(gateway), Self.handler("one"), try Self.target("hello"))
                try await gateway.awaitTool("hello___greet", agent)
                try await said(gateway, "hello | added, 1 tool (1 new)\n")
                #expect(try await agent.call("hello___greet").text == "one")
                // A change of a setting of the function's process.
                try save(try Self.target("hello") + "timeout_s = 0\n", "\(folder(gateway))/target.toml")
                try await gateway.program.wait(for: "the fault") {
                    $0.err.contains("hello | the target stays as it was: ")
                        && $0.err.contains("local.timeout_s")
                }
                #expect(try await agent.call("hello___greet").text == "one")
                let renamed = try Self.target("hello", more: "[aliases]\ngreet = \"hail\"\n")
                try save(renamed, "\(folder(gateway))/target.toml")
                try await gateway.awaitTool("hello___hail", agent)
                try await said(gateway, "hello | reloaded: target.toml changed, 1 tool")
                // A link to a folder elsewhere, whose files are edited in that folder.
                let elsewhere = "\(workspace.folder)/elsewhere"
                try makeTarget(elsewhere, Self.handler("far"), try Self.target("linked"))
                #expect(symlink(elsewhere, "\(workspace.folder)/targets/linked") == 0)
                try await gateway.awaitTool("linked___greet", agent)
                try save(Self.handler("away"), "\(elsewhere)/handler.py")
                #expect(try await agent.call("linked___greet").text == "away")
                try FileManager.default.removeItem(atPath: folder(gateway))
                try await eventually("hello is gone") {
                    try await agent.toolNames() == ["linked___greet"]
                }
                try await said(gateway, "hello | removed with its folder\n")
            }
        }
    }

    @Test func `a folder of all targets that replaces another is taken over whole`()
        async throws
    {
        try await withHello { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            // The declaration is the same, so only the code shows the change.
            let folder = gateway.workspace.folder
            let other = Self.handler("two", tools: ["greet", "wave"])
            try makeTarget("\(folder)/other/hello", other, try Self.target("hello"))
            #expect(rename("\(folder)/targets", "\(folder)/old") == 0)
            #expect(rename("\(folder)/other", "\(folder)/targets") == 0)
            try await gateway.awaitTool("hello___wave", agent)
            try await said(gateway, "hello | reloaded: files may have changed, 2 tools")
            #expect(try await agent.call("hello___greet").text == "two")
        }
    }

    @Test func `files that editors and tools leave in the folder restart nothing`() async throws {
        let telling = Self.handler("x", extra: "import os").replacing(
            #"text = "x""#,
            with: "text = str(os.getpid())"
        )
        try await withHello(handler: telling) { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            let process = try await agent.call("hello___greet").text
            #expect(process?.isEmpty == false)
            for name in [".handler.py.swp", "handler.py~", "4913", "data.db-wal", "x.log"] {
                try "x".write(toFile: "\(folder(gateway))/\(name)", atomically: false, encoding: .utf8)
            }
            for name in ["__pycache__", ".git", "node_modules"] {
                mkdir("\(folder(gateway))/\(name)", 0o700)
                try "x".write(toFile: "\(folder(gateway))/\(name)/f", atomically: false, encoding: .utf8)
            }
            for _ in 0..<3 { #expect(try await agent.call("hello___greet").text == process) }
        }
    }

    @Test func `a function that writes into its own folder isn't listed again for ever`() async throws {
        let writing = Self.handler(
            "x",
            extra: "import time\nopen('state.txt', 'w').write(str(time.time()))"
        )
        try await withHello(handler: writing) { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            try await said(gateway, "hello | its files change while it runs (state.txt changed)")
            // From now on the pauses double; calls work meanwhile.
            #expect(try await agent.call("hello___greet").text == "x")
        }
    }

    @Test func `without the watch, a reload applies changed code`() async throws {
        try await withHello(settings: ["local_lambda": "watch = false"]) { gateway, agent in
            try await gateway.awaitTool("hello___greet", agent)
            #expect(try await agent.call("hello___greet").text == "one")
            try save(Self.handler("two"), "\(folder(gateway))/handler.py")
            #expect(try await agent.call("hello___greet").text == "one")
            try await gateway.workspace.command("reload")
            #expect(try await agent.call("hello___greet").text == "two")
        }
    }
}
