import Foundation
import JSON
import TestSupport
import Testing

/// Agents that watch a resource of a real function, which reads it from a file.
struct WatchTests {
    /// The three clients, each of a tenant of its own.
    private static func watchers(_ gateway: GatewayProcess) async throws -> [(
        tenant: String, program: Program
    )] {
        let scripts: [(tenant: String, python: String, words: [String])] = [
            ("modern", try Programs.python, ["agent_watch.py", "--era", "modern"]),
            ("legacy", try Programs.python, ["agent_watch.py", "--era", "legacy"]),
            ("old", try Programs.pythonOfOldClient, ["agent_watch1.py"]),
        ]
        var watchers: [(tenant: String, program: Program)] = []
        for script in scripts {
            var environment = Programs.environment
            environment["MCP_GATEWAY_KEY"] = try await gateway.workspace.issueKey(tenant: script.tenant).key
            let deny = "watched___resource:watched://secret"
            try await gateway.workspace.command("permission", "deny", script.tenant, deny)
            let file = "\(Programs.root)/Tests/Python/\(script.words[0])"
            let program = try Program(
                [script.python, file, gateway.agentsURL] + script.words.dropFirst(),
                environment: environment,
                folder: Programs.root
            )
            watchers.append((script.tenant, program))
        }
        return watchers
    }

    private static func isPolled(_ tenant: String, _ gateway: GatewayProcess) async throws -> Bool {
        let calls = try await gateway.workspace.json("calls", "--tenant", tenant)["calls"]?.arrayValue ?? []
        return calls.contains {
            $0["tool"] == "watched___resource:watched://page"
                && $0["client"]?.stringValue?.hasSuffix(" (poll)") == true
        }
    }

    @Test func `the official Python clients are told when a resource changes, and read it`() async throws {
        let page = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
        func write(_ text: String) throws { try text.write(to: page, atomically: true, encoding: .utf8) }
        try write("one")
        defer { try? FileManager.default.removeItem(at: page) }  // nobody needs it any more
        let target = Workspace.Target.function("watched", ["/nowhere": page.path])
        let settings = ["agents": "resource_poll = \"5s\"", "limits": Mall.patience]
        try await withGateway(local: true, targets: [target], settings: settings) { gateway in
            try await gateway.awaitTool("watched___look", gateway.agent())
            let watchers = try await Self.watchers(gateway)
            do {
                for (tenant, program) in watchers {
                    try await program.wait(for: "\(tenant) to listen") { $0.out.contains("\"open\"") }
                    try await eventually("\(tenant) polls", seconds: 20) {
                        try await Self.isPolled(tenant, gateway)
                    }
                }
                try write("two")
                for (tenant, program) in watchers {
                    try await program.wait(for: "\(tenant) to be told") { $0.out.contains("\"two\"") }
                }
                // Of one tenant alone; the others are told of the next change.
                try await gateway.workspace.command("permission", "deny", "old", "watched___*")
                try write("three")
                for (tenant, program) in watchers where tenant != "old" {
                    try await program.wait(for: "\(tenant) to be told") { $0.out.contains("\"three\"") }
                }
                try await gateway.workspace.command("tenant", "suspend", "modern")
                #expect(try await watchers[0].program.end(seconds: 20).status == 0)
                for (_, program) in watchers { await program.stop() }
            } catch {
                for (_, program) in watchers { await program.stop() }
                throw error
            }
            let told = watchers.map { watcher in
                watcher.program.current.out.split(separator: "\n").map(String.init)
            }
            let uri = #""uri": "watched://page""#
            let first = [
                #"{"event": "open", "honored": ["watched://page"]}"#,
                #"{"event": "updated", \#(uri), "text": "two"}"#,
            ]
            let second = #"{"event": "updated", \#(uri), "text": "three"}"#
            #expect(told == [first + [second, #"{"event": "ended"}"#], first + [second], first])
        }
    }
}
