import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// `target new`: from nothing to a function that is called, one's own or an MCP server from PyPI.
struct NewTargetTests {
    /// A wrapped server, and one call of it.
    struct Wrapped: Sendable, CustomTestStringConvertible {
        let package: String
        /// The library that the server uses.
        let library: String
        var options: [String] = []
        let tool: String
        let arguments: String
        let answer: String

        var testDescription: String { "\(package) (\(library))" }
    }

    /// Makes pip find packages without a network: scripts/setup has downloaded them.
    private static var wheels: [String: String] {
        get throws {
            let folder = "\(Programs.root)/var/wheels"
            guard FileManager.default.fileExists(atPath: "\(folder)/lists.sha256") else {
                throw Program.Failure(description: "no \(folder): run scripts/setup")
            }
            return ["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder]
        }
    }

    private func make(_ workspace: Workspace, _ words: String...) async throws -> Program.Output {
        try await workspace.run(
            ["target", "new"] + words + ["--python", try Programs.python, "--config", workspace.config]
        )
    }

    /// The names in the folder of all targets.
    private func names(_ workspace: Workspace) -> [String] {
        let all = try? FileManager.default.contentsOfDirectory(atPath: "\(workspace.folder)/targets")
        return (all ?? []).sorted()
    }

    @Test func `a new function is served as soon as it is made, and runs the saved code`() async throws {
        let settings = ["local_lambda": "watch = true"]
        try await withGateway(local: true, settings: settings, environment: try Self.wheels) { gateway in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            let output = try await make(workspace, "hello")
            #expect(output.status == 0, "\(output.err)")
            #expect(output.out.contains("hello, 2 tools: greet, count_words\n"), "\(output.out)")
            #expect(output.out.contains("mcp-gateway serve --local\n"))
            try await gateway.awaitTool("hello___greet", agent)
            let answer = try await agent.call("hello___greet", #"{"name":"Ada","times":2}"#)
            #expect(answer.text == "Hello, Ada! Hello, Ada!", "\(answer.response.text)\n\(gateway.log)")
            let counted = try await agent.call("hello___count_words", #"{"text":"to be or not"}"#)
            #expect(counted.structured == ["words": 4, "characters": 12])
            let wrong = try await agent.call("hello___greet", #"{"nam":"Ada"}"#)
            #expect(wrong.isError == true && wrong.text?.contains("'name'") == true, "\(wrong.response.text)")
            let tools = try await agent.list().result?["tools"]?.arrayValue ?? []
            let greet = try #require(tools.first { $0["name"] == "hello___greet" })
            #expect(greet["description"] == "Greets somebody by name.")
            #expect(greet["inputSchema"]?["properties"]?["times"] == ["type": "integer", "default": 1])
            #expect(greet["inputSchema"]?["required"] == ["name"])
            // The cycle continues: edit, call; break it, read why.
            let path = "\(workspace.folder)/targets/hello/handler.py"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try text.replacing("Hello, ", with: "Good morning, ").write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            #expect(try await agent.call("hello___greet", #"{"name":"Ada"}"#).text == "Good morning, Ada!")
            try text.replacing("return \" \"", with: "return nothing").write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            #expect(try await agent.call("hello___greet", #"{"name":"Ada"}"#).isError == true)
            try await gateway.program.wait(for: "the traceback") {
                $0.err.contains("hello | Traceback") && $0.err.contains("name 'nothing' is not defined")
            }
        }
    }

    @Test(
        arguments: [
            Wrapped(
                package: "mcp-server-time",
                library: "mcp 2, low-level",
                tool: "convert_time",
                arguments: #"{"source_timezone":"Asia/Tokyo","time":"12:00","target_timezone":"Asia/Seoul"}"#,
                answer: "T12:00:00+09:00"
            ),
            Wrapped(
                package: "mcp-server-sqlite==2025.4.25",
                library: "mcp 1, low-level, with arguments",
                options: ["--command", "mcp-server-sqlite --db-path 'shop.db'"],
                tool: "read_query",
                arguments: #"{"query":"SELECT 6 * 7 AS answer"}"#,
                answer: "42"
            ),
            Wrapped(
                package: "mcp-server-calculator",
                library: "FastMCP of mcp 1",
                tool: "calculate",
                arguments: #"{"expression":"6*7"}"#,
                answer: "42"
            ),
            Wrapped(
                package: "mcp-mathematics",
                library: "fastmcp",
                options: ["--env", "GREETING=hi"],
                tool: "calculate_expression",
                arguments: #"{"expr":"6*7"}"#,
                answer: "42"
            ),
        ]
    )
    func `one command makes an MCP server from PyPI a function, here and in Lambda's place`(_ server: Wrapped)
        async throws
    {
        try await withWorkspace(environment: try Self.wheels) { workspace in
            let words = ["wrapped", "--wrap", server.package] + server.options + ["-o", "json"]
            let output = try await workspace.run(
                ["target", "new"] + words + ["--python", try Programs.python, "--config", workspace.config]
            )
            try #require(output.status == 0, "\(output.err)")
            let made = try JSONValue(parsing: output.out)
            #expect(made["tools"]?.arrayValue?.contains(.string(server.tool)) == true, "\(made.text)")
            #expect(
                output.err.contains("so it has mcp 1") == server.library.hasPrefix("mcp 1"),
                "\(output.err)"
            )
            let isDeployed = server.library.hasPrefix("mcp")
            if isDeployed { try await deploy(workspace) }
            try await workspace.run(local: true) { gateway in
                let agent = try await gateway.agent()
                for target in isDeployed ? ["wrapped", "deployed"] : ["wrapped"] {
                    try await gateway.awaitTool("\(target)___\(server.tool)", agent)
                    for _ in 0..<2 {
                        let answer = try await agent.call("\(target)___\(server.tool)", server.arguments)
                        #expect(answer.isError != true, "\(answer.response.text)")
                        #expect(
                            answer.text?.contains(server.answer) == true,
                            "\(answer.response.text)\n\(gateway.log)"
                        )
                    }
                }
            }
        }
    }

    /// Makes the target `deployed` from `wrapped` as Lambda would get it: only the zipped folder, without anything that
    /// is said in target.toml alone.
    private func deploy(_ workspace: Workspace) async throws {
        let folder = "\(workspace.folder)/targets/wrapped"
        let deployed = "\(workspace.folder)/targets/deployed"
        let zip = "\(workspace.folder)/code.zip"
        let python = try Programs.python
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        for words in [["-c", zip] + files, ["-e", zip, deployed]] {
            let zipped = try await run([python, "-m", "zipfile"] + words, folder: folder)
            try #require(zipped.status == 0, "\(zipped.err)")
        }
        try workspace.addTargetFile(
            "deployed",
            """
            [target]
            function = "deployed"
            contract = "jsonrpc"
            approval = "open"
            [local]
            command = ["\(python)", "-m", "awslambdaric"]
            handler = "handler.handler"
            """
        )
    }

    @Test func `a failure leaves nothing behind, and says what to do`() async throws {
        try await withWorkspace(environment: try Self.wheels) { workspace in
            let missing = try await make(workspace, "x", "--wrap", "no-such-package")
            #expect(missing.status == 1 && missing.err.contains("pip could not install no-such-package"))
            let noServer = try await make(workspace, "x", "--wrap", "click")
            #expect(noServer.status == 1 && noServer.err.contains("click has no program"), "\(noServer.err)")
            let words = ["--wrap", "mcp-server-calculator", "--command", "python -c 'import no_such_module'"]
            let broken = try await make(workspace, "x", words[0], words[1], words[2], words[3])
            #expect(
                broken.status == 1 && broken.err.contains("No module named 'no_such_module'"),
                "\(broken.err)"
            )
            let noPython = try await workspace.run(
                ["target", "new", "x", "--python", "no-such-python", "--config", workspace.config]
            )
            #expect(noPython.status == 1 && noPython.err.contains("there is no Python"), "\(noPython.err)")
            #expect(names(workspace).isEmpty)

            let bare = try await make(workspace, "x", "--no-install")
            #expect(bare.status == 0 && bare.out.contains("README.md"), "\(bare.err)")
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(workspace.folder)/targets/x")
                .sorted()
            #expect(files == [".gitignore", "README.md", "handler.py", "requirements.txt", "target.toml"])
            let again = try await make(workspace, "x", "--no-install")
            #expect(again.status == 1 && again.err.contains("is there already; choose another name"))
            #expect(files.count == 5 && names(workspace) == ["x"])
        }
    }

    @Test func `Ctrl-C leaves nothing behind either`() async throws {
        try await withWorkspace(environment: try Self.wheels) { workspace in
            // pip waits for an answer that never comes.
            let silent = try RawListener()
            defer { silent.close() }
            let program = try Program(
                [
                    try Programs.gateway, "target", "new", "x", "--python", try Programs.python, "--config",
                    workspace.config,
                ],
                environment: workspace.environment.merging(
                    [
                        "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null",
                        "PIP_INDEX_URL": "http://127.0.0.1:\(silent.port)/simple",
                    ]
                ) { $1 },
                folder: workspace.folder
            )
            do {
                try await silent.accepted()
                program.signal(SIGINT)
                let output = try await program.end(seconds: 20)
                #expect(output.status == 1 && output.err.contains("interrupted"), "\(output.err)")
                #expect(names(workspace).isEmpty)
            } catch {
                await program.stop()
                throw error
            }
            await program.stop()
        }
    }
}

/// A port that accepts connections and sends nothing.
private final class RawListener: Sendable {
    private let fd: CInt
    let port: Int

    init() throws {
        let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var count = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, count) == 0 && listen(made, 8) == 0 ? getsockname(made, $0, &count) : -1
            }
        }
        guard code == 0 else { throw Program.Failure(description: "no port: \(errno)") }
        (fd, port) = (made, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Returns once a client has connected.
    func accepted() async throws {
        let latch = Latch()
        Thread.detachNewThread { [fd] in
            if accept(fd, nil, nil) >= 0 { latch.open() }
        }
        guard await latch.wait(seconds: 30) else { throw Program.Failure(description: "nobody connects") }
    }

    func close() {
        shutdown(fd, CInt(SHUT_RDWR))
        Glibc.close(fd)
    }
}
