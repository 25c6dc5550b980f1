import Bytes
import HTTPClient

extension LambdaError {
    /// The error of a response that isn't 2xx.
    init(refusal response: ClientResponse) {
        let body = ErrorBody(response)
        let code = Self.code(response, body)
        let message = Self.withoutRequest(body.text("message") ?? body.text("Message") ?? "")
        let cause = Self.cause(status: response.status, code: code, message: message)
        var kind = cause.kind
        if case .throttled = kind {
            kind = .throttled(reason: body.text("Reason"), retryAfter: Self.retryAfter(response))
        }
        self.init(
            kind: kind,
            code: code,
            message: message,
            requestID: response.requestID,
            status: response.status,
            logTail: response.logTail,
            isRetryableBeforeExecution: cause.isRetryable
        )
    }

    /// The error code: the header's text up to its colon, else the body's text after its `#`, else the status.
    /// Source: botocore `parsers.py`, rest-json
    private static func code(_ response: ClientResponse, _ body: ErrorBody) -> String {
        let inBody = body.text("code") ?? body.text("Code") ?? body.text("__type")
        let text = response.header("x-amzn-errortype").flatMap { $0.isEmpty ? nil : $0 } ?? inBody ?? ""
        let code = text.split(separator: "#").last.map(String.init) ?? ""
        let short = String(code.prefix { $0 != ":" }.prefix(128))
        return short.isEmpty ? String(response.status) : short
    }

    /// The text up to where it repeats the request, as AWS does when the signature is wrong: the request holds the
    /// session token.
    private static func withoutRequest(_ message: String) -> String {
        let marks = [
            "The Canonical String", "x-amz-security-token", "X-Amz-Security-Token", "AWS4-HMAC-SHA256",
        ]
        let start = marks.compactMap { message.firstRange(of: $0)?.lowerBound }.min()
        return start.map { "\(message[..<$0])…" } ?? message
    }

    /// The header's number of seconds; nil for a date or anything else.
    private static func retryAfter(_ response: ClientResponse) -> Duration? {
        guard let text = response.header("retry-after"), let seconds = Int(text), 0...86_400 ~= seconds else {
            return nil
        }
        return .seconds(seconds)
    }

    private static func cause(
        status: Int,
        code: String,
        message: String
    ) -> (kind: Kind, isRetryable: Bool) {
        if let known = causes[code] {
            let isSkew = code == "InvalidSignatureException" && saysSkew(message)
            return isSkew ? (.clockSkew, true) : known
        }
        switch status {
        case 401: return (.unauthenticated, false)
        case 402: return (.quotaExceeded, false)
        case 403: return (.accessDenied, false)
        case 404: return (.notFound, false)
        case 409: return (.conflict, false)
        case 413: return (.tooLarge(.request), false)
        // Lambda sends an error code; a response without one is from a proxy or a load balancer.
        case 408, 502: return (code == String(status) ? .serviceUnavailable : .configuration, false)
        case 410: return (.configuration, false)
        case 429: return (.throttled(reason: nil, retryAfter: nil), true)
        case 400...499: return (.invalidRequest, false)
        case 500...599: return (.serviceUnavailable, false)
        default: return (.malformedAnswer, false)
        }
    }

    private static func saysSkew(_ message: String) -> Bool {
        message.hasPrefix("Signature expired") || message.hasPrefix("Signature not yet current")
    }

    /// Lambda's own error codes and the common ones; `isRetryable` says that the function hasn't run and the same call
    /// may succeed later.
    /// Source: Lambda API Reference, "Invoke", Errors; botocore's service model and retry rules
    private static let causes: [String: (kind: Kind, isRetryable: Bool)] = [
        "TooManyRequestsException": (.throttled(reason: nil, retryAfter: nil), true),
        "ThrottlingException": (.throttled(reason: nil, retryAfter: nil), true),
        "Throttling": (.throttled(reason: nil, retryAfter: nil), true),
        "RequestLimitExceeded": (.throttled(reason: nil, retryAfter: nil), true),
        "EC2ThrottledException": (.throttled(reason: nil, retryAfter: nil), true),
        "ResourceNotFoundException": (.notFound, false),
        "AccessDeniedException": (.accessDenied, false),
        "NotAuthorized": (.accessDenied, false),
        "OptInRequired": (.accessDenied, false),
        "InvalidSignatureException": (.unauthenticated, true),
        "SignatureDoesNotMatch": (.unauthenticated, true),
        "AuthFailure": (.unauthenticated, true),
        "ExpiredTokenException": (.unauthenticated, true),
        "ExpiredToken": (.unauthenticated, true),
        "UnrecognizedClientException": (.unauthenticated, true),
        "InvalidClientTokenId": (.unauthenticated, true),
        "MissingAuthenticationTokenException": (.unauthenticated, true),
        "MissingAuthenticationToken": (.unauthenticated, true),
        "IncompleteSignatureException": (.unauthenticated, true),
        "IncompleteSignature": (.unauthenticated, true),
        "RequestTimeTooSkewed": (.clockSkew, true),
        "RequestExpired": (.clockSkew, true),
        "RequestInTheFuture": (.clockSkew, true),
        "RequestEntityTooLargeException": (.tooLarge(.request), false),
        "RequestTooLargeException": (.tooLarge(.request), false),
        "SerializedRequestEntityTooLargeException": (.tooLarge(.request), false),
        "ServiceQuotaExceededException": (.quotaExceeded, false),
        "ResourceConflictException": (.conflict, true),
        "SnapStartNotReadyException": (.conflict, true),
        "ResourceNotReadyException": (.conflict, true),
        "DurableExecutionAlreadyStartedException": (.conflict, false),
        "ENINotReadyException": (.configuration, true),
        "ENILimitReachedException": (.configuration, false),
        "EC2AccessDeniedException": (.configuration, false),
        "EC2UnexpectedException": (.configuration, false),
        "EFSIOException": (.configuration, false),
        "EFSMountConnectivityException": (.configuration, false),
        "EFSMountFailureException": (.configuration, false),
        "EFSMountTimeoutException": (.configuration, false),
        "S3FilesMountConnectivityException": (.configuration, false),
        "S3FilesMountFailureException": (.configuration, false),
        "S3FilesMountTimeoutException": (.configuration, false),
        "InvalidRuntimeException": (.configuration, false),
        "InvalidSecurityGroupIDException": (.configuration, false),
        "InvalidSubnetIDException": (.configuration, false),
        "InvalidZipFileException": (.configuration, false),
        "InvalidZoneException": (.configuration, false),
        "KMSAccessDeniedException": (.configuration, false),
        "KMSDisabledException": (.configuration, false),
        "KMSInvalidStateException": (.configuration, false),
        "KMSNotFoundException": (.configuration, false),
        "NoPublishedVersionException": (.configuration, false),
        "RecursiveInvocationException": (.configuration, false),
        "SnapStartException": (.configuration, false),
        "SnapStartTimeoutException": (.configuration, false),
        "SubnetIPAddressLimitReachedException": (.configuration, false),
        "InvalidParameterValueException": (.invalidRequest, false),
        "InvalidRequestContentException": (.invalidRequest, false),
        "UnsupportedMediaTypeException": (.invalidRequest, false),
        "ValidationException": (.invalidRequest, false),
        "ServiceException": (.serviceUnavailable, false),
        "InternalFailure": (.serviceUnavailable, false),
        "ServiceUnavailable": (.serviceUnavailable, false),
        "ServiceUnavailableException": (.serviceUnavailable, false),
    ]
}
