package import MCP

extension Snapshot {
    /// Which resource a URI means for a principal: `authorize` for each entry that stands behind it.
    ///
    /// A URI as its target has it is good as long as one target alone of those that the caller sees has it; a rewritten one
    /// means its own target. A URI of a template's is refused when a deny pattern matches any spelling
    /// of it.
    package func read(_ uri: String, by principal: Principal, nowMs: Int64) -> ReadDecision {
        let (own, meanings) = resources.meanings(of: uri)
        var allowed: Int?
        var outside: Int?
        for meaning in meanings {
            switch authorize(principal, meaning, uri: own, nowMs: nowMs) {
            case .hidden: continue
            case .outsideScopes: outside = outside ?? meaning.entries.first
            case .allowed:
                // Which of two targets is meant, nobody can tell: the caller has to say.
                guard allowed == nil, let entry = meaning.entries.first else { return .hidden }
                allowed = entry
            }
        }
        if let allowed { return .allowed(allowed, uri: own) }
        return outside.map { .outsideScopes($0) } ?? .hidden
    }

    private func authorize(
        _ principal: Principal,
        _ meaning: ResourceIndex.Meaning,
        uri: String,
        nowMs: Int64
    ) -> Decision {
        var decision = Decision.allowed
        for entry in meaning.entries {
            switch authorize(principal, tool: entry, nowMs: nowMs) {
            case .hidden: return .hidden
            case .outsideScopes: decision = .outsideScopes
            case .allowed: continue
            }
        }
        guard !meaning.isListed else { return decision }
        let target = targets[meaning.target].name
        let name = "\(target)___\(CatalogKind.resource.catalogName(uri))"
        return isDenied(name, to: principal) ? .hidden : decision
    }

    /// Whether a deny pattern matches the name of a URI as it is written, or in any spelling.
    private func isDenied(_ name: String, to principal: Principal) -> Bool {
        let patterns = tenants[principal.tenant].deny + (principal.key.map { keys[$0].deny } ?? [])
        let spelling = CanonicalURI.spelling(name)
        return patterns.contains {
            $0.matches(name.utf8.span) || $0.ofSpellings.matches(spelling.utf8.span)
        }
    }

    /// The template that a principal names to have one of its arguments completed; nil when there is none for it, or two.
    package func template(exposedAs text: String, for principal: Principal, nowMs: Int64) -> Int? {
        let found = resources.templates(exposedAs: text)
            .filter { authorize(principal, tool: $0, nowMs: nowMs) == .allowed }
        return found.count == 1 ? found[0] : nil
    }

    /// The prompt of that exposed name. O(1).
    package func prompt(named name: Span<UInt8>) -> Int? { promptIndex.position(of: name) }

    /// Every entry of one kind that `authorize` allows, in order of their names.
    package func visibleEntries(of kind: CatalogKind, for principal: Principal, nowMs: Int64) -> [Int] {
        var set = visibleSet(for: principal, nowMs: nowMs)
        if let kinds { set.formIntersection(kinds[kind]) } else if kind != .tool { return [] }
        return set.positions
    }

    /// How many tools there are, of all targets.
    package var toolCount: Int { kinds.map { $0[.tool].count } ?? tools.count }

    /// The lists that have something for a principal to see.
    package func visibleLists(for principal: Principal, nowMs: Int64) -> ListChanges {
        guard let kinds else { return .tools }
        let set = visibleSet(for: principal, nowMs: nowMs)
        var lists = ListChanges.tools
        for kind in CatalogKind.allCases where set.intersects(kinds[kind]) { lists.insert(ListChanges(kind)) }
        return lists
    }
}
