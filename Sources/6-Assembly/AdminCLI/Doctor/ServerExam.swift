import Config
import Control
import HTTPClient

/// Whether a gateway runs where the configuration says.
struct ServerExam: Sendable {
    let transport: OutboundTransport

    /// To be called on the transport's loop.
    func finding(_ config: GatewayConfig) async -> Finding {
        guard config.admin.listen.port != 0,
            let endpoint = Endpoint(url: "http://\(config.admin.listen.reachable())")
        else {
            return Finding(
                check: "server",
                status: .note,
                message: "its port is chosen at start, so it can't be asked"
            )
        }
        do throws(HTTPClientError) {
            let request = try OutboundRequest(
                method: "GET",
                endpoint: endpoint,
                path: "/healthz",
                timeout: .seconds(5),
                responseBytesMax: 1 << 20
            )
            let status = try await transport.send(request).status
            guard status == 200 else {
                return Finding(
                    check: "server",
                    status: .problem,
                    message: "\(endpoint)/healthz answers with status \(status)",
                    hint: "look at the server's log; another program may listen there"
                )
            }
            return Finding(check: "server", status: .ok, message: "runs, \(endpoint)/healthz answers")
        } catch {
            if case .connect = error {
                return Finding(
                    check: "server",
                    status: .note,
                    message: "none runs at \(endpoint)",
                    hint: "`mcp-gateway serve` starts it"
                )
            }
            return Finding(
                check: "server",
                status: .problem,
                message: "\(endpoint) does not answer: \(error.description)",
                hint: "look at the server's log"
            )
        }
    }
}
