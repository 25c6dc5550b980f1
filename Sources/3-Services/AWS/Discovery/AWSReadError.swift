/// Why something can't be read from AWS. Names the permission that is missing; holds no secret.
package struct AWSReadError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The credentials lack the permission for this action.
        case denied(action: String)
        /// There are no usable credentials.
        case credentials
        case notFound
        /// AWS still throttled the request when the tries or the time ran out.
        case throttled
        /// The deadline of the whole operation has passed.
        case late
        case cancelled
        /// There was no connection, or the service failed.
        case unavailable
        /// The service refused the request for another reason.
        case refused
        /// The response isn't one that the service gives.
        case unreadable
        /// The answer has more entries than this client accepts.
        case tooMany
    }

    package let kind: Kind
    package let reason: String

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }

    /// Whether the same request may succeed later without a change of settings.
    package var mayPass: Bool {
        switch kind {
        case .throttled, .late, .cancelled, .unavailable, .unreadable: true
        case .denied, .credentials, .notFound, .refused, .tooMany: false
        }
    }
}
