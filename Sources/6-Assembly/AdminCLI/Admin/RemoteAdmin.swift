import AdminAPI
import Bytes
import Control
import EventLoop
import Synchronization
import HTTP
import HTTPClient
import JSON
import REST
import Store
import Text

/// The address of a server's admin API, and the token for it.
struct RemotePlace: Sendable {
    let endpoint: Endpoint
    let token: String

    /// The warning before the first change; nil when a word of the command line names the server.
    let warning: String?
    /// For errors: which context the token belongs to.
    let tokenOf: String
    /// Whether a running server on this machine gave the token, and not the user.
    let isDoor: Bool

    /// A variable of the environment: a token is never taken from the command line.
    static let tokenName = "MCP_GATEWAY_ADMIN_TOKEN"

    /// - Throws: `CommandFailure` for a server without an address, for an address that would let others read the token,
    ///   and for a token that is missing or malformed.
    init(_ choice: ServerChoice, environment: [String: String]) throws {
        endpoint = try choice.adminEndpoint()
        token = try choice.token(environment)
        warning = choice.warning(endpoint)
        tokenOf = choice.context.map { " of context \($0.name)" } ?? ""
        isDoor = false
    }

    /// The admin listener's address.
    /// - Parameters:
    ///   - url: such as `https://gateway.example:3001`; with or without the API's own path.
    ///   - label: the name of the URL in the error.
    static func endpoint(_ url: String, _ label: String) throws -> Endpoint {
        guard let given = Endpoint(url: url) else {
            throw CommandFailure("\(label) is not a URL of the form https://host[:port]")
        }
        guard given.scheme == .https || isLoopback(given.host) else {
            throw CommandFailure(
                "\(label) is http, so that others on the way to \(given.host) could read the token",
                hint: "use https, or a tunnel that ends on this machine, such as `ssh -L 3001:127.0.0.1:3001`"
            )
        }
        let root = AdminAPI.root
        let prefix =
            given.pathPrefix.hasSuffix(root)
            ? String(given.pathPrefix.dropLast(root.utf8.count)) : given.pathPrefix
        return Endpoint(scheme: given.scheme, host: given.host, port: given.port, pathPrefix: prefix)
    }

    /// - Throws: `CommandFailure` for an address that no server of this machine gives.
    init(_ door: ServerDoor) throws {
        guard let endpoint = Endpoint(url: door.url), endpoint.scheme == .http else {
            throw CommandFailure("the running server's admin listener isn't found at \(door.url)")
        }
        (self.endpoint, token) = (endpoint, door.token)
        (warning, tokenOf, isDoor) = (nil, "", true)
    }
}

/// The admin API of a server elsewhere, asked on the transport's loop.
final class RemoteAdmin: AdminClient {
    let place: RemotePlace
    let transport: LoopBound<OutboundTransport>
    /// Receives the notes.
    let notes: TextStream
    /// How long an answer may take; nil for the limit that suits the request.
    private let waitingMax: Duration?
    /// Whether the warning was given already.
    private let isWarned = Locked(false)

    init(
        place: RemotePlace,
        transport: LoopBound<OutboundTransport>,
        notes: TextStream,
        waitingMax: Duration?
    ) {
        self.place = place
        self.transport = transport
        self.notes = notes
        self.waitingMax = waitingMax
    }

    private static let answerBytesMax = 64 << 20

    func answer(_ request: APIRequest) async throws -> APIReply {
        if request.mayChange, let warning = place.warning {
            isWarned.withLock { isWarned in
                if !isWarned { notes.write("\(safe(warning))\n") }
                isWarned = true
            }
        }
        let response: ClientResponse
        do throws(HTTPClientError) {
            response = try await transport.value.send(try outbound(request))
        } catch {
            var hint = "is it the admin listener of a gateway that runs?"
            if case .tls = error {
                hint =
                    "--ca FILE, or SSL_CERT_FILE, names the authority of a certificate that the system doesn't know"
            }
            throw CommandFailure("no answer from \(place.endpoint): \(error.description)", hint: hint)
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
                "\(place.endpoint) did not accept the \(place.isDoor ? "command's" : "admin") token\(place.tokenOf)",
                hint: place.isDoor
                    ? "did the server just restart? Run the command again"
                    : "it may be revoked or expired: `mcp-gateway admin-token list` on the server's host",
                status: response.status
            )
        }
        if let note = response.header("x-gateway-note") { notes.write(safe(note) + "\n") }
        return APIReply(status: response.status, body)
    }

    private func outbound(_ request: APIRequest) throws(HTTPClientError) -> OutboundRequest {
        var fields = [
            ("Authorization", "Bearer \(place.token)"), ("Accept", "application/json"),
            ("User-Agent", "mcp-gateway/\(gatewayVersion)"),
        ]
        var bytes = ByteBuffer()
        if let body = request.body {
            fields.append(("Content-Type", "application/json"))
            body.write(to: &bytes)
        }
        if let ifMatch = request.ifMatch { fields.append(("If-Match", ifMatch)) }
        // These wait until functions or servers answer.
        let isSlow = ["refresh", "reload", "test", "doctor"].contains(request.path.last)
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
