/// The views of all tenants and keys of a snapshot.
struct CompiledPolicy {
    /// [key]
    private(set) var keyGates: [KeyGate] = []
    /// The views of tenants, in their order, then those of keys with patterns.
    private(set) var views: [View] = []
    let sets: [ToolSet]
    /// [tenant] → when its subscriptions expire, soonest first.
    let expiries: [[SubscriptionExpiry]]

    /// Takes entries in a snapshot's order; `ranges` are the positions of each target's tools.
    init(
        targets: [TargetEntry],
        tools: [ToolEntry],
        ranges: [Range<Int>],
        tenants: [TenantEntry],
        keys: [KeyEntry],
        subscriptions: [SubscriptionEntry],
        pinSets: [PinSetEntry]
    ) {
        var compiler = PolicyCompiler(targets: targets, tools: tools, ranges: ranges, pinSets: pinSets)
        let approvals = TenantSubscriptions(subscriptions, tenantCount: tenants.count, targets: targets)
        expiries = approvals.expiries
        var tenantSets: [ToolSet] = []
        tenantSets.reserveCapacity(tenants.count)
        for (position, tenant) in tenants.enumerated() {
            let set = compiler.tools(of: tenant, subscriptions[approvals.ranges[position]])
            tenantSets.append(set)
            let firstExpiryMs = expiries[position].first?.atMs ?? .max
            views.append(View(set: compiler.intern(set), tenant: position, firstExpiryMs: firstExpiryMs))
        }
        keyGates.reserveCapacity(keys.count)
        for key in keys {
            var view = key.tenant
            if !(key.allow.isEmpty && key.deny.isEmpty) {
                var set = tenantSets[key.tenant]
                compiler.narrow(&set, allow: key.allow, deny: key.deny)
                let firstExpiryMs = views[key.tenant].firstExpiryMs
                view = views.count
                views.append(
                    View(set: compiler.intern(set), tenant: key.tenant, firstExpiryMs: firstExpiryMs)
                )
            }
            keyGates.append(KeyGate(key, tenant: tenants[key.tenant], view: view))
        }
        sets = compiler.sets
    }
}
