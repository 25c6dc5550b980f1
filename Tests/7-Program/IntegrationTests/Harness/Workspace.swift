import Foundation
import JSON
import TestSupport

/// A folder with a gateway.toml, target files and a store, in which gateways and commands run.
struct Workspace: Sendable {
    /// A target file for the workspace: a copy of one in the repository, for local runs.
    struct Target: Sendable {
        let name: String
        /// The folder of the target file, such as `targets/time`, relative to the repository.
        let source: String
        /// Texts of target.toml and their replacements.
        var replacing: [String: String] = [:]

        static let time = Target(name: "time", source: "targets/time")

        /// A target from Tests/Python/functions, under its own name or another one, which its function then has too.
        static func function(_ source: String, named name: String? = nil, _ replacing: [String: String] = [:])
            -> Target
        {
            var target = Target(
                name: name ?? source,
                source: "Tests/Python/functions/\(source)",
                replacing: replacing
            )
            if let name { target.replacing["test-\(source)"] = "test-\(name)" }
            return target
        }

        /// The server with everything, in that contract.
        static func everything(
            _ name: String,
            _ contract: String,
            _ handler: String,
            _ more: [String: String] = [:]
        ) -> Target {
            let replacing = ["\"jsonrpc\"": "\"\(contract)\"", "handler.jsonrpc": handler]
            return .function("everything", named: name, replacing.merging(more) { $1 })
        }
    }

    let folder: String
    var environment: [String: String]

    var config: String { "\(folder)/gateway.toml" }
    var store: String { "\(folder)/gateway.db" }

    /// Makes the files; `settings` are lines by section, added to those that make the gateway independent of the
    /// machine.
    init(_ folder: String, targets: [Target], settings: [String: String], environment: [String: String])
        throws
    {
        self.folder = folder
        self.environment = Programs.environment.merging(environment) { $1 }
        self.environment["HOME"] = folder
        try FileManager.default.createDirectory(
            atPath: "\(folder)/targets",
            withIntermediateDirectories: true
        )
        try write(settings: settings)
        for target in targets { try add(target) }
    }

    func write(settings: [String: String]) throws {
        var sections = [
            "agents": "listen = \"127.0.0.1:0\"\n",
            "admin": "listen = \"127.0.0.1:0\"\n",
            "local_lambda": "listen = \"127.0.0.1:0\"\n",
            "store": "path = \"gateway.db\"\n",
            // With more loops, a change by the clock may reach the loop of the next connection a moment later.
            "server": "loops = 1\n",
            "log": "level = \"debug\"\n",
        ]
        // Tests ask repeatedly until something is true, and requests that aren't calls have a limit of their own.
        if settings["limits"]?.contains("request_") != true { sections["limits"] = Mall.patience + "\n" }
        if settings["server"]?.contains("loops") == true { sections["server"] = "" }
        // Tests decide themselves when changed files are applied.
        if settings["local_lambda"]?.contains("watch") != true {
            sections["local_lambda", default: ""] += "watch = false\n"
        }
        for (section, lines) in settings { sections[section, default: ""] += lines + "\n" }
        let text = sections.sorted { $0.key < $1.key }.map { "[\($0.key)]\n\($0.value)" }.joined()
        try text.write(toFile: config, atomically: true, encoding: .utf8)
    }

    func add(_ target: Target) throws {
        let source = "\(Programs.root)/\(target.source)"
        let folder = "\(folder)/targets/\(target.name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: source)
        where name.hasSuffix(".py") || name.hasSuffix(".json") {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(folder)/\(name)")
        }
        var text = try String(contentsOfFile: "\(source)/target.toml", encoding: .utf8)
        text = text.replacing(/"[.\/]*\/\.venv\/bin\/python"/, with: "\"\(try Programs.python)\"")
        if text.contains(".venv-mcp1/") {
            let python = "\"\(try Programs.pythonOfOldClient)\""
            text = text.replacing(/"[.\/]*\/\.venv-mcp1\/bin\/python"/, with: python)
        }
        for (old, new) in target.replacing { text = text.replacing(old, with: new) }
        try text.write(toFile: "\(folder)/target.toml", atomically: true, encoding: .utf8)
    }

    /// Writes a target file that the test itself gives.
    func addTargetFile(_ name: String, _ text: String) throws {
        let folder = "\(folder)/targets/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: "\(folder)/target.toml", atomically: true, encoding: .utf8)
    }

    /// Runs one command of the gateway's command line.
    func run(_ words: [String], environment more: [String: String] = [:]) async throws -> Program.Output {
        try await IntegrationTests.run(
            [try Programs.gateway] + words,
            environment: environment.merging(more) { $1 },
            folder: folder
        )
    }

    /// Runs a command with this workspace's configuration; throws when it fails.
    @discardableResult
    func command(_ words: String...) async throws -> String { try await command(words) }

    @discardableResult
    func command(_ words: [String]) async throws -> String {
        let output = try await run(words + ["--config", config])
        guard output.status == 0 else {
            let what = words.joined(separator: " ")
            throw Program.Failure(
                description: "\(what): status \(output.status ?? -1)\n\(output.out)\(output.err)"
            )
        }
        return output.out
    }

    /// A command's JSON answer, whatever its exit status.
    func json(_ words: String...) async throws -> JSONValue {
        let output = try await run(words + ["-o", "json", "--config", config])
        do {
            return try JSONValue(parsing: output.out)
        } catch {
            throw Program.Failure(
                description: "\(words.joined(separator: " ")): \(error)\n\(output.out)\(output.err)"
            )
        }
    }

    /// Makes a tenant unless it exists, and issues a key of it.
    func issueKey(tenant: String = "demo") async throws -> (key: String, prefix: String) {
        _ = try await run(["tenant", "create", tenant, "--config", config])
        let issued = try await json("key", "issue", tenant)
        guard let key = issued["key"]?.stringValue, let prefix = issued["prefix"]?.stringValue else {
            throw Program.Failure(description: "key issue: \(issued.text)")
        }
        return (key, prefix)
    }

    func start(local: Bool = false, through wrapper: [String] = []) async throws -> GatewayProcess {
        try await GatewayProcess(self, local: local, through: wrapper)
    }
}

/// Runs `body` in a new workspace, and removes it. Only a few run at once, so that a small machine can keep up.
func withWorkspace<T: Sendable>(
    targets: [Workspace.Target] = [],
    settings: [String: String] = [:],
    environment: [String: String] = [:],
    _ body: (Workspace) async throws -> T
) async throws -> T {
    let isOutermost = !Places.isTaken
    if isOutermost { await Places.shared.take() }
    let outcome: Result<T, any Error>
    do {
        let value = try await withTemporaryDirectory { folder in
            let workspace = try Workspace(
                folder,
                targets: targets,
                settings: settings,
                environment: environment
            )
            return try await Places.$isTaken.withValue(true) { try await body(workspace) }
        }
        outcome = .success(value)
    } catch {
        outcome = .failure(error)
    }
    if isOutermost { await Places.shared.giveBack() }
    return try outcome.get()
}

/// Runs `body` with a gateway in a new workspace, and ends the gateway. No process is left, however `body` ends.
func withGateway<T: Sendable>(
    local: Bool = false,
    targets: [Workspace.Target] = [],
    settings: [String: String] = [:],
    environment: [String: String] = [:],
    _ body: (GatewayProcess) async throws -> T
) async throws -> T {
    try await withWorkspace(targets: targets, settings: settings, environment: environment) { workspace in
        try await workspace.run(local: local, body)
    }
}

extension Workspace {
    /// Runs `body` with a gateway in this workspace, and ends the gateway.
    func run<T: Sendable>(
        local: Bool = false,
        through wrapper: [String] = [],
        _ body: (GatewayProcess) async throws -> T
    ) async throws -> T {
        let gateway = try await start(local: local, through: wrapper)
        do {
            let value = try await body(gateway)
            await gateway.stop()
            return value
        } catch {
            await gateway.stop()
            throw GatewayProcess.Failure(cause: error, log: gateway.log)
        }
    }
}

/// How many tests may run gateways of their own at once.
///
/// No task waits for a place while it has one, or while tests wait for it; so a suite's gateway takes no place.
actor Places {
    static let shared = Places()
    @TaskLocal static var isTaken = false

    private var free = 4
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
