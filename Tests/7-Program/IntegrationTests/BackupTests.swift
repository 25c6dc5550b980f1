import Foundation
import JSON
import TestSupport
import Testing

/// A backup made while a gateway serves, and a gateway that runs on it.
struct BackupTests {
    @Test func `a restored backup of a running gateway serves as the gateway did`() async throws {
        try await FakeLambda.with({ _ in FakeLambda.tools(["look"]) }) { url in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                var key = ""
                let head = try await workspace.run { gateway in
                    try await workspace.command(
                        "target",
                        "add",
                        "shop",
                        "--function",
                        "f",
                        "--contract",
                        "mcp-wrapper",
                        "--endpoint",
                        url,
                        "--approval",
                        "open"
                    )
                    try await workspace.command("target", "refresh", "shop")
                    key = try await workspace.issueKey().key
                    // While copies are made, agents ask and the server writes each second.
                    let agent = try await gateway.agent(key: key)
                    let asking = Task { while !Task.isCancelled { _ = try await agent.toolNames() } }
                    for index in 0..<5 {
                        let made = try await workspace.json("backup", "\(workspace.folder)/copy-\(index).db")
                        #expect(made["ok"] == true && made["keys"] == 1, "\(made.text)")
                    }
                    asking.cancel()
                    _ = try? await asking.value
                    let checked = try await workspace.json("backup", "check", "\(workspace.folder)/copy-4.db")
                    #expect(checked["ok"] == true)
                    try await workspace.command("key", "revoke", String(key.dropFirst(4).prefix(8)))
                    return checked["headHash"]
                }
                for end in ["", "-wal", "-shm"] {
                    try? FileManager.default.removeItem(atPath: workspace.store + end)
                }
                try FileManager.default.moveItem(
                    atPath: "\(workspace.folder)/copy-4.db",
                    toPath: workspace.store
                )
                try await workspace.run { gateway in
                    let agent = try await gateway.agent(key: key)
                    #expect(try await agent.toolNames() == ["shop___look"])
                    #expect(try await workspace.json("audit", "verify")["headHash"] == head)
                }
            }
        }
    }

    @Test func `a full disk leaves no part of a copy, and the store unchanged`() async throws {
        try await withWorkspace { workspace in
            for name in ["a", "b"] { try await workspace.command("tenant", "create", name) }
            // No file of this process may exceed 64 kB; writing more fails, but no signal ends the process.
            let wrapper = """
                import os, resource, signal, sys
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
                os.execv(sys.argv[1], sys.argv[1:])
                """
            let output = try await run(
                [
                    try Programs.python, "-c", wrapper, try Programs.gateway, "backup", "copy.db", "--config",
                    workspace.config,
                ],
                environment: workspace.environment,
                folder: workspace.folder
            )
            #expect(output.status == 1 && output.err.contains("the copy can't be written"), "\(output.err)")
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.folder)
            #expect(!names.contains { $0.contains("copy") }, "\(names)")
            #expect(try await workspace.json("audit", "verify")["ok"] == true)
        }
    }
}
