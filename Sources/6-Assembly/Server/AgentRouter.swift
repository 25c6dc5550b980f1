import Bytes
package import EventLoop
package import Gateway
import HTTP
package import HTTPServer

/// The agents listener: `/mcp`, the tenants' portal, the metadata for OAuth clients and the health paths. One per loop.
package final class AgentRouter: RequestHandler {
    package let endpoint: AgentEndpoint
    private let health: Health
    private let tokens: TokenService?
    let portal: PortalAPIHandler

    init(endpoint: AgentEndpoint, portal: PortalAPIHandler, health: Health, tokens: TokenService?) {
        self.endpoint = endpoint
        self.portal = portal
        self.health = health
        self.tokens = tokens
    }

    package func serve(_ exchange: Exchange) {
        let request = exchange.request
        if request.head.method == .options, let answer = endpoint.preflight(request) {
            exchange.respond(answer)
        } else if Self.isEndpoint(request) {
            endpoint.serve(request, for: exchange)
        } else if PortalAPIHandler.serves(request) {
            let router = LoopBound(self, on: exchange.loop)
            exchange.respondLater { exchange in
                let (endpoint, portal) = (router.value.endpoint, router.value.portal)
                exchange.respond(endpoint.readable(await portal.answer(request), by: request))
            }
        } else {
            exchange.respond(endpoint.readable(openAnswer(request), by: request))
        }
    }

    /// The answer to requests that need neither a credential nor a body.
    func openAnswer(_ request: Request) -> Response {
        health.answer(request) ?? tokens?.currentDocuments.answer(request)
            ?? .text(404, "404 Not Found: agents connect to /mcp, tenants look at /portal/v1\n")
    }

    /// `/mcp`, with or without the slash that some clients add: a redirect would lose the body of their POST.
    static func isEndpoint(_ request: borrowing Request) -> Bool {
        let bytes = request.bytes.span
        return bytes.equals(request.head.path, "/mcp") || bytes.equals(request.head.path, "/mcp/")
    }
}

extension AgentEndpoint {
    /// The answer, with the fields that let a page of an allowed origin read it if the request came from such a page.
    func readable(_ response: consuming Response, by request: borrowing Request) -> Response {
        let fields = crossOriginFields(for: request)
        // The metadata is for pages of all origins, and carries its own field.
        if !fields.isEmpty, !response.fields.contains(where: { $0.name == fields[0].name }) {
            response.fields += fields
        }
        return response
    }
}

extension Exchange: AgentClient {
    package var callCancellation: Cancellation? { cancellation }

    package func beginEvents(from endpoint: AgentEndpoint) -> (any EventSink)? {
        startStream(
            contentType: .eventStream,
            fields: StreamOpening.fields + endpoint.crossOriginFields(for: request)
        )
    }

    package func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint) {
        switch answer {
        case .told: break
        case .whole(let response):
            // Only a page of another origin, which sends this field, needs leave to read the answer.
            respond(hasField(.origin) ? endpoint.readable(response, by: request) : response)
        case .stream(let opening):
            guard let stream = beginEvents(from: endpoint) else { return }
            releaseRequest()
            // From here on the hub keeps the stream; no task waits for it.
            opening.attach(to: stream)
        case .resumed(let resumed):
            guard let stream = beginEvents(from: endpoint) else { return }
            releaseRequest()
            resumed.attach(to: stream)
        }
    }
}

extension ResponseStream: EventSink {}
