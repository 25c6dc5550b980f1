package import Policy

/// One rule of a tenant.
package struct PermissionRecord: Sendable, Equatable {
    package enum Effect: String, Sendable {
        case allow, deny
    }

    package var id: Int64
    package var tenant: TenantName
    package var effect: Effect
    package var pattern: NamePattern
    package var createdAtMs: Int64

    package init(
        id: Int64,
        tenant: TenantName,
        effect: Effect,
        pattern: NamePattern,
        createdAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.effect = effect
        self.pattern = pattern
        self.createdAtMs = createdAtMs
    }
}
