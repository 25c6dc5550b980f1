import Config
import Control
import EventLoop
import Policy
import Store
import Synchronization
import Testing

struct RefreshPauseTests {
    @Test(
        arguments: [
            (300, [300, 600, 1_200, 2_400, 3_600, 3_600]), (1, [1, 2, 4, 8, 16, 32]),
            (3_600, [3_600, 3_600]),
            (7_200, [7_200, 7_200]), (0, [nil, nil]),
        ] as [(Int, [Int?])]
    )
    func `pauses double from the interval to an hour`(_ interval: Int, _ pauses: [Int?]) {
        let pause = RefreshPause(interval: .seconds(interval))
        for (index, seconds) in pauses.enumerated() {
            #expect(pause.after(index + 1) == seconds.map { .seconds($0) })
        }
        let longest = interval == 0 ? nil : Duration.seconds(max(interval, 3_600))
        #expect(pause.after(.max) == longest)
    }

    /// A clock in minutes, which the test moves.
    private final class Minutes: Sendable {
        private let value = Locked<Int64>(0)

        var passed: Int64 { value.withLock { $0 } }
        func pass() { value.withLock { $0 += 1 } }
        func set(_ minutes: Int64) { value.withLock { $0 = minutes } }
    }

    private struct Scene: Sendable {
        let store: Store::Store
        let source: FakeSource
        let refresh: CatalogRefresh
        let minutes: Minutes

        /// Lets minutes pass one by one, each with a round of the schedule.
        /// - Returns: the minutes in which `beta` was asked.
        func askedMinutes(_ count: Int) async throws -> [Int64] {
            var asked: [Int64] = []
            for _ in 0..<count {
                minutes.pass()
                let reports = try await refresh.run(.due)
                #expect(reports.contains { $0.name == "alpha" && $0.error == nil })
                if reports.contains(where: { $0.name == "beta" }) { asked.append(minutes.passed) }
            }
            return asked
        }

        /// Changes the declaration of `beta`, or disables and enables it.
        func change(_ isDeclaration: Bool) async throws {
            var spec = try await store.target("beta").spec
            spec.timeoutMs += 1
            let changed = spec
            try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                if isDeclaration {
                    try writing.updateTarget(changed)
                } else {
                    try writing.setTargetEnabled(changed.name, false)
                    try writing.setTargetEnabled(changed.name, true)
                }
            }
        }

        func health() async throws -> TargetHealth { try await store.target("beta").health }
    }

    private func withScene(_ body: (Scene) async throws -> Void) async throws {
        let minutes = Minutes()
        let clock: @Sendable () -> Int64 = { minutes.passed * 60_000 }
        try await withStore(clock: clock) { store in
            try await store.add(["alpha", "beta"])
            let source = FakeSource([
                "alpha": page([tool("a")]), "beta": .failure(ToolSourceError("down")),
            ])
            var configuration = CatalogRefresh.Configuration()
            configuration.interval = .seconds(5 * 60)
            let refresh = CatalogRefresh(
                store: store,
                source: source,
                configuration: configuration,
                nowMs: clock
            )
            try await body(Scene(store: store, source: source, refresh: refresh, minutes: minutes))
        }
    }

    @Test func `a failing target is asked less and less often, and others as before`() async throws {
        try await withScene { scene in
            let first = try await scene.refresh.run(.all)[1]
            #expect(first.failureCount == 1 && first.pause == .seconds(300))
            #expect(try await scene.health().nextRefreshAtMs == 300_000)
            #expect(try await scene.askedMinutes(220) == [5, 15, 35, 75, 135, 195])
            let health = try await scene.health()
            #expect(health.failureCount == 7 && health.nextRefreshAtMs == 255 * 60_000)
            // A starting server asks all targets, and goes on counting failures.
            #expect(try await scene.refresh.run(.all)[1].pause == .seconds(3_600))
        }
    }

    @Test func `a success, an operator's refresh and a new declaration reset the pauses`() async throws {
        try await withScene { scene in
            for _ in 0..<5 { _ = try await scene.refresh.run(.all) }
            #expect(try await scene.health().nextRefreshAtMs == 3_600_000)
            let beta = try TargetName("beta")
            for name in [beta, nil] {
                _ = try await scene.refresh.run(.asked(name))
                #expect(try await scene.health().nextRefreshAtMs == 300_000)
                for _ in 0..<3 { _ = try await scene.refresh.run(.all) }
            }
            for isDeclaration in [true, false] {
                _ = try await scene.refresh.run(.all)
                #expect(try await scene.refresh.run(.due).map { $0.name } == ["alpha"])
                try await scene.change(isDeclaration)
                #expect(try await scene.health().nextRefreshAtMs == nil)
                #expect(try await scene.refresh.run(.due)[1].failureCount == 1)
            }
            let well = FakeSource(["alpha": page([tool("a")]), "beta": page([])])
            _ = try await CatalogRefresh(store: scene.store, source: well).run(.all)
            let health = try await scene.health()
            #expect(health.failureCount == 0 && health.nextRefreshAtMs == nil && health.lastError == nil)
        }
    }

    @Test func `a pause set while the clock was ahead ends when the clock is right`() async throws {
        try await withScene { scene in
            scene.minutes.set(1_000_000)
            _ = try await scene.refresh.run(.all)
            scene.minutes.set(10)
            #expect(try await scene.refresh.run(.due).map { $0.name } == ["alpha", "beta"])
            #expect(try await scene.health().nextRefreshAtMs == 20 * 60_000)
            #expect(try await scene.refresh.run(.due).map { $0.name } == ["alpha"])
        }
    }

    @Test(arguments: [(300, 3_600), (7_200, 7_200)])
    func `a pause longer than the longest possible one counts as over`(_ interval: Int, _ longest: Int64) {
        let pause = RefreshPause(interval: .seconds(interval))
        let now: Int64 = 1_000_000
        let end = now + longest * 1_000
        #expect(pause.isOver(endingAtMs: nil, nowMs: now) && pause.isOver(endingAtMs: now, nowMs: now))
        #expect(!pause.isOver(endingAtMs: now + 1, nowMs: now) && !pause.isOver(endingAtMs: end, nowMs: now))
        #expect(pause.isOver(endingAtMs: end + 1, nowMs: now))
        #expect(pause.isOver(endingAtMs: .max, nowMs: now))
    }

    @Test func `without a schedule there are no pauses`() async throws {
        try await withScene { scene in
            let refresh = CatalogRefresh(store: scene.store, source: scene.source)
            let report = try await refresh.run(.all)[1]
            #expect(report.failureCount == 1 && report.pause == nil)
            #expect(try await scene.health().nextRefreshAtMs == nil)
        }
    }
}
