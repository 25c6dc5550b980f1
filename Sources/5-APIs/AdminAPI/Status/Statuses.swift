import Control
import HTTP
package import REST
import Store

/// `/status`: everything that an operator should know now.
package enum Statuses {
    static let all: [any AnyOperation<Services>] = [show]

    package static let show = AdminOperation(
        .get,
        "/status",
        id: "status",
        "Shows what needs a person, how calls of each target go, and how the server is.",
        takes: NoArguments.self,
        answers: StatusForm.self,
        verb: .own("status")
    ) { call throws(Problem) in
        let nowMs = call.nowMs
        var store = try await call.read { reading throws(StoreError) in
            try StoreStanding(reading, nowMs: nowMs)
        }
        store.targets = store.targets.map { call.caller.seen($0) }
        return StatusReport(
            server: call.caller.seen(call.services.server?.status?.status()),
            store: store,
            atMs: nowMs
        )
    }
}
