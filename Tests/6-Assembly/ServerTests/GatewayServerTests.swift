import Config
import EventLoop
import Foundation
import Gateway
import Store
import TestSupport
import Testing

@testable import Server

/// One gateway in the test's own process.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct GatewayServerTests {
    private static func server(
        in folder: String,
        on control: EventLoop,
        admin: Int = 0,
        more: String = ""
    ) throws -> GatewayServer {
        let file = "\(folder)/gateway.toml"
        let text = """
            [store]
            path = "\(folder)/store.db"
            [targets]
            directory = "\(folder)/targets"
            [server]
            loops = 2
            [agents]
            listen = "127.0.0.1:0"
            [admin]
            listen = "127.0.0.1:\(admin)"
            [aws]
            region = "eu-west-1"
            \(more)
            """
        try Data(text.utf8).write(to: URL(filePath: file))
        return try GatewayServer(
            GatewayConfig.load(file: file, environment: [:]),
            local: false,
            environment: ["AWS_EC2_METADATA_DISABLED": "true"],
            control: control,
            log: GatewayLog(threshold: .error) { _, _, _ in },
            output: ErrorOutput(GatewayConfig().log, isPatient: false)
        )
    }

    /// The threads that serve agents; no other test has any.
    private static var agentThreads: [String] {
        let folder = "/proc/self/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8) }
            .filter { $0.hasPrefix("agents-") }
    }

    /// The order in which services start. They end in the reverse order: health sends others elsewhere, no refresh or
    /// reload begins, agents are drained, calls finish, token keys and connections are released, counts are written,
    /// and operators are answered until everything but the store is closed.
    @Test func `the services have this order`() async throws {
        let all = [
            "loops", "store", "first-tenant", "admin", "targets", "in-force", "snapshots", "writer",
            "cloudwatch", "log", "record files", "traces", "access-log", "records", "calls",
            "upstreams", "discovery", "agents", "reloads", "refresh", "watch", "memory", "call-windows",
            "loop-watch", "health",
        ]
        try await withTemporaryDirectory { folder in
            try await withLoop { control in
                #expect(try Self.server(in: folder, on: control).assembly.services.names == all)
                let jwt = """
                    [auth.jwt]
                    issuers = [{ url = "https://issuer.example", tenant = "acme" }]
                    audiences = ["https://gateway.example/mcp"]
                    """
                let tokens = try Self.server(in: folder, on: control, more: jwt)
                let withTokens = Array(all[..<16]) + ["token-keys"] + all[16...]
                #expect(tokens.assembly.services.names == withTokens)
            }
        }
    }

    @Test func `a gateway starts, gets ready, and leaves nothing behind when it has ended`() async throws {
        try await withTemporaryDirectory { folder in
            try await withLoop { control in
                let server = try Self.server(in: folder, on: control)
                #expect(!server.context.health.isReady)
                let addresses = try await server.start()
                #expect(server.context.health.isReady && addresses.lambda == nil)
                #expect(Self.agentThreads.count == 2)
                _ = try RawClient(port: server.assembly.agents.port)
                _ = try RawClient(port: server.assembly.admin.port)
                let report = await server.reload()
                #expect(report.faults.isEmpty && report.applied.isEmpty)
                await server.shutdown()
                try Self.checkIsClosed(server, folder)
                #expect(throws: RawClientError.self) { _ = try RawClient(port: server.assembly.admin.port) }
            }
        }
    }

    @Test func `a start that fails at the admin port closes the agents' listener and the store`() async throws
    {
        try await withTemporaryDirectory { folder in
            try await withServer(handler: { _ in }) { taken, _ in
                try await withLoop { control in
                    let server = try Self.server(in: folder, on: control, admin: taken)
                    let error = await #expect(throws: StartFailure.self) { _ = try await server.start() }
                    #expect(
                        error?.description.contains("127.0.0.1:\(taken)") == true,
                        "\(String(describing: error))"
                    )
                    try Self.checkIsClosed(server, folder)
                    await server.shutdown()
                }
            }
        }
    }

    private static func checkIsClosed(_ server: GatewayServer, _ folder: String) throws {
        #expect(!server.context.health.isReady && agentThreads.isEmpty)
        #expect(throws: RawClientError.self) { _ = try RawClient(port: server.assembly.agents.port) }
        // SQLite removes the write-ahead log with the last connection.
        #expect(FileManager.default.fileExists(atPath: "\(folder)/store.db"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/store.db-wal"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!left.contains { $0.contains("-serve-") }, "\(left)")
    }
}
