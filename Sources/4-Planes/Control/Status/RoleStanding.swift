/// A role that can't be taken for calls, and the tenant or target that it belongs to. Holds no secret.
package struct RoleStanding: Sendable, Equatable {
    /// `tenant acme`, `target time`.
    package let subject: String
    package let message: String
    /// Whether calls go on with the credentials that were taken before.
    package let isInForce: Bool
    package let next: String

    package static func tenant(_ name: String, _ message: String, isInForce: Bool) -> RoleStanding {
        RoleStanding(
            subject: "tenant \(name)",
            message: message,
            isInForce: isInForce,
            next: "`mcp-gateway tenant show \(name)` has its role; it is tried again by itself"
        )
    }

    package static func target(_ name: String, _ message: String, isInForce: Bool) -> RoleStanding {
        RoleStanding(
            subject: "target \(name)",
            message: message,
            isInForce: isInForce,
            next: "`mcp-gateway target test \(name)` tries it now; it is tried again by itself"
        )
    }
}

extension Attention {
    /// The items about the first roles, and one for the rest. They hold names of tenants.
    static func items(_ roles: [RoleStanding]) -> [Attention] {
        var subjects: Set<String> = []
        let each = roles.filter { subjects.insert($0.subject).inserted }
        let named = each.prefix(AttentionBounds.itemsMax).map { role in
            Attention(
                role.isInForce ? .warning : .problem,
                .roleFailing,
                role.subject,
                role.message,
                next: role.next
            )
        }
        let more = each.count - named.count
        guard more > 0 else { return named }
        let rest = Attention(
            .problem,
            .roleFailing,
            "roles",
            "\(more) more roles can't be taken",
            next: "look for `AWS credentials` in the server's log"
        )
        return named + [rest]
    }
}
