import Bytes
package import Gateway
import HTTP
package import HTTPServer
import JSON
import Policy
import Telemetry

/// The admin listener: the admin API, metrics, status and the health paths. `@unchecked`: one loop's thread only.
package final class AdminRouter: RequestHandler, @unchecked Sendable {
    private let health: Health
    /// Replaced when the settings are.
    package var source: SourceCheck
    private let reports: Reports
    private let api: AdminAPIHandler

    package init(health: Health, source: SourceCheck, reports: Reports, api: AdminAPIHandler) {
        self.health = health
        self.source = source
        self.reports = reports
        self.api = api
    }

    package func handle(_ exchange: Exchange) async {
        let request = exchange.request
        if let answer = health.answer(request) { return exchange.respond(answer) }
        if source.refusal(of: request) != nil {
            let text = "403 Forbidden: the Host or Origin is not allowed; see agents.allowed_hosts\n"
            return exchange.respond(.text(403, text))
        }
        if api.serves(request) { return exchange.respond(await api.answer(request, on: exchange.loop)) }
        guard request.head.method == .get || request.head.method == .head else {
            let allow = [ResponseField("Allow", "GET, HEAD")]
            return exchange.respond(.text(405, "405 Method Not Allowed\n", fields: allow))
        }
        switch request.path {
        case "/metrics":
            let body = reports.metrics()
            exchange.respond(Response(status: 200, contentType: .prometheusText, body: body))
        case "/status":
            exchange.respond(Response(status: 200, contentType: .json, body: reports.status()))
        default:
            exchange.respond(
                .text(
                    404,
                    "404 Not Found: try /admin/v1/openapi.json, /metrics, /status, /healthz or /readyz\n"
                )
            )
        }
    }
}
