/// Why an Invoke call has no result, in one type for every cause.
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
        /// The identity is known and may not do this.
        case accessDenied
        /// The key pair, its token or its signature isn't accepted.
        case unauthenticated
        /// This machine's clock and AWS's are more than 5 minutes apart.
        case clockSkew
        case tooLarge(Direction)
        /// Lambda, or this client, can't make sense of the request.
        case invalidRequest
        /// The function is being created, updated or restored.
        case conflict
        /// An account's quota is used up: 402.
        case quotaExceeded
        /// The function's own set-up is at fault: network, file system, key, package, runtime.
        case configuration
        case serviceUnavailable
        /// No answer in the time that this client allows.
        case timedOut
        /// No connection.
        case unreachable
        /// The connection ended before the answer came.
        case interrupted
        /// The answer isn't one that Lambda gives.
        case malformedAnswer
        case cancelled
        /// Too many calls wait for a connection already.
        case overloaded
        /// There is no key pair to sign with.
        case noCredentials
    }

    package let kind: Kind
    /// AWS's error code, the function's error type, or empty for what happened on this side.
    package let code: String
    package let message: String
    /// Lambda's id of the request: what a log is searched for.
    package let requestID: String?
    /// Of the answer; `nil` when there was none.
    package let status: Int?
    /// The end of the function's log, when it was asked for.
    package let logTail: String?
    /// Whether the function certainly didn't run, and the same call may succeed a little later.
    package let isRetryableBeforeExecution: Bool

    package init(
        kind: Kind,
        code: String,
        message: String,
        requestID: String? = nil,
        status: Int? = nil,
        logTail: String? = nil,
        isRetryableBeforeExecution: Bool = false
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.requestID = requestID
        self.status = status
        self.logTail = logTail
        self.isRetryableBeforeExecution = isRetryableBeforeExecution
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
        /// It ran longer than its own timeout.
        case timedOut
        /// The process ended.
        case exited
        case outOfMemory
        /// The code couldn't be loaded or set up.
        case initialization
        /// What it returned can't be sent.
        case unsendableAnswer
        /// What it returned is over 6 MB.
        case answerTooLarge
        /// The runtime couldn't read the payload.
        case unreadablePayload
    }

    package let kind: Kind
    /// Such as `ToolError`; `nil` when the function gave none.
    package let errorType: String?
    /// The function's own text.
    package let errorMessage: String

    package init(kind: Kind, errorType: String?, errorMessage: String) {
        self.kind = kind
        self.errorType = errorType
        self.errorMessage = errorMessage
    }
}
