import AWS
package import Policy

/// Whether tenants' roles can be narrowed to their functions, as far as a snapshot tells.
package enum SessionPolicyCheck {
    /// Why the role of the tenant of that name can't be narrowed so far; nil when it can, or needn't be. What to do is in it.
    ///
    /// A region that only the server knows counts as one character, so what is refused here is refused by STS.
    package static func fault(ofTenant name: String, in snapshot: Snapshot) -> String? {
        guard let position = snapshot.tenant(named: name) else { return nil }
        let tenant = snapshot.tenants[position]
        guard tenant.isNarrowed, let role = tenant.roleARN else { return nil }
        var functions: Set<SessionPolicy.Function> = []
        for tool in snapshot.tools(ofTenant: position) {
            let entry = snapshot.tools[tool]
            let target = snapshot.targets[entry.target]
            // One whose name can't be right is never invoked.
            guard let name = try? FunctionName(entry.function ?? target.function) else { continue }
            functions.formUnion(SessionPolicy.functions(named: name, of: target, region: nil))
        }
        let policy = SessionPolicy(allowing: functions, role: role)
        return policy.fault(ofTenant: name, functions: functions.count)
    }
}
