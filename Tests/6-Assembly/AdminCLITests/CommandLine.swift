@testable import AdminCLI
import Config
import Control
import Dispatch
import EventLoop
import FoundationEssentials
import JSON
import Store
import Synchronization
import TestSupport
import Testing

/// Runs command lines on a store and a configuration of their own, and keeps their output.
final class CommandLine: Sendable {
    struct Outcome: Sendable {
        let status: Int32
        let out: String
        let err: String

        var json: JSONValue { (try? JSONValue(parsing: out)) ?? .null }
    }

    let folder: String
    private let environment: [String: String]
    private let nowMs: @Sendable () -> Int64
    private let served: Locked<[String]> = Locked([])

    init(
        folder: String,
        environment: [String: String] = [:],
        config: String = "",
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) throws {
        self.folder = folder
        self.nowMs = nowMs
        let standard = [
            "MCP_GATEWAY_CONFIG": "\(folder)/gateway.toml", "HOME": folder, "AWS_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "hunter2",
        ]
        self.environment = standard.merging(environment) { $1 }
        let quiet = "[admin]\nlisten = \"127.0.0.1:0\"\n"
        try Data((config.isEmpty ? quiet : config).utf8).write(to: URL(filePath: "\(folder)/gateway.toml"))
    }

    /// The settings that `serve` and `lambda serve` were run with.
    var servedWith: [String] { served.withLock { $0 } }

    /// Makes an empty store at the settings' path.
    /// - Returns: whether the settings could be read.
    func makeStore() -> Bool {
        guard
            let loaded = try? GatewayConfig.load(file: "\(folder)/gateway.toml", environment: environment),
            let store = try? openStore(loaded.config, .creating, clock: nowMs)
        else { return false }
        store.close()
        return true
    }

    /// Runs on a thread of its own, because verbs block.
    func run(_ words: String..., columns: Int? = nil) async -> Outcome {
        await run(words: words, columns: columns)
    }

    func run(words: [String], columns: Int? = nil) async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.runNow(words, columns)) }
        }
    }

    /// Runs a verb until `take` returns false for a text that it prints.
    func follow(_ words: [String], _ take: @escaping @Sendable (String) -> Bool) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let out = TextStream(isTerminal: false, columns: nil) { $0.isEmpty || take($0) }
                let err = TextStream(isTerminal: false, columns: nil) { _ in true }
                continuation.resume(returning: AdminCLI.run(words, self.session(out, err)))
            }
        }
    }

    private func session(_ out: TextStream, _ err: TextStream) -> Session {
        Session(
            environment: environment,
            out: out,
            err: err,
            serve: { _, _ in 7 },
            lambdaServe: { _ in 8 },
            nowMs: nowMs
        )
    }

    private func runNow(_ words: [String], _ columns: Int?) -> Outcome {
        let out = Locked(""), err = Locked("")
        let session = Session(
            environment: environment,
            out: TextStream(isTerminal: columns != nil, columns: columns) { text in
                out.withLock { $0 += text }
                return true
            },
            err: TextStream(isTerminal: columns != nil, columns: columns) { text in
                err.withLock { $0 += text }
                return true
            },
            serve: { [self] loaded, local in
                served.withLock { $0.append("serve \(loaded.config.agents.listen) local=\(local)") }
                return 7
            },
            lambdaServe: { [self] loaded in
                served.withLock { $0.append("lambda \(loaded.config.localLambda.listen)") }
                return 8
            },
            nowMs: nowMs
        )
        let status = AdminCLI.run(words, session)
        return Outcome(status: status, out: out.withLock { $0 }, err: err.withLock { $0 })
    }
}

/// Runs `body` with a command line in a folder of its own.
///
/// - Parameter hasStore: whether an empty store is made first, at the settings' default path.
func withCommandLine(
    hasStore: Bool = true,
    environment: [String: String] = [:],
    config: String = "",
    nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs,
    _ body: (CommandLine) async throws -> Void
) async throws {
    try await withTemporaryDirectory { (folder: String) async throws -> Void in
        let cli = try CommandLine(folder: folder, environment: environment, config: config, nowMs: nowMs)
        if hasStore { _ = cli.makeStore() }
        try await body(cli)
    }
}
