import Model
import Policy
package import REST
import Store

/// A key with what it may do at one time.
package struct KeyDetails: Sendable {
    let key: ShownKey
    let tenantState: TenantEntry.State
    let toolCount: Int
    let visibleToolCount: Int
    /// The key's own limit; the tenant's and other limits count its calls too.
    let limit: LimitRecord?

    init(
        of prefix: String,
        in reading: borrowing ReadTransaction,
        nowMs: Int64
    ) throws(StoreError) {
        let record = try reading.key(prefix: prefix)
        key = ShownKey(record: record, nowMs: nowMs)
        tenantState = try reading.tenant(record.tenant, nowMs: nowMs).state
        let access = try ToolAccess(of: record.tenant, key: prefix, in: reading, nowMs: nowMs)
        (toolCount, visibleToolCount) = access.counts
        limit = try reading.limit(on: .key(prefix: prefix))
    }
}

/// The JSON form of a key's details; docs/cli-json.md describes it.
package struct KeyDetailsForm: Form {
    package typealias Record = KeyDetails

    package static let component: String? = "KeyDetails"
    package static let names = KeyForm.names

    package let about = Included(KeyForm.self, \Record.key)
    let works = Member("works", .truth("whether the gateway accepts it now")) { (key: Record) in
        key.tenantState == .active && KeyState(key.key.record, nowMs: key.key.nowMs) == .active
    }
    let tenantState = Member(
        "tenantState",
        .oneOf([TenantEntry.State.active.rawValue, TenantEntry.State.suspended.rawValue]),
        \Record.tenantState.rawValue
    )
    let tools = Member("tools", .count.described("in the catalog"), \Record.toolCount)
    let visibleTools = Member(
        "visibleTools",
        .count.described("those of them that it sees and may call now"),
        \Record.visibleToolCount
    )
    let limit = Member("limit", LimitForm.self, summary: "its own", ifAny: \Record.limit)

    package init() {}

    static let rows: [Column<KeyDetailsForm>] = [
        Column("prefix") { .text($0.about.prefix) },
        Column("tenant") { .text($0.about.tenant) },
        Column("name") { Cell($0.about.name) },
        Column("state") { .state(KeyForm.tones[$0.about.state] ?? .plain, $0.about.state) },
        Column("works") { .state($0.works ? .good : .bad, works($0)) },
        Column("tools") { key in
            .text(
                "sees \(key.visibleTools) of \(key.tools); "
                    + "`mcp-gateway tool list --tenant \(key.about.tenant) --key \(key.about.prefix)` says why"
            )
        },
        Column("allowed") { Cell($0.about.allow).or(.text("all that the tenant may use")) },
        Column("denied") { Cell($0.about.deny).or(.text("nothing more than the tenant")) },
        Column("limit") { Cell($0.limit.map { LimitForm.figures($0) }).or(.text("none of its own")) },
        Column("made") { .moment($0.about.createdAtMs) },
        Column("expires") { $0.about.expiresAtMs.map { .moment($0) } ?? .text("never") },
        Column("revoked") { $0.about.revokedAtMs.map { .moment($0) } ?? .nothing },
        Column("last used") { $0.about.lastUsedAtMs.map { .moment($0) } ?? .text("never") },
        Column("rotated to") { Cell($0.about.rotatedTo) },
    ]

    private static func works(_ key: Answer<KeyDetailsForm>) -> String {
        if key.works { return "yes" }
        let tenant = key.about.tenant
        return key.about.state == KeyState.active.rawValue
            ? "no, the tenant is \(key.tenantState); `mcp-gateway tenant resume \(tenant)` lets it in again"
            : "no, it is \(key.about.state); `mcp-gateway key issue \(tenant)` makes another"
    }
}
