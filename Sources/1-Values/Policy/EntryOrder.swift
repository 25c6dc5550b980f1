/// Puts a snapshot's entries in order, and adapts the positions in them.
struct EntryOrder {
    /// [old position of a target] → its new one; `nil` when they were in order already.
    private let targets: [Int]?

    /// - Parameter order: [new position of a target] → its old one.
    init(_ order: [Int]) {
        guard order != Array(order.indices) else {
            targets = nil
            return
        }
        var positions = [Int](repeating: 0, count: order.count)
        for (position, old) in order.enumerated() { positions[old] = position }
        targets = positions
    }

    func tools(_ entries: [ToolEntry]) -> [ToolEntry] {
        var entries = entries.sortedUnlessInOrder { $0.exposedName.utf8Precedes($1.exposedName) }
        guard let targets else { return entries }
        for index in entries.indices { entries[index].target = targets[entries[index].target] }
        return entries
    }

    func subscriptions(_ entries: [SubscriptionEntry]) -> [SubscriptionEntry] {
        var entries = entries.sortedUnlessInOrder { $0.tenant < $1.tenant }
        guard let targets else { return entries }
        for index in entries.indices { entries[index].target = targets[entries[index].target] }
        return entries
    }

    func limits(_ entries: [LimitEntry]) -> [LimitEntry] {
        guard let targets else { return entries }
        return entries.map { entry in
            var entry = entry
            switch entry.scope {
            case .target(let target): entry.scope = .target(targets[target])
            case .tenantTarget(let tenant, let target):
                entry.scope = .tenantTarget(tenant: tenant, target: targets[target])
            case .tenant, .key, .tenantTool: break
            }
            return entry
        }
    }
}

/// Each tenant's approved subscriptions, in an array that is ordered by tenant.
struct TenantSubscriptions {
    /// [tenant] → the range of its subscriptions.
    private(set) var ranges: [Range<Int>]
    /// [tenant] → when they expire, soonest first.
    private(set) var expiries: [[SubscriptionExpiry]]

    /// Targets that need no subscription lose nothing when one expires.
    init(_ subscriptions: [SubscriptionEntry], tenantCount: Int, targets: [TargetEntry]) {
        ranges = [Range<Int>](repeating: 0..<0, count: tenantCount)
        expiries = [[SubscriptionExpiry]](repeating: [], count: tenantCount)
        for (position, subscription) in subscriptions.enumerated() {
            let range = ranges[subscription.tenant]
            ranges[subscription.tenant] = (range.isEmpty ? position : range.lowerBound)..<position + 1
            if let atMs = subscription.expiresAtMs, targets[subscription.target].approval != .open {
                expiries[subscription.tenant]
                    .append(SubscriptionExpiry(atMs: atMs, target: subscription.target))
            }
        }
        for tenant in expiries.indices where expiries[tenant].count > 1 {
            expiries[tenant].sort { $0.atMs < $1.atMs }
        }
    }
}

extension String {
    /// Order by UTF-8 bytes, which no locale or Unicode version changes.
    func utf8Precedes(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension Collection {
    func sortedUnlessInOrder(by precedes: (Element, Element) -> Bool) -> [Element] {
        let elements = Array(self)
        for index in elements.indices.dropFirst() where precedes(elements[index], elements[index - 1]) {
            return elements.sorted(by: precedes)
        }
        return elements
    }
}
