import Records
import JSON
import HTTPClient
import AWS
import HTTP
import System
import Telemetry
import Control
import Bytes
import Config
import EventLoop
import Gateway
import HTTPServer
import PortalAPI
import Sockets
import Store
import Synchronization

/// The agents' listener, on every loop: its routers, its source check and its bounds.
final class AgentService: Service {
    let name = "agents"
    let startingWords = "the listener for agents is being opened"
    private struct Listening {
        let server: HTTPServer
        let port: Int
        /// nil for plain HTTP.
        let tls: TLSContextBox?
    }

    private let context: GatewayContext
    private let loops: LoopService
    private let stores: StoreService
    private let upstreams: UpstreamService
    private let writer: PeriodicWriter
    private let records: RecordService
    private let traces: TraceService
    private let inForce: InForce
    private let catalogNews: any CatalogNews
    /// Each loop's copy of the source check.
    private let sources = LoopCopies<SourceCheck>()
    /// Whether the loops' endpoints drain.
    private let draining = LoopCopies<Bool>()
    private let loginThrottle: LoginThrottle
    private let proxies: [AddressRange]
    private let listening = Started<Listening>("agents")
    /// The files of the certificate in force.
    private let tlsFiles: Locked<GatewayConfig.TLS?>

    init(
        _ context: GatewayContext,
        _ loops: LoopService,
        _ stores: StoreService,
        _ upstreams: UpstreamService,
        _ writer: PeriodicWriter,
        _ records: RecordService,
        _ traces: TraceService,
        _ inForce: InForce,
        _ catalogNews: any CatalogNews
    ) {
        self.catalogNews = catalogNews
        self.context = context
        self.loops = loops
        self.stores = stores
        self.upstreams = upstreams
        self.writer = writer
        self.records = records
        self.traces = traces
        self.inForce = inForce
        tlsFiles = Locked(context.config.tls)
        proxies = context.config.agents.trustedProxies.compactMap { AddressRange($0) }
        loginThrottle = LoginThrottle(
            rate: context.config.limits.failureRate,
            burst: context.config.limits.failureBurst,
            trustedProxies: proxies,
            audit: context.refusals
        )
    }

    var port: Int { listening.value.port }

    func start() async throws(StartFailure) {
        let config = context.config
        let tls = try config.tls.map { files throws(StartFailure) in try Self.makeTLS(files) }
        let server = makeServer(tls)
        let port = try await server.listen()
        do throws(StartFailure) {
            if config.jwt.resource == nil { try context.tokens?.use(resource: config.agentsURL(port: port)) }
        } catch {
            await server.stop()
            throw error
        }
        listening.set(Listening(server: server, port: port, tls: tls))
        context.live.agentsListen(at: config.agentsURL(port: port)) {
            tls?.current.certificateExpiresAt.map { $0 * 1_000 }
        }
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        let tls = listening.value.tls
        if let files = config.tls, let tls {
            do throws(TLSError) {
                try tls.reload(certificateFile: files.certificate, keyFile: files.key)
            } catch {
                report.faults.append("the certificate in force is kept: \(error.message)")
                report.applied.removeAll { $0.hasPrefix("tls.") }
                config.tls = tlsFiles.withLock { $0 }
            }
        }
        let files = config.tls
        tlsFiles.withLock { $0 = files }
        loginThrottle.change(rate: config.limits.failureRate, burst: config.limits.failureBurst)
        await sources.replace(with: sourceCheck(config))
    }

    func drain(until deadline: ContinuousClock.Instant) async {
        await draining.replace(with: true)
        await listening.value.server.drain(within: max(.zero, deadline - ContinuousClock.now))
    }

    func stop() async { await listening.value.server.stop() }

    private static func makeTLS(_ files: GatewayConfig.TLS) throws(StartFailure) -> TLSContextBox {
        do throws(TLSError) {
            return TLSContextBox(try .server(certificateFile: files.certificate, keyFile: files.key))
        } catch {
            throw StartFailure("tls: \(error.message)")
        }
    }

    private func makeServer(_ tls: TLSContextBox?) -> HTTPServer {
        let (store, maker, writer, inForce) = (stores.store, upstreams.maker, writer, inForce)
        let (records, traces) = (records, traces)
        let (publisher, health, metrics, log) = (
            context.publisher, context.health, context.metrics, context.log
        )
        let (sources, source, loginThrottle) = (sources, sourceCheck(context.config), loginThrottle)
        let draining = draining
        let streamBounds = StreamBounds(streamSettings())
        let tokens = context.tokens
        let portal = makePortal()
        let description = ByteBuffer(portal.openAPI.text)
        let sessionEnding = SessionEndings(
            store: store,
            log: log.module(.store),
            inForce: { await inForce.everywhere() }
        )
        let cancelRelay = CancelRelay()
        let sessionLevels = SessionLevels()
        let streamedBytes = StreamedBytes()
        let (questions, resumable) = (ClientQuestions(), ResumableStreams())
        let catalogNews = catalogNews
        let look = SharedLook(on: context.control) { _ = await inForce.here() }
        return HTTPServer(configuration: configuration(), loops: loops.loops, tls: tls) { loop in
            let upstream = maker.upstream(on: loop)
            let authority = tokens.map { LoopTokenAuthority($0) }
            let endpoint = AgentEndpoint(
                loop: loop,
                state: publisher.current,
                upstream: upstream,
                sessionSecret: store.sessionSecret,
                sourceCheck: source,
                loginThrottle: loginThrottle,
                tokens: authority,
                stateLook: look,
                metrics: metrics,
                log: log.module(.calls),
                streamBounds: streamBounds,
                recorder: records.recorder(on: loop),
                tracer: traces.callTracer(),
                sessionEnding: sessionEnding,
                cancelRelay: cancelRelay,
                sessionLevels: sessionLevels,
                streamedBytes: streamedBytes,
                questions: questions,
                resumable: resumable,
                catalogNews: catalogNews
            )
            let held = LoopBound((endpoint: endpoint, upstream: upstream), on: loop)
            publisher.subscribe(loop) { state in
                let (endpoint, upstream) = held.value
                endpoint.state = state
                upstream.retain(only: state.functions, tenants: state.tenants)
            }
            sources.add(loop) { held.value.endpoint.sourceCheck = $0 }
            draining.add(loop) { if $0 { held.value.endpoint.drain() } }
            writer.add(LoopBound(endpoint, on: loop))
            let handler = PortalAPIHandler(
                api: portal,
                endpoint: endpoint,
                authority: authority,
                description: description,
                inForce: { await inForce.everywhere() }
            )
            return AgentRouter(endpoint: endpoint, portal: handler, health: health, tokens: tokens)
        }
    }

    private func makePortal() -> PortalAPI {
        let log = context.log
        return PortalAPI(
            store: stores.store,
            records: RecordReader(directory: context.config.records.directory),
            version: gatewayVersion
        ) { error, requestID in
            log.module(.api).write(
                .error,
                "the portal failed",
                [("request_id", requestID ?? ""), ("error", "\(error)")]
            )
        }
    }

    private func configuration() -> ServerConfiguration {
        let config = context.config.agents
        var listening = ServerConfiguration(host: config.listen.host, port: config.listen.port)
        listening.headBytesMax = config.headerBytesMax
        listening.bodyBytesMax = config.bodyBytesMax
        listening.headTimeout = config.headerTimeout
        listening.bodyTimeout = config.bodyTimeout
        listening.idleTimeout = config.idleTimeout
        listening.connectionsMax = context.descriptors.connectionsMax
        listening.connectionsPerPeerMax = config.connectionsPerPeerMax
        // A proxy's connections belong to many clients.
        listening.trustedPeers = proxies
        listening.refusedMax = context.descriptors.refusedMax
        listening.budget = context.budget
        listening.connectionChanged = { [metrics = context.metrics] change in metrics.connections.add(change)
        }
        return listening
    }

    private func streamSettings() -> StreamBounds.Settings {
        let agents = context.config.agents
        var settings = StreamBounds.Settings()
        settings.max = agents.streamsMax
        settings.perCredentialMax = agents.streamsPerKeyMax
        settings.keepAlive = agents.streamKeepAlive
        settings.watches.interval = agents.resourcePoll > .zero ? agents.resourcePoll : nil
        settings.watches.perStreamMax = agents.resourceWatchesPerStreamMax
        settings.watches.max = agents.resourceWatchesMax
        return settings
    }

    private func sourceCheck(_ config: GatewayConfig) -> SourceCheck {
        SourceCheck(config, isEncrypted: config.tls != nil, publicOrigin: publicOrigin)
    }

    /// The origin of the URL that agents use, if the settings name one.
    private var publicOrigin: String? {
        context.config.jwt.resource.flatMap { Endpoint(url: $0) }.map {
            Endpoint(scheme: $0.scheme, host: $0.host, port: $0.port).description
        }
    }
}
