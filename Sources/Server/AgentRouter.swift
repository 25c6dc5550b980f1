import Bytes
import EventLoop
package import Gateway
import HTTP
package import HTTPServer

/// The agents listener: `/mcp`, the tenants' portal, the metadata for OAuth clients and the health paths. One per loop.
package final class AgentRouter: RequestHandler {
    package let endpoint: AgentEndpoint
    private let health: Health
    private let tokens: TokenService?
    private let portal: PortalAPIHandler

    init(endpoint: AgentEndpoint, portal: PortalAPIHandler, health: Health, tokens: TokenService?) {
        self.endpoint = endpoint
        self.portal = portal
        self.health = health
        self.tokens = tokens
    }

    /// The hub keeps the stream from here on; nothing waits for it.
    private func begin(_ opening: StreamOpening, _ exchange: Exchange) {
        let stream = exchange.startStream(contentType: .eventStream, fields: StreamOpening.fields)
        exchange.releaseRequest()
        opening.begin(on: stream)
    }

    package func handle(_ exchange: Exchange) async {
        let request = exchange.request
        if request.bytes.span.equals(request.head.path, "/mcp") {
            let cancellation = Cancellation()
            exchange.onDisconnect = { cancellation.cancel() }
            switch await endpoint.answer(request, cancellation: cancellation) {
            case .whole(let response): exchange.respond(response)
            case .stream(let opening): begin(opening, exchange)
            }
        } else if PortalAPIHandler.serves(request) {
            exchange.respond(await portal.answer(request))
        } else if let answer = health.answer(request) {
            exchange.respond(answer)
        } else if let answer = tokens?.currentDocuments.answer(request) {
            exchange.respond(answer)
        } else {
            exchange.respond(
                .text(404, "404 Not Found: agents connect to /mcp, tenants look at /portal/v1\n")
            )
        }
    }
}

extension ResponseStream: EventSink {}
