/// Why something can't be read at AWS. Says which permission is missing; holds nothing secret.
package struct AWSReadError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The credentials may not do that.
        case denied(action: String)
        /// There are none that can be used.
        case credentials
        case notFound
        /// Still throttled when the tries or the time ended.
        case throttled
        /// The time for all of it has ended.
        case late
        case cancelled
        /// No connection, or a service that fails.
        case unavailable
        /// Another refusal.
        case refused
        /// What came isn't the service's answer.
        case unreadable
        /// More than is taken.
        case tooMany
    }

    package let kind: Kind
    package let reason: String

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }

    /// Whether the same can succeed later without a change of settings.
    package var mayPass: Bool {
        switch kind {
        case .throttled, .late, .cancelled, .unavailable, .unreadable: true
        case .denied, .credentials, .notFound, .refused, .tooMany: false
        }
    }
}
