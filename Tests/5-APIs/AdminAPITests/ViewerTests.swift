import Control
import HTTP
import JSON
import Policy
import Store
import Telemetry
import TestSupport
import Testing

@testable import AdminAPI

/// The errors that a viewer sees.
struct ViewerTests {
    private static let error = "it exited; its last lines: DB_URL=postgres://u:secret@h | bye"

    @Test func `only operators see the last lines that a function wrote`() async throws {
        try await withTarget { target in
            let viewer = AdminCaller(.admin(token: "v"), role: .viewer)
            let shown = viewer.seen(target)
            #expect(shown.health.lastError == "it exited; its last lines are for operators")
            let operators = AdminCaller(.admin(token: "o"), role: .operator)
            #expect(operators.seen(target).health.lastError == Self.error)

            var status = ServerStatus(name: "h:1", version: "1", startedAtMs: 0, isLocal: true)
            status.calls["time"] = CallFigures()
            status.calls["time"]?.lastError = CallError(
                code: "function_error",
                text: Self.error,
                tool: "now",
                atMs: 5
            )
            let seen = viewer.seen(status)?.calls["time"]?.lastError
            #expect(seen?.text == "it exited; its last lines are for operators")
            #expect(seen?.code == "function_error" && seen?.tool == "now" && seen?.atMs == 5)
            #expect(operators.seen(status) == status)
        }
    }

    private func withTarget(_ body: (TargetRecord) async throws -> Void) async throws {
        try await withAPI { api in
            _ = await api.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper"]
            )
            var target = try await api.store.read { reading throws(StoreError) in
                try reading.target(try checked(TargetName("time")))
            }
            target.health.lastError = Self.error
            try await body(target)
        }
    }
}
