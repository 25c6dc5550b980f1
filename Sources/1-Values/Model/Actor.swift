/// Who changes the store, as the audit log names them.
///
/// Text of the form `<kind>:<name>`, at most 200 bytes; `system` has no name.
package struct Actor: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// The gateway itself: the clock, target files, refreshes.
    package static let system = Actor(text: "system")

    /// A person with access to the store's file, by their name in the operating system.
    package static func cli(user: String) -> Actor { Actor(kind: "cli", user) }

    /// The holder of an admin token, by the token's name.
    package static func admin(token: String) -> Actor { Actor(kind: "admin", token) }

    /// A tenant's own key, at the portal.
    package static func portal(tenant: TenantName, keyPrefix: String) -> Actor {
        Actor(kind: "portal", "\(tenant)/\(keyPrefix)")
    }

    /// A tenant's own OAuth token, at the portal, by its subject.
    package static func portal(tenant: TenantName, subject: String) -> Actor {
        Actor(kind: "portal", "\(tenant)/sub:\(subject)")
    }

    /// Somebody without a working credential, by network address.
    package static func anonymous(address: String) -> Actor { Actor(kind: "anonymous", address) }

    /// Whether the actor is a tenant's own credential.
    package var isTenant: Bool { text.hasPrefix("portal:") }

    package var description: String { text }

    /// An actor from its stored text.
    package init(text: String) { self.text = text }

    private init(kind: String, _ name: String) {
        // Names come from outside (an OAuth subject, a user database): made fit for one line of a log.
        let shown = name.unicodeScalars.prefix(100).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "?"
            default: String(scalar)
            }
        }
        text = "\(kind):\(shown.joined())"
    }
}
