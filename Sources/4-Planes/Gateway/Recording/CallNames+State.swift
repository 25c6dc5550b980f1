import Policy
import Telemetry

extension CallNames {
    /// The names of a snapshot, in its order. Linear.
    /// - Parameter tools: of names that were made of the same tools; nil to make them.
    convenience init(_ snapshot: Snapshot, tools: [Tool]?) {
        self.init(
            tenants: snapshot.tenants.map { $0.name },
            tenantIDs: snapshot.tenants.map { $0.id },
            keys: snapshot.keys.map { $0.prefix },
            keyIDs: snapshot.keys.map { $0.id },
            targets: snapshot.targets.map { $0.name },
            tools: tools ?? snapshot.tools.map { Tool($0) }
        )
    }
}

extension CallNames.Tool {
    fileprivate init(_ entry: ToolEntry) {
        self.init(
            target: Int32(entry.target),
            name: entry.name,
            exposedName: entry.exposedName,
            sha256: entry.sha256
        )
    }
}
