import MCP
import Policy
import RateLimit
import Telemetry

/// The kinds that requests are counted by in `mcp_gateway_requests_total`.
enum RequestKind: Int, CaseIterable {
    case source, preflight, unauthenticated, method, rejected, notification, modern, legacy, batch, stream,
        portal
    /// The end of a session.
    case session
    /// A request past the limit of requests other than calls.
    case limited
}

/// Counter handles of one loop, each looked up once, so that counting takes no lock and builds no text.
struct RequestCounters {
    private let metrics: GatewayMetrics
    /// [kind] → the few statuses that it was answered with, and their counters.
    private var requests: [[(status: Int, counter: Counter)]]
    private var refusals: [Refusal: Counter] = [:]
    private var limits: [LimitedBy: Counter] = [:]

    private struct LimitedBy: Hashable {
        let scope: String
        let metric: LimitStanding.Metric
    }

    init(_ metrics: GatewayMetrics) {
        self.metrics = metrics
        requests = RequestKind.allCases.map { _ in [] }
    }

    mutating func count(_ kind: RequestKind, _ status: Int) {
        let index = kind.rawValue
        for known in requests[index] where known.status == status { return known.counter.add() }
        let counter = metrics.requests.counter(["\(kind)", "\(status)"])
        requests[index].append((status, counter))
        counter.add()
    }

    /// Counts a call that a limit refused.
    mutating func count(_ metric: LimitStanding.Metric, of scope: String) {
        let key = LimitedBy(scope: scope, metric: metric)
        if let counter = limits[key] { return counter.add() }
        let counter = metrics.limitRefusals.counter([scope, metric.rawValue])
        limits[key] = counter
        counter.add()
    }

    /// Records the time in which a request other than a call was answered.
    func served(_ method: MCPMethod, isError: Bool, nanoseconds: UInt64) {
        let method = OperationMetrics.methods.firstIndex(of: method.rawValue)
        metrics.operations.served(method: method, isError: isError, nanoseconds: nanoseconds)
    }

    /// Counts a refused credential by its reason.
    mutating func count(_ refusal: Refusal) {
        if let counter = refusals[refusal] { return counter.add() }
        let counter = metrics.authenticationFailures.counter([refusal.word])
        refusals[refusal] = counter
        counter.add()
    }
}
