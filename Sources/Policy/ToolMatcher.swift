/// Finds the tools that patterns match, in a snapshot's sorted list.
///
/// A pattern's literal beginning narrows it to a range by binary search; `target___*` needs no more than that.
/// Patterns that begin with a wildcard read every name, once per distinct pattern.
struct ToolMatcher {
    private let tools: [ToolEntry]
    private var scanned: [NamePattern: ToolSet] = [:]

    /// - Parameter tools: in order of their exposed names' bytes.
    init(_ tools: [ToolEntry]) { self.tools = tools }

    /// The tools that one of the patterns matches.
    mutating func union(of patterns: [NamePattern]) -> ToolSet {
        var set = ToolSet(count: tools.count)
        for pattern in patterns { add(pattern, to: &set) }
        return set
    }

    private mutating func add(_ pattern: NamePattern, to set: inout ToolSet) {
        let range = range(of: pattern)
        if pattern.isPrefix { return set.insert(range) }
        if range.count <= 64 {
            for tool in range where pattern.matches(tools[tool].exposedName.utf8.span) { set.insert(tool) }
            return
        }
        if let known = scanned[pattern] { return set.formUnion(known) }
        var found = ToolSet(count: tools.count)
        for tool in range where pattern.matches(tools[tool].exposedName.utf8.span) { found.insert(tool) }
        scanned[pattern] = found
        set.formUnion(found)
    }

    /// The tools whose names begin as the pattern does.
    private func range(of pattern: NamePattern) -> Range<Int> {
        let prefix = pattern.literalPrefix
        guard !prefix.isEmpty else { return tools.indices }
        let start = first(from: 0) { !$0.lexicographicallyPrecedes(prefix) }
        let end = first(from: start) { !$0.starts(with: prefix) }
        return start..<end
    }

    /// The first tool from `start` on whose name meets a condition that all later ones meet too.
    private func first(from start: Int, _ isMet: (String.UTF8View) -> Bool) -> Int {
        var range = start..<tools.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                isMet(tools[middle].exposedName.utf8)
                ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
