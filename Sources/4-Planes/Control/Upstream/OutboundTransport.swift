package import Curl
package import EventLoop
package import HTTPClient
package import Sockets

/// Requests of a command or of a refresh: through libcurl where a proxy must carry them, else over own connections.
///
/// `@unchecked`: one loop's thread only, but for making it.
package final class OutboundTransport: HTTPTransport, @unchecked Sendable {
    private let direct: HTTPClient
    private let proxied: CurlClient?
    private let proxies: ProxySettings

    /// - Throws: why TLS or libcurl can't be used.
    package convenience init(loop: EventLoop, proxies: ProxySettings) throws(HTTPClientError) {
        let tls: TLSContext
        do throws(TLSError) {
            tls = try TLSContext.client()
        } catch {
            throw .tls(endpoint: "any host", reason: error.message)
        }
        try self.init(loop: loop, proxies: proxies, resolver: Resolver(), tls: tls)
    }

    /// The same with a resolver and a client's TLS context that other loops may share.
    /// - Throws: why libcurl can't be used.
    package init(
        loop: EventLoop,
        proxies: ProxySettings,
        resolver: Resolver,
        tls: TLSContext
    ) throws(HTTPClientError) {
        self.proxies = proxies
        direct = HTTPClient(loop: loop, resolver: resolver, tls: tls)
        if proxies.isEmpty {
            proxied = nil
        } else {
            var configuration = CurlClient.Configuration()
            configuration.proxies = proxies
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

    package func recycle(_ bytes: consuming [UInt8]) { direct.recycle(bytes) }

    /// Ends every connection. Loop thread; before the loop stops.
    package func close() {
        direct.close()
        proxied?.close()
    }
}
