/// Everything a request needs to know of the store, at one moment; immutable, and swapped whole.
///
/// Read from any thread without a lock. Positions (of targets, tools, tenants, keys) hold within one snapshot only:
/// a request takes the snapshot once and keeps it to its end.
package final class Snapshot: Sendable {
    /// The store's count of changes that matter to a decision or a list.
    ///
    /// Two snapshots of one store with equal versions differ in `TargetEntry.health` alone, so what was rendered
    /// from one is valid for the other.
    package let version: Int64
    /// In order of their names.
    package let targets: [TargetEntry]
    /// In order of their exposed names' bytes.
    package let tools: [ToolEntry]
    package let tenants: [TenantEntry]
    package let keys: [KeyEntry]

    private let toolIndex: NameIndex
    private let keyIndex: DigestIndex
    /// [key] → view. Keys with the same patterns share one.
    private let views: [Int]
    /// [key] and [tool]: what the decision reads, without the entries' strings around it.
    let keyGates: [KeyGate]
    let toolGates: [ToolGate]

    /// What an empty store holds.
    package static let empty = Snapshot(version: 0, targets: [], tools: [], tenants: [], keys: [])

    /// Builds the indexes; entries may come in any order. O(n log n), and O(n) when they come sorted.
    ///
    /// Every tool's `target` and every key's `tenant` must be a position in the given arrays. Of two tools with one
    /// exposed name, or two keys with one hash, the first counts. `seed` is the name hash's: random, unless a test
    /// wants the same layout twice.
    package init(
        version: Int64,
        targets: [TargetEntry],
        tools: [ToolEntry],
        tenants: [TenantEntry],
        keys: [KeyEntry],
        seed: UInt64 = .random(in: .min ... .max)
    ) {
        precondition(tools.allSatisfy { targets.indices.contains($0.target) }, "a tool without its target")
        precondition(keys.allSatisfy { tenants.indices.contains($0.tenant) }, "a key without its tenant")
        let order = targets.indices.sortedUnlessInOrder { targets[$0].name.utf8Precedes(targets[$1].name) }
        var positions = [Int](repeating: 0, count: targets.count)
        for (position, old) in order.enumerated() { positions[old] = position }
        var tools = tools.sortedUnlessInOrder { $0.exposedName.utf8Precedes($1.exposedName) }
        if order != Array(targets.indices) {
            for index in tools.indices { tools[index].target = positions[tools[index].target] }
        }
        self.version = version
        self.targets = order.map { targets[$0] }
        self.tools = tools
        self.tenants = tenants
        self.keys = keys
        toolIndex = NameIndex(tools.lazy.map { $0.exposedName }, seed: seed)
        keyIndex = DigestIndex(keys.map { $0.hash }, seed: seed)
        views = Self.numberViews(of: keys)
        keyGates = keys.map { KeyGate($0, tenant: tenants[$0.tenant]) }
        toolGates = tools.map { ToolGate($0, target: targets[order[$0.target]]) }
    }

    private init(_ base: Snapshot, health: [Int64: TargetHealth]) {
        version = base.version
        targets = base.targets.map { target in
            var target = target
            if let fresh = health[target.id] { target.health = fresh }
            return target
        }
        tools = base.tools
        tenants = base.tenants
        keys = base.keys
        toolIndex = base.toolIndex
        keyIndex = base.keyIndex
        views = base.views
        keyGates = base.keyGates
        toolGates = base.toolGates
    }

    /// The same snapshot with newer refresh times and errors, by target id. O(targets); the rest is shared.
    package func replacingHealth(_ health: [Int64: TargetHealth]) -> Snapshot {
        Snapshot(self, health: health)
    }

    /// The tool of that exposed name. O(1), allocates nothing.
    package func tool(named name: Span<UInt8>) -> Int? { toolIndex.position(of: name) }

    /// The key of that hash, working or not. O(1), allocates nothing.
    package func key(hash: Digest) -> Int? { keyIndex.position(of: hash) }

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

    /// Which view a principal has: principals with equal numbers see equal lists, in this snapshot.
    ///
    /// Counted from 0, so that lists can be cached in an array of `viewCount`.
    package func viewID(for principal: Principal) -> Int { views[principal.key] }

    /// How many views there are; at least 1.
    package var viewCount: Int { (views.max() ?? 0) + 1 }

    /// Whether a key's patterns let it reach a tool.
    func isWithinPatterns(ofKey key: Int, tool: Int) -> Bool {
        let name = tools[tool].exposedName
        for pattern in keys[key].allow where pattern.matches(name.utf8.span) { return true }
        return false
    }

    /// View 0 is everything; each other set of patterns gets the next number.
    private static func numberViews(of keys: [KeyEntry]) -> [Int] {
        var numbers: [Set<NamePattern>: Int] = [[]: 0]
        return keys.map { key in
            if key.allow.isEmpty { return 0 }
            let patterns = Set(key.allow)
            if let number = numbers[patterns] { return number }
            let number = numbers.count
            numbers[patterns] = number
            return number
        }
    }
}

extension String {
    /// Order by UTF-8 bytes, which no locale or Unicode version changes.
    fileprivate func utf8Precedes(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension Collection {
    fileprivate func sortedUnlessInOrder(by precedes: (Element, Element) -> Bool) -> [Element] {
        let elements = Array(self)
        for (left, right) in zip(elements, elements.dropFirst()) where precedes(right, left) {
            return elements.sorted(by: precedes)
        }
        return elements
    }
}
