/// Finds the URIs and templates that could mean resources of two targets, by what they begin with.
///
/// Sorted, all that begins as a template does stands behind it. One walk with the templates that are still open, each with
/// what is known of the targets around and inside it: O(n log n), whatever targets list.
enum SharedStarts {
    struct Start {
        /// A URI, or what each URI of a template begins with.
        let text: String
        let position: Int
        let target: Int
        /// Whether any text may follow.
        let isOpen: Bool
    }

    /// The targets among some entries, as far as it matters.
    private enum Targets {
        case none
        case one(Int)
        case several

        mutating func add(_ other: Targets) {
            switch (self, other) {
            case (_, .none): break
            case (.none, _): self = other
            case (.one(let left), .one(let right)) where left == right: break
            default: self = .several
            }
        }

        func hasOther(than target: Int) -> Bool {
            switch self {
            case .none: false
            case .one(let only): only != target
            case .several: true
            }
        }
    }

    private struct Open {
        let start: Start
        /// Of the templates around it.
        let around: Targets
        /// Of all that begins as it does.
        var inside = Targets.none
    }

    /// The positions of those that share what they may mean with another target's.
    static func find(in starts: [Start]) -> Set<Int> {
        var found: Set<Int> = []
        var open: [Open] = []
        func close() {
            guard let last = open.popLast() else { return }
            if last.inside.hasOther(than: last.start.target) { found.insert(last.start.position) }
            guard !open.isEmpty else { return }
            open[open.count - 1].inside.add(.one(last.start.target))
            open[open.count - 1].inside.add(last.inside)
        }
        let sorted = starts.sorted { left, right in
            if left.text.utf8.elementsEqual(right.text.utf8) {
                // A template is open for what is written just as its beginning.
                return left.isOpen == right.isOpen ? left.position < right.position : left.isOpen
            }
            return left.text.utf8Precedes(right.text)
        }
        var previous: Start?
        var sameTargets = Targets.none
        var same: [Start] = []
        func endSame() {
            for start in same where sameTargets.hasOther(than: start.target) { found.insert(start.position) }
            same = []
            sameTargets = .none
        }
        for start in sorted {
            if let last = previous, !last.text.utf8.elementsEqual(start.text.utf8) { endSame() }
            previous = start
            while let last = open.last, !start.text.utf8.starts(with: last.start.text.utf8) { close() }
            var around = open.last?.around ?? .none
            if let last = open.last { around.add(.one(last.start.target)) }
            if around.hasOther(than: start.target) { found.insert(start.position) }
            same.append(start)
            sameTargets.add(.one(start.target))
            if start.isOpen {
                open.append(Open(start: start, around: around))
            } else if !open.isEmpty {
                open[open.count - 1].inside.add(.one(start.target))
            }
        }
        endSame()
        while !open.isEmpty { close() }
        return found
    }
}
