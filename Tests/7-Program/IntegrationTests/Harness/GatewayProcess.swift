import Foundation
import JSON
import TestSupport

/// A running `mcp-gateway serve` in a workspace, ready for agents.
final class GatewayProcess: Sendable {
    /// What went wrong while a gateway ran, with the end of its log.
    struct Failure: Error, CustomStringConvertible {
        let cause: any Error
        let log: String

        var description: String {
            "\(cause)\nthe gateway's log:\n\(log.split(separator: "\n").suffix(25).joined(separator: "\n"))"
        }
    }

    let workspace: Workspace
    let program: Program
    /// The time from its start to its `ready` line.
    let startTime: Duration
    let agentsURL: String
    let adminURL: String
    let lambdaURL: String?

    var agentsPort: Int { port(agentsURL) }
    var adminPort: Int { port(adminURL) }
    /// The log so far.
    var log: String { program.current.err }

    /// The memory in use now. Source: proc(5), status.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(program.pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// - Parameter wrapper: a command that runs the gateway's command, which follows as its arguments.
    init(_ workspace: Workspace, local: Bool, through wrapper: [String] = []) async throws {
        self.workspace = workspace
        let command =
            wrapper + [try Programs.gateway, "serve", "--config", workspace.config]
            + (local ? ["--local"] : [])
        let clock = ContinuousClock()
        let began = clock.now
        program = try Program(command, environment: workspace.environment, folder: workspace.folder)
        do {
            let output = try await program.wait(for: "ready") { $0.out.contains("\n") }
            startTime = clock.now - began
            let words = output.out.split(whereSeparator: \.isWhitespace)
            func url(_ name: String) -> String? {
                words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
            }
            guard words.first == "ready", let agents = url("agents"), let admin = url("admin") else {
                throw Program.Failure(description: "not a ready line: \(output.out)")
            }
            (agentsURL, adminURL, lambdaURL) = (agents, admin, url("lambda"))
        } catch {
            await program.stop()
            throw error
        }
    }

    /// Tells the gateway to end, and makes sure that it does.
    func stop() async {
        program.signal(SIGTERM)
        _ = try? await program.end(seconds: 20)  // after that it is killed
        await program.stop()
    }

    /// A connected agent with a new key.
    func agent(_ era: Agent.Era = .modern) async throws -> Agent {
        try await agent(era, key: workspace.issueKey().key)
    }

    /// An agent, returned once the gateway knows its key.
    func agent(_ era: Agent.Era = .modern, key: String) async throws -> Agent {
        var agent = Agent(port: agentsPort, key: key, era: era)
        try await eventually("the key is known") { try await agent.list().status == 200 }
        if era == .legacy { try await agent.initialize() }
        return agent
    }

    /// Adds a target for all tenants, whose function of the same name is at that endpoint, and reads its tools.
    func addOpenTarget(_ name: String, at url: String) async throws {
        let words = ["--contract", "mcp-wrapper", "--endpoint", url, "--approval", "open"]
        try await workspace.command(["target", "add", name, "--function", name] + words)
        try await workspace.command("target", "refresh")
    }

    /// Waits until the tool is in the catalog that agents see.
    func awaitTool(_ name: String, _ agent: Agent) async throws {
        try await eventually("\(name) is listed") { try await agent.toolNames().contains(name) }
    }

    /// Sends a GET for a path of a listener.
    func get(_ path: String, port: Int, method: String = "GET") async throws -> RawResponse {
        let client = try RawClient(port: port)
        client.send("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        let response = try await client.readResponse(toHead: method == "HEAD")
        client.close()
        return response
    }

    /// The value of a line of /metrics, which is found by the line's beginning.
    func metric(_ beginning: String) async throws -> Double? {
        let text = try await get("/metrics", port: adminPort).text
        let line = text.split(separator: "\n").first { $0.hasPrefix(beginning) }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }
}

private func port(_ url: String) -> Int { URLComponents(string: url)?.port ?? 0 }

/// Asks repeatedly until the answer is yes.
/// - Returns: how long it took.
@discardableResult
func eventually(_ what: String, seconds: Int = 60, _ isSo: () async throws -> Bool) async throws -> Duration {
    let clock = ContinuousClock()
    let began = clock.now
    while true {
        if try await isSo() { return clock.now - began }
        guard clock.now - began < .seconds(seconds) else {
            throw Program.Failure(description: "after \(seconds) s it is still not true that \(what)")
        }
        await Task.yield()
    }
}
