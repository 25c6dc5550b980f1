import Bytes
import JSON
import MCP
import Policy
import REST
import Store

/// A prompt, a resource or a resource template of the catalog, or one that is refused.
package struct CatalogEntry: Sendable {
    let listed: ListedTool
    let kind: CatalogKind
    /// What agents call it, or read it by; of a refused one what they would.
    let agentName: String
    let definition: JSONValue

    /// - Parameter snapshot: where a resource's URI is found as agents see it.
    init(_ listed: ListedTool, in snapshot: Snapshot?) {
        self.listed = listed
        let target = listed.target
        switch listed {
        case .served(let record):
            kind = record.kind
            definition = (try? JSONValue(parsing: record.definition.json.span)) ?? .null
            let position = snapshot.flatMap { $0.entry(named: record.exposedName) }
            switch (position, snapshot) {
            case (let position?, let snapshot?) where kind == .resource || kind == .template:
                agentName = snapshot.resources.exposedURI(at: position)
            default: agentName = Self.agentName(kind, record.alias ?? record.name, of: target)
            }
        case .refused(let record, _):
            kind = CatalogKind(catalogName: record.tool.name)
            definition = .null
            agentName = Self.agentName(kind, record.tool.name, of: target)
        }
    }

    private static func agentName(_ kind: CatalogKind, _ name: String, of target: String) -> String {
        let own = kind.ownName(name)
        return kind == .prompt ? "\(target)___\(own)" : own
    }

    var shown: ShownTool { listed.shown }

    /// By target, then by name; refused ones behind the others.
    var order: String {
        let isRefused = if case .refused = listed { "1" } else { "0" }
        return "\(listed.target) \(isRefused) \(listed.exposedName) \(shown.reason ?? "")"
    }
}

extension ReadTransaction {
    /// What of some kinds one target has in the catalog, or all, and what is refused.
    borrowing func catalogEntries(
        _ kinds: [CatalogKind],
        of target: TargetName?
    ) throws(StoreError) -> [CatalogEntry] {
        let served = try tools(of: target, kinds: kinds)
        // Resources alone have other names in the snapshot than in the store.
        let needsURIs = served.contains { $0.kind != .prompt }
        let snapshot = needsURIs ? try loadSnapshot() : nil
        return ListedTool.all(served, try refusedTools(of: target, kinds: kinds))
            .map { CatalogEntry($0, in: snapshot) }
            .sorted { $0.order.utf8.lexicographicallyPrecedes($1.order.utf8) }
    }
}

/// What both lists take.
package struct EntryListArguments: Arguments {
    let target = Argument.query("target", .target(.anyName), "only this target's").option("NAME")
        .offering(.targets)
    let page = PageArguments()

    package init() {}
}
