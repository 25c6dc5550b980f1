extension Snapshot {
    /// The positions of all tools that a tenant's keys and tokens may reach while no subscription expires; its role is
    /// narrowed to them. A key or a token may reach fewer.
    package func tools(ofTenant tenant: Int) -> [Int] { sets[views[tenant].set].positions }

    /// A number for the result of `tools(ofTenant:)`: equal numbers of two tenants mean equal tools, in one snapshot.
    package func toolSetNumber(ofTenant tenant: Int) -> Int { views[tenant].set }
}
