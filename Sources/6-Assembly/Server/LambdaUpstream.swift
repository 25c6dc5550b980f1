package import AWS
package import Contracts
import Config
package import Control
package import EventLoop
package import Gateway
package import HTTPClient
import Policy

/// Reaches targets through the Lambda Invoke API. One per loop.
///
/// What a function's requests have in common (path, host, signing scope) is prepared once and kept by the function's
/// identity. `@unchecked`: one loop's thread only.
package final class LambdaUpstream: Upstream, @unchecked Sendable {
    /// A class: values of this size would be copied for every call.
    private final class Prepared {
        let source: UpstreamFunction  // kept, so that its identity is not given to another
        let function: PreparedFunction
        let client: LambdaClient
        let options: InvokeOptions

        init(
            _ source: UpstreamFunction,
            _ function: PreparedFunction,
            _ client: LambdaClient,
            isLocal: Bool
        ) {
            self.source = source
            self.function = function
            self.client = client
            var options = InvokeOptions()
            options.timeout = Duration.milliseconds(source.entry.timeoutMs)
            options.wantsLogTail = isLocal
            self.options = options
        }
    }

    private enum Preparation {
        case ready(Prepared)
        case misconfigured(UpstreamFunction, PreparationError)
    }

    /// A way to functions: where requests go, and who signs them.
    private struct Route {
        let preparation: FunctionPreparation
        let client: LambdaClient
    }

    private let aws: Route
    private let local: Route?
    private let localRoute: LocalRoute?
    /// The local functions' version that `prepared` belongs to.
    private var localVersion: Int
    private let transport: any HTTPTransport
    private var prepared: [ObjectIdentifier: Preparation] = [:]

    /// - Parameters:
    ///   - access: for functions in AWS.
    ///   - local: for functions that run on this machine; nil when none do.
    ///   - loop: of the transport: where calls wait for new credentials.
    package init(
        transport: any HTTPTransport,
        access: AWSAccess,
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
        aws = route(access)
        self.local = local.map { route($0.access) }
        localRoute = local
        localVersion = local?.version ?? 0
    }

    /// Forgets what belongs to functions that are no longer served.
    package func retain(only functions: [UpstreamFunction]) {
        let live = Set(functions.map { ObjectIdentifier($0) })
        prepared = prepared.filter { live.contains($0.key) }
    }

    package func recycle(_ bytes: consuming [UInt8]) { transport.recycle(bytes) }

    package func invoke(
        _ function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        event: consuming CallEvent,
        for call: ToolCall
    ) {
        switch preparation(of: function) {
        case .misconfigured(_, let error): call.received(Self.misconfigured(error))
        case .ready(let prepared):
            var options = prepared.options
            options.clientContext = event.clientContext
            if let left = call.timeLeft { options.timeout = left }
            prepared.client.invoke(
                prepared.function,
                payload: event.payload,
                options: options,
                cancellation: call.cancellation,
                to: call
            )
        }
    }

    private static func misconfigured(_ error: PreparationError) -> UpstreamOutcome {
        .failed(
            UpstreamFailure(
                code: .misconfigured,
                message:
                    "The target is not configured correctly; its operator can see why in the gateway's log.",
                detail: "\(error)"
            )
        )
    }

    private func preparation(of function: UpstreamFunction) -> Preparation {
        if let localRoute, localRoute.version != localVersion {
            localVersion = localRoute.version
            prepared = [:]
        }
        let identity = ObjectIdentifier(function)
        if let known = prepared[identity] { return known }
        let made = prepare(function)
        prepared[identity] = made
        return made
    }

    private func prepare(_ source: UpstreamFunction) -> Preparation {
        let entry = source.entry
        let name = (try? FunctionName(source.name))?.name ?? source.name
        let isLocal = entry.endpoint == nil && localRoute?.runs(name) == true
        let route = isLocal ? local ?? aws : aws
        do throws(PreparationError) {
            let function = try route.preparation.prepare(
                function: isLocal ? name : source.name,
                qualifier: entry.qualifier,
                region: isLocal ? nil : entry.region,
                endpoint: entry.endpoint
            )
            return .ready(Prepared(source, function, route.client, isLocal: isLocal))
        } catch {
            return .misconfigured(source, error)
        }
    }
}

extension ToolCall: InvokeReceiver {
    package func invoked(
        _ outcome: consuming Result<InvokeAnswer, LambdaError>,
        of function: PreparedFunction
    ) {
        switch outcome {
        case .success(let answer):
            let response = answer.response
            received(
                .answered(
                    UpstreamAnswer(bytes: response.bytes, payload: response.body, fields: response.fields)
                )
            )
        case .failure(let error): received(.failed(UpstreamFailure(error, function)))
        }
    }
}

extension UpstreamFailure {
    /// What an agent is told of a Lambda error, and what the log is told: there the words of `target test`. Never a
    /// stack trace.
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

    /// The gateway's own credentials or clock, which no permission would mend.
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
                    ? "The tool failed and said nothing." : failure.errorMessage
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
