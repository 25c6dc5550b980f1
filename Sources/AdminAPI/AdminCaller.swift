package import REST
package import Store

/// Who uses the admin API: the holder of an admin token, or whoever may open the store's file.
package struct AdminCaller: APICaller, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        /// May look at everything.
        case viewer
        /// May change everything.
        case `operator`
    }

    /// Whom the audit log names.
    package let actor: Store::Actor
    package let role: Role

    package init(_ actor: Store::Actor, role: Role) {
        self.actor = actor
        self.role = role
    }

    package func may(_ access: Access) -> Bool { role == .operator || access == .read }

    package var standing: String { "the role \(role.rawValue)" }
}
