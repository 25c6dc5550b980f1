import REST
import Control
import Config
import EventLoop
import Gateway
import HTTPServer
import MCP
import System
import Telemetry

/// What the services of one gateway share: settings, clocks' loop, log, figures. Made without a socket, a thread or a file.
struct GatewayContext: Sendable {
    /// What was read at start.
    let loaded: LoadedConfig
    /// Whether functions described by target files run on this machine.
    let isLocal: Bool
    let environment: [String: String]
    /// A running loop for the admin listener and for refreshes.
    let control: EventLoop
    let log: GatewayLog
    /// Where the log goes, and what functions of this machine print.
    let output: ErrorOutput
    let health = Health(version: gatewayVersion)
    let metrics: GatewayMetrics
    let live: LiveStatus
    let reports: Reports
    /// What the connections of all listeners share.
    let budget: BufferBudget
    let descriptors: DescriptorPlan
    let publisher: StatePublisher
    /// nil when keys alone are accepted.
    let tokens: TokenService?
    let refusals = RefusalLog()
    /// Who started this process as a service and wants to hear how it goes; nil for most.
    let notice: ServiceNotice?

    /// - Throws: what of the settings only a look at all of them finds wrong.
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
        // Where the system chooses the port, the right one is told before the first request.
        let resource = config.agentsURL(port: max(1, config.agents.listen.port))
        tokens = config.jwt.isEnabled ? try TokenService(config.jwt, resource: resource) : nil
        publisher = StatePublisher(
            settings: GatewayState.Settings(config),
            metrics: metrics,
            reports: reports,
            scopes: tokens?.scopePatterns
        )
    }

    /// The settings at start. Those that a running gateway takes over come to a service by its `reload`.
    var config: GatewayConfig { loaded.config }

    /// How many loops serve agents.
    var loopCount: Int { Self.loopCount(config) }

    private static func loopCount(_ config: GatewayConfig) -> Int {
        config.server.loops == 0 ? EventLoop.processorCount : config.server.loops
    }
}

extension GatewayState.Settings {
    fileprivate init(_ config: GatewayConfig) {
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
        requestRate = config.limits.requestRate
        requestBurst = config.limits.requestBurst
        prices = config.prices
    }
}

extension GatewayConfig {
    /// Where agents connect, by the listener's own address.
    func agentsURL(port: Int) -> String {
        "\(tls == nil ? "http" : "https")://\(authority(agents.listen.host, port))/mcp"
    }

    /// Where operators connect.
    func adminURL(port: Int) -> String { Server::adminURL(host: admin.listen.host, port: port) }
}

/// The URL of an admin listener.
func adminURL(host: String, port: Int) -> String { "http://\(authority(host, port))" }

private func authority(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
}
