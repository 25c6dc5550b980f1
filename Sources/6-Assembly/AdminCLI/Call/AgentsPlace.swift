import Config
import Control
import Curl
import HTTPClient
import Sockets

/// Where a gateway serves agents, and which certificate to trust there.
struct AgentsPlace: Sendable {
    let endpoint: Endpoint
    var trust = OutboundTransport.Trust.system
    /// The URL for other machines; the endpoint itself unless the certificate has another name.
    var publicURL: String
    /// Whether it's the gateway of this machine's settings.
    var isHere = false

    init(_ endpoint: Endpoint, _ trust: OutboundTransport.Trust) {
        self.endpoint = endpoint
        self.trust = trust
        publicURL = "\(endpoint)"
    }
}

extension Session {
    /// The endpoint from the option, else from the context, else from the settings on this machine.
    /// - Parameters:
    ///   - url: the option's value.
    ///   - option: the option's name.
    /// - Throws: `CommandFailure` when no endpoint is known, or when the text isn't a URL.
    func agentsPlace(_ url: String?, _ option: String) throws -> AgentsPlace {
        let trust = caFile.map { OutboundTransport.Trust.authorities(file: $0) } ?? .system
        if let url { return AgentsPlace(try endpoint(url, option), trust) }
        guard let server else { return try agentsPlaceHere() }
        guard let context = server.context else {
            throw CommandFailure(
                "\(ServerChoice.urlVariable) names an admin listener, which says nothing of where agents are served",
                hint: "give \(option), a context that has --agents-url, or --context here for this machine"
            )
        }
        guard let url = context.agentsURL else {
            throw CommandFailure(
                "context \(context.name) has no URL for agents",
                hint: "give \(option), or add the context anew with --agents-url and --force"
            )
        }
        return AgentsPlace(try endpoint(url, "the agents_url of context \(context.name)"), trust)
    }

    private func endpoint(_ url: String, _ label: String) throws -> Endpoint {
        guard let endpoint = Endpoint(url: url) else {
            throw CommandFailure("\(label) is not a URL of the form http[s]://host[:port]/mcp")
        }
        return endpoint
    }

    private func agentsPlaceHere() throws -> AgentsPlace {
        let config = try loadConfig(needing: .only(["agents", "tls", "auth"])).config
        let listen = config.agents.listen
        guard listen.port != 0 else {
            throw CommandFailure(
                "agents.listen has port 0, so the port is chosen at start",
                hint: "give its URL: `serve` says it in its first line"
            )
        }
        let scheme = config.tls == nil ? "http" : "https"
        guard let endpoint = Endpoint(url: "\(scheme)://\(listen.reachable())/mcp") else {
            throw CommandFailure("agents.listen, \(listen), makes no URL", hint: "give its URL")
        }
        var place = AgentsPlace(endpoint, .system)
        if let tls = config.tls { place = try encrypted(endpoint, tls) }
        place.isHere = true
        if let resource = config.jwt.resource { place.publicURL = resource }
        return place
    }

    /// The listener at its own address. It must present the settings' certificate, for that certificate's name,
    /// whichever authority issued it.
    private func encrypted(_ address: Endpoint, _ tls: GatewayConfig.TLS) throws -> AgentsPlace {
        let trust =
            caFile.map { OutboundTransport.Trust.authorities(file: $0) }
            ?? .certificates(file: tls.certificate)
        do throws(TLSError) {
            guard try !CertificateName.isFor(address: address.host, inFile: tls.certificate),
                let name = try CertificateName.first(inFile: tls.certificate)
            else { return AgentsPlace(address, trust) }
            var place = AgentsPlace(
                Endpoint(
                    scheme: .https,
                    host: address.host,
                    port: address.port,
                    pathPrefix: address.pathPrefix,
                    certificateName: name
                ),
                trust
            )
            place.publicURL =
                "\(Endpoint(scheme: .https, host: name, port: address.port, pathPrefix: address.pathPrefix))"
            return place
        } catch {
            throw CommandFailure(
                "\(error.message), by which this machine's gateway is known",
                hint: "give its URL and its authority: --url https://NAME/mcp --ca FILE"
            )
        }
    }

    /// Runs `body` with a transport to that endpoint.
    func withAgents<T: Sendable>(
        _ place: AgentsPlace,
        _ body: @escaping @Sendable (OutboundTransport) async throws -> T
    ) throws -> T {
        // This machine is reached without a proxy, at whatever address.
        let proxies = place.isHere ? ProxySettings() : try ProxySettings(environment: environment)
        return try withLoop { loop in
            let transport: OutboundTransport
            do throws(HTTPClientError) {
                transport = try OutboundTransport(
                    loop: loop,
                    proxies: proxies,
                    trust: place.trust,
                    environment: environment
                )
            } catch {
                guard case .tls(_, let reason) = error else { throw error }
                throw CommandFailure(reason)
            }
            defer { transport.close() }
            return try await body(transport)
        }
    }

    /// The error when there was no answer.
    func failure(_ error: HTTPClientError, at place: AgentsPlace) -> CommandFailure {
        var hint = "is the gateway running? `mcp-gateway doctor` looks"
        if case .tls = error {
            hint =
                place.isHere
                ? "its certificate is not that of the settings: reload it, or give --url \(place.publicURL) --ca FILE"
                : "the certificate must be for the host in the URL, and its authority known: "
                    + "--url https://NAME/mcp --ca FILE"
        }
        return CommandFailure("no answer from \(place.endpoint): \(error.description)", hint: hint)
    }
}
