import Calendar
import Config
import Curl
import EventLoop
import Gateway
import HTTP
import HTTPClient
import OAuth
import Policy
import Synchronization

/// OAuth in one running gateway: settings, keys, and the documents that name the listener's address.
final class TokenService: Sendable {
    let settings: JWTSettings
    let keys: IssuerKeys
    /// The patterns that each scope opens, by the scope's position; nil when tokens open all that their tenants may
    /// use.
    let scopePatterns: [[NamePattern]]?
    private let documents: Locked<TokenDocuments>
    private let refresher = Locked<LoopBound<KeyRefresher>?>(nil)

    /// - Parameter resource: the agents' URL if the settings name none; it may change once the port is known.
    /// - Throws: a fault of the settings that shows only when all of them are looked at together.
    init(_ config: GatewayConfig.JWT, resource: String) throws(StartFailure) {
        settings = try JWTSettings(config)
        keys = IssuerKeys(count: settings.issuers.count)
        if config.scopes.isEmpty {
            scopePatterns = nil
        } else {
            let patterns = Dictionary(
                config.scopes.map { ($0.name, $0.patterns.compactMap { NamePattern($0) }) }
            ) { first, _ in first }
            scopePatterns = settings.scopes.map { patterns[$0] ?? [] }
        }
        documents = Locked(try TokenDocuments(settings, resource: config.resource ?? resource))
    }

    /// Any thread.
    var currentDocuments: TokenDocuments { documents.withLock { $0 } }

    /// Replaces the URL that was assumed at first. To be called before the first request.
    func use(resource: String) throws(StartFailure) {
        let made = try TokenDocuments(settings, resource: resource)
        documents.withLock { $0 = made }
    }

    /// Fetches keys from now on, on the client's loop.
    func start(over client: LoopBound<CurlClient>, log: GatewayLog) async {
        let (settings, keys, loop) = (settings, keys, client.loop)
        let made = await LoopBound.make(on: loop) {
            KeyRefresher(settings: settings, keys: keys, loop: loop, transport: client.value) { event in
                Self.write(event, to: log)
            }
        }
        refresher.withLock { $0 = made }
        made.execute { $0.start() }
    }

    private static func write(_ event: KeyRefresher.Event, to log: GatewayLog) {
        switch event {
        case .fetched(let issuer, let keys, let unusable):
            let values = [("issuer", issuer), ("keys", "\(keys)"), ("unusable", "\(unusable)")]
            log.write(.debug, "an issuer's keys were fetched", values)
        case .failed(let issuer, let reason, let isKept):
            log.write(
                .warning,
                isKept
                    ? "an issuer's keys can't be fetched, the keys in force are kept"
                    : "an issuer's keys can't be fetched, its tokens can't be accepted yet",
                [("issuer", issuer), ("error", reason)]
            )
        }
    }

    /// Returns when that issuer's keys have been fetched, or have failed to be. From any task, which goes on where it was.
    func refresh(issuer: Int) async {
        await refresher.withLock { $0 }?.run { await $0.refresh(issuer: issuer) }
    }

    func stop() async { await refresher.withLock { $0 }?.run { $0.stop() } }

    /// A client for issuers' keys alone: it connects to no address that only this machine or its host can reach.
    func transport(on loop: EventLoop, proxies: ProxySettings) throws(StartFailure) -> CurlClient {
        let isLocal = settings.issuers.contains { $0.url.isLoopback || $0.keySetURL?.isLoopback == true }
        // A proxy may be on this machine.
        let rule = AddressRule(allowsLoopback: isLocal || !proxies.isEmpty)
        var configuration = CurlClient.Configuration()
        configuration.proxies = proxies
        configuration.requestsMax = 64
        configuration.mayConnect = { rule.allows($0) }
        do throws(HTTPClientError) {
            return try CurlClient(loop: loop, configuration: configuration)
        } catch {
            throw StartFailure("auth.jwt: \(error)")
        }
    }
}

/// What clients are told about access tokens.
struct TokenDocuments: Sendable {
    let metadata: ResourceMetadata
    let challenge: BearerChallenge

    init(_ settings: JWTSettings, resource: String) throws(StartFailure) {
        let metadata = ResourceMetadata(
            resource: resource,
            issuers: settings.issuers.map { $0.url.text },
            scopes: settings.scopes
        )
        guard let metadata else {
            throw StartFailure("auth.jwt.resource: \(resource) is not the URL of a resource")
        }
        self.metadata = metadata
        challenge = BearerChallenge(metadataURL: metadata.url)
    }

    /// The metadata document at one of its paths; nil for any other path. Needs no credential, because a client reads
    /// it to learn where to get one. Source: RFC 9728 §3.1
    func answer(_ request: Request) -> Response? {
        guard metadata.paths.contains(request.path) else { return nil }
        guard request.head.method == .get || request.head.method == .head else {
            return .text(405, "405 Method Not Allowed\n", fields: [ResponseField("Allow", "GET, HEAD")])
        }
        let fields = [
            ResponseField("Cache-Control", "max-age=300"), ResponseField("Access-Control-Allow-Origin", "*"),
        ]
        return Response(status: 200, contentType: .json, fields: fields, body: metadata.body)
    }
}

extension JWTSettings {
    /// The settings of a configuration whose single values are already validated.
    init(_ config: GatewayConfig.JWT) throws(StartFailure) {
        var issuers: [Issuer] = []
        for issuer in config.issuers {
            guard let url = FetchURL(issuer.url), url.isIssuer else {
                throw StartFailure("auth.jwt.issuers: \(issuer.url) can't be asked for its metadata")
            }
            var keySetURL: FetchURL?
            if let text = issuer.jwksURI {
                keySetURL = FetchURL(text)
                guard keySetURL != nil else {
                    throw StartFailure("auth.jwt.issuers: \(text) can't be asked for keys")
                }
            }
            issuers.append(Issuer(url: url, keySetURL: keySetURL, tenant: issuer.tenant))
        }
        self.init(issuers: issuers, audiences: config.audiences)
        algorithms = Set(config.algorithms)
        clockSkewMs = config.clockSkew.milliseconds
        tenantClaim = (config.tenantClaim ?? "").split(separator: ".").map { String($0) }
        tenants = config.tenants
        scopes = config.scopes.map { $0.name }
        for name in config.requiredScopes where !scopes.contains(name) { scopes.append(name) }
        requiredScopes = config.requiredScopes
    }
}
