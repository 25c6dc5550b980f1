package import Bytes

/// A tenant's approved access to a target.
package struct SubscriptionEntry: Sendable, Equatable {
    package var id: Int64
    /// An index into the snapshot's tenants.
    package var tenant: Int
    /// An index into the snapshot's targets.
    package var target: Int
    /// The first millisecond since 1970 at which the subscription no longer holds.
    package var expiresAtMs: Int64?
    /// Patterns that were requested; when not empty, only tools that one of these matches.
    package var requestedTools: [NamePattern]
    /// Patterns that were approved; when not empty, one of these must match too.
    package var approvedTools: [NamePattern]
    /// The pin set that it was approved with, an index into the snapshot's pin sets.
    package var pinSet: Int?

    package init(
        id: Int64,
        tenant: Int,
        target: Int,
        expiresAtMs: Int64? = nil,
        requestedTools: [NamePattern] = [],
        approvedTools: [NamePattern] = [],
        pinSet: Int? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.target = target
        self.expiresAtMs = expiresAtMs
        self.requestedTools = requestedTools
        self.approvedTools = approvedTools
        self.pinSet = pinSet
    }
}

/// The tools that somebody approved: a target's tools by the target's own names, with the hashes of their definitions,
/// and the aliases of those that had one.
package struct PinSetEntry: Sendable, Equatable {
    package var id: Int64
    package var pins: [String: Digest]
    /// [a tool's own name] → the alias that it was approved under.
    package var aliases: [String: String]

    package init(id: Int64, pins: [String: Digest], aliases: [String: String] = [:]) {
        self.id = id
        self.pins = pins
        self.aliases = aliases
    }

    /// Whether the tool is what was approved, by its definition and by the name that agents read.
    func holds(_ tool: ToolEntry) -> Bool {
        pins[tool.name] == tool.sha256
            && (aliases.isEmpty ? tool.alias == nil : aliases[tool.name] == tool.alias)
    }
}

/// A limit: at least one rate, quota or budget, and what its calls are counted by.
package struct LimitEntry: Sendable, Equatable {
    /// What it counts together, by positions in the snapshot.
    package enum Scope: Sendable, Hashable {
        case tenant(Int)
        case key(Int)
        case target(Int)
        case tenantTarget(tenant: Int, target: Int)
        /// `tool` is the exposed name; the tool need not exist.
        case tenantTool(tenant: Int, tool: String)
    }

    /// Stays the same when the limit is changed, so that the counts stay too.
    package var id: Int64
    package var scope: Scope
    package var rate: Rate?
    /// Calls per UTC day.
    package var dayQuota: Int?
    /// Calls per UTC month.
    package var monthQuota: Int?
    /// Billionths of a US dollar per UTC day.
    package var dayBudget: Int64?
    /// Billionths of a US dollar per UTC month.
    package var monthBudget: Int64?

    package init(
        id: Int64,
        scope: Scope,
        rate: Rate? = nil,
        dayQuota: Int? = nil,
        monthQuota: Int? = nil,
        dayBudget: Int64? = nil,
        monthBudget: Int64? = nil
    ) {
        self.id = id
        self.scope = scope
        self.rate = rate
        self.dayQuota = dayQuota
        self.monthQuota = monthQuota
        self.dayBudget = dayBudget
        self.monthBudget = monthBudget
    }

    /// Permits per unit of time, and how many may be taken at once.
    package struct Rate: Sendable, Hashable {
        package enum Unit: String, Sendable, CaseIterable {
            case second = "s"
            case minute = "m"
            case hour = "h"

            package var seconds: Int {
                switch self {
                case .second: 1
                case .minute: 60
                case .hour: 3_600
                }
            }
        }

        package var permits: Int
        package var unit: Unit
        package var burst: Int

        package init(permits: Int, per unit: Unit, burst: Int) {
            self.permits = permits
            self.unit = unit
            self.burst = burst
        }
    }
}
