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
        let template: URITemplate
    }

    /// [canonical URI] → positions of those that list it, in order of their targets.
    private let resources: [String: [Int]]
    /// [what a target may make of a URI that is listed] → positions of those that list it.
    private let decodedResources: [String: [Int]]
    /// [target] → its templates.
    private let templatesOfTarget: [Int: [Template]]
    /// [what each URI of it begins with] → the templates; and how long such beginnings are, in bytes.
    private let templates: [String: [Template]]
    private let startCounts: [Int]
    /// Positions of entries that are shown rewritten, and their targets.
    private let shared: Set<Int>
    private let sharingTargets: Set<Int>
    /// [target] → what its templates that are shown rewritten begin with.
    private let sharedStarts: [Int: Beginnings]
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
        var decodedResources: [String: [Int]] = [:]
        var templates: [String: [Template]] = [:]
        var targets: [String: Int] = [:]
        var targetNames: [Int: String] = [:]
        var starts: [SharedStarts.Start] = []
        for (position, entry) in self.entries.enumerated() {
            switch entry.kind {
            case .tool, .prompt, .instructions: continue
            case .resource:
                let canonical = CanonicalURI.of(entry.ownName)
                resources[canonical, default: []].append(position)
                decodedResources[CanonicalURI.decoded(canonical), default: []].append(position)
                starts.append(
                    .init(
                        text: canonical,
                        position: position,
                        target: entry.target,
                        isOpen: false
                    )
                )
            case .template:
                let template = URITemplate(entry.ownName)
                templates[template.start, default: []].append(
                    Template(position: position, target: entry.target, template: template)
                )
                let start = CanonicalURI.of(template.start)
                starts.append(.init(text: start, position: position, target: entry.target, isOpen: true))
            }
            targets[names[entry.target]] = entry.target
            targetNames[entry.target] = names[entry.target]
        }
        shared = SharedStarts.find(in: starts)
        sharingTargets = Set(shared.map { entries[$0].target })
        let sharedTemplates = templates.values.joined().filter { [shared] in shared.contains($0.position) }
        sharedStarts = Dictionary(grouping: sharedTemplates) { $0.target }
            .mapValues { Beginnings($0.map(\.template.start)) }
        startCounts = Set(templates.keys.map { $0.utf8.count }).sorted()
        self.resources = resources
        self.decodedResources = decodedResources
        self.templates = templates
        templatesOfTarget = Dictionary(grouping: templates.values.joined()) { $0.target }
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

    /// Whether URIs in what that target answers may have to be rewritten.
    package func rewrites(resultsOf target: Int) -> Bool { sharingTargets.contains(target) }

    /// The URI that agents see of one that a target names in what it answers: rewritten when it means an entry that is.
    /// Linear in the target's templates.
    package func exposed(_ uri: String, of target: Int) -> String {
        rewritten(uri, of: target) {
            meanings(of: uri, in: target).first?.entries.contains { isShared($0) } == true
        }
    }

    /// The same for one URI of very many, at a cost that doesn't grow with the target's templates: rewritten also when it only begins as one
    /// does that is shown rewritten. A read takes that as well.
    package func exposedByBeginning(_ uri: String, of target: Int) -> String {
        rewritten(uri, of: target) {
            let canonical = CanonicalURI.of(uri)
            let listed = (resources[canonical] ?? []).filter { entries[$0].target == target }
            if !listed.isEmpty { return listed.contains { isShared($0) } }
            guard let starts = sharedStarts[target], !CanonicalURI.climbs(canonical) else { return false }
            return starts.begin(uri) || starts.begin(canonical)
        }
    }

    private func rewritten(_ uri: String, of target: Int, if isShared: () -> Bool) -> String {
        guard let name = names[target], uri.utf8.count <= ResourceURI.bytesMax,
            ExposedURI.parts(of: uri) == nil, uri.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), isShared()
        else { return uri }
        return ExposedURI.rewritten(uri, of: name)
    }

    /// What a URI that an agent reads can mean, in order of targets, and the target's own URI; empty when no target has
    /// it. A rewritten one means its target alone.
    func meanings(of uri: String) -> (own: String, meanings: [Meaning]) {
        guard uri.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return (uri, []) }
        if let (name, own) = ExposedURI.parts(of: uri) {
            let own = String(own)
            guard let target = targets[String(name)] else { return (own, []) }
            return (own, meanings(of: own, in: target))
        }
        return (uri, meanings(of: uri, in: nil))
    }

    /// The templates that agents know by that text, in order of their targets.
    func templates(exposedAs text: String) -> [Int] {
        let parts = ExposedURI.parts(of: text)
        let target = parts.map { targets[String($0.target)] ?? -1 }
        let own = parts.map { String($0.uri) } ?? text
        return (templates[String(ResourceURI.literalPrefix(of: own))] ?? [])
            .filter { target == nil || $0.target == target }
            .filter { $0.template.text.utf8.elementsEqual(own.utf8) }
            .map(\.position).sorted()
    }

    /// What a URI means to one target, or to each: in order of the targets.
    ///
    /// A resource that a target lists decides, in each spelling that it lists. Of its templates, each that the URI can be of: which of them the target
    /// takes is its own affair.
    private func meanings(of uri: String, in target: Int?) -> [Meaning] {
        let canonical = CanonicalURI.of(uri)
        var meanings: [Int: Meaning] = [:]
        var listed: [Int: [Int]] = [:]
        for position in resources[canonical] ?? [] where target == nil || entries[position].target == target {
            listed[entries[position].target, default: []].append(position)
        }
        for (target, positions) in listed {
            // A target may list several spellings: the one that is asked for stands for the read.
            let exact = positions.filter { entries[$0].ownName.utf8.elementsEqual(uri.utf8) }
            let others = positions.filter { !exact.contains($0) }
            meanings[target] = Meaning(target: target, entries: exact + others, isListed: true)
        }
        if !CanonicalURI.climbs(canonical) {
            var matching: [Int: [Template]] = [:]
            for template in matches(uri, canonical, of: target) where meanings[template.target] == nil {
                matching[template.target, default: []].append(template)
            }
            for (target, templates) in matching {
                // The one with the most literal text stands for the read.
                let sorted = templates.sorted {
                    ($1.template.literalCount, $0.position) < ($0.template.literalCount, $1.position)
                }
                // A target that decodes the URI may serve one that it lists, which then has to be allowed too.
                let decoded = decodedResources[CanonicalURI.decoded(canonical)] ?? []
                meanings[target] = Meaning(
                    target: target,
                    entries: sorted.map(\.position) + decoded.filter { entries[$0].target == target },
                    isListed: false
                )
            }
        }
        return meanings.values.sorted { $0.target < $1.target }
    }

    /// The templates of one target, or of all, that a URI can be of, as it is written or in its canonical spelling.
    private func matches(_ uri: String, _ canonical: String, of target: Int?) -> [Template] {
        if let target {
            let (written, spelled) = (Array(uri.utf8), Array(canonical.utf8))
            return (templatesOfTarget[target] ?? []).filter {
                $0.template.matches(written) || written != spelled && $0.template.matches(spelled)
            }
        }
        var found: [Template] = []
        var positions: Set<Int> = []
        for text in Set([uri, canonical]) {
            let bytes = Array(text.utf8)
            for count in startCounts.prefix(while: { $0 <= bytes.count }) {
                let start = String(decoding: bytes[..<count], as: UTF8.self)
                for template in templates[start] ?? [] where template.template.matches(bytes) {
                    if positions.insert(template.position).inserted { found.append(template) }
                }
            }
        }
        return found
    }
}
