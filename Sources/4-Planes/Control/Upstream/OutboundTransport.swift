package import Curl
package import EventLoop
package import HTTPClient
package import Sockets

/// Sends the requests of commands and refreshes: through libcurl if a proxy must carry them, else over own connections.
///
/// Its loop's thread only.
package final class OutboundTransport: HTTPTransport {
    private let direct: HTTPClient
    private let proxied: CurlClient?
    private let proxies: ProxySettings

    /// The certificates that are accepted.
    package enum Trust: Sendable, Equatable {
        /// Those of the system's authorities, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
        case system
        /// Only those of the authorities in a PEM file.
        case authorities(file: String)
        /// Only the certificates in a PEM file, whoever issued them, and the certificates that they issued.
        case certificates(file: String)
    }

    /// - Parameter environment: gives `SSL_CERT_FILE`, which libcurl doesn't read itself.
    /// - Throws: why TLS or libcurl can't be used.
    package convenience init(
        loop: EventLoop,
        proxies: ProxySettings,
        trust: Trust = .system,
        environment: [String: String] = [:]
    ) throws(HTTPClientError) {
        let tls: TLSContext
        var caFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        do throws(TLSError) {
            switch trust {
            case .system: tls = try TLSContext.client()
            case .authorities(let file):
                tls = try TLSContext.client(caFile: file)
                caFile = file
            case .certificates(let file):
                tls = try TLSContext.client(pinnedFile: file)
                caFile = file
            }
        } catch {
            throw .tls(endpoint: "any host", reason: error.message)
        }
        try self.init(loop: loop, proxies: proxies, resolver: Resolver(), tls: tls, proxiedCAFile: caFile)
    }

    /// A transport with a resolver and a client's TLS context that other loops may share.
    /// - Parameter proxiedCAFile: the only authorities to trust behind a proxy.
    /// - Throws: why libcurl can't be used.
    package init(
        loop: EventLoop,
        proxies: ProxySettings,
        resolver: Resolver,
        tls: TLSContext,
        proxiedCAFile: String? = nil
    ) throws(HTTPClientError) {
        self.proxies = proxies
        direct = HTTPClient(loop: loop, resolver: resolver, tls: tls)
        if proxies.isEmpty {
            proxied = nil
        } else {
            var configuration = CurlClient.Configuration()
            configuration.proxies = proxies
            configuration.caFile = proxiedCAFile
            proxied = try CurlClient(loop: loop, configuration: configuration)
        }
    }

    package func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver) {
        if let proxied, proxies.proxy(for: request.endpoint) != nil {
            return proxied.send(request, to: receiver)
        }
        direct.send(request, to: receiver)
    }

    package func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
        if let proxied, proxies.proxy(for: request.endpoint) != nil { return try await proxied.send(request) }
        return try await direct.send(request)
    }

    package func streams(from endpoint: Endpoint) -> Bool {
        proxied == nil || proxies.proxy(for: endpoint) == nil
    }

    package func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver) {
        if let proxied, proxies.proxy(for: request.endpoint) != nil {
            return proxied.stream(request, to: receiver)  // libcurl hands over a whole response
        }
        direct.stream(request, to: receiver)
    }

    package func recycle(_ bytes: consuming [UInt8]) { direct.recycle(bytes) }

    /// Ends every connection. Loop thread; before the loop stops.
    package func close() {
        direct.close()
        proxied?.close()
    }
}
