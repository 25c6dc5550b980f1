/// What has changed in the targets' folder since it was last taken over, by target.
package struct TargetChanges: Sendable {
    /// Of one target's folder.
    package struct Files: Sendable, Equatable {
        /// Below the folder; in the order of the first change of each.
        package var names: [String] = []
        /// Whether the folder itself, its target.toml or a JSON file, which may be a tool's schema, has come, changed or
        /// gone.
        package var isDeclaration = false
        package var firstAt: ContinuousClock.Instant

        /// `handler.py changed`, `handler.py and 2 more changed`
        package var text: String {
            guard let first = names.first else { return "its folder changed" }
            return names.count == 1 ? "\(first) changed" : "\(first) and \(names.count - 1) more changed"
        }
    }

    /// A target's names that are remembered; more are only known to be more.
    private static let namesMax = 100

    /// [target's folder]
    package private(set) var targets: [String: Files] = [:]
    /// Whether anything at all may have changed.
    package private(set) var isAll = false

    package init() {}

    package var isEmpty: Bool { targets.isEmpty && !isAll }

    /// Whether the target files are to be read again.
    package var isDeclaration: Bool { isAll || targets.values.contains { $0.isDeclaration } }

    /// Something at a path below the folder of all targets; empty for that itself.
    /// - Returns: the target's folder; nil for all.
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

    /// Leaves files out that were there for a moment only, as programs save by way of another file; but not all of a target.
    package mutating func leaveOut(unless isThere: (_ target: String, _ file: String) -> Bool) {
        for (target, files) in targets {
            let there = files.names.filter { isThere(target, $0) }
            if !there.isEmpty { targets[target]?.names = there }
        }
    }
}
