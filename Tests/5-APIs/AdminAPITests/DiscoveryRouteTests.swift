import AdminAPI
import Config
import Control
import HTTP
import JSON
import Policy
import REST
import Store
import Testing

/// The answers to running several discoveries.
struct DiscoveryRouteTests {
    @Test func `a discovery that fails after others were stored is reported beside them`() async throws {
        try await withAPI { base in
            let api = TestAPI(
                api: AdminAPI(
                    store: base.store,
                    defaults: GatewayConfig().defaults,
                    inquiry: Looks(names: ["moved", "broken", "fine"]),
                    nowMs: { TestAPI.nowMs }
                ),
                store: base.store
            )
            let reply = await api.send(.post, "/discovery", ["apply": true])
            #expect(reply.status == 200)
            let reports = reply.body?["discoveries"]?.arrayValue ?? []
            #expect(reports.map { $0["name"] } == ["moved", "broken", "fine"])
            #expect(reports.map { $0["applied"] } == [true, false, true])
            #expect(
                reports.map { $0["error"]?.stringValue } == [nil, "the store: the disk is full", nil]
            )
        }
    }

    @Test func `a discovery that fails before anything was stored is a problem`() async throws {
        try await withAPI { base in
            let api = TestAPI(
                api: AdminAPI(
                    store: base.store,
                    defaults: GatewayConfig().defaults,
                    inquiry: Looks(names: ["broken", "fine"]),
                    nowMs: { TestAPI.nowMs }
                ),
                store: base.store
            )
            #expect(await api.send(.post, "/discovery", ["apply": true]).status == 500)
        }
    }
}

/// Discoveries of which `broken` fails, and `moved` finds a target that was removed before its refresh.
private struct Looks: CatalogInquiry {
    let names: [String]

    var discoveries: [GatewayConfig.Discovery] { names.map { GatewayConfig.Discovery(name: $0) } }

    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] {
        throw StoreError(.notFound, "there is no such target")
    }

    func refreshSoon(_ name: TargetName) {}

    func test(_ target: TargetRecord, _ request: TrialRequest) async -> TargetTrial {
        fatalError("nothing is asked here")
    }

    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        let name = order.discovery.name
        if name == "broken" { throw StoreError(.unavailable, "the disk is full") }
        let place = DiscoveryPlan.Place(region: "eu-central-1", functionCount: 1)
        var report = DiscoveryRun.Report(plan: DiscoveryPlan(name: name, places: [place]))
        report.isApplied = true
        if name == "moved", let target = try? TargetName("moved") { report.unread = [target] }
        return report
    }
}
