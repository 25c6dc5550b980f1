import MCP

/// Finds what a resource's URI means, over all targets of a snapshot. Immutable; any thread.
///
/// A URI is kept as its target has it as long as no other target of the catalog could mean the same: else it is shown
/// rewritten (`ExposedURI`), whoever looks. Two could mean the same when both list it, when one's template begins as the
/// other's URI does, or when one template's beginning is another's.
package final class ResourceIndex: Sendable {
    /// One template, or more of one target, that a URI can be of; or the resource itself.
    struct Meaning {
        let target: Int
        /// Positions in the snapshot's entries, all of which have to be allowed. The first stands for the read.
        let entries: [Int]
        /// Whether the target lists the URI itself; else it is one of a template's.
        let isListed: Bool
    }

    private struct Template {
        let position: Int
        let target: Int
        let text: String
    }

    /// [canonical URI] → positions of those that list it, in order of their targets.
    private let resources: [String: [Int]]
    /// Those with more literal text first.
    private let templates: [Template]
    /// Positions of entries that are shown rewritten.
    private let shared: Set<Int>
    /// [target's name] → its position, of targets that have resources.
    private let targets: [String: Int]
    private let names: [Int: String]
    private let entries: [ToolEntry]

    /// - Parameters:
    ///   - entries: in a snapshot's order.
    ///   - names: of the targets, in their order.
    init(_ entries: [ToolEntry], targetNames names: [String]) {
        self.entries = entries.contains { $0.kind == .resource || $0.kind == .template } ? entries : []
        var resources: [String: [Int]] = [:]
        var templates: [Template] = []
        var targets: [String: Int] = [:]
        var targetNames: [Int: String] = [:]
        var starts: [SharedStarts.Start] = []
        for (position, entry) in self.entries.enumerated() {
            switch entry.kind {
            case .tool, .prompt, .instructions: continue
            case .resource:
                resources[CanonicalURI.of(entry.ownName), default: []].append(position)
                starts.append(
                    .init(
                        text: CanonicalURI.of(entry.ownName),
                        position: position,
                        target: entry.target,
                        isOpen: false
                    )
                )
            case .template:
                templates.append(Template(position: position, target: entry.target, text: entry.ownName))
                let start = CanonicalURI.of(String(ResourceURI.literalPrefix(of: entry.ownName)))
                starts.append(.init(text: start, position: position, target: entry.target, isOpen: true))
            }
            targets[names[entry.target]] = entry.target
            targetNames[entry.target] = names[entry.target]
        }
        templates.sort { left, right in
            let (one, other) = (Self.literalCount(left.text), Self.literalCount(right.text))
            return one == other ? left.position < right.position : one > other
        }
        shared = SharedStarts.find(in: starts)
        self.resources = resources
        self.templates = templates
        self.targets = targets
        self.names = targetNames
    }

    /// Whether no target has resources.
    package var isEmpty: Bool { entries.isEmpty }

    /// Whether the entry at that position is shown rewritten.
    package func isShared(_ position: Int) -> Bool { shared.contains(position) }

    /// The URI, or the template, that agents see of an entry.
    package func exposedURI(at position: Int) -> String {
        let entry = entries[position]
        guard isShared(position), let name = names[entry.target] else { return entry.ownName }
        return ExposedURI.rewritten(entry.ownName, of: name)
    }

    /// Whether URIs in what that target answers may have to be rewritten. Linear; once for each snapshot and target.
    package func rewrites(resultsOf target: Int) -> Bool {
        shared.contains { entries[$0].target == target }
    }

    /// The URI that agents see of one that a target names in what it answers: rewritten when it means an entry that is.
    package func exposed(_ uri: String, of target: Int) -> String {
        guard let name = names[target], ExposedURI.parts(of: uri) == nil else { return uri }
        guard let meaning = meaning(of: uri, in: target), meaning.entries.contains(where: { isShared($0) })
        else { return uri }
        return ExposedURI.rewritten(uri, of: name)
    }

    /// What a URI that an agent reads can mean, in order of targets, and the target's own URI; empty when no target has
    /// it. A rewritten one means its target alone.
    func meanings(of uri: String) -> (own: String, meanings: [Meaning]) {
        guard uri.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return (uri, []) }
        if let (name, own) = ExposedURI.parts(of: uri) {
            let own = String(own)
            guard let target = targets[String(name)], let meaning = meaning(of: own, in: target) else {
                return (own, [])
            }
            return (own, [meaning])
        }
        return (uri, targets.values.sorted().compactMap { meaning(of: uri, in: $0) })
    }

    /// The templates that agents know by that text, in order of their targets.
    func templates(exposedAs text: String) -> [Int] {
        if let (name, own) = ExposedURI.parts(of: text) {
            guard let target = targets[String(name)] else { return [] }
            return templates.filter { $0.target == target && $0.text.utf8.elementsEqual(own.utf8) }.map(
                \.position
            )
        }
        return templates.filter { $0.text.utf8.elementsEqual(text.utf8) }.map(\.position).sorted()
    }

    /// A resource that the target lists decides alone. Of its templates, each that the URI can be of: which of them the
    /// target takes is its own affair.
    private func meaning(of uri: String, in target: Int) -> Meaning? {
        let canonical = CanonicalURI.of(uri)
        if let listed = resources[canonical]?.first(where: { entries[$0].target == target }) {
            return Meaning(target: target, entries: [listed], isListed: true)
        }
        guard !CanonicalURI.climbs(canonical) else { return nil }
        let matching = templates.filter { template in
            template.target == target
                && (ResourceURI.matches(uri, template: template.text)
                    || ResourceURI.matches(canonical, template: template.text))
        }
        guard !matching.isEmpty else { return nil }
        return Meaning(target: target, entries: matching.map(\.position), isListed: false)
    }

    private static func literalCount(_ template: String) -> Int {
        var count = 0
        var isInside = false
        for byte in template.utf8 {
            if byte == UInt8(ascii: "{") { isInside = true }
            if !isInside { count += 1 }
            if byte == UInt8(ascii: "}") { isInside = false }
        }
        return count
    }
}
