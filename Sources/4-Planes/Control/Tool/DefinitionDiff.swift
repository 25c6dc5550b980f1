import Text

/// The changes from one tool definition to another, line by line, for the person who approves them.
///
/// Pure and bounded: at most 4,000 lines of each side are compared, and at most 1,000 lines are shown. Nothing in it
/// controls a terminal: invisible characters are shown as their code points, and so is a letter that replaced one that
/// it looks like.
package struct DefinitionDiff: Sendable, Equatable {
    package enum Line: Sendable, Equatable {
        case same(String)
        case removed(String)
        case added(String)
        /// That many equal lines are left out.
        case skipped(Int)
        /// The rest is not shown.
        case cut

        /// The text after ` `, `-` or `+`, as in a patch.
        package var text: String {
            switch self {
            case .same(let line): "  \(line)"
            case .removed(let line): "- \(line)"
            case .added(let line): "+ \(line)"
            case .skipped(let count): "  … \(count) more \(count == 1 ? "line" : "lines") as before"
            case .cut: "  … and more, not shown"
            }
        }
    }

    package private(set) var lines: [Line]

    /// The number of equal lines that are shown on each side of a change.
    private static let contextCount = 3
    private static let lineCountMax = 1_000

    /// - Parameters:
    ///   - old: the JSON as it was approved; `nil` for a new tool.
    ///   - new: the JSON as it is now.
    package init(from old: [UInt8]?, to new: [UInt8]) {
        let left = old.map { DefinitionLines($0) }
        let right = DefinitionLines(new)
        let all = Self.compare(left?.lines ?? [], right.lines)
        lines = Self.marked(Self.shortened(all))
        if lines.count > Self.lineCountMax { lines.removeSubrange(Self.lineCountMax...) }
        if lines.count == Self.lineCountMax || right.isCut || left?.isCut == true { lines.append(.cut) }
    }

    /// Marks letters in new lines that look like those of another script.
    private static func marked(_ lines: [Line]) -> [Line] {
        var words: Set<String> = []
        for case .removed(let line) in lines { words.formUnion(LookAlikes.words(of: line)) }
        return lines.map { line in
            guard case .added(let text) = line else { return line }
            return .added(LookAlikes.marked(text, earlierWords: words))
        }
    }

    /// Whether the two definitions are the same.
    package var isEmpty: Bool {
        lines.allSatisfy {
            switch $0 {
            case .same, .skipped: true
            case .removed, .added, .cut: false
            }
        }
    }

    /// All lines, as in a patch.
    package var text: String { lines.map { $0.text }.joined(separator: "\n") }

    /// Compares by the longest common subsequence, after equal beginnings and ends are taken off. If over a million
    /// pairs of lines remain, all old lines are shown as removed and all new ones as added.
    private static func compare(_ left: [String], _ right: [String]) -> [Line] {
        let shared = min(left.count, right.count)
        var start = 0
        while start < shared, left[start] == right[start] { start += 1 }
        var end = 0
        while end < shared - start, left[left.count - 1 - end] == right[right.count - 1 - end] { end += 1 }
        let old = Array(left[start..<left.count - end])
        let new = Array(right[start..<right.count - end])
        var lines = left[..<start].map { Line.same($0) }
        if old.count * new.count <= 1_000_000 {
            lines += aligned(old, new)
        } else {
            lines += old.map { .removed($0) } + new.map { .added($0) }
        }
        return lines + left[(left.count - end)...].map { .same($0) }
    }

    private static func aligned(_ old: [String], _ new: [String]) -> [Line] {
        let width = new.count + 1
        // [i][j]: how many lines old[i...] and new[j...] have in common, in order.
        var common = [Int32](repeating: 0, count: (old.count + 1) * width)
        for i in old.indices.reversed() {
            for j in new.indices.reversed() {
                common[i * width + j] =
                    old[i] == new[j]
                    ? common[(i + 1) * width + j + 1] + 1
                    : max(common[(i + 1) * width + j], common[i * width + j + 1])
            }
        }
        var lines: [Line] = []
        var i = 0
        var j = 0
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, old[i] == new[j] {
                lines.append(.same(old[i]))
                i += 1
                j += 1
            } else if j == new.count
                || (i < old.count && common[(i + 1) * width + j] >= common[i * width + j + 1])
            {
                lines.append(.removed(old[i]))
                i += 1
            } else {
                lines.append(.added(new[j]))
                j += 1
            }
        }
        return lines
    }

    /// Leaves out equal lines, except for a few around each change.
    private static func shortened(_ lines: [Line]) -> [Line] {
        var isNear = [Bool](repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() {
            if case .same = line { continue }
            let near = max(0, index - contextCount)...min(lines.count - 1, index + contextCount)
            for neighbour in near { isNear[neighbour] = true }
        }
        var shown: [Line] = []
        var skippedCount = 0
        for (index, line) in lines.enumerated() {
            if isNear[index] {
                if skippedCount > 0 { shown.append(.skipped(skippedCount)) }
                skippedCount = 0
                shown.append(line)
            } else {
                skippedCount += 1
            }
        }
        if skippedCount > 0 { shown.append(.skipped(skippedCount)) }
        return shown
    }
}
