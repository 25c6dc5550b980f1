import Config
import Contracts
import Control
import EventLoop
import Gateway
import Policy
import Store
import Synchronization
import TestSupport
import Telemetry
import Testing

@testable import Server

/// Which runs of discoveries a server begins, and which of them it stores.
@Suite(.timeLimit(.minutes(1)))
struct DiscovererTests {
    @Test func `runs under one name come one after the other`() async throws {
        let turns = DiscoveryTurns()
        let words = Locked<[String]>([])
        let gate = Locked(false)
        let first = Task.detached { @Sendable () async throws in
            try await turns.alone("crm") { @Sendable () async throws(StoreError) in
                words.withLock { $0.append("first begins") }
                while !gate.withLock({ $0 }) { await Task.yield() }
                words.withLock { $0.append("first ends") }
            }
        }
        while words.withLock({ $0.isEmpty }) { await Task.yield() }
        let second = Task.detached { @Sendable () async throws in
            try await turns.alone("crm") { @Sendable () async throws(StoreError) in
                words.withLock { $0.append("second") }
            }
        }
        try await turns.alone("hr") { @Sendable () async throws(StoreError) in
            words.withLock { $0.append("other") }
        }
        for _ in 0..<1_000 { await Task.yield() }
        gate.withLock { $0 = true }
        try await first.value
        try await second.value
        #expect(words.withLock { $0 } == ["first begins", "other", "first ends", "second"])
    }

    @Test func `a discovery without an interval runs only by command`() async throws {
        try await withDiscoverer { discoverer, _, _ in
            var asked = entry("asked")
            asked.interval = .zero
            var environment = entry("environment")
            environment.interval = .zero
            environment.isFromEnvironment = true
            let looks = discoverer.use([asked, environment, entry("timed")])
            #expect(looks.count == 2)
            for look in looks { await look.value }
            #expect(discoverer.use([asked, environment, entry("timed")]).isEmpty)
        }
    }

    @Test func `a run that a reload overtakes stores nothing by the old settings`() async throws {
        try await withDiscoverer { discoverer, catalog, store in
            let later = Locked<[Task<Void, Never>]>([])
            var changed = entry("crm")
            changed.approval = .open
            let settings = changed
            catalog.onFirstList.withLock {
                $0 = { later.withLock { $0 = discoverer.use([settings]) } }
            }
            for look in discoverer.use([entry("crm")]) { await look.value }
            let isThere = try await store.read { reading throws(StoreError) in try reading.targets().count }
            let looks = later.withLock { $0 }
            #expect(looks.count == 1)
            for look in looks { await look.value }
            let targets = try await store.read { reading throws(StoreError) in try reading.targets() }
            #expect(targets.map { $0.spec.approval } == [.open])
            // The target was added once, and never changed.
            #expect(targets.map { $0.revision } == [1] && isThere <= 1)
        }
    }

    private func entry(_ name: String) -> GatewayConfig.Discovery {
        var entry = GatewayConfig.Discovery(name: name)
        entry.prefix = "f-"
        entry.contract = .function
        return entry
    }

    private func withDiscoverer(
        _ body: @escaping @Sendable (Discoverer, Catalog, Store::Store) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let store = try Store.open(path: "\(folder)/store.db")
            defer { store.close() }
            try await withLoop { control in
                let catalog = Catalog()
                let discoverer = Discoverer(
                    DiscoveryRun(store: store, catalog: catalog, defaults: GatewayConfig().defaults),
                    loop: control,
                    log: GatewayLog(threshold: .error) { _, _, _ in },
                    metrics: DiscoveryMetrics(),
                    refresh: { _ in }
                )
                try await body(discoverer, catalog, store)
                discoverer.stop()
            }
        }
    }
}

/// A catalog of one plain function.
private final class Catalog: FunctionCatalog {
    /// Runs at the first list, once.
    let onFirstList = Locked<@Sendable () -> Void>({})

    func defaultRegion() async -> String? { "eu-central-1" }

    func functions(
        in place: DiscoveryPlace,
        keeping keeps: @escaping @Sendable (FunctionEntry) -> Bool
    ) async throws(FunctionCatalogError) -> [FunctionEntry] {
        let act = onFirstList.withLock { act in
            defer { act = {} }
            return act
        }
        act()
        return [FunctionEntry(arn: "arn:aws:lambda:eu-central-1:123456789012:function:f-a", name: "f-a")]
    }

    func tags(
        of arns: [String],
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> [String: Result<[String: String], FunctionCatalogError>] {
        Dictionary(uniqueKeysWithValues: arns.map { ($0, .success([:])) })
    }

    func inputSchema(_ arn: String, in place: DiscoveryPlace) async throws(FunctionCatalogError) -> String {
        throw FunctionCatalogError("there is no schema")
    }
}
