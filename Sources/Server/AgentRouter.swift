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
        switch begin(exchange) {
        case .answered: break
        case .agent(let work): send(await endpoint.finish(work), exchange)
        case .portal: await askPortal(exchange)
        }
    }

    /// Never inlined, as its frame is large.
    @inline(never)
    private func askPortal(_ exchange: Exchange) async {
        exchange.respond(await portal.answer(exchange.request))
    }

    /// What is left to do for a request.
    private enum Step {
        case answered
        case agent(AgentWork)
        case portal
    }

    /// Never inlined: a copy of the request would stay in the frame of whoever waits for the answer.
    @inline(never)
    private func begin(_ exchange: Exchange) -> Step {
        let request = exchange.request
        if request.bytes.span.equals(request.head.path, "/mcp") {
            let cancellation = Cancellation()
            exchange.onDisconnect = { cancellation.cancel() }
            return .agent(endpoint.begin(request, cancellation))
        }
        if PortalAPIHandler.serves(request) { return .portal }
        let answer = health.answer(request) ?? tokens?.currentDocuments.answer(request)
        exchange.respond(
            answer ?? .text(404, "404 Not Found: agents connect to /mcp, tenants look at /portal/v1\n")
        )
        return .answered
    }

    @inline(never)
    private func send(_ answer: consuming AgentAnswer, _ exchange: Exchange) {
        switch answer {
        case .whole(let response): exchange.respond(response)
        case .stream(let opening): begin(opening, exchange)
        }
    }
}

extension ResponseStream: EventSink {}
