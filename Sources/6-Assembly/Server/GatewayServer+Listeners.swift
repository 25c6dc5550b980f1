import AdminAPI
import AWS
import Bytes
import Config
import Control
import Crypto
import Curl
import EventLoop
import Gateway
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

/// The listeners: who is answered, by what, within which bounds.
extension GatewayServer {
    func startAgents(
        _ store: Store::Store,
        _ maker: UpstreamMaker,
        _ upkeep: Upkeep,
        _ inForce: InForce
    ) async throws(StartFailure) -> Int {
        let proxies = loaded.config.agents.trustedProxies.compactMap { AddressRange($0) }
        let listening = agentsListening(proxies)
        let source = agentSourceCheck()
        let limits = loaded.config.limits
        let loginThrottle = LoginThrottle(
            rate: limits.failureRate,
            burst: limits.failureBurst,
            trustedProxies: proxies,
            audit: refusals
        )
        loginThrottles.append(loginThrottle)
        let sources = agentSources
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
                loginThrottle: loginThrottle,
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
            sources.add(loop) { endpoint.sourceCheck = $0 }
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

    /// - Parameter proxies: whose connections are counted as many clients'.
    private func agentsListening(_ proxies: [AddressRange]) -> ServerConfiguration {
        let config = loaded.config.agents
        var listening = ServerConfiguration(host: config.listen.host, port: config.listen.port)
        listening.headBytesMax = config.headerBytesMax
        listening.bodyBytesMax = config.bodyBytesMax
        listening.headTimeout = config.headerTimeout
        listening.bodyTimeout = config.bodyTimeout
        listening.idleTimeout = config.idleTimeout
        listening.connectionsMax = descriptors.connectionsMax
        listening.connectionsPerPeerMax = config.connectionsPerPeerMax
        listening.trustedPeers = proxies
        listening.refusedMax = descriptors.refusedMax
        listening.budget = budget
        listening.connectionChanged = { [metrics] change in metrics.connections.add(change) }
        return listening
    }

    private func streamSettings() -> StreamBounds.Settings {
        var settings = StreamBounds.Settings()
        settings.max = loaded.config.agents.streamsMax
        settings.perCredentialMax = loaded.config.agents.streamsPerKeyMax
        settings.keepAlive = loaded.config.agents.streamKeepAlive
        return settings
    }

    func startAdmin(
        _ store: Store::Store,
        _ refresher: Refresher,
        _ inForce: InForce
    ) async throws(StartFailure) -> Int {
        let listen = loaded.config.admin.listen
        var configuration = ServerConfiguration(host: listen.host, port: listen.port)
        configuration.bodyBytesMax = APIBounds.bodyBytesMax
        configuration.connectionsMax = descriptors.adminConnectionsMax
        // So that one client, or one program that leaks connections, doesn't keep the others out.
        configuration.connectionsPerPeerMax = max(1, descriptors.adminConnectionsMax * 3 / 4)
        configuration.refusedMax = descriptors.refusedMax
        configuration.budget = budget
        let (health, source, sources, reports) = (health, adminSourceCheck(), adminSources, reports)
        let limits = loaded.config.limits
        // Its own: wrong agents' keys don't keep an operator on the same host out.
        let loginThrottle = LoginThrottle(
            rate: limits.failureRate,
            burst: limits.failureBurst,
            audit: refusals
        )
        loginThrottles.append(loginThrottle)
        let api = AdminAPIHandler(
            api: AdminAPI(store: store, defaults: loaded.config.defaults, inquiry: refresher),
            store: store,
            loginThrottle: loginThrottle,
            log: log,
            inForce: { await inForce.everywhere() }
        )
        let server = HTTPServer(configuration: configuration, loops: [control]) { loop in
            let router = AdminRouter(health: health, source: source, reports: reports, api: api, loop: loop)
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

    /// The origin of the URL that agents use, where the settings name it.
    private var publicOrigin: String? {
        loaded.config.jwt.resource.flatMap { Endpoint(url: $0) }.map {
            Endpoint(scheme: $0.scheme, host: $0.host, port: $0.port).description
        }
    }

    func agentSourceCheck() -> SourceCheck {
        sourceCheck(isEncrypted: tls != nil, publicOrigin: publicOrigin)
    }

    func adminSourceCheck() -> SourceCheck { sourceCheck(isEncrypted: false) }

    private func sourceCheck(isEncrypted: Bool, publicOrigin: String? = nil) -> SourceCheck {
        let config = loaded.config
        var hosts = SourceCheck.loopbackHosts + config.agents.allowedHosts
        for host in [config.agents.listen.host, config.admin.listen.host] {
            hosts.append(host.contains(":") ? "[\(host)]" : host)
        }
        return SourceCheck(
            hosts: hosts,
            origins: config.agents.allowedOrigins,
            isEncrypted: isEncrypted,
            publicOrigin: publicOrigin
        )
    }
}
