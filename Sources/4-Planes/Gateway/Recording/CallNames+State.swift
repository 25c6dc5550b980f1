import Policy
import Telemetry

extension CallNames {
    /// The names of a snapshot, in its order. Linear; the tools' names are reused if none of them has changed.
    convenience init(_ snapshot: Snapshot, reusing previous: GatewayState?) {
        let tools = previous.flatMap { $0.snapshot.servesSame(as: snapshot) ? $0.names.tools : nil }
        self.init(
            tenants: snapshot.tenants.map { $0.name },
            tenantIDs: snapshot.tenants.map { $0.id },
            keys: snapshot.keys.map { $0.prefix },
            keyIDs: snapshot.keys.map { $0.id },
            targets: snapshot.targets.map { $0.name },
            recordings: snapshot.targets.map { $0.recording },
            tools: tools ?? snapshot.tools.map { Tool($0, snapshot.targets[$0.target]) }
        )
    }
}

extension CallNames.Tool {
    fileprivate init(_ entry: ToolEntry, _ target: TargetEntry) {
        self.init(
            target: Int32(entry.target),
            name: entry.name,
            exposedName: entry.exposedName,
            sha256: entry.sha256,
            definition: entry.definition,
            function: entry.function ?? target.function,
            region: target.region
        )
    }
}

extension Snapshot {
    /// Whether the names of both snapshots' tools are the same.
    fileprivate func servesSame(as other: Snapshot) -> Bool {
        // One comparison when the store gave the very same array again.
        tools == other.tools
            && targets.elementsEqual(other.targets) { $0.function == $1.function && $0.region == $1.region }
    }
}
