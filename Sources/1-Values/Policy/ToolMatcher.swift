/// Finds the tools that patterns match, in a snapshot's sorted list.
///
/// A pattern's literal beginning narrows it to a range by binary search; `target___*` needs no more than that.
/// Patterns that begin with a wildcard read every name. Tenants share patterns: each is searched for once.
struct ToolMatcher {
    /// The tools that a pattern matches.
    private enum Match {
        case range(Range<Int>)
        case set(ToolSet)
    }

    private let names: NameTable
    private var known: [NamePattern: Match] = [:]

    /// - Parameter tools: in order of their exposed names' bytes.
    init(_ tools: [ToolEntry]) { names = NameTable(tools) }

    /// The tools that one of the patterns matches.
    mutating func union(of patterns: [NamePattern]) -> ToolSet {
        var set = ToolSet(count: names.count)
        for pattern in patterns {
            switch match(pattern) {
            case .range(let range): set.insert(range)
            case .set(let found): set.formUnion(found)
            }
        }
        return set
    }

    private mutating func match(_ pattern: NamePattern) -> Match {
        if let match = known[pattern] { return match }
        let match = find(pattern)
        known[pattern] = match
        return match
    }

    private func find(_ pattern: NamePattern) -> Match {
        let range = names.range(of: pattern.literalPrefix)
        if pattern.isPrefix { return .range(range) }
        let bytes = names.bytes.span
        var matching = 0..<0
        var scattered: ToolSet?
        for tool in range where pattern.matches(bytes.extracting(names.place(of: tool))) {
            if scattered != nil {
                scattered?.insert(tool)
            } else if matching.isEmpty || matching.upperBound == tool {
                matching = (matching.isEmpty ? tool : matching.lowerBound)..<tool + 1
            } else {
                var set = ToolSet(count: names.count)
                set.insert(matching)
                set.insert(tool)
                scattered = set
            }
        }
        return scattered.map { .set($0) } ?? .range(matching)
    }
}

/// The exposed names of a snapshot's tools in one piece, so that searching them touches no reference count.
private struct NameTable {
    let bytes: [UInt8]
    /// The position where each name ends and the next begins.
    private let ends: [Int]

    init(_ tools: [ToolEntry]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        bytes.reserveCapacity(tools.count * 32)
        ends.reserveCapacity(tools.count)
        for tool in tools {
            bytes.append(contentsOf: tool.exposedName.utf8)
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
    }

    var count: Int { ends.count }

    func place(of tool: Int) -> Range<Int> { (tool == 0 ? 0 : ends[tool - 1])..<ends[tool] }

    /// The tools whose names begin with `prefix`.
    func range(of prefix: [UInt8]) -> Range<Int> {
        if prefix.isEmpty { return 0..<count }
        let start = first(from: 0) { order(of: $0, beside: prefix) >= 0 }
        return start..<first(from: start) { order(of: $0, beside: prefix) > 0 }
    }

    /// How a name compares with a prefix, over as many bytes as the prefix has: before (-1), equal (0), after (1).
    private func order(of tool: Int, beside prefix: [UInt8]) -> Int {
        let place = place(of: tool)
        for index in 0..<min(place.count, prefix.count) {
            let byte = bytes[place.lowerBound + index]
            if byte != prefix[index] { return byte < prefix[index] ? -1 : 1 }
        }
        return place.count < prefix.count ? -1 : 0
    }

    /// The first tool from `start` on that meets a condition which all later ones meet too.
    private func first(from start: Int, _ isMet: (Int) -> Bool) -> Int {
        var range = start..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isMet(middle) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
