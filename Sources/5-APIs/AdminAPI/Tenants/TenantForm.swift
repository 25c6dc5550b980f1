import JSON
import Policy
package import REST
package import Store

/// The JSON form of a tenant; docs/cli-json.md describes it.
package struct TenantForm: ListedForm {
    package typealias Record = TenantRecord

    package static let component: String? = "Tenant"
    package static let plural = "tenants"
    package static let names = ["name"]

    package static func revision(of tenant: TenantRecord) -> Int64? { tenant.revision }

    let id = Member("id", .id, \Record.id)
    package let name = Member("name", .name, \Record.name.text)
    let title = Member("title", .text, \Record.title)
    let contact = Member("contact", .text, \Record.spec.contact)
    package let labels = Member("labels", .texts(.string(0...200), max: 32), \Record.spec.labels)
    let lambdaTenantID = Member("lambdaTenantId", .text, \Record.spec.lambdaTenantID)
    let roleARN = Member("roleArn", .text, \Record.spec.roleARN)
    let externalID = Member("externalId", .text, \Record.spec.externalID)
    let sessionPolicy = Member(
        "sessionPolicy",
        .oneOf(SessionPolicyChoice.allCases.map { $0.rawValue }),
        \Record.spec.narrowing
    )
    let state = Member("state", .oneOf(["active", "suspended"]), \Record.state.rawValue)
    let activeKeys = Member(
        "activeKeys",
        .count(0...JSONInteger.max, "keys that are neither revoked nor expired"),
        \Record.activeKeyCount
    )
    let createdAtMs = Member("createdAtMs", .moment, \Record.createdAtMs)
    let updatedAtMs = Member("updatedAtMs", .moment, \Record.updatedAtMs)
    let removedAtMs = Member("removedAtMs", .moment, \Record.removedAtMs)
    package let revision = Member("revision", .integer, \Record.revision)

    package init() {}

    /// - Parameter removed: whether the columns are for tenants that were removed.
    static func columns(removed: Bool) -> [Column<TenantForm>] {
        [
            Column("NAME", \.name),
            removed ? Column("REMOVED", \.removedAtMs) : .state("STATE", \.state, tones),
            Column("ACTIVE KEYS", \.activeKeys).yields(.third),
            Column("CREATED", \.createdAtMs).yields(.third),
            Column("CONTACT", \.contact).yields(.second),
            Column("TITLE", \.title).yields(.first),
        ]
    }

    private static let tones: [String: Tone] = ["active": .good, "suspended": .bad]

    static let details: [Column<TenantForm>] = [
        Column("name", \.name),
        Column("title", \.title),
        Column("contact", \.contact),
        Column("labels") { tenant in
            Cell(tenant.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        },
        Column("role", \.roleARN),
        Column("external id", \.externalID),
        Column("session policy", \.sessionPolicy),
        Column("Lambda tenant id", \.lambdaTenantID),
        .state("state", \.state, tones),
        Column("active keys", \.activeKeys),
        Column("created", \.createdAtMs),
        Column("updated", \.updatedAtMs),
    ]
}

extension TenantSpec {
    /// The session policy in force; nil without a role.
    fileprivate var narrowing: String? { roleARN == nil ? nil : (sessionPolicy ?? .standard).rawValue }
}
