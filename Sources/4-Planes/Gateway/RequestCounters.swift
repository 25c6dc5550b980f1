import Policy
import Telemetry

/// What a request is counted as in `mcp_gateway_requests_total`.
enum RequestKind: Int, CaseIterable {
    case source, preflight, unauthenticated, method, rejected, notification, modern, legacy, batch, stream,
        portal
    /// Past the limit of requests other than calls.
    case limited
}

/// Why a credential was refused, as it is counted and logged.
enum AuthenticationFault: Hashable, CustomStringConvertible {
    case missing, unknown, revoked, expired, suspended, scope, undecided
    /// A word of the token authority's.
    case token(String)

    init(_ outcome: Authentication.Outcome) {
        self =
            switch outcome {
            case .refused(.unknown), .malformed: .unknown
            case .refused(.revoked): .revoked
            case .refused(.expired): .expired
            case .refused(.tenantSuspended): .suspended
            case .insufficientScope: .scope
            case .undecided: .undecided
            case .badToken(let reason, _): .token(reason)
            case .needsKeys, .token: .token("unknownKey")
            case .missing, .principal, .refused: .missing
            }
    }

    var description: String {
        switch self {
        case .missing: "missing"
        case .unknown: "unknown"
        case .revoked: "revoked"
        case .expired: "expired"
        case .suspended: "suspended"
        case .scope: "scope"
        case .undecided: "undecided"
        case .token(let reason): "token_\(reason)"
        }
    }
}

/// Counter handles of one loop, each looked up once, so that counting takes no lock and builds no text.
struct RequestCounters {
    private let metrics: GatewayMetrics
    /// [kind], each with the few statuses that it was seen with.
    private var requests: [[(status: Int, counter: Counter)]]
    private var faults: [AuthenticationFault: Counter] = [:]

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

    mutating func count(_ fault: AuthenticationFault) {
        if let counter = faults[fault] { return counter.add() }
        let counter = metrics.authenticationFailures.counter(["\(fault)"])
        faults[fault] = counter
        counter.add()
    }
}
