import AdminAPI
import Bytes
import Control
import Curl
import EventLoop
import HTTP
import HTTPClient
import JSON
import REST
import Store
import Text

/// Where a server's admin API is, and what opens it.
struct RemotePlace: Sendable {
    let endpoint: Endpoint
    let token: String

    /// Names of the environment: a token is never taken from the command line.
    static let tokenName = "MCP_GATEWAY_ADMIN_TOKEN"

    /// - Parameters:
    ///   - url: of the admin listener, e.g. `https://gateway.example:3001`; with or without the API's own path.
    ///   - environment: holds the token.
    /// - Throws: `CommandFailure` for an address that isn't one, or that would let others read the token; for a token
    ///   that is missing or can't be one.
    init(url: String, environment: [String: String]) throws {
        guard let given = Endpoint(url: url) else {
            throw CommandFailure("--url is no URL of the form https://host[:port]")
        }
        guard given.scheme == .https || isLoopback(given.host) else {
            throw CommandFailure(
                "--url is http, so that others on the way to \(given.host) could read the token",
                hint: "use https, or a tunnel that ends on this machine, such as `ssh -L 3001:127.0.0.1:3001`"
            )
        }
        let root = AdminAPI.root
        let prefix =
            given.pathPrefix.hasSuffix(root)
            ? String(given.pathPrefix.dropLast(root.utf8.count)) : given.pathPrefix
        endpoint = Endpoint(scheme: given.scheme, host: given.host, port: given.port, pathPrefix: prefix)
        let token = OutsideValue.trimmed(environment[Self.tokenName] ?? "")
        guard !token.isEmpty else {
            throw CommandFailure(
                "there is no admin token",
                hint: "set \(Self.tokenName); `mcp-gateway admin-token issue` on the server's host makes one"
            )
        }
        guard token.utf8.count <= 1_024, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure(
                "\(Self.tokenName) holds characters that no token has",
                hint: "give the token alone, on one line"
            )
        }
        self.token = token
    }

    /// - Throws: `CommandFailure` for an address that a server of this machine can't have given.
    init(_ door: ServerDoor) throws {
        guard let endpoint = Endpoint(url: door.url), endpoint.scheme == .http else {
            throw CommandFailure("the running server's admin listener isn't found at \(door.url)")
        }
        (self.endpoint, token) = (endpoint, door.token)
    }
}

/// The admin API of a server elsewhere, through libcurl. One loop's thread only.
struct RemoteAdmin: AdminClient {
    let place: RemotePlace
    let client: CurlClient
    /// Where a note goes.
    let notes: TextStream
    /// How long an answer may take; as long as the request deserves when there is none.
    var waitingMax: Duration?

    private static let answerBytesMax = 64 << 20

    func answer(_ request: APIRequest) async throws -> APIReply {
        let response: ClientResponse
        do throws(HTTPClientError) {
            response = try await client.send(try outbound(request))
        } catch {
            throw CommandFailure(
                "no answer from \(place.endpoint): \(error.description)",
                hint: "is it the admin listener of a gateway that runs?"
            )
        }
        guard let body = try? JSONValue(parsing: response.bytes.span, in: response.body),
            body.objectValue != nil
        else {
            throw CommandFailure(
                "\(place.endpoint) answered with status \(response.status), but no JSON",
                hint: "is it the admin listener, by default on port 3001?"
            )
        }
        if response.status == 401 {
            throw CommandFailure(
                "\(place.endpoint) did not accept the admin token",
                hint: "it may be revoked or expired: `mcp-gateway admin-token list` on the server's host"
            )
        }
        if let note = response.header("x-gateway-note") { notes.write(safe(note) + "\n") }
        return APIReply(status: response.status, body)
    }

    private func outbound(_ request: APIRequest) throws(HTTPClientError) -> OutboundRequest {
        var fields = [("Authorization", "Bearer \(place.token)"), ("Accept", "application/json")]
        var bytes = ByteBuffer()
        if let body = request.body {
            fields.append(("Content-Type", "application/json"))
            body.write(to: &bytes)
        }
        if let ifMatch = request.ifMatch { fields.append(("If-Match", ifMatch)) }
        // These wait for functions, or for servers, to answer.
        let isSlow = ["refresh", "reload", "test"].contains(request.path.last)
        return try OutboundRequest(
            method: request.method.name,
            endpoint: place.endpoint,
            path: request.target(under: AdminAPI.root),
            fields: fields,
            body: bytes,
            timeout: waitingMax ?? (isSlow ? .seconds(900) : .seconds(60)),
            responseBytesMax: Self.answerBytesMax
        )
    }
}
