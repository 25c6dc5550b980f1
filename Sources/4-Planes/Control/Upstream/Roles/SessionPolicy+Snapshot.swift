import AWS
package import Policy

/// Checks whether tenants' roles can be narrowed to their functions, as far as a snapshot shows.
package enum SessionPolicyCheck {
    /// Why the role of the tenant of that name can't be narrowed to its functions, and what to do; nil when it can, or
    /// needn't be.
    ///
    /// A region that only the server knows counts as one character, so whatever is refused here STS would refuse too.
    package static func fault(ofTenant name: String, in snapshot: Snapshot) -> String? {
        guard let position = snapshot.tenant(named: name) else { return nil }
        let tenant = snapshot.tenants[position]
        guard tenant.isNarrowed, let role = tenant.roleARN else { return nil }
        var functions: Set<SessionPolicy.Function> = []
        for tool in snapshot.tools(ofTenant: position) {
            let entry = snapshot.tools[tool]
            let target = snapshot.targets[entry.target]
            // A function with a wrong name is never invoked.
            guard let name = try? FunctionName(entry.function ?? target.function) else { continue }
            functions.formUnion(SessionPolicy.functions(named: name, of: target, region: nil))
        }
        let policy = SessionPolicy(allowing: functions, role: role)
        return policy.fault(ofTenant: name, functions: functions.count)
    }
}
