import Curl
import EventLoop
import Glibc
import HTTPClient
import TestSupport

/// Runs `body` on a loop of its own with a client, which is closed afterwards.
@discardableResult
func withCurl<T: Sendable>(
    _ configuration: CurlClient.Configuration = .init(),
    _ body: @escaping @Sendable (CurlClient) async throws -> T
) async throws -> T {
    signal(SIGPIPE, SIG_IGN)
    return try await withLoop { loop in
        let client = try CurlClient(loop: loop, configuration: configuration)
        defer { client.close() }
        return try await body(client)
    }
}

/// As `withCurl`, for one request, which nobody cancels.
func sendOne(
    _ request: OutboundRequest,
    _ configuration: CurlClient.Configuration = .init()
) async throws -> Result<ClientResponse, HTTPClientError> {
    let (endpoint, message, timeout) = (request.endpoint, request.message, request.timeout)
    let (bytesMax, isHead) = (request.responseBytesMax, request.isHead)
    return try await withCurl(configuration) { client in
        var copy = OutboundRequest(
            endpoint: endpoint,
            message: message,
            timeout: timeout,
            responseBytesMax: bytesMax
        )
        copy.isHead = isHead
        return await attempt(copy, client)
    }
}

func attempt(_ request: OutboundRequest, _ client: CurlClient) async -> Result<
    ClientResponse, HTTPClientError
> {
    do throws(HTTPClientError) {
        return .success(try await client.send(request))
    } catch {
        return .failure(error)
    }
}

func local(_ port: Int, scheme: Endpoint.Scheme = .http, host: String = "localhost") -> Endpoint {
    Endpoint(scheme: scheme, host: host, port: port)
}

extension ClientResponse {
    var bodyText: String { String(decoding: bytes[body], as: UTF8.self) }
}

extension Result where Success == ClientResponse, Failure == HTTPClientError {
    var error: HTTPClientError? {
        guard case .failure(let error) = self else { return nil }
        return error
    }

    var response: ClientResponse? { try? get() }
}
