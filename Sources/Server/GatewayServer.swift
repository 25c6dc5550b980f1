import AWS
import AdminAPI
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
import Store
import TLS
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
    private let health = Health(version: gatewayVersion)
    private let metrics = GatewayMetrics()
    let reports: Reports
    let publisher: StatePublisher
    /// nil when keys alone are accepted.
    private let tokens: TokenService?
    var access: AWSAccess?

    var store: Store::Store?
    private var agents: HTTPServer?
    private var admin: HTTPServer?
    var tls: TLSContextBox?
    var local: LocalLambdaHost?
    /// The target files whose functions run here.
    var localTargets: [TargetFile] = []
    /// Each loop's copy of whom it answers, on either listener.
    let agentSources = LoopCopies<SourceCheck>()
    let adminSources = LoopCopies<SourceCheck>()
    var guardians: [AuthenticationGuard] = []
    var reloadListener: ReloadListener?
    /// The last reload that was begun.
    var reloading: Task<ReloadReport, Never>?
    private var loops: [EventLoop] = []
    private let transports = TransportList()
    var refresher: Refresher?
    private let refusals = RefusalLog()
    private var upkeep: Upkeep?

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
        reports = Reports(metrics: metrics, version: gatewayVersion, startedMs: EventLoop.wallClockMs)
        var settings = GatewayState.Settings(
            identity: ServerIdentity(name: "mcp-gateway", version: gatewayVersion)
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
        let folder = readTargets()
        if isLocal { local = try await LocalLambdaHost(config, targets: folder.targets, log: log) }
        do throws(StoreError) {
            _ = try await synchronize(folder, store)
        } catch {
            throw StartFailure("targets: \(error)")
        }
        try await watch(store)
        let upkeep = try await startUpkeep(store)
        if let files = config.tls { tls = try makeTLS(files) }
        try startLoops(config.server.loops)
        let maker = try upstreamMaker()
        try await startTokens(maker)
        let agentsPort = try await startAgents(store, maker, upkeep)
        if loaded.config.jwt.resource == nil {
            try tokens?.use(resource: Self.agentsURL(config, port: agentsPort))
        }
        let refresher = await makeRefresher(store, maker)
        let adminPort = try await startAdmin(store, refresher)
        try await listenForReloads(store)
        health.becameReady()
        upkeep.start()
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
            return try Control.openStore(loaded.config)
        } catch {
            throw StartFailure("\(error)")
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
                onFailure: { log.write(.error, "the store cannot be read: \($0)") }
            )
        } catch {
            throw StartFailure("store: \(error)")
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

    private func startLoops(_ configured: Int) throws(StartFailure) {
        let count = configured == 0 ? EventLoop.processorCount : configured
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

    // MARK: Listeners

    private func startAgents(
        _ store: Store::Store,
        _ maker: UpstreamMaker,
        _ upkeep: Upkeep
    ) async throws(StartFailure) -> Int {
        let config = loaded.config.agents
        var listening = ServerConfiguration(host: config.listen.host, port: config.listen.port)
        listening.headBytesMax = config.headerBytesMax
        listening.bodyBytesMax = config.bodyBytesMax
        listening.headTimeout = config.headerTimeout
        listening.bodyTimeout = config.bodyTimeout
        listening.idleTimeout = config.idleTimeout
        listening.connectionsMax = config.connectionsMax
        listening.connectionChanged = { [metrics] change in metrics.connections.add(change) }
        let source = agentSourceCheck()
        let limits = loaded.config.limits
        let guardian = AuthenticationGuard(
            rate: limits.failureRate,
            burst: limits.failureBurst,
            trustedProxies: config.trustedProxies.compactMap { AddressRange($0) },
            audit: refusals
        )
        guardians.append(guardian)
        let sources = agentSources
        let (publisher, health, metrics, log, secret) = (publisher, health, metrics, log, store.sessionSecret)
        let streamBounds = StreamBounds(streamSettings())
        let tokens = tokens
        let portal = PortalAPI(store: store, version: gatewayVersion) { error, requestID in
            log.write(.error, "the portal failed: \(error)", [("request_id", requestID ?? "")])
        }
        let description = ByteBuffer(portal.openAPI.text)
        let server = HTTPServer(configuration: listening, loops: loops, tls: tls) { loop in
            let upstream = maker.upstream(on: loop)
            let authority = tokens.map { LoopTokenAuthority($0) }
            let endpoint = AgentEndpoint(
                loop: loop,
                state: publisher.current,
                upstream: upstream,
                sessionSecret: secret,
                sourceCheck: source,
                guardian: guardian,
                tokens: authority,
                metrics: metrics,
                log: log,
                streamBounds: streamBounds
            )
            publisher.subscribe(loop) { state in
                endpoint.state = state
                upstream.retain(only: state.targets)
            }
            sources.add(loop) { endpoint.sourceCheck = $0 }
            upkeep.add(endpoint, on: loop)
            let handler = PortalAPIHandler(
                api: portal,
                endpoint: endpoint,
                authority: authority,
                description: description
            )
            return AgentRouter(endpoint: endpoint, portal: handler, health: health, tokens: tokens)
        }
        agents = server
        return try await listen(server)
    }

    private func streamSettings() -> StreamBounds.Settings {
        var settings = StreamBounds.Settings()
        settings.max = loaded.config.agents.streamsMax
        settings.perCredentialMax = loaded.config.agents.streamsPerKeyMax
        settings.keepAlive = loaded.config.agents.streamKeepAlive
        return settings
    }

    private func startAdmin(
        _ store: Store::Store,
        _ refresher: Refresher
    ) async throws(StartFailure) -> Int {
        let listen = loaded.config.admin.listen
        var configuration = ServerConfiguration(host: listen.host, port: listen.port)
        configuration.bodyBytesMax = APIBounds.bodyBytesMax
        let (health, source, sources, reports) = (health, adminSourceCheck(), adminSources, reports)
        let limits = loaded.config.limits
        // Its own: wrong agents' keys don't keep an operator on the same host out.
        let guardian = AuthenticationGuard(
            rate: limits.failureRate,
            burst: limits.failureBurst,
            audit: refusals
        )
        guardians.append(guardian)
        let api = AdminAPIHandler(
            api: AdminAPI(store: store, defaults: loaded.config.defaults, inquiry: refresher),
            store: store,
            guardian: guardian,
            log: log
        )
        let server = HTTPServer(configuration: configuration, loops: [control]) { loop in
            let router = AdminRouter(health: health, source: source, reports: reports, api: api)
            sources.add(loop) { router.source = $0 }
            return router
        }
        admin = server
        return try await self.listen(server)
    }

    private func listen(_ server: HTTPServer) async throws(StartFailure) -> Int {
        do throws(HTTPServerError) {
            return try await server.start()
        } catch {
            throw StartFailure("\(error)")
        }
    }

    func agentSourceCheck() -> SourceCheck { sourceCheck() }

    func adminSourceCheck() -> SourceCheck { sourceCheck() }

    private func sourceCheck() -> SourceCheck {
        let config = loaded.config
        var hosts = SourceCheck.loopbackHosts + config.agents.allowedHosts
        for host in [config.agents.listen.host, config.admin.listen.host] {
            hosts.append(host.contains(":") ? "[\(host)]" : host)
        }
        return SourceCheck(hosts: hosts, origins: config.agents.allowedOrigins)
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
        refresher?.stop()
        await reloadListener?.stop()
        await agents?.drain(within: loaded.config.server.drainTimeout)
        await upkeep?.stop()
        await tokens?.stop()
        await transports.close()
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
