import Model
package import Policy

/// The tenant id whose execution environments serve a call, for functions in Lambda's tenant isolation mode.
/// Source: Lambda Developer Guide, "Tenant isolation"
package enum LambdaTenant {
    /// The gateway's own id, for lists of tools and for tests, which no tenant asks for. No tenant may have it.
    package static let gateway = TenantSpec.ownLambdaTenantID

    /// The value of `X-Amz-Tenant-Id`; nil for a target whose functions aren't isolated, because those refuse the
    /// field.
    ///
    /// A tenant without its own id is refused. Its name can't replace the id: another tenant may have had that name
    /// before, and what that one left in an environment must not be seen.
    /// - Parameters:
    ///   - id: the tenant's Lambda tenant id.
    ///   - namesake: another tenant with the same id; nil normally.
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
