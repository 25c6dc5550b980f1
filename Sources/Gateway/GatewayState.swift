import Bytes
package import Contracts
import JSON
package import MCP
package import Policy
import RateLimit
package import Telemetry

/// One tool with everything that a call needs, resolved when the snapshot was made.
package struct CallableTool: Sendable {
    /// What the target calls it.
    package let name: String
    package let contract: Contract
    package let target: UpstreamTarget
    package let headerParameters: HeaderParameters
    package let metrics: CallMetrics
}

/// What all loops serve from: the snapshot and what is derived from it. Immutable; replaced whole.
package final class GatewayState: Sendable {
    package struct Settings: Sendable {
        package var identity: ServerIdentity
        /// Tools on a page of `tools/list`.
        package var pageSize = 200
        /// How long a modern client may keep a list.
        package var listTTLMs = 60_000
        /// Requests a second, other than calls, for each key.
        package var requestRate = 100
        /// Requests at once, other than calls, for each key.
        package var requestBurst = 500

        package init(identity: ServerIdentity) { self.identity = identity }
    }

    package let snapshot: Snapshot
    package let settings: Settings
    /// In the snapshot's order of tools.
    package let tools: [CallableTool]
    /// The counters of the snapshot's limits.
    package let limits: LimitBook

    /// Derives the state of a snapshot. Cold: linear in the tools, but a tool that `previous` has is not read again,
    /// and nothing is when the two snapshots differ in their targets' health alone.
    package init(
        _ snapshot: Snapshot,
        settings: Settings,
        metrics: GatewayMetrics,
        reusing previous: GatewayState? = nil
    ) {
        self.snapshot = snapshot
        self.settings = settings
        let requests = RateParameters(
            permits: settings.requestRate,
            periodNs: RateParameters.secondNs,
            burst: settings.requestBurst
        )
        limits = LimitBook(snapshot, requests: requests, reusing: previous?.limits)
        if let previous, previous.snapshot.version == snapshot.version,
            previous.tools.count == snapshot.tools.count
        {
            tools = previous.tools
            return
        }
        var known: [Digest: HeaderParameters] = [:]
        var targets: [TargetEntry: UpstreamTarget] = [:]
        if let previous {
            var last: UpstreamTarget?
            for (entry, tool) in zip(previous.snapshot.tools, previous.tools) {
                known[entry.sha256] = tool.headerParameters
                guard tool.target !== last else { continue }  // a target's tools stand side by side
                targets[Self.key(tool.target.entry)] = tool.target
                last = tool.target
            }
        }
        let current = snapshot.targets.map { entry in
            targets[Self.key(entry)] ?? UpstreamTarget(entry)
        }
        tools = snapshot.tools.map { entry in
            let target = current[entry.target]
            return CallableTool(
                name: entry.name,
                contract: Contract(rawValue: target.entry.contract) ?? .function,
                target: target,
                headerParameters: known[entry.sha256] ?? Self.headerParameters(of: entry),
                metrics: metrics.call(target: target.entry.name, tool: entry.name)
            )
        }
    }

    /// A target without what changes without meaning to a call, so that its prepared form is kept.
    private static func key(_ entry: TargetEntry) -> TargetEntry {
        var entry = entry
        entry.health = TargetHealth()
        entry.toolCount = 0
        return entry
    }

    /// A definition without the annotation's name, which nearly all are, is not parsed.
    private static func headerParameters(of entry: ToolEntry) -> HeaderParameters {
        let bytes = entry.definition.span
        guard contains("x-mcp-header", in: bytes),
            let schema = JSON.member("inputSchema", of: 0..<bytes.count, in: bytes)
        else { return .none }
        // Refused when the tool entered the catalog; a row from an older version may still hold it.
        return (try? HeaderParameters.parse(bytes, inputSchema: schema)) ?? .none
    }

    private static func contains(_ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        for start in 0...bytes.count - count where bytes.equals(start..<start + count, literal) {
            return true
        }
        return false
    }
}

extension TargetEntry: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
