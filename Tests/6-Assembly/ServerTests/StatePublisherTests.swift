import Bytes
import Gateway
import HTTPServer
import MCP
import Telemetry
import Testing

@testable import Policy
@testable import Server

/// What a publication derives anew, and what it takes over from the one before.
struct StatePublisherTests {
    private static let scopes = [["time___*"], ["rpc___*"]].map { texts in
        texts.compactMap { NamePattern($0) }
    }

    private static func snapshot(_ version: Int64, tools names: [String] = ["time___now", "rpc___echo"])
        throws -> Snapshot
    {
        let tools = try names.map { name in
            ToolEntry(
                exposedName: name,
                name: name,
                target: 0,
                definition: Array("{}".utf8),
                sha256: try #require(Digest([UInt8](repeating: 7, count: 32))),
                state: .active
            )
        }
        return Snapshot(
            version: version,
            targets: [TargetEntry(id: 1, name: "time", function: "f", approval: .open)],
            tools: tools,
            tenants: [TenantEntry(id: 1, name: "acme")],
            keys: []
        )
    }

    private static func publisher() -> StatePublisher {
        let metrics = GatewayMetrics()
        let reports = Reports(
            metrics: metrics,
            live: LiveStatus(
                metrics: metrics,
                health: Health(version: "1"),
                version: "1",
                startedMs: 0,
                isLocal: false
            ),
            buffers: BufferBudget(bytesMax: 1 << 20),
            version: "1",
            startedMs: 0
        )
        let settings = GatewayState.Settings(identity: ServerIdentity(name: "g", version: "1"))
        return StatePublisher(settings: settings, metrics: metrics, reports: reports, scopes: scopes)
    }

    /// The address of the compiled scopes: the same one when nothing was compiled.
    private static func compiledScopes(_ snapshot: Snapshot) -> UnsafeRawPointer? {
        snapshot.scopeSets?.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
    }

    private static func open(_ snapshot: Snapshot, scope: Int) -> [String] {
        let grant = TokenGrant(scopes: ScopeSet(scope), expiresAtMs: .max, subject: 1)
        let principal = Principal(tenant: 0, credential: .token(grant))
        return snapshot.visibleTools(for: principal, nowMs: 0).map { snapshot.tools[$0].exposedName }
    }

    /// The store's reader doesn't know scopes, so its snapshots come without them.
    @Test func `a change of a target's health compiles no scope again`() throws {
        let publisher = Self.publisher()
        let stored = try Self.snapshot(1)
        publisher.publish(stored)
        let first = publisher.current.snapshot
        #expect(Self.compiledScopes(first) != nil)
        publisher.publish(stored.replacingHealth([1: TargetHealth(lastError: "down")]))
        let second = publisher.current.snapshot
        #expect(second.targets[0].lastError == "down")
        #expect(Self.compiledScopes(second) == Self.compiledScopes(first))
        #expect(Self.open(second, scope: 0) == ["time___now"])
        #expect(Self.open(second, scope: 1) == ["rpc___echo"])
    }

    @Test func `tools that changed are compiled`() throws {
        let publisher = Self.publisher()
        publisher.publish(try Self.snapshot(1))
        publisher.publish(try Self.snapshot(2, tools: ["time___now", "time___zone"]))
        #expect(Self.open(publisher.current.snapshot, scope: 0) == ["time___now", "time___zone"])
        #expect(Self.open(publisher.current.snapshot, scope: 1).isEmpty)
    }
}
