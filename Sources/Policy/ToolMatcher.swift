/// Finds the tools that patterns match, in a snapshot's sorted list.
///
/// A pattern's literal beginning narrows it to a range by binary search; `target___*` needs no more than that. What
/// any other pattern matches is found once, however many rules say it.
struct ToolMatcher {
    private struct Match {
        /// Outside of it nothing matches.
        let range: Range<Int>
        /// What matches in the range; `nil` when all of it does.
        let set: ToolSet?
    }

    private let names: NameList
    private var matches: [NamePattern: Match] = [:]

    /// - Parameter tools: in order of their exposed names' bytes.
    init(_ tools: [ToolEntry]) { names = NameList(tools.lazy.map { $0.exposedName }) }

    /// The tools that one of the patterns matches.
    mutating func union(of patterns: [NamePattern]) -> ToolSet {
        var set = ToolSet(count: names.count)
        for pattern in patterns {
            let match = match(of: pattern)
            if let found = match.set {
                set.formUnion(found, in: match.range)
            } else {
                set.insert(match.range)
            }
        }
        return set
    }

    private mutating func match(of pattern: NamePattern) -> Match {
        if let known = matches[pattern] { return known }
        let range = names.range(beginningWith: pattern.literalPrefix)
        var found: ToolSet?
        if !pattern.isPrefix {
            var set = ToolSet(count: names.count)
            for tool in range where names.withName(tool, { pattern.matches($0) }) { set.insert(tool) }
            found = set
        }
        let match = Match(range: range, set: found)
        matches[pattern] = match
        return match
    }
}

/// Sorted names, their bytes one after the other: searched without touching a string.
private struct NameList {
    private var bytes: [UInt8] = []
    /// Where each name begins, and at last where the last one ends.
    private var starts: [Int] = [0]

    init(_ names: some Sequence<String>) {
        for name in names {
            bytes.append(contentsOf: name.utf8)
            starts.append(bytes.count)
        }
    }

    var count: Int { starts.count - 1 }

    func withName<T>(_ position: Int, _ body: (Span<UInt8>) -> T) -> T {
        body(bytes.span.extracting(starts[position]..<starts[position + 1]))
    }

    /// The names that begin so.
    func range(beginningWith prefix: [UInt8]) -> Range<Int> {
        guard !prefix.isEmpty else { return 0..<count }
        let start = first(from: 0) { withName($0) { Self.order($0, prefix.span) >= 0 } }
        let end = first(from: start) { withName($0) { Self.order($0, prefix.span) > 0 } }
        return start..<end
    }

    /// The first position from `start` on that meets a condition which all later ones meet too.
    private func first(from start: Int, _ isMet: (Int) -> Bool) -> Int {
        var range = start..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isMet(middle) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }

    /// Whether a name comes before all that begin with the prefix (-1), is one of them (0), or comes after (1).
    private static func order(_ name: Span<UInt8>, _ prefix: Span<UInt8>) -> Int {
        for index in 0..<min(name.count, prefix.count) where name[index] != prefix[index] {
            return name[index] < prefix[index] ? -1 : 1
        }
        return name.count < prefix.count ? -1 : 0
    }
}
