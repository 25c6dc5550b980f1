import Calendar
import Config
import Contracts
import Control
import Locks
import Model
import Policy
import Store
import Synchronization
import TestSupport
import Testing

/// Runs over a catalog that changes, with a clock that the test moves.
@Suite
struct DiscoveryRunTests {
    private final class Hand: Sendable {
        let ms = Locked<Int64>(1_000_000)

        func move(_ duration: Duration) { ms.withLock { $0 += duration.milliseconds } }
    }

    private func discovery() -> GatewayConfig.Discovery {
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        discovery.contract = .function
        discovery.grace = .seconds(600)
        return discovery
    }

    private func withRun(
        _ body: (Store::Store, FakeCatalog, DiscoveryRun, Hand) async throws -> Void
    ) async throws {
        let hand = Hand()
        try await withStore(clock: { hand.ms.withLock { $0 } }) { store in
            let catalog = FakeCatalog()
            let run = DiscoveryRun(
                store: store,
                catalog: catalog,
                defaults: GatewayConfig().defaults,
                nowMs: { hand.ms.withLock { $0 } }
            )
            try await body(store, catalog, run, hand)
        }
    }

    private func standing(_ store: Store::Store) async throws -> DiscoveryStanding? {
        try await store.read { reading throws(StoreError) in try reading.discoveries() }.first
    }

    @Test
    func `found functions are stored with their tools, and a second run changes nothing`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a", "crm-b", "other"])
            let first = try await run.apply(discovery())
            #expect(first.plan.targets.map { $0.change } == [.added])
            #expect(try await store.toolNames() == ["crm___a", "crm___b"])
            let target = try await store.target("crm")
            #expect(target.source == .discovery)
            #expect(target.discovery == "crm")
            let second = try await run.apply(discovery())
            #expect(second.plan.targets.map { $0.change } == [.unchanged])
            #expect(first.plan.targets.map { $0.isStored } == [false])
            #expect(second.plan.targets.map { $0.isStored } == [true])
            #expect(try await store.target("crm").revision == target.revision)
        }
    }

    @Test
    func `making a plan changes nothing`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a"])
            #expect(try await run.plan(discovery()).targets.count == 1)
            #expect(try await store.toolNames().isEmpty)
            let left = try await self.standing(store)
            #expect(left == nil)
        }
    }

    @Test
    func `a missing function is kept for the grace period, and stays if it comes back in time`()
        async throws
    {
        try await withRun { store, catalog, run, hand in
            catalog.set(["crm-a", "crm-b", "crm-c"])
            _ = try await run.apply(discovery())
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery())
            #expect(try await store.toolNames() == ["crm___a", "crm___b", "crm___c"])
            #expect(try await standing(store)?.missingCount == 1)
            hand.move(.seconds(599))
            _ = try await run.apply(discovery())
            #expect(try await store.toolNames().count == 3)
            catalog.set(["crm-a", "crm-b", "crm-c"])
            _ = try await run.apply(discovery())
            #expect(try await standing(store)?.missingCount == 0)
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery())
            hand.move(.seconds(600))
            let report = try await run.apply(discovery())
            #expect(report.plan.functions.map { $0.state.word } == ["unchanged", "unchanged", "removed"])
            #expect(try await store.toolNames() == ["crm___a", "crm___b"])
        }
    }

    @Test(arguments: [[], ["crm-a"]])
    func `functions of a list that lost more than half are removed only at the third run`(_ left: [String])
        async throws
    {
        try await withRun { store, catalog, run, hand in
            var discovery = discovery()
            discovery.grace = .zero
            catalog.set(["crm-a", "crm-b", "crm-c"])
            _ = try await run.apply(discovery)
            catalog.set(left)
            for _ in 1...2 {
                hand.move(.seconds(3_600))
                #expect(try await run.apply(discovery).plan.isDoubted)
                #expect(try await store.toolNames().count == 3)
            }
            _ = try await run.apply(discovery)
            #expect(try await store.toolNames().count == left.count)
            let targets = try await store.read { reading throws(StoreError) in try reading.targets().count }
            #expect(targets == (left.isEmpty ? 0 : 1))
        }
    }

    @Test
    func `pruning removes missing functions at once`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a", "crm-b", "crm-c"])
            _ = try await run.apply(discovery())
            catalog.set([])
            _ = try await run.apply(discovery(), prunes: true)
            #expect(try await store.toolNames().isEmpty)
        }
    }

    @Test
    func `a function that its owner tags with none is removed at once`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery())
            catalog.account.withLock { $0.tags[arn("crm-a")] = ["mcp-gateway:contract": "none"] }
            _ = try await run.apply(discovery())
            #expect(try await store.toolNames() == ["crm___b"])
        }
    }

    @Test
    func `a region that can't be listed changes nothing and counts as a failure; others go on`() async throws
    {
        try await withRun { store, catalog, run, hand in
            var discovery = discovery()
            discovery.grace = .zero
            discovery.regions = ["eu-central-1", "us-east-1"]
            catalog.set(["crm-a"])
            catalog.set(["crm-b"], in: "us-east-1")
            _ = try await run.apply(discovery)
            catalog.fail()
            catalog.set(["crm-b", "crm-c"], in: "us-east-1")
            for failures in 1...4 {
                hand.move(.seconds(3_600))
                let report = try await run.apply(discovery)
                #expect(report.failureCount == failures)
                #expect(report.error == "eu-central-1: throttled")
            }
            #expect(try await store.toolNames() == ["crm___a", "crm___b", "crm___c"])
            catalog.fail("us-east-1")
            #expect(try await run.apply(discovery).plan.isFailed)
            #expect(try await store.toolNames().count == 3)
            catalog.set(["crm-a"])
            catalog.set(["crm-b"], in: "us-east-1")
            #expect(try await run.apply(discovery).failureCount == 0)
            #expect(try await standing(store)?.lastError == nil)
        }
    }

    @Test
    func `a function keeps its name against a new one, also while it is missing`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a-b", "crm-x"])
            _ = try await run.apply(discovery())
            catalog.set(["crm-a-b", "crm-a_b", "crm-x"])
            let both = try await run.apply(discovery()).plan.functions.first { $0.name == "crm-a_b" }
            #expect(both?.state.word == "left_out")
            catalog.set(["crm-a_b", "crm-x"])
            let one = try await run.apply(discovery()).plan.functions.first { $0.name == "crm-a_b" }
            #expect(one?.state.word == "left_out")
            let json = try await store.target("crm").spec.toolsJSON ?? ""
            #expect(json.contains(arn("crm-a-b")) && !json.contains(arn("crm-a_b")))
        }
    }

    @Test
    func `a function whose tags can't be read stays as it is`() async throws {
        try await withRun { store, catalog, run, _ in
            var discovery = discovery()
            discovery.grace = .zero
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery)
            catalog.account.withLock { $0.untold = [arn("crm-a")] }
            let revision = try await store.target("crm").revision
            _ = try await run.apply(discovery)
            #expect(try await store.target("crm").revision == revision)
        }
    }

    @Test
    func `a registry that doesn't answer leaves the schema as it is`() async throws {
        try await withRun { store, catalog, run, _ in
            var discovery = discovery()
            discovery.schemaTag = "schema"
            catalog.set(["crm-a"], tags: ["schema": "arn:x"])
            catalog.account.withLock {
                $0.schemas["arn:x"] = .success(#"{"type":"object","properties":{"q":{"type":"string"}}}"#)
            }
            _ = try await run.apply(discovery)
            let before = try await store.target("crm").spec.toolsJSON
            #expect(before?.contains("\"q\"") == true)
            catalog.account.withLock { $0.schemas = [:] }
            let report = try await run.apply(discovery)
            #expect(try await store.target("crm").spec.toolsJSON == before)
            #expect(report.plan.functions.map { $0.schema } == [.kept(why: "no such schema")])
        }
    }

    @Test
    func `commands can only switch a discovered target on and off`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-a"])
            _ = try await run.apply(discovery())
            let name = try TargetName("crm")
            try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.setTargetEnabled(name, false)
            }
            let spec = try await store.target("crm").spec
            for remove in [true, false] {
                await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                        if remove {
                            try writing.removeTarget(name)
                        } else {
                            _ = try writing.updateTarget(spec)
                        }
                    }
                }
            }
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery())
            #expect(try await store.target("crm").isEnabled == false)
            let removed = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                try writing.endDiscovery("crm")
            }
            #expect(removed == [name])
            let left = try await self.standing(store)
            #expect(left == nil)
        }
    }

    @Test
    func `an approval by tag moves a function between targets`() async throws {
        try await withRun { store, catalog, run, _ in
            var discovery = discovery()
            discovery.approval = .open
            catalog.set(["crm-a", "crm-b"])
            _ = try await run.apply(discovery)
            catalog.account.withLock { $0.tags[arn("crm-b")] = ["mcp-gateway:approval": "required"] }
            _ = try await run.apply(discovery)
            #expect(try await store.toolNames() == ["crm___a", "crm-required___b"])
            #expect(try await store.target("crm-required").spec.approval == .required)
            catalog.account.withLock { $0.tags[arn("crm-b")] = [:] }
            _ = try await run.apply(discovery)
            #expect(try await store.toolNames() == ["crm___a", "crm___b"])
        }
    }

    @Test
    func `a plain function can't take a target that belongs to another function`() async throws {
        try await withRun { store, catalog, run, _ in
            catalog.set(["crm-crm"], tags: ["mcp-gateway:contract": "mcp-wrapper"])
            _ = try await run.apply(discovery())
            for names in [["crm-crm", "crm-a"], ["crm-a"]] {
                catalog.set(names)
                catalog.account.withLock {
                    $0.tags[arn("crm-crm")] = ["mcp-gateway:contract": "mcp-wrapper"]
                }
                let functions = try await run.apply(discovery()).plan.functions
                #expect(
                    functions.first { $0.name == "crm-a" }?.state
                        == .leftOut(
                            why:
                                "the target crm is \(arn("crm-crm"))'s alone; give the discovery another name"
                        )
                )
                #expect(try await store.target("crm").spec.function == arn("crm-crm"))
            }
        }
    }

    @Test
    func `if a target's schemas are too large, new functions' schemas accept any object`() async throws {
        try await withRun { store, catalog, run, _ in
            var discovery = discovery()
            discovery.schemaTag = "schema"
            let names = (0..<70).map { "crm-f\(10 + $0)" }
            let words = String(repeating: "x", count: 64_000)
            let schema = #"{"type":"object","description":"\#(words)"}"#
            catalog.account.withLock { $0.schemas["arn:x"] = .success(schema) }
            catalog.set(["crm-z", "crm-gone"], tags: ["schema": "arn:x"])
            _ = try await run.apply(discovery)
            let before = try await store.target("crm").spec.toolsJSON
            #expect(before?.utf8.count ?? 0 > 128_000)
            catalog.set(names + ["crm-z", "crm-gone"], tags: ["schema": "arn:x"])
            catalog.account.withLock { $0.tags[arn("crm-gone")] = ["mcp-gateway:contract": "none"] }
            for _ in 1...2 {
                let report = try await run.apply(discovery)
                #expect(report.error == nil)
                let functions = report.plan.functions
                let open = functions.filter { $0.schema?.word == "open" }
                #expect((5...7).contains(open.count))
                #expect(open.allSatisfy { $0.name.hasPrefix("crm-f7") })
                #expect(open.first?.schema == .open(why: "the tools of crm have 4 MiB already"))
                #expect(functions.first { $0.name == "crm-gone" }?.state.word != "unchanged")
                #expect(functions.first { $0.name == "crm-z" }?.state == .unchanged)
                #expect(try await store.toolNames().count == 71)
            }
        }
    }

    @Test
    func `a run that is no longer wanted stores nothing`() async throws {
        try await withRun { store, catalog, run, _ in
            let isWanted = Locked(true)
            catalog.set(["crm-a"])
            catalog.account.withLock { $0.onList = { isWanted.withLock { $0 = false } } }
            let report = try await run.apply(discovery()) { isWanted.withLock { $0 } }
            #expect(report.isAbandoned && !report.isApplied)
            #expect(try await store.toolNames().isEmpty)
            let left = try await self.standing(store)
            #expect(left == nil)
        }
    }

    @Test
    func `lists are doubted per region, and runs in quick succession count once`() async throws {
        try await withRun { store, catalog, run, hand in
            var discovery = discovery()
            discovery.grace = .zero
            discovery.regions = ["eu-central-1", "us-east-1"]
            catalog.set(["crm-a", "crm-b", "crm-c", "crm-d", "crm-e"])
            catalog.set(["crm-x"], in: "us-east-1")
            _ = try await run.apply(discovery)
            catalog.set(["crm-a", "crm-b", "crm-c"])
            catalog.set([], in: "us-east-1")
            for _ in 1...5 {
                #expect(try await run.apply(discovery).plan.isDoubted)
                #expect(try await store.toolNames() == ["crm___a", "crm___b", "crm___c", "crm___x"])
            }
            for _ in 1...2 {
                hand.move(.seconds(150))
                _ = try await run.apply(discovery)
            }
            #expect(try await store.toolNames() == ["crm___a", "crm___b", "crm___c"])
        }
    }

    @Test(arguments: [true, false])
    func `a discovery from the environment opens functions only in a new store`(_ isFresh: Bool) async throws
    {
        try await withRun { store, catalog, run, _ in
            try await store.write(as: isFresh ? .system : .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.createTenant(TenantSpec(name: try checked(TenantName("default"))))
            }
            catalog.set(["crm-a"])
            var discovery = discovery()
            discovery.approval = .open
            discovery.isFromEnvironment = true
            _ = try await run.apply(discovery)
            #expect(try await store.target("crm").spec.approval == (isFresh ? .open : .required))
        }
    }

    struct PauseRow: Sendable {
        let interval: Int
        let failures: Int
        var isFirst = false
        let chance: Double
        let pause: Int?
    }

    @Test(arguments: [
        PauseRow(interval: 0, failures: 0, chance: 0.5, pause: nil),
        PauseRow(interval: 300, failures: 0, chance: 0, pause: 300),
        PauseRow(interval: 300, failures: 0, chance: 1, pause: 330),
        PauseRow(interval: 300, failures: 2, chance: 0, pause: 1_200),
        PauseRow(interval: 300, failures: 60, chance: 0, pause: 3_600),
        PauseRow(interval: 86_400, failures: 3, chance: 0, pause: 86_400),
        PauseRow(interval: 300, failures: 0, isFirst: true, chance: 0, pause: 300),
        PauseRow(interval: 300, failures: 1, isFirst: true, chance: 0, pause: 10),
        PauseRow(interval: 300, failures: 3, isFirst: true, chance: 0, pause: 40),
        PauseRow(interval: 300, failures: 60, isFirst: true, chance: 0, pause: 300),
        PauseRow(interval: 0, failures: 1, isFirst: true, chance: 0, pause: nil),
    ])
    func `the next run comes after the interval, later after failures, with a random delay`(_ row: PauseRow) {
        let schedule = DiscoverySchedule(interval: .seconds(row.interval))
        let pause = schedule.pause(afterFailures: row.failures, isFirst: row.isFirst, chance: row.chance)
        #expect(pause == row.pause.map { .seconds($0) })
    }
}
