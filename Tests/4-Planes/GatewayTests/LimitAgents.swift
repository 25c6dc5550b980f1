import EventLoop
import Gateway
import HTTP
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

/// The sample snapshot with limits.
func limited(_ limits: [LimitEntry], version: Int64 = 1) -> Snapshot {
    Snapshot(
        version: version,
        targets: Sample.targets,
        tools: Sample.tools,
        tenants: Sample.tenants,
        keys: Sample.keys,
        limits: limits,
        seed: 7
    )
}

/// A rate so slow that no permit comes back while a test runs.
func hourly(_ burst: Int) -> LimitEntry.Rate { LimitEntry.Rate(permits: 1, per: .hour, burst: burst) }

/// An endpoint with its own settings and login throttle.
final class LimitAgents: @unchecked Sendable {  // one loop's thread only
    let upstream: FakeUpstream
    let endpoint: AgentEndpoint
    let metrics = GatewayMetrics()
    private let settings: GatewayState.Settings

    init(
        _ loop: EventLoop,
        _ snapshot: Snapshot,
        requests: (rate: Int, burst: Int),
        _ loginThrottle: LoginThrottle
    ) {
        var settings = GatewayState.Settings(
            identity: ServerIdentity(name: "g", version: "1", instructions: nil)
        )
        (settings.requestRate, settings.requestBurst) = requests
        self.settings = settings
        upstream = FakeUpstream(on: loop)
        endpoint = AgentEndpoint(
            loop: loop,
            state: GatewayState(snapshot, settings: settings, metrics: metrics),
            upstream: upstream,
            sessionSecret: Agents.secret,
            sourceCheck: SourceCheck(hosts: SourceCheck.loopbackHosts, origins: []),
            loginThrottle: loginThrottle,
            metrics: metrics,
            log: .silent
        )
    }

    func publish(_ snapshot: Snapshot) {
        endpoint.state = GatewayState(snapshot, settings: settings, metrics: metrics, reusing: endpoint.state)
    }

    func send(_ ask: Ask) async throws -> Reply {
        Reply(await endpoint.answer(try ask.request(), cancellation: nil))
    }

    /// Sends and checks the status.
    @discardableResult
    func expect(_ status: Int, _ ask: Ask, sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> Reply
    {
        let reply = try await send(ask)
        #expect(
            reply.status == status,
            "\(ask.testDescription): \(reply.body)",
            sourceLocation: sourceLocation
        )
        return reply
    }

    func calls(_ outcome: CallOutcome, target: String = "time", tool: String = "now") -> UInt64 {
        metrics.call(target: target, tool: tool).count(outcome)
    }
}

func withLimitAgents(
    _ snapshot: Snapshot,
    requests: (rate: Int, burst: Int) = (50, 200),
    loginThrottle: LoginThrottle = LoginThrottle(),
    _ body: @escaping @Sendable (LimitAgents) async throws -> Void
) async throws {
    try await withLoop { loop in
        try await body(LimitAgents(loop, snapshot, requests: requests, loginThrottle))
    }
}
