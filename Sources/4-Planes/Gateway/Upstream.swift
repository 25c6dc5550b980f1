import Bytes
package import Contracts
package import HTTP
package import Policy
package import Telemetry

/// The port through which the gateway's calls reach Lambda. One per loop, called on that loop.
package protocol Upstream: AnyObject {
    /// Invokes a function, and passes its answer, or the failure, to `ToolCall.received`: once, on the loop, maybe
    /// before this returns. The call is retained until then, and its `cancellation` ends the wait.
    ///
    /// The answer of a function that streams goes to `ToolCall.began` in its place, when the call wants it so
    /// (`wantsStream`).
    ///
    /// - Parameters:
    ///   - function: the function, with its place and its timeout.
    ///   - tenant: the tenant that calls, if that matters to Lambda or IAM; else nil.
    ///   - event: the event, in the form of the target's contract.
    func invoke(
        _ function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        event: consuming CallEvent,
        for call: ToolCall
    )

    /// Gives an answer's bytes back for reuse, after they were read.
    func recycle(_ bytes: consuming [UInt8])
}

/// A function of a target as the upstream sees it. A reference type, reused while nothing about it changes, so that
/// what is derived from it (signing scope, request head) can be kept by its identity. The tools of one function share
/// it.
package final class UpstreamFunction: Sendable {
    /// The target that it belongs to.
    package let entry: TargetEntry
    /// Its name or ARN.
    package let name: String
    /// The cost of its calls.
    package let cost: FunctionCost
    /// Which protocol versions it serves, where its events are HTTP requests.
    let era = SpokenEra()

    /// - Parameter name: `nil` for the target's own function.
    package init(_ entry: TargetEntry, name: String? = nil, cost: FunctionCost = FunctionCost()) {
        self.entry = entry
        self.name = name ?? entry.function
        self.cost = cost
    }
}

/// A tenant whose calls Lambda or IAM distinguishes from others', because it has its own role or tenant id. A reference
/// type, as `UpstreamFunction` is.
package final class UpstreamTenant: Sendable {
    package let entry: TenantEntry
    /// The functions that serve its tools, each once, if its role is narrowed to them; else empty.
    package let functions: [UpstreamFunction]
    /// Another tenant with the same Lambda tenant id, with which it would share what only one of them may see; `nil`
    /// normally.
    package let namesake: String?

    /// - Returns: `nil` for a tenant that has neither a role nor a Lambda tenant id.
    package init?(_ entry: TenantEntry, functions: [UpstreamFunction] = [], namesake: String? = nil) {
        guard entry.roleARN != nil || entry.lambdaTenantID != nil else { return nil }
        self.entry = entry
        self.functions = functions
        self.namesake = namesake
    }

    /// Whether calls are made in the same way for both.
    func isLike(_ other: UpstreamTenant) -> Bool {
        entry == other.entry && namesake == other.namesake
            && functions.elementsEqual(other.functions, by: { $0 === $1 })
    }
}

/// What a function streams as its answer, as it comes: what an upstream passes to `ToolCall.began`. The call's loop only.
package protocol UpstreamStream: AnyObject {
    /// Called when there may be more to take.
    var onChange: (() -> Void)? { get set }
    /// Lambda's response without a payload.
    var head: UpstreamAnswer { get }

    /// Why it has broken, as soon as that is known, whatever has still to be taken before it; nil for none.
    var failure: UpstreamFailure? { get }
    /// Bytes that it holds and that can't be taken yet.
    var heldBytes: Int { get }

    /// What has come since the last call; what isn't asked for isn't read.
    func take() -> UpstreamPiece
    /// Ends the exchange with Lambda; the function runs on. Nothing comes after this.
    func cancel()
}

/// What has come of a stream.
package enum UpstreamPiece {
    case bytes([UInt8])
    /// Nothing yet.
    case nothing
    /// The end; nil when the function has ended in order.
    case ended(UpstreamFailure?)
}

/// The outcome of one invocation.
package enum UpstreamOutcome: Sendable {
    case answered(UpstreamAnswer)
    case failed(UpstreamFailure)
}

/// A function's answer, unchanged.
package struct UpstreamAnswer: Sendable {
    package var bytes: [UInt8]
    /// The range of the payload in `bytes`.
    package let payload: Range<Int>
    /// The response's header fields, as ranges into `bytes`.
    package let fields: HeaderFields

    package init(bytes: [UInt8], payload: Range<Int>, fields: HeaderFields = HeaderFields()) {
        self.bytes = bytes
        self.payload = payload
        self.fields = fields
    }

    /// Lambda's id of the request, for an operator who searches logs.
    package var requestID: String? {
        fields.first(.lambdaRequestID).map { bytes.span.text($0) }
    }
}

/// Why a target gave no answer. `message` is for the agent, `detail` only for the log and the target's status.
package struct UpstreamFailure: Sendable, Equatable {
    /// Stable words for logs and `_meta["mcp-gateway/error"].code`.
    package enum Code: String, Sendable, CaseIterable {
        /// The function raised an error of its own; `errorType` names it.
        case functionError = "function_error"
        /// The function's process ended, or ran out of memory.
        case functionExited = "function_exited"
        case timedOut = "timed_out"
        case throttled
        case tooLarge = "too_large"
        case unreachable
        case notFound = "not_found"
        case accessDenied = "access_denied"
        case misconfigured
        case unavailable
        case invalidAnswer = "invalid_answer"
        /// The function needs input that its caller can't be asked for.
        case inputRequired = "input_required"
        case cancelled
    }

    package let code: Code
    package let message: String
    package let detail: String
    /// The function's own name for its error, e.g. `ToolError`.
    package let errorType: String?
    /// The HTTP-like status that the function answered with in its wrapper.
    package var status: Int?
    package let requestID: String?
    /// The version of the function that ran and failed.
    package var executedVersion: String?
    /// Whether the function ran, so that AWS bills the call.
    package var execution = Execution.none

    package init(
        code: Code,
        message: String,
        detail: String,
        errorType: String? = nil,
        requestID: String? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.errorType = errorType
        self.requestID = requestID
    }
}
