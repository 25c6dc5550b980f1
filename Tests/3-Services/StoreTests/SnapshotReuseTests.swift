import Policy
import Store
import Synchronization
import Locks
import Testing

/// A watched snapshot that reuses tools of the previous one equals a newly loaded snapshot.
struct SnapshotReuseTests {
    @Test(arguments: 0..<4)
    func `after any change, the published snapshot equals a newly loaded one`(_ seed: Int)
        async throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        try await withSubscribers { store in
            let newest = Latest()
            try await store.watch(
                publish: { newest.set($0) },
                onFailure: { Issue.record("\($0)") }
            )
            for step in 0..<40 {
                let content = Int.random(in: 0..<3, using: &generator)
                let verb = Int.random(in: 0..<8, using: &generator)
                _ = await refusal {
                    try await store.change { write throws(StoreError) in
                        switch verb {
                        case 0:
                            // The name sorts before `time`, so that positions change.
                            try write.addTarget(
                                TargetSpec(name: try checked(TargetName("a\(step)")), function: "fn")
                            )
                        case 1: try write.removeTarget(try checked(TargetName("a\(step - 1)")))
                        case 2:
                            let id = try write.reading.target(try .time).id
                            _ = try write.applyRefresh(
                                targetID: id,
                                tools: [definition("now", content), definition("zone")],
                                durationMs: 1
                            )
                        case 3: try write.quarantineTool("time___now")
                        case 4: try write.approveTool("time___now")
                        case 5: try write.requestSubscription(tenant: try .acme, target: try .time)
                        case 6: try write.approveSubscription(Int64(content + 1))
                        default: try write.revokeSubscription(Int64(content + 1))
                        }
                    }
                }
                await store.published()
                let fresh = try await store.loadSnapshot()
                let shown = try #require(newest.value)
                #expect(shown.version == fresh.version)
                #expect(shown.tools == fresh.tools)
                #expect(shown.targets == fresh.targets)
                #expect(shown.subscriptions == fresh.subscriptions)
                #expect(shown.pinSets.map { $0.pins } == fresh.pinSets.map { $0.pins })
            }
        }
    }
}

private final class Latest: Sendable {
    private let snapshot = Locked<Snapshot?>(nil)

    func set(_ new: Snapshot) { snapshot.withLock { $0 = new } }

    var value: Snapshot? { snapshot.withLock { $0 } }
}
