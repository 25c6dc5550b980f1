import AdminAPI
import Config
import Control
import HTTP
import JSON
import REST
import Store
import Telemetry
import TestSupport
import Testing

/// The status and the targets, with and without a server behind the API.
struct StatusRouteTests {
    /// A server on which three calls of the target `time` failed.
    private struct Server: StatusSource {
        func status() -> ServerStatus {
            let metrics = GatewayMetrics()
            let tool = metrics.call(target: "time", tool: "now")
            for outcome in [CallOutcome.functionError, .timedOut, .toolError, .limited] {
                tool.ended(outcome, ownNanoseconds: 1_000, upstreamNanoseconds: 20_000_000)
            }
            tool.failed(code: "timed_out", text: "it was slow", atMs: TestAPI.nowMs - 5)
            metrics.advanceCalls(toMs: 60_000, live: ["time"])
            var status = ServerStatus(
                name: "host:1",
                version: "1",
                startedAtMs: TestAPI.nowMs - 1_000,
                isLocal: true
            )
            status.calls = metrics.callFigures(nowMs: 120_000)
            return status
        }
    }

    private func withServer(_ body: (TestAPI) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            let store = try Store::Store.open(path: "\(folder)/gateway.db", clock: { TestAPI.nowMs })
            defer { store.close() }
            let api = AdminAPI(
                store: store,
                defaults: GatewayConfig().defaults,
                inquiry: SourceInquiry(store: store, source: RoteSource()),
                server: ServerPorts(status: Server()),
                nowMs: { TestAPI.nowMs }
            )
            try await body(TestAPI(api: api, store: store))
        }
    }

    private func addTargets(_ api: TestAPI) async {
        for name in ["time", "zone"] {
            let added = await api.send(
                .post,
                "/targets",
                ["name": .string(name), "function": "fn", "contract": "mcp-wrapper"]
            )
            #expect(added.status == 201)
        }
        _ = await api.send(.post, "/refresh")
    }

    @Test func `a target whose calls fail is shown as failing in the status, the list and by itself`()
        async throws
    {
        try await withServer { api in
            await addTargets(api)
            let status = await api.send(.get, "/status", as: TestAPI.viewer).body
            #expect(status?["server"]?["local"] == true)
            #expect(status?["attention"]?[0]?["kind"] == "calls_failing")
            #expect(status?["attention"]?[0]?["sinceMs"]?.intValue == Int(TestAPI.nowMs) - 60_000)
            let (first, second) = (status?["targets"]?[0], status?["targets"]?[1])
            #expect(first?["name"] == "time" && first?["state"] == "calls_failing")
            let minutes = first?["calls"]?["fiveMinutes"]
            #expect(minutes?["calls"] == 3 && minutes?["errors"] == 3 && minutes?["errorPercent"] == 100)
            #expect(
                minutes?["outcomes"]
                    == ["function_error": 1, "limited": 1, "timed_out": 1, "tool_error": 1]
            )
            #expect((19_600...20_400).contains(minutes?["p99Us"]?.intValue ?? 0))
            #expect(first?["calls"]?["lastError"]?["text"] == "it was slow")
            #expect(second?["state"] != "calls_failing" && second?["calls"]?["hour"]?["calls"] == 0)
            #expect(second?["calls"]?["hour"]?["p50Us"] == .null)

            let list = await api.send(.get, "/targets").body
            #expect(list?["targets"]?[0]?["state"] == "calls_failing")
            let shown = await api.send(.get, "/targets/time").body
            #expect(shown?["state"] == "calls_failing" && shown?["function"] == "fn")
            #expect(shown?["calls"] == first?["calls"])
        }
    }

    @Test func `without a server, calls are null`() async throws {
        try await withAPI { api in
            await addTargets(api)
            let status = await api.send(.get, "/status").body
            #expect(status?["server"] == .null && status?["targets"]?[0]?["calls"] == .null)
            #expect(await api.send(.get, "/targets/time").body?["calls"] == .null)
        }
    }

    @Test func `a pending subscription is in the status`() async throws {
        try await withAPI { api in
            await addTargets(api)
            _ = await api.send(.post, "/tenants", ["name": "acme"])
            _ = await api.send(.post, "/subscriptions", ["tenant": "acme", "target": "time"])
            let items = await api.send(.get, "/status").body?["attention"]?.arrayValue ?? []
            #expect(
                items.contains { $0["kind"] == "subscription_pending" && $0["subject"] == "subscription 1" }
            )
        }
    }
}
