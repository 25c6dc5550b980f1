import Policy
import Telemetry

/// What a request is counted as in `mcp_gateway_requests_total`.
enum RequestKind: Int, CaseIterable {
    case source, unauthenticated, method, session, rejected, notification, modern, legacy, batch, stream
    /// Past the limit of requests other than calls.
    case limited
}

/// Why a credential was refused, as it is counted and logged.
enum AuthenticationFault: Int, CaseIterable {
    case missing, unknown, revoked, expired, suspended

    init(_ outcome: Authentication.Outcome) {
        self =
            switch outcome {
            case .refused(.unknown): .unknown
            case .refused(.revoked): .revoked
            case .refused(.expired): .expired
            case .refused(.tenantSuspended): .suspended
            case .missing, .principal, .refused: .missing
            }
    }
}

/// Counter handles of one loop, each looked up once, so that counting takes no lock and builds no text.
struct RequestCounters {
    private let metrics: GatewayMetrics
    /// [kind], each with the few statuses that it was seen with.
    private var requests: [[(status: Int, counter: Counter)]]
    /// [fault]
    private var faults: [Counter?]

    init(_ metrics: GatewayMetrics) {
        self.metrics = metrics
        requests = RequestKind.allCases.map { _ in [] }
        faults = AuthenticationFault.allCases.map { _ in nil }
    }

    mutating func count(_ kind: RequestKind, _ status: Int) {
        let index = kind.rawValue
        for known in requests[index] where known.status == status { return known.counter.add() }
        let counter = metrics.requests.counter(["\(kind)", "\(status)"])
        requests[index].append((status, counter))
        counter.add()
    }

    mutating func count(_ fault: AuthenticationFault) {
        let index = fault.rawValue
        if let counter = faults[index] { return counter.add() }
        let counter = metrics.authenticationFailures.counter(["\(fault)"])
        faults[index] = counter
        counter.add()
    }
}
