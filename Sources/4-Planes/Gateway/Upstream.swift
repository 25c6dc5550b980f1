import Bytes
package import Contracts
package import HTTP
package import Policy
package import Telemetry

/// Where calls go: the port through which the gateway reaches Lambda. One per loop, called on that loop.
package protocol Upstream: AnyObject {
    /// Invokes a function; the call is told its answer, or why there is none (`ToolCall.received`): once, on the loop,
    /// maybe before this returns. The call is kept until then, and its `cancellation` ends the wait.
    ///
    /// - Parameters:
    ///   - function: which, where it is, and how long to wait.
    ///   - tenant: for whom, if that matters to Lambda or IAM.
    ///   - event: as the target's contract wants it.
    func invoke(
        _ function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        event: consuming CallEvent,
        for call: ToolCall
    )

    /// Gives an answer's bytes back when they have been read.
    func recycle(_ bytes: consuming [UInt8])
}

/// A function of a target as the upstream sees it. A reference, made once per snapshot, so that what is derived from it
/// (signing scope, request head) can be kept by identity. Tools that one function serves share it.
package final class UpstreamFunction: Sendable {
    /// The target that it belongs to.
    package let entry: TargetEntry
    /// Its name or ARN.
    package let name: String
    /// What its calls cost.
    package let cost: FunctionCost

    /// - Parameter name: `nil` for the target's own function.
    package init(_ entry: TargetEntry, name: String? = nil, cost: FunctionCost = FunctionCost()) {
        self.entry = entry
        self.name = name ?? entry.function
        self.cost = cost
    }
}

/// A tenant whose calls Lambda or IAM tells from others': it has a role or a tenant id of its own. A reference, as above.
package final class UpstreamTenant: Sendable {
    package let entry: TenantEntry
    /// What its tools are served by, each once, where its role is narrowed to that; empty otherwise.
    package let functions: [UpstreamFunction]
    /// Another tenant with the same id for Lambda, with which it would share what only it may see; `nil` as it should be.
    package let namesake: String?

    /// - Returns: `nil` for a tenant that has neither.
    package init?(_ entry: TenantEntry, functions: [UpstreamFunction] = [], namesake: String? = nil) {
        guard entry.roleARN != nil || entry.lambdaTenantID != nil else { return nil }
        self.entry = entry
        self.functions = functions
        self.namesake = namesake
    }

    /// Whether a call would be made in the same way for both.
    func isLike(_ other: UpstreamTenant) -> Bool {
        entry == other.entry && namesake == other.namesake
            && functions.elementsEqual(other.functions, by: { $0 === $1 })
    }
}

/// What came of one invocation.
package enum UpstreamOutcome: Sendable {
    case answered(UpstreamAnswer)
    case failed(UpstreamFailure)
}

/// A function's answer, as it came.
package struct UpstreamAnswer: Sendable {
    package var bytes: [UInt8]
    /// Where the payload lies in `bytes`.
    package let payload: Range<Int>
    /// The fields that came with it, as ranges into `bytes`.
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

/// Why a target gave no answer. `message` is for the agent, `detail` for the log alone.
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
    /// Which version of the function ran and failed.
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
