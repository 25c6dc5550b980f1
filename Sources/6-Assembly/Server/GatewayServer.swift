import AdminAPI
import AWS
import Bytes
package import Config
import Control
import Crypto
import Curl
package import EventLoop
package import Gateway
import HTTP
import HTTPClient
import HTTPServer
import JSON
import LocalLambda
import MCP
import Policy
import PortalAPI
import REST
import SigV4
import Sockets
import Store
import System
import Telemetry

/// One running gateway: its store, loops, Lambda clients and listeners, from start to the last drained call.
///
/// The control plane: nothing here is on a request's path.
package actor GatewayServer {
    /// Where the listeners ended up.
    package struct Addresses: Sendable {
        /// e.g. `http://127.0.0.1:3000/mcp`
        package let agents: String
        package let admin: String
        package let lambda: String?
    }

    /// What was read at start; what needs a restart is as it says.
    let started: LoadedConfig
    /// What was read last.
    var latest: LoadedConfig
    /// What is in force.
    var loaded: LoadedConfig
    let isLocal: Bool
    let environment: [String: String]
    let log: GatewayLog
    let control: EventLoop
    let health = Health(version: gatewayVersion)
    let metrics = GatewayMetrics()
    let reports: Reports
    /// What the connections of all listeners share.
    let budget: BufferBudget
    private let memory: MemoryUpkeep
    let descriptors: DescriptorPlan
    let publisher: StatePublisher
    /// nil when keys alone are accepted.
    let tokens: TokenService?
    var access: AWSAccess?

    var store: Store::Store?
    var agents: HTTPServer?
    var admin: HTTPServer?
    var tls: TLSContextBox?
    var local: LocalLambdaHost?
    /// The target files whose functions run here.
    var localTargets: [TargetFile] = []
    /// Each loop's copy of whom it answers, on either listener.
    let agentSources = LoopCopies<SourceCheck>()
    let adminSources = LoopCopies<SourceCheck>()
    var loginThrottles: [LoginThrottle] = []
    var reloadListener: ReloadListener?
    /// The last reload that was begun.
    var reloading: Task<ReloadReport, Never>?
    var loops: [EventLoop] = []
    private let transports = TransportList()
    var refresher: Refresher?
    let refusals = RefusalLog()
    private var upkeep: Upkeep?
    private var inForce: InForce?

    /// - Parameters:
    ///   - control: a running loop for the admin listener and for refreshes.
    ///   - local: whether functions described by target files run on this machine.
    package init(
        _ loaded: LoadedConfig,
        local: Bool,
        environment: [String: String],
        control: EventLoop,
        log: GatewayLog
    ) throws(StartFailure) {
        started = loaded
        latest = loaded
        self.loaded = loaded
        isLocal = local
        self.environment = environment
        self.control = control
        self.log = log
        let budget = BufferBudget(bytesMax: loaded.config.server.bufferBytesMax)
        self.budget = budget
        memory = MemoryUpkeep(on: control, log: log)
        descriptors = DescriptorPlan(
            limit: ProcessResources.raiseDescriptorLimit(),
            wanted: loaded.config.agents.connectionsMax,
            loops: Self.loopCount(loaded.config),
            isLocal: local
        )
        if let warning = descriptors.warning { log.write(.warning, warning) }
        reports = Reports(
            metrics: metrics,
            buffers: budget,
            version: gatewayVersion,
            startedMs: EventLoop.wallClockMs
        )
        let instructions = loaded.config.agents.instructions
        var settings = GatewayState.Settings(
            identity: ServerIdentity(
                name: "mcp-gateway",
                version: gatewayVersion,
                title: "MCP Gateway",
                instructions: instructions.isEmpty ? nil : instructions
            )
        )
        settings.pageSize = loaded.config.defaults.pageSize
        settings.requestRate = loaded.config.limits.requestRate
        settings.requestBurst = loaded.config.limits.requestBurst
        let jwt = loaded.config.jwt
        // Where the system chooses the port, the right one is told before the first request.
        let resource = Self.agentsURL(loaded.config, port: max(1, loaded.config.agents.listen.port))
        tokens = jwt.isEnabled ? try TokenService(jwt, resource: resource) : nil
        publisher = StatePublisher(
            settings: settings,
            metrics: metrics,
            reports: reports,
            scopes: tokens?.scopePatterns
        )
    }

    // MARK: Start

    package func start() async throws(StartFailure) -> Addresses {
        let config = loaded.config
        let store = try openStore()
        self.store = store
        reports.opened(store)
        health.check { store.displacement == nil }
        let inForce = InForce(store: store, publisher: publisher, loop: control)
        self.inForce = inForce
        let folder = readTargets()
        if isLocal {
            local = try await LocalLambdaHost(config, targets: folder.targets, buffers: budget, log: log)
        }
        do throws(StoreError) {
            _ = try await synchronize(folder, store)
        } catch {
            throw StartFailure("targets: \(error)")
        }
        try await judgeTools(store)
        try await watch(store)
        let upkeep = try await startUpkeep(store)
        if let files = config.tls { tls = try makeTLS(files) }
        try startLoops(Self.loopCount(config))
        let maker = try upstreamMaker()
        try await startTokens(maker)
        let agentsPort = try await startAgents(store, maker, upkeep, inForce)
        if loaded.config.jwt.resource == nil {
            try tokens?.use(resource: Self.agentsURL(config, port: agentsPort))
        }
        let refresher = await makeRefresher(store, maker)
        let adminPort = try await startAdmin(store, refresher, inForce)
        await open(inForce)
        try await listenForReloads(store)
        health.becameReady()
        upkeep.start()
        memory.start()
        refresher.start()
        return Addresses(
            agents: Self.agentsURL(config, port: agentsPort),
            admin: "http://\(Self.authority(config.admin.listen.host, adminPort))",
            lambda: local?.address
        )
    }

    private static func agentsURL(_ config: GatewayConfig, port: Int) -> String {
        let scheme = config.tls == nil ? "http" : "https"
        return "\(scheme)://\(authority(config.agents.listen.host, port))/mcp"
    }

    private static func authority(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private func openStore() throws(StartFailure) -> Store::Store {
        do throws(StoreError) {
            return try Control.openStore(loaded.config, .creating)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// Before the first list is shown: what an older version stored is held to this version's rules.
    private func judgeTools(_ store: Store::Store) async throws(StartFailure) {
        do throws(StoreError) {
            let counts = try await CatalogJudgement.run(
                store: store,
                toolNameMax: loaded.config.defaults.toolNameMax
            )
            guard counts.judged > 0 else { return }
            log.write(
                .info,
                "tools judged by this version's rules",
                [
                    ("judged", "\(counts.judged)"), ("changed", "\(counts.changed)"),
                    ("refused", "\(counts.refused)"),
                ]
            )
        } catch {
            throw StartFailure("store: \(error)")
        }
    }

    private func watch(_ store: Store::Store) async throws(StartFailure) {
        let (publisher, snapshots, log) = (publisher, metrics.snapshots, log)
        do throws(StoreError) {
            try await store.watch(
                publish: { publisher.publish($0) },
                onLoad: { cost in
                    snapshots.read.observe(nanoseconds: cost.read.nanoseconds)
                    snapshots.compile.observe(nanoseconds: cost.compile.nanoseconds)
                },
                onPlace: { fault in
                    if let fault {
                        log.write(.error, "\(fault.message); /readyz is 503 until then: \(fault.hint)")
                    } else {
                        log.write(.info, "the store's files are in their place again; writing goes on")
                    }
                },
                onFailure: { log.write(.error, "the store cannot be read: \($0)") }
            )
        } catch {
            throw StartFailure("store: \(error)")
        }
    }

    /// From now on commands wait for this server.
    private func open(_ inForce: InForce) async {
        do throws(StoreError) {
            try await inForce.open()
        } catch {
            log.write(.warning, "commands can't wait until a change is in force here: \(error)")
        }
    }

    private func startUpkeep(_ store: Store::Store) async throws(StartFailure) -> Upkeep {
        let upkeep = Upkeep(
            store: store,
            publisher: publisher,
            refusals: refusals,
            loop: control,
            log: log
        )
        do throws(StoreError) {
            try await upkeep.restore()
        } catch {
            throw StartFailure("store: \(error)")
        }
        self.upkeep = upkeep
        return upkeep
    }

    private func makeTLS(_ files: GatewayConfig.TLS) throws(StartFailure) -> TLSContextBox {
        do throws(TLSError) {
            return TLSContextBox(try .server(certificateFile: files.certificate, keyFile: files.key))
        } catch {
            throw StartFailure("tls: \(error.message)")
        }
    }

    private static func loopCount(_ config: GatewayConfig) -> Int {
        config.server.loops == 0 ? EventLoop.processorCount : config.server.loops
    }

    private func startLoops(_ count: Int) throws(StartFailure) {
        do throws(LoopError) {
            for index in 0..<count {
                let loop = try EventLoop(name: "agents-\(index)")
                try loop.start()
                loops.append(loop)
            }
        } catch {
            throw StartFailure("event loops: \(error)")
        }
    }

    private func upstreamMaker() throws(StartFailure) -> UpstreamMaker {
        let access: AWSAccess
        do throws(StoreError) {
            access = try AWSAccess(config: loaded.config.aws, environment: environment)
        } catch {
            throw StartFailure("\(error)")
        }
        self.access = access
        // Found now, so that no loop reads a file at its first call; a fault is told by that call.
        _ = try? access.credentials.credentials()
        return try UpstreamMaker(
            access: access,
            environment: environment,
            local: local?.route,
            transports: transports
        )
    }

    /// The issuers' keys are fetched from now on; nothing waits for them.
    private func startTokens(_ maker: UpstreamMaker) async throws(StartFailure) {
        guard let tokens else { return }
        let (control, proxies) = (control, maker.proxies)
        let made = await Task(executorPreference: control) {
            Result { () throws(StartFailure) in try tokens.transport(on: control, proxies: proxies) }
        }.value
        let client = try made.get()
        transports.add(control) { client.close() }
        tokens.start(on: control, transport: client, log: log)
    }

    private func makeRefresher(_ store: Store::Store, _ maker: UpstreamMaker) async -> Refresher {
        let (control, local) = (control, local?.route)
        let transport = await Task(executorPreference: control) { maker.transport(on: control) }.value
        let refresher = Refresher(
            store: store,
            source: LambdaToolSource(
                loop: control,
                transport: transport,
                access: maker.access,
                local: local
            ),
            config: loaded.config,
            loop: control,
            metrics: metrics,
            log: log
        )
        self.refresher = refresher
        return refresher
    }

    // MARK: End

    /// Turns away new work, finishes what is under way within the drain timeout, and closes everything.
    package func shutdown() async {
        health.startedDraining()
        memory.stop()
        refresher?.stop()
        await reloadListener?.stop()
        let limit = loaded.config.server.drainTimeout
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        await agents?.drain(within: limit)
        let hasLeft = await upkeep?.finishCalls(within: max(.zero, deadline - clock.now)) == false
        await tokens?.stop()
        // What is still under way fails now, and is counted as failed.
        await transports.close()
        if hasLeft {
            log.write(.warning, "calls were still under way after server.drain_timeout, and are given up")
            _ = await upkeep?.finishCalls(within: .seconds(1))
        }
        await upkeep?.stop()
        await inForce?.close()
        await local?.stop()
        await admin?.stop()
        let store = store
        await Self.offLoop { store?.close() }
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
    }

    @concurrent
    private static func offLoop(_ body: @Sendable () -> Void) async { body() }
}
