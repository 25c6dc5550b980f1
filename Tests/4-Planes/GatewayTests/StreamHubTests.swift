import EventLoop
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Rounds over many streams, and the streams of tokens.
@Suite(.timeLimit(.minutes(1)))
struct StreamHubTests {
    private static func state(_ snapshot: Snapshot, _ metrics: GatewayMetrics) -> GatewayState {
        let identity = ServerIdentity(name: "gateway", version: "1")
        return GatewayState(snapshot, settings: GatewayState.Settings(identity: identity), metrics: metrics)
    }

    private static func roomy() -> StreamBounds {
        var settings = StreamBounds.Settings()
        settings.perCredentialMax = 100_000
        settings.max = 100_000
        return StreamBounds(settings)
    }

    /// Lets the loop turn until `isSo`, so that anything else on it has its turn; returns the number of turns.
    private static func turns(_ loop: EventLoop, until isSo: () -> Bool) async -> Int {
        var turns = 0
        while !isSo() {
            turns += 1
            await withUnsafeContinuation { continuation in loop.execute { continuation.resume() } }
        }
        return turns
    }

    @Test
    func `ten thousand streams of one view need one fingerprint per round, in several turns of the loop`()
        async throws
    {
        try await withLoop { loop in
            let metrics = GatewayMetrics()
            let snapshot = Shop.snapshot(1)
            let hub = StreamHub(loop, Self.state(snapshot, metrics), Self.roomy(), metrics, sliceNs: 200_000)
            let principal = Principal(tenant: 0, key: 0)
            let sinks = try (0..<10_000).map { _ in
                let sink = FakeSink()
                try hub.open(.legacy(tellsRetry: false), principal, in: snapshot, session: nil).attach(
                    to: sink
                )
                return sink
            }
            #expect(hub.fingerprintCount == 1)
            hub.adopt(Self.state(Shop.snapshot(2, tools: ["buy"]), metrics))
            let turns = await Self.turns(loop) { metrics.streamNotifications.value == 10_000 }
            #expect(hub.fingerprintCount == 2)
            #expect(turns > 1, "all of them in one turn")
            #expect(sinks.allSatisfy { $0.pieces.count == 1 })
        }
    }

    @Test func `no stream is left out when states come faster than rounds end`() async throws {
        try await withLoop { loop in
            let metrics = GatewayMetrics()
            let snapshot = Shop.snapshot(1)
            // One stream in each turn.
            let hub = StreamHub(loop, Self.state(snapshot, metrics), Self.roomy(), metrics, sliceNs: 0)
            let sinks = try (0..<20).map { number in
                let sink = FakeSink()
                let key = number % 2
                let opening = try hub.open(
                    .legacy(tellsRetry: false),
                    Principal(tenant: key, key: key),
                    in: snapshot,
                    session: nil
                )
                opening.attach(to: sink)
                return sink
            }
            // At first the lists of all streams change; then only new versions come, one for each stream that is
            // checked.
            hub.adopt(Self.state(Shop.snapshot(2, tools: ["buy"]), metrics))
            for version in 3..<40 {
                hub.adopt(Self.state(Shop.snapshot(Int64(version), tools: ["buy"]), metrics))
                if version == 7 { sinks[19].disconnect() }
                await withUnsafeContinuation { continuation in loop.execute { continuation.resume() } }
            }
            #expect(sinks[..<19].allSatisfy { $0.pieces.count == 1 })
            #expect(sinks[19].pieces.count <= 1)
            hub.adopt(Self.state(Shop.snapshot(40, acmeState: .suspended), metrics))
            _ = await Self.turns(loop) { hub.count == 9 }
            let isAcme = sinks.enumerated().map { $0.offset % 2 == 0 }
            #expect(sinks[..<19].map(\.isEnded) == Array(isAcme[..<19]))
        }
    }

    @Test func `a token's stream ends when the token expires, and hears of changes of its scopes`()
        async throws
    {
        try await withLoop { loop in
            let metrics = GatewayMetrics()
            func snapshot(_ version: Int64, scope: String) -> Snapshot {
                Shop.snapshot(version).narrowingTokens(to: [[NamePattern(scope)].compactMap { $0 }])
            }
            let first = snapshot(1, scope: "*")
            let hub = StreamHub(loop, Self.state(first, metrics), Self.roomy(), metrics)
            let endMs = WallClock.nowMs() + 200
            let sinks = try [Int64.max, endMs].map { expiresAtMs in
                let grant = TokenGrant(scopes: ScopeSet(0), expiresAtMs: expiresAtMs, subject: 7)
                let sink = FakeSink()
                let principal = Principal(tenant: 0, credential: .token(grant))
                try hub.open(.legacy(tellsRetry: false), principal, in: first, session: nil).attach(to: sink)
                return sink
            }
            // The same version with other scopes.
            hub.adopt(Self.state(snapshot(1, scope: "*___buy"), metrics))
            #expect(sinks.map(\.pieces.count) == [1, 1])
            _ = await sinks[1].pieces(.max)
            let late = WallClock.nowMs() - endMs
            #expect((0..<500).contains(late), "\(late) ms")
            #expect(!sinks[0].isEnded)
            hub.adopt(Self.state(Shop.snapshot(2, acmeState: .suspended), metrics))
            #expect(sinks[0].isEnded)
            #expect(hub.count == 0)
        }
    }

    @Test func `a state that differs only in targets' health starts no round`() async throws {
        try await withLoop { loop in
            let metrics = GatewayMetrics()
            let snapshot = Shop.snapshot(1)
            let hub = StreamHub(loop, Self.state(snapshot, metrics), Self.roomy(), metrics)
            let sink = FakeSink()
            try hub.open(.legacy(tellsRetry: false), Principal(tenant: 0, key: 0), in: snapshot, session: nil)
                .attach(to: sink)
            hub.adopt(Self.state(snapshot.replacingHealth([1: TargetHealth(refreshedAtMs: 5)]), metrics))
            #expect(hub.fingerprintCount == 1)
            #expect(sink.pieces.isEmpty)
        }
    }
}
