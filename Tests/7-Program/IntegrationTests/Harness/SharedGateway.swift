import JSON
import Testing

/// Starts one gateway for all tests of a suite, with local functions, and ends it after the last.
struct SharedGateway: SuiteTrait, TestScoping {
    @TaskLocal static var running: SharedGateway.Running?

    struct Running: Sendable {
        let gateway: GatewayProcess
        let key: String

        func agent(_ era: Agent.Era) async throws -> Agent { try await gateway.agent(era, key: key) }
    }

    let targets: [Workspace.Target]
    /// The tools to wait for, one of each target.
    let tools: [String]
    /// Lines of gateway.toml by section.
    let settings: [String: String]

    @concurrent
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Places.$isTaken.withValue(true) {
            // Waiting for a list asks for it as fast as answers come; if it were refused, it would look empty.
            let settings = settings.merging(["limits": Mall.patience]) { "\($0)\n\($1)" }
            try await withGateway(local: true, targets: targets, settings: settings) { gateway in
                let key = try await gateway.workspace.issueKey().key
                let agent = try await gateway.agent(key: key)
                for tool in tools { try await gateway.awaitTool(tool, agent) }
                try await Self.$running.withValue(Running(gateway: gateway, key: key)) {
                    try await function()
                }
            }
        }
    }

    static var current: Running {
        get throws { try #require(running, "the suite has no gateway") }
    }
}

extension Trait where Self == SharedGateway {
    /// Runs one gateway for the suite, and waits until these tools are listed.
    static func gateway(
        _ targets: Workspace.Target...,
        listing tools: String...,
        settings: [String: String] = [:]
    ) -> SharedGateway {
        SharedGateway(targets: targets, tools: tools, settings: settings)
    }
}
