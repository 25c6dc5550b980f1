import Bytes
package import EventLoop
package import Gateway
package import HTTP
package import HTTPServer
import JSON
import Policy
import Telemetry

/// The admin listener: the admin API, metrics, status and the health paths. Its loop's thread only.
package final class AdminRouter: TaskHandler {
    private let health: Health
    /// Replaced when the settings are reloaded.
    package var source: SourceCheck
    private let reports: Reports
    private let api: AdminAPIHandler
    private let loop: EventLoop

    package init(
        health: Health,
        source: SourceCheck,
        reports: Reports,
        api: AdminAPIHandler,
        loop: EventLoop
    ) {
        self.loop = loop
        self.health = health
        self.source = source
        self.reports = reports
        self.api = api
    }

    package func handle(_ exchange: Exchange) async {
        let request = exchange.request
        if let answer = openAnswer(request) { return exchange.respond(answer) }
        exchange.respond(await api.answer(request, on: exchange.loop))
    }

    /// No byte of a body is kept before its sender has shown an admin token.
    package func screen(_ head: Request) -> HeadVerdict {
        if let answer = openAnswer(head) { return .respond(answer) }
        return .wait { [api, loop] head in
            if let refusal = await api.refusal(ofHead: head, on: loop) { return .respond(refusal) }
            return .proceed(payer: .operators)
        }
    }

    /// The answer to requests that need neither a credential nor a body; nil for the admin API.
    private func openAnswer(_ request: Request) -> Response? {
        if let answer = health.answer(request) { return answer }
        if source.refusal(of: request) != nil {
            return .text(403, "403 Forbidden: the Host or Origin is not allowed; see agents.allowed_hosts\n")
        }
        if api.serves(request) { return nil }
        guard request.head.method == .get || request.head.method == .head else {
            return .text(405, "405 Method Not Allowed\n", fields: [ResponseField("Allow", "GET, HEAD")])
        }
        switch request.path {
        case "/metrics":
            return Response(status: 200, contentType: .prometheusText, body: reports.metrics())
        case "/status":
            return Response(status: 200, contentType: .json, body: reports.status())
        default:
            return .text(
                404,
                "404 Not Found: try /admin/v1/openapi.json, /metrics, /status, /healthz or /readyz\n"
            )
        }
    }
}
