import Calendar
import REST
import Control
import Config
import EventLoop
import Gateway
import HTTPServer
import MCP
import System
import Telemetry

/// What the services of one gateway share: settings, control loop, log, metrics. Made without a socket, a thread or a
/// file.
struct GatewayContext: Sendable {
    /// The settings that were read at start.
    let loaded: LoadedConfig
    /// Whether functions described by target files run on this machine.
    let isLocal: Bool
    let environment: [String: String]
    /// A running loop for the admin listener and for refreshes.
    let control: EventLoop
    let log: GatewayLog
    /// Standard error: receives the log and the output of this machine's functions.
    let output: ErrorOutput
    let health = Health(version: gatewayVersion)
    let metrics: GatewayMetrics
    let live: LiveStatus
    let reports: Reports
    /// The memory bound that the connections of all listeners share.
    let budget: BufferBudget
    let descriptors: DescriptorPlan
    let publisher: StatePublisher
    /// nil when keys alone are accepted.
    let tokens: TokenService?
    let refusals = RefusalLog()
    /// The service manager that started this process and wants notices of its state; nil for most processes.
    let notice: ServiceNotice?

    /// - Throws: a fault of the settings that shows only when all of them are looked at together.
    init(
        _ loaded: LoadedConfig,
        isLocal: Bool,
        environment: [String: String],
        control: EventLoop,
        log: GatewayLog,
        output: ErrorOutput
    ) throws(StartFailure) {
        self.loaded = loaded
        self.isLocal = isLocal
        self.environment = environment
        self.control = control
        self.log = log
        self.output = output
        notice = ServiceNotice(environment: environment)
        let config = loaded.config
        metrics = GatewayMetrics(
            hasTenants: config.metrics.tenantLabel,
            hasSketches: config.cloudWatch.metrics != .off
        )
        budget = BufferBudget(bytesMax: config.server.bufferBytesMax)
        descriptors = DescriptorPlan(
            limit: ProcessResources.raiseDescriptorLimit(),
            wanted: config.agents.connectionsMax,
            loops: Self.loopCount(config),
            isLocal: isLocal
        )
        if let warning = descriptors.warning { log.write(.warning, warning) }
        let startedMs = WallClock.nowMs()
        live = LiveStatus(
            metrics: metrics,
            health: health,
            version: gatewayVersion,
            startedMs: startedMs,
            isLocal: isLocal
        )
        reports = Reports(
            metrics: metrics,
            live: live,
            buffers: budget,
            version: gatewayVersion,
            startedMs: startedMs
        )
        // If the system chooses the port, the real one replaces this before the first request.
        let resource = config.agentsURL(port: max(1, config.agents.listen.port))
        tokens = config.jwt.isEnabled ? try TokenService(config.jwt, resource: resource) : nil
        publisher = StatePublisher(
            settings: GatewayState.Settings(config),
            metrics: metrics,
            reports: reports,
            scopes: tokens?.scopePatterns
        )
    }

    /// The settings at start. A service gets the ones that a running gateway takes over through its `reload`.
    var config: GatewayConfig { loaded.config }

    /// How many loops serve agents.
    var loopCount: Int { Self.loopCount(config) }

    private static func loopCount(_ config: GatewayConfig) -> Int {
        config.server.loops == 0 ? EventLoop.processorCount : config.server.loops
    }
}

extension GatewayState.Settings {
    init(_ config: GatewayConfig) {
        let instructions = config.agents.instructions
        self.init(
            identity: ServerIdentity(
                name: "mcp-gateway",
                version: gatewayVersion,
                title: "MCP Gateway",
                instructions: instructions.isEmpty ? nil : instructions
            )
        )
        pageSize = config.defaults.pageSize
        // Without a time between refreshes, lists change when an operator changes something.
        let refreshMs = Int(config.refresh.interval.milliseconds)
        if refreshMs > 0 { listTTLMs = min(listTTLMs, refreshMs) }
        inputTimeoutMs = Int(config.agents.inputTimeout.milliseconds)
        streamMessageBytesMax = config.defaults.streamMessageBytesMax
        streamBytesMax = config.defaults.streamBytesMax
        requestRate = config.limits.requestRate
        requestBurst = config.limits.requestBurst
        prices = config.prices
    }
}

extension GatewayConfig {
    /// The URL that agents use, with the listener's own address.
    func agentsURL(port: Int) -> String {
        "\(tls == nil ? "http" : "https")://\(authority(agents.listen.host, port))/mcp"
    }

    /// The URL that operators use.
    func adminURL(port: Int) -> String { Server::adminURL(host: admin.listen.host, port: port) }
}

/// The URL of an admin listener.
func adminURL(host: String, port: Int) -> String { "http://\(authority(host, port))" }

private func authority(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
}
