/// The changes in the targets' folder that haven't been applied yet, by target.
package struct TargetChanges: Sendable {
    /// The changes in one target's folder.
    package struct Files: Sendable, Equatable {
        /// Paths below the target's folder, in the order of their first change.
        package var names: [String] = []
        /// Whether the folder itself, its target.toml or a JSON file (perhaps a tool's schema) was added, changed or
        /// removed.
        package var isDeclaration = false
        package var firstAt: ContinuousClock.Instant

        /// `handler.py changed`, `handler.py and 2 more changed`
        package var text: String {
            guard let first = names.first else { return "its folder changed" }
            return names.count == 1 ? "\(first) changed" : "\(first) and \(names.count - 1) more changed"
        }
    }

    /// How many names are remembered per target; further ones are dropped.
    private static let namesMax = 100

    /// By the target's folder.
    package private(set) var targets: [String: Files] = [:]
    /// Whether anything at all may have changed.
    package private(set) var isAll = false

    package init() {}

    package var isEmpty: Bool { targets.isEmpty && !isAll }

    /// Whether the target files have to be read again.
    package var isDeclaration: Bool { isAll || targets.values.contains { $0.isDeclaration } }

    /// Adds a change at a path below the folder of all targets; an empty path means that folder itself.
    /// - Returns: the target's folder; nil when all targets may have changed.
    package mutating func add(_ path: String, at now: ContinuousClock.Instant) -> String? {
        guard let slash = path.firstIndex(of: "/") else {
            guard !path.isEmpty else {
                isAll = true
                return nil
            }
            targets[path, default: Files(firstAt: now)].isDeclaration = true
            return path
        }
        let (target, file) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        var files = targets[target] ?? Files(firstAt: now)
        if file == "target.toml" || file.hasSuffix(".json") { files.isDeclaration = true }
        if files.names.count < Self.namesMax, !files.names.contains(file) { files.names.append(file) }
        targets[target] = files
        return target
    }

    package mutating func addAll() { isAll = true }

    /// Drops files that existed only for a moment, as programs save through temporary files. If a target would lose all
    /// of its files, it keeps them.
    package mutating func leaveOut(unless isThere: (_ target: String, _ file: String) -> Bool) {
        for (target, files) in targets {
            let there = files.names.filter { isThere(target, $0) }
            if !there.isEmpty { targets[target]?.names = there }
        }
    }
}
