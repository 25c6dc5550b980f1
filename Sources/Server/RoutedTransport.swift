import Curl
package import EventLoop
package import HTTPClient

/// Sends what a proxy must carry through libcurl, and everything else over the gateway's own connections.
///
/// `@unchecked`: one loop's thread only.
package final class RoutedTransport: HTTPTransport, @unchecked Sendable {
    private let direct: HTTPClient
    private let proxied: CurlClient?
    private let proxies: ProxySettings

    package init(loop: EventLoop, direct: HTTPClient, environment: [String: String]) throws(HTTPClientError) {
        self.direct = direct
        proxies = ProxySettings(environment: environment)
        if proxies.isEmpty {
            proxied = nil
        } else {
            var configuration = CurlClient.Configuration()
            configuration.proxies = proxies
            proxied = try CurlClient(loop: loop, configuration: configuration)
        }
    }

    package func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
        if let proxied, proxies.proxy(for: request.endpoint) != nil { return try await proxied.send(request) }
        return try await direct.send(request)
    }

    package func recycle(_ bytes: consuming [UInt8]) { direct.recycle(bytes) }

    /// Loop thread; before the loop stops.
    package func close() {
        direct.close()
        proxied?.close()
    }
}
