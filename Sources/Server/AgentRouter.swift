import Bytes
import EventLoop
package import Gateway
import HTTP
package import HTTPServer

/// The agents listener: `/mcp` and the health paths. One per loop.
package final class AgentRouter: RequestHandler {
    package let endpoint: AgentEndpoint
    private let health: Health

    package init(endpoint: AgentEndpoint, health: Health) {
        self.endpoint = endpoint
        self.health = health
    }

    package func handle(_ exchange: Exchange) async {
        let request = exchange.request
        if request.bytes.span.equals(request.head.path, "/mcp") {
            let cancellation = Cancellation()
            exchange.onDisconnect = { cancellation.cancel() }
            exchange.respond(await endpoint.answer(request, cancellation: cancellation))
        } else if let answer = health.answer(request) {
            exchange.respond(answer)
        } else {
            exchange.respond(.text(404, "404 Not Found: agents connect to /mcp\n"))
        }
    }
}
