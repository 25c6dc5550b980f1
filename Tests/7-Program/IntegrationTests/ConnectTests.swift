import Foundation
import JSON
import TestSupport
import Testing

/// The output of `connect`, used unchanged: by the official client in both major versions, by a shell and by JSON
/// parsers.
@Suite(.gateway(.time, listing: "time___convert_time"))
struct ConnectTests {
    private func connect(_ words: String..., environment: [String: String] = [:]) async throws
        -> Program.Output
    {
        let gateway = try SharedGateway.current.gateway
        let output = try await gateway.workspace.run(
            ["connect"] + words + ["--agents-url", gateway.agentsURL, "--config", gateway.workspace.config],
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        return output
    }

    enum Client: Sendable, CaseIterable { case first, second }

    @Test(arguments: Client.allCases)
    func `the Python program lists the tools with either major version of the client`(_ client: Client)
        async throws
    {
        let shared = try SharedGateway.current
        let program = try await connect("python").out
        let folder = shared.gateway.workspace.folder
        let file = "\(folder)/agent-\(client).py"
        try program.write(toFile: file, atomically: true, encoding: .utf8)
        var environment = shared.gateway.workspace.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let python = try client == .first ? Programs.pythonOfOldClient : Programs.python
        let version = try await run(
            [python, "-c", "import importlib.metadata as m; print(m.version('mcp'))"],
            environment: environment
        )
        #expect(version.out.hasPrefix(client == .first ? "1." : "2."))
        let output = try await run([python, file], environment: environment, folder: folder)
        #expect(output.status == 0, "\(output.err)")
        #expect(output.out.split(separator: "\n").contains("time___convert_time"))
    }

    @Test func `the line for Claude Code gives it the variable's name, not the key`() async throws {
        let shared = try SharedGateway.current
        let folder = shared.gateway.workspace.folder
        let line = try await connect("claude-code").out
        try FileManager.default.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
        let claude = "\(folder)/bin/claude"
        try "#!/bin/sh\nprintf '%s\\n' \"$@\"\n".write(toFile: claude, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: claude)
        let output = try await run(
            ["sh", "-c", line],
            environment: ["PATH": "\(folder)/bin:/usr/bin:/bin", "MCP_GATEWAY_KEY": shared.key]
        )
        #expect(
            output.out.split(separator: "\n").map { String($0) } == [
                "mcp", "add", "--transport", "http", "--scope", "project", "gateway",
                shared.gateway.agentsURL,
                "--header", "Authorization: Bearer ${MCP_GATEWAY_KEY}",
            ]
        )
    }

    @Test(arguments: ["claude-code", "vscode", "cursor"])
    func `a configuration with its own key opens the gateway, and other JSON parsers accept it`(
        _ client: String
    )
        async throws
    {
        let shared = try SharedGateway.current
        let workspace = shared.gateway.workspace
        let file = "\(workspace.folder)/\(client).json"
        _ = try await connect(client, "--tenant", "demo", "--issue-key", "--embed-key", "--file", file)
        let member = client == "vscode" ? "servers" : "mcpServers"
        let read = try await run(
            [
                try Programs.python, "-c",
                """
                import json, sys
                server = json.load(open(sys.argv[1]))[sys.argv[2]]["gateway"]
                print(server["url"], server["headers"]["Authorization"].removeprefix("Bearer "))
                """, file, member,
            ]
        )
        let words = read.out.split(whereSeparator: \.isWhitespace).map { String($0) }
        try #require(words.count == 2, "\(read.err)")
        let listed = try await workspace.run(
            ["call", "--list", "--url", words[0]],
            environment: ["MCP_GATEWAY_KEY": words[1]]
        )
        #expect(listed.status == 0 && listed.out.contains("time___convert_time"), "\(listed.err)")
    }

    @Test func `a call takes pairs, standard input and a file, and can list the tools`() async throws {
        let shared = try SharedGateway.current
        let workspace = shared.gateway.workspace
        let environment = ["MCP_GATEWAY_KEY": shared.key]
        let call = ["call", "--url", shared.gateway.agentsURL]
        let pairs = try await workspace.run(
            call + [
                "time___convert_time", "source_timezone=Europe/Berlin", "time=12:00",
                "target_timezone=Asia/Tokyo",
            ],
            environment: environment
        )
        #expect(pairs.status == 0 && pairs.out.contains("Asia/Tokyo"), "\(pairs.err)")
        let document = #"{"source_timezone":"Europe/Berlin","time":"12:00","target_timezone":"Asia/Tokyo"}"#
        let input = try await run(
            ["sh", "-c", "printf %s '\(document)' | \"$0\" \"$@\"", try Programs.gateway] + call
                + ["time___convert_time", "-", "target_timezone=UTC"],
            environment: workspace.environment.merging(environment) { $1 },
            folder: workspace.folder
        )
        #expect(input.status == 0 && input.out.contains("UTC"), "\(input.err)")
        let one = try await workspace.run(call + ["--list", "time___convert_time"], environment: environment)
        #expect(one.status == 0 && one.out.contains("source_timezone"), "\(one.err)")
    }
}
