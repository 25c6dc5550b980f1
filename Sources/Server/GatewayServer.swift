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

    private let loaded: LoadedConfig
    private let isLocal: Bool
    private let environment: [String: String]
    private let log: GatewayLog
    private let control: EventLoop
    private let health = Health(version: gatewayVersion)
    private let metrics = GatewayMetrics()
    private let reports: Reports
    private let publisher: StatePublisher
    /// nil when keys alone are accepted.
    private let tokens: TokenService?
    private var access: AWSAccess?

    private var store: Store::Store?
    private var agents: HTTPServer?
    private var admin: HTTPServer?
    private var tls: TLSContextBox?
    private var local: LocalLambdaHost?
    private var loops: [EventLoop] = []
    private let transports = TransportList()
    private var refresher: Refresher?
    private let refusals = RefusalLog()
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
        reports.opened(store)
        health.check { store.displacement == nil }
        let inForce = InForce(store: store, publisher: publisher, loop: control)
        self.inForce = inForce
        let folder = try loadTargets()
        if isLocal { local = try await LocalLambdaHost(config, targets: folder.targets, log: log) }
        try await synchronize(folder, store)
        try await watch(store)
        let upkeep = try await startUpkeep(store)
        if let files = config.tls { tls = try makeTLS(files) }
        try startLoops(config.server.loops)
        let maker = try upstreamMaker()
        try await startTokens(maker)
        let agentsPort = try await startAgents(store, maker, upkeep, inForce)
        if loaded.config.jwt.resource == nil {
            try tokens?.use(resource: Self.agentsURL(config, port: agentsPort))
        }
        let refresher = await makeRefresher(store, maker)
        let adminPort = try await startAdmin(store, refresher, inForce)
        await open(inForce)
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
            return try Control.openStore(loaded.config, .creating)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// The target files. At start every fault is fatal, so that nobody wonders why a target is missing.
    private func loadTargets() throws(StartFailure) -> TargetFolder {
        let folder = TargetFolder.load(loaded.config.targets.directory, environment: environment)
        guard folder.faults.isEmpty else { throw StartFailure(folder.faults.map { "\($0)" }) }
        return folder
    }

    private func synchronize(_ folder: TargetFolder, _ store: Store::Store) async throws(StartFailure) {
        do throws(StoreError) {
            let sync = try await FileTargetSync.run(folder, defaults: loaded.config.defaults, store: store)
            let changes = sync.changes
            for (word, names) in [
                ("added", changes.added), ("updated", changes.updated), ("removed", changes.removed),
            ] {
                for name in names { log.write(.info, "target \(word) by its file", [("target", name.text)]) }
            }
        } catch {
            throw StartFailure("targets: \(error)")
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
        _ upkeep: Upkeep,
        _ inForce: InForce
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
        let source = sourceCheck()
        let limits = loaded.config.limits
        let guardian = AuthenticationGuard(
            rate: limits.failureRate,
            burst: limits.failureBurst,
            trustedProxies: config.trustedProxies.compactMap { AddressRange($0) },
            audit: refusals
        )
        let (publisher, health, metrics, log, secret) = (publisher, health, metrics, log, store.sessionSecret)
        let streamBounds = StreamBounds(streamSettings())
        let tokens = tokens
        let portal = PortalAPI(store: store, version: gatewayVersion) { error, requestID in
            log.write(.error, "the portal failed: \(error)", [("request_id", requestID ?? "")])
        }
        let description = ByteBuffer(portal.openAPI.text)
        let look = SharedLook(on: control) { _ = await inForce.here() }
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
                stateLook: look,
                metrics: metrics,
                log: log,
                streamBounds: streamBounds
            )
            publisher.subscribe(loop) { state in
                endpoint.state = state
                upstream.retain(only: state.targets)
            }
            upkeep.add(endpoint, on: loop)
            let handler = PortalAPIHandler(
                api: portal,
                endpoint: endpoint,
                authority: authority,
                description: description,
                inForce: { await inForce.everywhere() }
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
        _ refresher: Refresher,
        _ inForce: InForce
    ) async throws(StartFailure) -> Int {
        let listen = loaded.config.admin.listen
        var configuration = ServerConfiguration(host: listen.host, port: listen.port)
        configuration.bodyBytesMax = APIBounds.bodyBytesMax
        let (health, source, reports) = (health, sourceCheck(), reports)
        let limits = loaded.config.limits
        let api = AdminAPIHandler(
            api: AdminAPI(store: store, defaults: loaded.config.defaults, inquiry: refresher),
            store: store,
            // Its own: wrong agents' keys don't keep an operator on the same host out.
            guardian: AuthenticationGuard(
                rate: limits.failureRate,
                burst: limits.failureBurst,
                audit: refusals
            ),
            log: log,
            inForce: { await inForce.everywhere() }
        )
        let server = HTTPServer(configuration: configuration, loops: [control]) { _ in
            AdminRouter(health: health, source: source, reports: reports, api: api)
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

    // MARK: Reload and end

    /// Reads the certificate and the target files again. What is faulty stays as it was, and is named in the log.
    package func reload() async {
        log.write(.info, "reloading")
        if let files = loaded.config.tls, let tls {
            do throws(TLSError) {
                try tls.reload(certificateFile: files.certificate, keyFile: files.key)
            } catch {
                log.write(.error, "the certificate in force is kept: \(error.message)")
            }
        }
        access?.credentials.reload()
        await reloadTargets()
    }

    private func reloadTargets() async {
        guard let store else { return }
        do throws(StartFailure) {
            let folder = try loadTargets()
            try await local?.replace(with: folder.targets)
            try await synchronize(folder, store)
            local?.forgetOthers(than: folder.targets)
            refresher?.refreshSoon()
        } catch {
            for fault in error.faults { log.write(.error, "the targets in force are kept: \(fault)") }
        }
    }

    /// Turns away new work, finishes what is under way within the drain timeout, and closes everything.
    package func shutdown() async {
        health.startedDraining()
        refresher?.stop()
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
