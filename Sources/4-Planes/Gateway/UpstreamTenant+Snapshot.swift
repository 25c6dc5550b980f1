import Policy

extension UpstreamTenant {
    /// One for each of the snapshot's tenants that needs one, in their order. Linear in the tools of the tenants whose
    /// role is narrowed; tenants with the same tools share one list of functions.
    /// - Parameters:
    ///   - tools: the snapshot's tools.
    ///   - previous: the previous ones, which are reused where nothing has changed, with what was derived from them.
    static func all(
        of snapshot: Snapshot,
        _ tools: [CallableTool],
        reusing previous: [UpstreamTenant?]
    ) -> [UpstreamTenant?] {
        var older: [Int64: UpstreamTenant] = [:]
        for case let tenant? in previous { older[tenant.entry.id] = tenant }
        var holders: [String: [String]] = [:]
        for entry in snapshot.tenants {
            if let id = entry.lambdaTenantID { holders[id, default: []].append(entry.name) }
        }
        var lists: [Int: [UpstreamFunction]] = [:]
        func functions(ofTenant position: Int) -> [UpstreamFunction] {
            let number = snapshot.toolSetNumber(ofTenant: position)
            if let known = lists[number] { return known }
            let made = Self.functions(of: snapshot.tools(ofTenant: position).map { tools[$0] })
            lists[number] = made
            return made
        }
        return snapshot.tenants.enumerated().map { position, entry in
            let functions = entry.isNarrowed ? functions(ofTenant: position) : []
            let others = entry.lambdaTenantID.flatMap { holders[$0] } ?? []
            let namesake = others.first { $0 != entry.name }
            guard let new = UpstreamTenant(entry, functions: functions, namesake: namesake) else {
                return nil
            }
            return older[entry.id].flatMap { $0.isLike(new) ? $0 : nil } ?? new
        }
    }

    private static func functions(of tools: [CallableTool]) -> [UpstreamFunction] {
        var seen: Set<ObjectIdentifier> = []
        return tools.map { $0.function }.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}
