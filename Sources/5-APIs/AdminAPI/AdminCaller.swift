import Control
import Model
import Policy
package import REST
package import Store
import Telemetry

/// The user of the admin API: the holder of an admin token, or somebody who may open the store's file and so counts as
/// an operator.
package struct AdminCaller: APICaller, Equatable {
    /// The actor that the audit log names.
    package let actor: Model::Actor
    package let role: AdminRole

    package init(_ actor: Model::Actor, role: AdminRole) {
        self.actor = actor
        self.role = role
    }

    package func may(_ access: Access) -> Bool { role == .operator || access == .read }

    /// The target as the caller may see it: only callers that may change things see what functions write.
    func seen(_ target: TargetRecord) -> TargetRecord {
        if may(.change) { return target }
        var seen = target
        seen.health.lastError = target.health.lastError.map { LogTail.without($0) }
        return seen
    }

    /// A running server's status as the caller may see it, by the same rule.
    func seen(_ status: ServerStatus?) -> ServerStatus? {
        guard var seen = status, !may(.change) else { return status }
        for (target, figures) in seen.calls {
            guard let error = figures.lastError else { continue }
            seen.calls[target]?.lastError = CallError(
                code: error.code,
                text: LogTail.without(error.text),
                tool: error.tool,
                atMs: error.atMs
            )
        }
        return seen
    }

    package var standing: String { "the role \(role.rawValue)" }
}
