import Control
import Model
import Policy
package import REST
package import Store

/// Who uses the admin API: the holder of an admin token, or whoever may open the store's file, who is an operator.
package struct AdminCaller: APICaller, Equatable {
    /// Whom the audit log names.
    package let actor: Model::Actor
    package let role: AdminRole

    package init(_ actor: Model::Actor, role: AdminRole) {
        self.actor = actor
        self.role = role
    }

    package func may(_ access: Access) -> Bool { role == .operator || access == .read }

    /// The target as the caller may see it: what functions write is for those who may change things.
    func seen(_ target: TargetRecord) -> TargetRecord {
        if may(.change) { return target }
        var seen = target
        seen.health.lastError = target.health.lastError.map { LogTail.without($0) }
        return seen
    }

    package var standing: String { "the role \(role.rawValue)" }
}
