import Synchronization
import Telemetry
import System
import AdminAPI
import Config
import EventLoop
import Gateway
import HTTPServer
import Records
import REST

/// The operators' listener, on the control loop. It stands before most services, and so answers until they have ended.
final class AdminService: Service {
    let name = "admin"
    let startingWords = "the listener for operators is being opened"
    private let context: GatewayContext
    private let stores: StoreService
    private let refresh: RefreshService
    private let discovery: DiscoveryService
    private let inForce: InForce
    private let targets: TargetService
    /// The control loop's copy of the source check.
    private let sources = LoopCopies<SourceCheck>()
    /// Separate from the agents' throttle: agents' wrong keys don't lock out an operator on the same host.
    private let loginThrottle: LoginThrottle
    private let localCallers: LocalCallers
    private let listening = Locked<(server: HTTPServer, port: Int)?>(nil)

    init(
        _ context: GatewayContext,
        _ stores: StoreService,
        _ refresh: RefreshService,
        _ discovery: DiscoveryService,
        _ inForce: InForce,
        _ localCallers: LocalCallers,
        _ targets: TargetService
    ) {
        self.context = context
        self.stores = stores
        self.refresh = refresh
        self.discovery = discovery
        self.inForce = inForce
        self.localCallers = localCallers
        self.targets = targets
        loginThrottle = LoginThrottle(
            rate: context.config.limits.failureRate,
            burst: context.config.limits.failureBurst,
            audit: context.refusals
        )
    }

    /// The listener's port; 0 before it is open.
    var port: Int { listening.withLock { $0?.port } ?? 0 }

    func open() async throws(StartFailure) {
        let server = makeServer()
        let port = try await server.listen()
        listening.withLock { $0 = (server, port) }
        var place = context.config.admin.listen
        // A listener on every address is also reached at the loopback address.
        if place.host == "0.0.0.0" { place.host = "127.0.0.1" }
        if place.host == "::" { place.host = "::1" }
        localCallers.serve(at: adminURL(host: place.host, port: port))
        context.live.adminListens(at: context.config.adminURL(port: port))
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        loginThrottle.change(rate: config.limits.failureRate, burst: config.limits.failureBurst)
        await sources.replace(with: SourceCheck(config, isEncrypted: false))
    }

    func stop() async { await listening.withLock { $0?.server }?.stop() }

    private func makeServer() -> HTTPServer {
        let (health, reports, sources) = (context.health, context.reports, sources)
        let source = SourceCheck(context.config, isEncrypted: false)
        let (store, inForce) = (stores.store, inForce)
        let api = AdminAPIHandler(
            api: AdminAPI(
                store: store,
                defaults: context.config.defaults,
                inquiry: ServerInquiry(refresher: refresh.refresher, discoverer: discovery.discoverer),
                records: RecordReader(directory: context.config.records.directory),
                server: ServerPorts(
                    status: context.live,
                    functionLogs: targets.local,
                    examiner: ServerExaminer(isLocal: context.isLocal, targets: refresh.targetExam),
                    limitUse: LiveLimitUse(publisher: context.publisher)
                )
            ),
            store: store,
            loginThrottle: loginThrottle,
            localCallers: localCallers,
            log: context.log.module(.api),
            inForce: { await inForce.everywhere() }
        )
        return HTTPServer(configuration: configuration(), loops: [context.control]) { loop in
            let router = AdminRouter(health: health, source: source, reports: reports, api: api, loop: loop)
            let held = LoopBound(router, on: loop)
            sources.add(loop) { held.value.source = $0 }
            return router
        }
    }

    private func configuration() -> ServerConfiguration {
        let (listen, descriptors) = (context.config.admin.listen, context.descriptors)
        var configuration = ServerConfiguration(host: listen.host, port: listen.port)
        configuration.bodyBytesMax = APIBounds.bodyBytesMax
        configuration.connectionsMax = descriptors.adminConnectionsMax
        // So that one client, or one program that leaks connections, doesn't lock out the others.
        configuration.connectionsPerPeerMax = max(1, descriptors.adminConnectionsMax * 3 / 4)
        configuration.refusedMax = descriptors.refusedMax
        configuration.budget = context.budget
        return configuration
    }
}

extension HTTPServer {
    /// - Returns: the port.
    func listen() async throws(StartFailure) -> Int {
        do throws(HTTPServerError) { return try await start() } catch { throw StartFailure("\(error)") }
    }
}

extension SourceCheck {
    /// The check for a listener of a gateway with these settings.
    /// - Parameter publicOrigin: the origin of the URL that clients use, if it isn't the listener's own.
    convenience init(_ config: GatewayConfig, isEncrypted: Bool, publicOrigin: String? = nil) {
        var hosts = SourceCheck.loopbackHosts + config.agents.allowedHosts
        for host in [config.agents.listen.host, config.admin.listen.host] {
            hosts.append(host.contains(":") ? "[\(host)]" : host)
        }
        self.init(
            hosts: hosts,
            origins: config.agents.allowedOrigins,
            isEncrypted: isEncrypted,
            publicOrigin: publicOrigin
        )
    }
}
