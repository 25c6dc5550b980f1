package import Bytes
package import HTTP
import JSON

/// The Lambda service's own error for a request, in AWS's wording.
///
/// Source: recorded answers of AWS (test vectors `lambda-snapshots`) and the botocore service model 2015-03-31.
package struct ServiceError: Error, Equatable, Sendable {
    /// The members of the body and their spelling, which differ between AWS's errors.
    package enum Style: Equatable, Sendable {
        /// `{"Type":"User","Message":…}`
        case upper
        /// `{"Type":"User","message":…}`
        case lower
        /// `{"message":…}`
        case bare
        /// `{"Message":…}`
        case bareUpper
    }

    package let status: Int
    /// Sent as `x-amzn-ErrorType`.
    package let code: String
    package let message: String
    package let style: Style
    /// The `Reason` member of throttling errors.
    package var reason: String?
    /// `User` when the caller is at fault, `Service` otherwise.
    package var type: String { status >= 500 ? "Service" : "User" }

    package init(
        _ status: Int,
        _ code: String,
        _ message: String,
        _ style: Style = .lower,
        reason: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.style = style
        self.reason = reason
    }

    /// The body, without the fields that differ from request to request.
    package var body: ByteBuffer {
        var out = ByteBuffer()
        out.append("{")
        if let reason {
            out.append("\"Reason\":")
            JSON.appendString(reason, to: &out)
            out.append(",")
        }
        if style == .upper || style == .lower {
            out.append("\"Type\":")
            JSON.appendString(type, to: &out)
            out.append(",")
        }
        out.append(style == .upper || style == .bareUpper ? "\"Message\":" : "\"message\":")
        JSON.appendString(message, to: &out)
        out.append("}")
        return out
    }

    /// The response to the request with that id.
    package func response(requestID: String) -> Response {
        Response(
            status: status,
            contentType: .json,
            fields: [ResponseField("x-amzn-RequestId", requestID), ResponseField("x-amzn-ErrorType", code)],
            body: body
        )
    }
}

extension ServiceError {
    /// `arn` includes the qualifier if the request had one.
    package static func functionNotFound(_ arn: String) -> ServiceError {
        ServiceError(404, "ResourceNotFoundException", "Function not found: \(arn)", .upper)
    }

    package static func wrongRegion(_ wanted: String, here: String) -> ServiceError {
        let text = "Functions from '\(wanted)' are not reachable in this region ('\(here)')"
        return ServiceError(404, "ResourceNotFoundException", text, .upper)
    }

    package static func invalidParameter(_ message: String) -> ServiceError {
        ServiceError(400, "InvalidParameterValueException", message)
    }

    package static let qualifierMismatch = invalidParameter(
        "The derived qualifier from the function name does not match the specified qualifier."
    )
    package static let taggedAlias = invalidParameter(
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )

    package static func invalidContent(_ why: String) -> ServiceError {
        ServiceError(400, "InvalidRequestContentException", why)
    }

    /// `faults` holds at least one fault, each in AWS's wording from `Value` on.
    package static func validation(_ faults: [String]) -> ServiceError {
        let count = faults.count == 1 ? "1 validation error" : "\(faults.count) validation errors"
        let text = "\(count) detected: \(faults.joined(separator: "; "))"
        return ServiceError(400, "ValidationException", text, .bare)
    }

    /// `type` is the invocation type to which the limit applies.
    package static func payloadTooLarge(_ count: Int, type: String, limit: Int) -> ServiceError {
        let text = "\(count) byte payload is too large for the \(type) invocation type (limit \(limit) bytes)"
        return ServiceError(413, "RequestEntityTooLargeException", text, .upper)
    }

    package static let throttled = ServiceError(
        429,
        "TooManyRequestsException",
        "Rate Exceeded.",
        .lower,
        reason: "ReservedFunctionConcurrentInvocationLimitExceeded"
    )

    /// The error for a path or method that isn't an operation of Lambda.
    package static let unknownOperation = ServiceError(
        403,
        "AccessDeniedException",
        "Unable to determine service/operation name to be authorized",
        .bareUpper
    )

    package static func notAuthorized(_ action: String, account: String, resource: String) -> ServiceError {
        let text =
            "User: arn:aws:iam::\(account):user/local is not authorized to perform: \(action) on resource: "
            + "\(resource) because no resource-based policy allows the \(action) action"
        return ServiceError(403, "AccessDeniedException", text, .bareUpper)
    }

    package static func service(_ message: String) -> ServiceError {
        ServiceError(500, "ServiceException", message, .upper)
    }
}
