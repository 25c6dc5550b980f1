package import Bytes
import MCP

/// Everything a request needs to know of the store, at one moment; immutable, and swapped whole.
///
/// Read from any thread without a lock. Positions (of targets, tools, tenants, keys) hold within one snapshot only:
/// a request takes the snapshot once and keeps it to its end.
package final class Snapshot: Sendable {
    /// The store's count of changes that matter to a decision or a list.
    ///
    /// Two snapshots of one store with equal versions differ in `TargetEntry.health` and `endedSessions` alone, so a page
    /// rendered from one is valid for the other.
    package let version: Int64
    /// In order of their names.
    package let targets: [TargetEntry]
    /// All that targets list, prompts and resources too, in order of their exposed names' bytes, so that each target's
    /// stand side by side.
    package let tools: [ToolEntry]
    /// What URIs mean.
    package let resources: ResourceIndex
    package let tenants: [TenantEntry]
    package let keys: [KeyEntry]
    /// The approved subscriptions, in order of their tenants.
    package let subscriptions: [SubscriptionEntry]
    package let pinSets: [PinSetEntry]
    package let limits: [LimitEntry]
    /// [scope] → its patterns; `nil` when tokens aren't narrowed by scopes.
    package let scopes: [[NamePattern]]?
    /// The legacy sessions that were ended.
    package let endedSessions: EndedSessions

    private let toolIndex: NameIndex
    let promptIndex: NameIndex
    /// nil when all entries are tools.
    let kinds: KindSets?
    private let keyIndex: DigestIndex
    private let tenantIndex: [String: Int]
    /// [target] → its tools.
    let toolRanges: [Range<Int>]
    /// [tool] → a hash of its name and definition.
    let toolFingerprints: [UInt64]
    /// [key] → what the decision reads, without the strings of the entries.
    let keyGates: [KeyGate]
    /// The views of tenants, in their order, then those of keys with patterns.
    let views: [View]
    let sets: [ToolSet]
    let scopeSets: [ToolSet]?
    /// [tenant] → when its subscriptions expire, soonest first.
    let expiries: [[SubscriptionExpiry]]
    /// The expiries of keys and subscriptions, soonest first.
    let allExpiriesMs: [Int64]

    /// The snapshot of an empty store.
    package static let empty = Snapshot(version: 0, targets: [], tools: [], tenants: [], keys: [])

    /// Builds the indexes and compiles the rules; entries may come in any order.
    ///
    /// Every position in an entry must be valid in the given arrays. Of two tools with one exposed name, or two keys
    /// with one hash, the first counts. `seed` is for the hash of names: random, unless a test wants the same layout
    /// twice.
    package init(
        version: Int64,
        targets: [TargetEntry],
        tools: [ToolEntry],
        tenants: [TenantEntry],
        keys: [KeyEntry],
        subscriptions: [SubscriptionEntry] = [],
        pinSets: [PinSetEntry] = [],
        limits: [LimitEntry] = [],
        scopes: [[NamePattern]]? = nil,
        endedSessions: EndedSessions = .none,
        seed: UInt64 = .random(in: .min ... .max)
    ) {
        precondition(tools.allSatisfy { targets.indices.contains($0.target) }, "a tool without its target")
        precondition(keys.allSatisfy { tenants.indices.contains($0.tenant) }, "a key without its tenant")
        let order = targets.indices.sortedUnlessInOrder { targets[$0].name.utf8Precedes(targets[$1].name) }
        let ordered = EntryOrder(order)
        self.version = version
        self.targets = order.map { targets[$0] }
        self.tools = ordered.tools(tools)
        self.tenants = tenants
        self.keys = keys
        self.subscriptions = ordered.subscriptions(subscriptions)
        self.pinSets = pinSets
        self.limits = ordered.limits(limits)
        self.scopes = scopes
        self.endedSessions = endedSessions
        toolIndex = NameIndex(self.tools.lazy.map { $0.kind == .tool ? $0.exposedName : nil }, seed: seed)
        kinds = KindSets(self.tools)
        let prompts: [String?] =
            kinds == nil ? [] : self.tools.map { $0.kind == .prompt ? $0.agentName : nil }
        promptIndex = NameIndex(prompts, seed: seed)
        resources = ResourceIndex(self.tools, targetNames: self.targets.map { $0.name })
        keyIndex = DigestIndex(keys.map { $0.hash }, seed: seed)
        tenantIndex = Dictionary(
            tenants.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        toolRanges = Self.ranges(of: self.tools, targetCount: targets.count)
        let resources = resources
        toolFingerprints = self.tools.enumerated().map { position, entry in
            // A rewritten URI is another list.
            resources.isShared(position) ? ~entry.fingerprint : entry.fingerprint
        }

        let compiled = CompiledPolicy(
            targets: self.targets,
            tools: self.tools,
            ranges: toolRanges,
            tenants: tenants,
            keys: keys,
            subscriptions: self.subscriptions,
            pinSets: pinSets
        )
        keyGates = compiled.keyGates
        views = compiled.views
        sets = compiled.sets
        expiries = compiled.expiries
        scopeSets = Self.compile(scopes, self.tools)
        allExpiriesMs =
            (keys.compactMap { $0.expiresAtMs } + subscriptions.compactMap { $0.expiresAtMs }).sorted()
    }

    private init(
        _ base: Snapshot,
        targets: [TargetEntry],
        scopes: [[NamePattern]]?,
        _ scopeSets: [ToolSet]?,
        endedSessions: EndedSessions? = nil
    ) {
        version = base.version
        self.targets = targets
        tools = base.tools
        tenants = base.tenants
        keys = base.keys
        subscriptions = base.subscriptions
        pinSets = base.pinSets
        limits = base.limits
        self.scopes = scopes
        self.endedSessions = endedSessions ?? base.endedSessions
        toolIndex = base.toolIndex
        promptIndex = base.promptIndex
        kinds = base.kinds
        resources = base.resources
        keyIndex = base.keyIndex
        tenantIndex = base.tenantIndex
        toolRanges = base.toolRanges
        toolFingerprints = base.toolFingerprints
        keyGates = base.keyGates
        views = base.views
        sets = base.sets
        self.scopeSets = scopeSets
        expiries = base.expiries
        allExpiriesMs = base.allExpiriesMs
    }

    /// The same snapshot with newer refresh times and errors, by target id. O(targets); the rest is shared.
    package func replacingHealth(_ health: [Int64: TargetHealth]) -> Snapshot {
        let targets = targets.map { target in
            var target = target
            if let fresh = health[target.id] { target.health = fresh }
            return target
        }
        return Snapshot(self, targets: targets, scopes: scopes, scopeSets)
    }

    /// The same snapshot with other ended sessions. O(1); the rest is shared.
    package func replacingEndedSessions(_ ended: EndedSessions) -> Snapshot {
        Snapshot(self, targets: targets, scopes: scopes, scopeSets, endedSessions: ended)
    }

    /// The same snapshot where a token reaches only tools that one of its scopes' patterns matches; at most 64
    /// scopes, as they are configured. `nil` removes this restriction.
    ///
    /// Linear in the tools, but nothing is compiled when `previous` has this version and the same scopes.
    /// - Parameter previous: a snapshot of the same store.
    package func narrowingTokens(
        to scopes: [[NamePattern]]?,
        reusing previous: Snapshot? = nil
    ) -> Snapshot {
        precondition((scopes?.count ?? 0) <= 64, "more scopes than a set holds")
        if scopes == self.scopes { return self }
        if let previous, previous.version == version, previous.tools.count == tools.count,
            previous.scopes == scopes
        {
            return Snapshot(self, targets: targets, scopes: scopes, previous.scopeSets)
        }
        return Snapshot(self, targets: targets, scopes: scopes, Self.compile(scopes, tools))
    }

    /// The tool of that exposed name. O(1), allocates nothing.
    package func tool(named name: Span<UInt8>) -> Int? { toolIndex.position(of: name) }

    /// The entry of that exposed name, of any kind. O(log n).
    package func entry(named name: String) -> Int? {
        var range = tools.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if tools[middle].exposedName.utf8.elementsEqual(name.utf8) { return middle }
            range =
                tools[middle].exposedName.utf8Precedes(name)
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// The key of that hash, working or not. O(1), allocates nothing.
    package func key(hash: Digest) -> Int? { keyIndex.position(of: hash) }

    /// The tenant of that name. O(1).
    package func tenant(named name: String) -> Int? { tenantIndex[name] }

    /// The target of that name. O(log n).
    package func target(named name: String) -> Int? {
        var range = targets.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if targets[middle].name == name { return middle }
            if targets[middle].name.utf8Precedes(name) {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return nil
    }

    private static func compile(_ scopes: [[NamePattern]]?, _ tools: [ToolEntry]) -> [ToolSet]? {
        guard let scopes else { return nil }
        var matcher = ToolMatcher(tools)
        return scopes.map { matcher.union(of: $0) }
    }

    /// The range of each target's tools.
    private static func ranges(of tools: [ToolEntry], targetCount: Int) -> [Range<Int>] {
        var ranges = [Range<Int>](repeating: 0..<0, count: targetCount)
        for (position, tool) in tools.enumerated() {
            let range = ranges[tool.target]
            ranges[tool.target] = range.isEmpty ? position..<position + 1 : range.lowerBound..<position + 1
        }
        return ranges
    }
}
