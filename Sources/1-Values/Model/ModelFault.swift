/// Why a request isn't carried out, and what would be right. Holds no secret.
package struct ModelFault: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The request breaks a rule; ask differently.
        case invalid
        case notFound
        /// The request contradicts what is there: a name in use, a target that a file declares.
        case conflict
        /// The request named a revision, and the thing has changed since; read it again.
        case stale
    }

    package let kind: Kind
    package let message: String
    /// What to do next; may be empty.
    package let hint: String

    package init(_ kind: Kind, _ message: String, hint: String = "") {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.isEmpty ? message : "\(message); \(hint)" }
}
