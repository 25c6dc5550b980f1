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
    let portal: PortalAPIHandler

    init(endpoint: AgentEndpoint, portal: PortalAPIHandler, health: Health, tokens: TokenService?) {
        self.endpoint = endpoint
        self.portal = portal
        self.health = health
        self.tokens = tokens
    }

    /// The hub keeps the stream from here on; nothing waits for it.
    private func begin(_ opening: StreamOpening, _ exchange: Exchange) {
        let stream = exchange.startStream(
            contentType: .eventStream,
            fields: StreamOpening.fields + endpoint.crossOriginFields(for: exchange.request)
        )
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
        respond(await portal.answer(exchange.request), exchange)
    }

    private func respond(_ response: consuming Response, _ exchange: Exchange) {
        exchange.respond(readable(response, by: exchange.request))
    }

    /// An answer with what lets a page of an allowed origin read it, if the request came from one.
    func readable(_ response: consuming Response, by request: borrowing Request) -> Response {
        let fields = endpoint.crossOriginFields(for: request)
        // The metadata is for pages of all origins, and says so itself.
        if !fields.isEmpty, !response.fields.contains(where: { $0.name == fields[0].name }) {
            response.fields += fields
        }
        return response
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
        if request.head.method == .options, let answer = endpoint.preflight(request) {
            exchange.respond(answer)
            return .answered
        }
        if Self.isEndpoint(request) {
            let cancellation = Cancellation()
            exchange.onDisconnect = { cancellation.cancel() }
            return .agent(endpoint.begin(request, cancellation))
        }
        if PortalAPIHandler.serves(request) { return .portal }
        respond(openAnswer(request), exchange)
        return .answered
    }

    /// The answer where no credential is asked for, and no body looked at.
    func openAnswer(_ request: Request) -> Response {
        health.answer(request) ?? tokens?.currentDocuments.answer(request)
            ?? .text(404, "404 Not Found: agents connect to /mcp, tenants look at /portal/v1\n")
    }

    /// `/mcp`, or with the slash that some clients add: a redirect would lose their POST.
    static func isEndpoint(_ request: borrowing Request) -> Bool {
        let bytes = request.bytes.span
        return bytes.equals(request.head.path, "/mcp") || bytes.equals(request.head.path, "/mcp/")
    }

    @inline(never)
    private func send(_ answer: consuming AgentAnswer, _ exchange: Exchange) {
        switch answer {
        case .whole(let response): respond(response, exchange)
        case .stream(let opening): begin(opening, exchange)
        }
    }
}

extension ResponseStream: EventSink {}
