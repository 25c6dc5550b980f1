extension Snapshot {
    /// Every tool that a tenant's keys and tokens may reach as long as no subscription expires, by positions: what its
    /// role is narrowed to. A key or a token may have less.
    package func tools(ofTenant tenant: Int) -> [Int] { sets[views[tenant].set].positions }

    /// A number for what `tools(ofTenant:)` gives: equal numbers of two tenants mean equal tools, in one snapshot.
    package func toolSetNumber(ofTenant tenant: Int) -> Int { views[tenant].set }
}
