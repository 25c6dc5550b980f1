import Model
package import Policy

/// Whose execution environment serves a call, for functions in Lambda's tenant isolation mode.
/// Source: Lambda Developer Guide, "Tenant isolation"
package enum LambdaTenant {
    /// The gateway's own: for lists of tools and tests, which no tenant asks for. No tenant may have it.
    package static let gateway = TenantSpec.ownLambdaTenantID

    /// What `X-Amz-Tenant-Id` carries; nil for a target whose functions aren't isolated, as those refuse the field.
    ///
    /// A tenant without an id of its own is refused: its name may have been another's before, and what that one left
    /// in an environment is not to be seen by it.
    /// - Parameters:
    ///   - id: the tenant's.
    ///   - namesake: another tenant that has the same.
    package static func id(
        for target: TargetEntry,
        of tenant: String,
        id: String?,
        namesake: String? = nil
    ) throws(RoleFault) -> String? {
        guard target.invoke.tenantIsolation else { return nil }
        guard let id else {
            throw RoleFault(
                "target \(target.name) has tenant isolation, and tenant \(tenant) has no id for it: "
                    + "`mcp-gateway tenant update \(tenant) --lambda-tenant-id ID` gives it one"
            )
        }
        if let namesake {
            throw RoleFault(
                "tenants \(tenant) and \(namesake) have the same Lambda tenant id and would share what only one may "
                    + "see: give one of them another with `mcp-gateway tenant update \(tenant) --lambda-tenant-id ID`"
            )
        }
        return id
    }
}
