package import HTTP
package import JSON

/// Why a request was not served, and what to do next: the body of every failed answer.
///
/// Holds no secret. Source: RFC 9457
package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of problems, which programs distinguish by `type`; the raw value is the end of that URI.
    package enum Kind: String, Sendable, CaseIterable {
        /// The bytes can't be read: invalid JSON or UTF-8, or a cursor of another list.
        case malformed
        case unauthenticated
        /// The caller's role is not enough.
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        /// The request contradicts the present state.
        case conflict
        /// `If-Match` names another revision.
        case preconditionFailed = "precondition-failed"
        case tooLarge = "too-large"
        case unsupportedMediaType = "unsupported-media-type"
        /// The request can be read, but breaks a rule; `errors` says which.
        case invalid
        case tooManyRequests = "too-many-requests"
        /// A fault of the gateway; the log has the details under the request id.
        case failed
        /// The gateway can't serve the request now; another try may succeed.
        case unavailable

        /// Source: RFC 9110 §15, RFC 6585
        package var status: Int {
            switch self {
            case .malformed: 400
            case .unauthenticated: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflict: 409
            case .preconditionFailed: 412
            case .tooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .tooManyRequests: 429
            case .failed: 500
            case .unavailable: 503
            }
        }

        /// A URI for programs to compare; nothing is served there.
        package var type: String { "urn:mcp-gateway:problem:\(rawValue)" }

        package var title: String {
            switch self {
            case .malformed: "The request can't be read"
            case .unauthenticated: "A credential is needed"
            case .forbidden: "The credential doesn't allow this"
            case .notFound: "Not found"
            case .methodNotAllowed: "The method doesn't apply here"
            case .conflict: "Conflicts with the present state"
            case .preconditionFailed: "It was changed in the meantime"
            case .tooLarge: "The request is too large"
            case .unsupportedMediaType: "The body isn't JSON"
            case .invalid: "The request breaks a rule"
            case .tooManyRequests: "Too many requests"
            case .failed: "The gateway failed"
            case .unavailable: "The gateway can't do it now"
            }
        }
    }

    /// One thing that is wrong with one value of the request.
    package struct Fault: Sendable, Equatable {
        /// The place of the value: a JSON pointer into the body (`/title`), or a parameter (`query limit`, `path
        /// tenant`).
        package let field: String
        package let detail: String

        package init(_ field: String, _ detail: String) {
            self.field = field
            self.detail = detail
        }
    }

    package let kind: Kind
    /// What was wrong, in one sentence without a full stop.
    package let detail: String
    /// What to do next; may be empty.
    package let hint: String
    package let errors: [Fault]
    /// Header fields that belong to the answer, such as `Allow`.
    package let fields: [ResponseField]

    package init(
        _ kind: Kind,
        _ detail: String,
        hint: String = "",
        errors: [Fault] = [],
        fields: [ResponseField] = []
    ) {
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.errors = errors
        self.fields = fields
    }

    package var description: String { hint.isEmpty ? detail : "\(detail); \(hint)" }

    /// The answer's body.
    package func json(requestID: String?) -> JSONValue {
        [
            "type": .string(kind.type),
            "title": .string(kind.title),
            "status": .int(kind.status),
            "detail": .string(detail),
            "hint": hint.isEmpty ? .null : .string(hint),
            "errors": .array(errors.map { ["field": .string($0.field), "detail": .string($0.detail)] }),
            "requestId": requestID.map { .string($0) } ?? .null,
        ]
    }

    package func reply(requestID: String?) -> APIReply {
        APIReply(status: kind.status, json(requestID: requestID), problem: self, fields: fields)
    }
}
