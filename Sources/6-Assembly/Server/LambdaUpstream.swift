import Telemetry
package import AWS
package import Contracts
import Config
package import Control
package import EventLoop
package import Gateway
package import HTTPClient
import Policy
import Tracing

/// Reaches targets through the Lambda Invoke API. One per loop.
///
/// What a function's requests have in common (path, host, signing scope) is prepared once and kept by the function's
/// identity. Its loop's thread only.
package final class LambdaUpstream: Upstream {
    /// A class, because values of this size would be copied for every call.
    private final class Prepared {
        let source: UpstreamFunction  // kept, so that its identity is not given to another
        let tenant: UpstreamTenant?  // for the same reason
        let function: PreparedFunction
        let client: LambdaClient
        let options: InvokeOptions
        let isLocal: Bool
        /// Whether calls take the answer as it comes.
        let isStreaming: Bool

        init(
            _ source: UpstreamFunction,
            _ tenant: UpstreamTenant?,
            _ function: PreparedFunction,
            _ client: LambdaClient,
            tenantID: String?,
            isLocal: Bool
        ) {
            self.source = source
            self.tenant = tenant
            self.function = function
            self.client = client
            var options = InvokeOptions()
            options.timeout = Duration.milliseconds(source.entry.timeoutMs)
            options.wantsLogTail = isLocal
            options.tenantID = tenantID
            self.options = options
            self.isLocal = isLocal
            isStreaming = source.entry.invoke.streaming
            reports = ReportSampling(source.entry.invoke.logTail)
        }

        /// Decides whether the next call asks for its report.
        var reports: ReportSampling
        /// The versions that share the calls; nil when `function` gets them all.
        var versions: PreparedVersions?
    }

    private enum Preparation {
        case ready(Prepared)
        case misconfigured(UpstreamFunction, UpstreamTenant?, String)
        /// May change by the next call although no setting did, so it isn't kept.
        case unknown(String)

        var isKept: Bool { if case .unknown = self { false } else { true } }
    }

    /// One destination, AWS or this machine: its endpoints, and the client that signs.
    private struct Route {
        let preparation: FunctionPreparation
        let client: LambdaClient
    }

    private let aws: Route
    private let local: Route?
    private let localRoute: LocalRoute?
    /// The version of the local functions that `prepared` was made from.
    private var localVersion: Int
    private let transport: any HTTPTransport
    private var prepared: [ObjectIdentifier: Preparation] = [:] { didSet { latest = nil } }
    /// The preparation that was looked up last: calls of one function often follow each other.
    private var latest: (function: ObjectIdentifier, preparation: Preparation)?
    /// For calls of tenants that have a role, and for calls of functions with tenant isolation.
    private var preparedForTenants: [TenantFunction: Preparation] = [:]
    private let roles: CallRoles?
    private var roleClients: RoleClients

    /// - Parameters:
    ///   - access: for functions in AWS.
    ///   - roles: the roles for calls to functions in AWS; shared by the loops.
    ///   - local: for functions that run on this machine; nil when none do.
    ///   - loop: the transport's loop, where calls wait for new credentials.
    package init(
        transport: any HTTPTransport,
        access: AWSAccess,
        roles: CallRoles? = nil,
        local: LocalRoute? = nil,
        loop: EventLoop? = nil
    ) {
        func route(_ access: AWSAccess) -> Route {
            let client = LambdaClient(
                transport: transport,
                credentials: access.credentials,
                loop: loop,
                clock: WallClock.now
            )
            return Route(preparation: access.preparation, client: client)
        }
        self.transport = transport
        self.roles = roles
        roleClients = RoleClients { credentials in
            LambdaClient(
                transport: transport,
                credentials: credentials,
                isRole: true,
                loop: loop,
                clock: WallClock.now
            )
        }
        aws = route(access)
        self.local = local.map { route($0.access) }
        localRoute = local
        localVersion = local?.version ?? 0
    }

    /// Forgets what belongs to functions that are no longer served, and to tenants that have changed.
    package func retain(only functions: [UpstreamFunction], tenants: [UpstreamTenant?]) {
        let live = Set(functions.map { ObjectIdentifier($0) })
        prepared = prepared.filter { live.contains($0.key) }
        let liveTenants = Set(tenants.compactMap { $0.map { ObjectIdentifier($0) } })
        preparedForTenants = preparedForTenants.filter {
            live.contains($0.key.function) && liveTenants.contains($0.key.tenant)
        }
        var used: Set<ObjectIdentifier> = []
        for case .ready(let way) in [Preparation](prepared.values) + preparedForTenants.values {
            used.insert(ObjectIdentifier(way.client))
        }
        roleClients.retain(only: used)
    }

    package func recycle(_ bytes: consuming [UInt8]) { transport.recycle(bytes) }

    package func invoke(
        _ function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        event: consuming CallEvent,
        for call: ToolCall
    ) {
        switch preparation(of: function, as: tenant, for: call) {
        case .misconfigured(_, _, let detail), .unknown(let detail): call.received(Self.misconfigured(detail))
        case .ready(let prepared):
            let version = prepared.versions?.next(for: call) ?? prepared.function
            call.isLocal = prepared.isLocal
            let asksReport = prepared.reports.next() || call.isBudgeted
            let trace = call.trace.forFunction
            let isStreamed = prepared.isStreaming && call.wantsStream
            guard
                isStreamed || asksReport || event.clientContext != nil || trace != nil || call.timeLeft != nil
            else {
                return prepared.client.invoke(
                    version,
                    payload: event.payload,
                    options: prepared.options,
                    cancellation: call.cancellation,
                    to: call
                )
            }
            if isStreamed, !transport.streams(from: version.endpoint) { call.willComeWhole() }
            var options = prepared.options
            options.clientContext = event.clientContext
            options.trace = trace
            if asksReport {
                options.wantsLogTail = true
                call.asksReport = true
            }
            if let left = call.timeLeft { options.timeout = left }
            if isStreamed {
                options.streamBytesMax = UInt32(clamping: call.streamBytesMax)
                return prepared.client.stream(
                    version,
                    payload: event.payload,
                    options: options,
                    cancellation: call.cancellation,
                    to: call
                )
            }
            prepared.client.invoke(
                version,
                payload: event.payload,
                options: options,
                cancellation: call.cancellation,
                to: call
            )
        }
    }

    private static func misconfigured(_ detail: String) -> UpstreamOutcome {
        .failed(
            UpstreamFailure(
                code: .misconfigured,
                message:
                    "The target is not configured correctly; its operator can see why in the gateway's log.",
                detail: detail
            )
        )
    }

    private func preparation(
        of function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        for call: ToolCall
    ) -> Preparation {
        if let localRoute, localRoute.version != localVersion {
            localVersion = localRoute.version
            prepared = [:]
            preparedForTenants = [:]
        }
        // A tenant without a role shares what is prepared for all, unless the function needs a Lambda tenant id.
        guard let tenant, tenant.entry.roleARN != nil || function.entry.invoke.tenantIsolation else {
            // The fault of such a call names its tenant, so it isn't kept for other tenants.
            if function.entry.invoke.tenantIsolation { return prepare(function, nil, for: call) }
            let identity = ObjectIdentifier(function)
            if let latest, latest.function == identity { return latest.preparation }
            if let known = prepared[identity] {
                latest = (identity, known)
                return known
            }
            let made = prepare(function, nil, for: call)
            if made.isKept { prepared[identity] = made }
            return made
        }
        let identity = TenantFunction(function, tenant)
        if let known = preparedForTenants[identity] { return known }
        let made = prepare(function, tenant, for: call)
        if made.isKept { preparedForTenants[identity] = made }
        return made
    }

    private func prepare(
        _ source: UpstreamFunction,
        _ tenant: UpstreamTenant?,
        for call: ToolCall
    ) -> Preparation {
        let entry = source.entry
        let name = (try? FunctionName(source.name))?.name ?? source.name
        let isLocal = entry.endpoint == nil && localRoute?.runs(name) == true
        let route = isLocal ? local ?? aws : aws
        let function: PreparedFunction
        var versions: PreparedVersions?
        do throws(PreparationError) {
            func prepared(_ qualifier: String?) throws(PreparationError) -> PreparedFunction {
                try route.preparation.prepare(
                    function: isLocal ? name : source.name,
                    qualifier: qualifier,
                    region: isLocal ? nil : entry.region,
                    endpoint: entry.endpoint,
                    isStreaming: entry.invoke.streaming
                )
            }
            if let shares = entry.invoke.route {
                let shared = try PreparedVersions(shares, prepared)
                (function, versions) = (shared.heaviest, shared)
            } else {
                function = try prepared(entry.qualifier)
            }
        } catch {
            // The region is known once the gateway's own credentials are.
            if case .endpoint(.noRegion) = error { return .unknown("\(error)") }
            return .misconfigured(source, tenant, "\(error)")
        }
        do throws(RoleFault) {
            let tenantID = try LambdaTenant.id(
                for: entry,
                of: call.tenant.name,
                id: tenant?.entry.lambdaTenantID,
                namesake: tenant?.namesake
            )
            // Functions of this machine belong to no account, so no role applies.
            let role = isLocal ? nil : try roles?.credentials(for: source, as: tenant)
            let client = role.map { roleClients.client(of: $0) } ?? route.client
            let way = Prepared(source, tenant, function, client, tenantID: tenantID, isLocal: isLocal)
            way.versions = versions
            return .ready(way)
        } catch {
            return .misconfigured(source, tenant, error.description)
        }
    }
}

extension ToolCall: InvokeReceiver {
    package func invoked(
        _ outcome: consuming Result<InvokeAnswer, LambdaError>,
        of function: PreparedFunction
    ) {
        switch consume outcome {
        case .success(let answer):
            note(answer)
            received(.answered(UpstreamAnswer(answer)))
        case .failure(let error):
            note(error)
            received(
                .failed(
                    takesStream
                        ? UpstreamFailure(streamed: error, function) : UpstreamFailure(error, function)
                )
            )
        }
    }
}

extension UpstreamAnswer {
    fileprivate init(_ answer: consuming InvokeAnswer) {
        self.init(
            bytes: answer.response.bytes,
            payload: answer.response.body,
            fields: answer.response.fields
        )
    }
}

extension UpstreamFailure {
    /// What an agent is told of a Lambda error, and what the log is told, in the words of `target test`. Never a stack
    /// trace.
    package init(_ error: LambdaError, _ function: PreparedFunction) {
        let (code, message) = Self.words(error)
        var errorType: String?
        if case .function(let failure) = error.kind, failure.kind == .raised { errorType = failure.errorType }
        self.init(
            code: code,
            message: message,
            detail: ToolSourceError(error, function: function, isCall: true).description,
            errorType: errorType,
            requestID: error.requestID
        )
        executedVersion = error.executedVersion
        execution = error.execution
    }

    private static func words(_ error: LambdaError) -> (Code, String) {
        switch error.kind {
        case .function(let failure): words(failure)
        case .throttled:
            (.throttled, "The tool's function is at its concurrency limit. Try again in a few seconds.")
        case .notFound:
            (.notFound, "The tool's function does not exist any more. Its operator has been told in the log.")
        case .accessDenied:
            (
                .accessDenied,
                "The gateway is not allowed to invoke the tool's function. Its operator must grant that."
            )
        case .unauthenticated, .clockSkew, .noCredentials: ownFault(error.kind)
        case .noRole(mayPass: true):
            (
                .unavailable,
                "The AWS role that the tool is called with can't be taken at the moment; the call was not sent. "
                    + "Try again in a few seconds."
            )
        case .noRole(mayPass: false):
            (
                .misconfigured,
                "AWS refuses the role that the tool is called with; the call was not sent. Its operator can see why in "
                    + "the log."
            )
        case .tooLarge(.request): (.tooLarge, "The arguments are too large: a call may hold 6 MB in all.")
        case .tooLarge(.answer): (.tooLarge, "The tool's answer is larger than the 6 MB that Lambda allows.")
        case .invalidRequest, .configuration, .quotaExceeded:
            (
                .misconfigured,
                "The tool's function is not set up correctly. Its operator can see why in the log."
            )
        case .conflict: (.unavailable, "The tool's function is being updated. Try again in a few seconds.")
        case .serviceUnavailable, .overloaded:
            (.unavailable, "Lambda is not available at the moment. Try again in a few seconds.")
        case .timedOut where error.isRetryableBeforeExecution:
            (
                .timedOut,
                "The tool's function could not be reached in time; the call was not sent. Try again in a few seconds."
            )
        case .timedOut: (.timedOut, "The tool did not answer in time. It may still be working.")
        case .unreachable: (.unreachable, "The tool's function could not be reached; the call was not sent.")
        case .interrupted where error.isRetryableBeforeExecution:
            (.unreachable, "The connection broke before the tool was called. Try again in a few seconds.")
        case .interrupted:
            (.unreachable, "The connection broke before the tool answered. It may have done its work.")
        case .malformedAnswer: (.invalidAnswer, "What came back is not an answer of Lambda.")
        case .cancelled: (.cancelled, "The call was cancelled.")
        }
    }

    /// A fault of the gateway's own credentials or clock, which no permission would mend.
    private static func ownFault(_ kind: LambdaError.Kind) -> (Code, String) {
        let fault =
            switch kind {
            case .clockSkew: "The gateway's clock is wrong, so AWS refuses its calls."
            case .noCredentials: "The gateway has no AWS credentials."
            default: "The gateway's AWS credentials are wrong: Lambda does not accept them."
            }
        return (.misconfigured, fault + " Its operator can see why in the log.")
    }

    private static func words(_ failure: FunctionFailure) -> (Code, String) {
        switch failure.kind {
        case .raised:
            (
                .functionError,
                failure.errorMessage.isEmpty && failure.errorType == nil
                    ? "The tool failed without a message." : failure.errorMessage
            )
        case .timedOut: (.timedOut, "The tool's function ran longer than it may and was stopped.")
        case .exited: (.functionExited, "The tool's function ended unexpectedly.")
        case .outOfMemory: (.functionExited, "The tool's function ran out of memory.")
        case .initialization: (.misconfigured, "The tool's function could not be started.")
        case .unsendableAnswer: (.invalidAnswer, "The tool's answer could not be turned into JSON.")
        case .answerTooLarge: (.tooLarge, "The tool's answer is larger than the 6 MB that Lambda allows.")
        case .unreadablePayload: (.invalidAnswer, "The tool's function could not read the call.")
        }
    }
}

extension LambdaError {
    /// Whether the function ran, so that AWS bills the call.
    var execution: Execution {
        switch kind {
        case .function, .tooLarge(.answer), .malformedAnswer: .ended
        case .timedOut, .interrupted, .cancelled: isRetryableBeforeExecution ? .none : .unknown
        case .throttled, .notFound, .accessDenied, .unauthenticated, .clockSkew, .tooLarge(.request),
            .invalidRequest, .conflict, .quotaExceeded, .configuration, .serviceUnavailable, .unreachable,
            .overloaded, .noCredentials, .noRole:
            .none
        }
    }
}
