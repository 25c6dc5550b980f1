/// Why an Invoke call has no result; one type for every cause.
///
/// Holds no credential and no payload; `message` is Lambda's or the function's own text, cut at 16 KiB.
package struct LambdaError: Error, Sendable, Equatable {
    package enum Direction: String, Sendable { case request, answer }

    package enum Kind: Sendable, Equatable {
        /// The function ran, or tried to, and failed.
        case function(FunctionFailure)
        /// 429. The reason is Lambda's, such as `ReservedFunctionConcurrentInvocationLimitExceeded`.
        case throttled(reason: String?, retryAfter: Duration?)
        case notFound
        /// The identity is known but lacks the permission.
        case accessDenied
        /// The key pair, its token or its signature isn't accepted.
        case unauthenticated
        /// This machine's clock and AWS's are more than 5 minutes apart.
        case clockSkew
        case tooLarge(Direction)
        /// Lambda, or this client, considers the request malformed.
        case invalidRequest
        /// The function is being created, updated or restored.
        case conflict
        /// An account's quota is used up: 402.
        case quotaExceeded
        /// The function's own set-up is at fault: network, file system, key, package, runtime.
        case configuration
        case serviceUnavailable
        /// No answer came within this client's time limit.
        case timedOut
        /// No connection.
        case unreachable
        /// The connection ended before the answer came.
        case interrupted
        /// The response isn't one that Lambda gives.
        case malformedAnswer
        case cancelled
        /// Too many calls are already waiting for a connection.
        case overloaded
        /// There is no key pair to sign with.
        case noCredentials
        /// The role of the call can't be taken; `mayPass` says whether a later try may succeed without a change of
        /// settings.
        case noRole(mayPass: Bool)
    }

    package var kind: Kind { facts.kind }
    /// AWS's error code or the function's error type; empty for a failure on this side.
    package var code: String { facts.code }
    package var message: String { facts.message }
    /// Lambda's id of the request, to search logs for.
    package var requestID: String? { facts.requestID }
    /// The response's HTTP status; `nil` when there was no response.
    package var status: Int? { facts.status }
    /// The end of the function's log, if requested.
    package var logTail: String? { facts.logTail }
    /// The version that ran and failed: a number or `$LATEST`.
    package var executedVersion: String? { facts.executedVersion }
    /// Lambda's report on the invocation at the end of its log, if the log was requested.
    package var report: InvocationReport? { InvocationReport(logTail, requestID: requestID) }
    /// Whether the function certainly didn't run, and the same call may succeed a little later.
    package var isRetryableBeforeExecution: Bool { facts.isRetryableBeforeExecution }

    /// Kept behind one reference, so that the error takes one word instead of two hundred bytes in the async frame of
    /// every function that may throw it.
    private let facts: Facts

    private final class Facts: Sendable {
        let kind: Kind
        let code: String
        let message: String
        let requestID: String?
        let status: Int?
        let logTail: String?
        let executedVersion: String?
        let isRetryableBeforeExecution: Bool

        init(
            _ kind: Kind,
            _ code: String,
            _ message: String,
            _ requestID: String?,
            _ status: Int?,
            _ logTail: String?,
            _ executedVersion: String?,
            _ isRetryableBeforeExecution: Bool
        ) {
            self.kind = kind
            self.code = code
            self.message = message
            self.requestID = requestID
            self.status = status
            self.logTail = logTail
            self.executedVersion = executedVersion
            self.isRetryableBeforeExecution = isRetryableBeforeExecution
        }
    }

    package init(
        kind: Kind,
        code: String,
        message: String,
        requestID: String? = nil,
        status: Int? = nil,
        logTail: String? = nil,
        executedVersion: String? = nil,
        isRetryableBeforeExecution: Bool = false
    ) {
        facts = Facts(
            kind,
            code,
            message,
            requestID,
            status,
            logTail,
            executedVersion,
            isRetryableBeforeExecution
        )
    }

    package static func == (left: LambdaError, right: LambdaError) -> Bool {
        left.kind == right.kind && left.code == right.code && left.message == right.message
            && left.requestID == right.requestID && left.status == right.status
            && left.logTail == right.logTail && left.executedVersion == right.executedVersion
            && left.isRetryableBeforeExecution == right.isRetryableBeforeExecution
    }

    /// A failure on this side, before a request was sent.
    static func refused(_ kind: Kind, _ message: String) -> LambdaError {
        LambdaError(kind: kind, code: "", message: message)
    }
}

extension LambdaError: CustomStringConvertible {
    /// For a log: code, text and request id.
    package var description: String {
        let head = code.isEmpty ? message : message.isEmpty ? code : "\(code): \(message)"
        return requestID.map { "\(head) (request \($0))" } ?? head
    }
}

/// How a function failed.
package struct FunctionFailure: Sendable, Equatable {
    package enum Kind: String, Sendable, Equatable {
        /// The code raised an error.
        case raised
        /// The function ran longer than its own timeout.
        case timedOut
        /// The process ended.
        case exited
        case outOfMemory
        /// The code couldn't be loaded or set up.
        case initialization
        /// The function's result can't be serialized.
        case unsendableAnswer
        /// The function's result is over 6 MB.
        case answerTooLarge
        /// The runtime couldn't read the payload.
        case unreadablePayload
    }

    package let kind: Kind
    /// The error's type, such as `ToolError`; `nil` when the function gave none.
    package let errorType: String?
    /// The error message that the function wrote.
    package let errorMessage: String

    package init(kind: Kind, errorType: String?, errorMessage: String) {
        self.kind = kind
        self.errorType = errorType
        self.errorMessage = errorMessage
    }
}
