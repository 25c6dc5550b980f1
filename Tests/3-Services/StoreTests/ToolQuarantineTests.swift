import Policy
import Store
import Testing

struct ToolQuarantineTests {
    @Test func `a quarantined tool is nobody's until it's approved`() async throws {
        try await withSubscribers(approval: .open) { store in
            let events = try store.auditCount
            for _ in 0..<2 {
                let tool = try await store.write(as: .alice) { write throws(StoreError) in
                    try write.quarantineTool("time___now")
                }
                #expect(tool.state == .quarantined)
            }
            #expect(try store.audited(after: events) == ["cli:alice tool.quarantine tool:time___now"])
            #expect(try await store.visible() == ["time___zone"])
            let waiting = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(waiting.map { $0.exposedName } == ["time___now"])
            #expect(waiting.map { $0.isQuarantined } == [true])
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(approval.wasQuarantined)
            #expect(approval.changes.map { $0.previous } == [definition("now").json])
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    /// A target must not get out of an operator's quarantine by what it lists.
    @Test(arguments: [[0], [1], [2, 1], [1, 0]])
    func `a refresh keeps an operator's quarantine, also of a tool that changes, goes and comes back`(
        _ contents: [Int]
    ) async throws {
        try await withSubscribers(approval: .auto) { store in
            _ = try await store.request()
            try await store.change { write throws(StoreError) in try write.quarantineTool("time___now") }
            for content in contents {
                try await store.refresh([definition("now", content), definition("zone")])
                #expect(try await store.visible() == ["time___zone"])
            }
            try await store.refresh([definition("zone")])
            try await store.refresh([definition("now", contents[0]), definition("zone")])
            #expect(try await store.visible() == ["time___zone"])
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(approval.changes.first?.previous == definition("now").json)
            #expect(try await store.visible() == ["time___now", "time___zone"])
            #expect(try store.query("SELECT count(*) FROM quarantine") == ["0"])
            #expect(try store.query("SELECT count(*) FROM definition") == ["0"])
        }
    }

    @Test func `an open target that pins takes its first tools, and then none unseen`() async throws {
        try await withSubscribers(approval: .open, pins: true) { store in
            #expect(try await store.visible() == ["time___now", "time___zone"])
            try await store.refresh([definition("now", 1), definition("zone"), definition("new")])
            #expect(try await store.visible() == ["time___zone"])
            try await store.refresh([definition("now", 2), definition("zone"), definition("new")])
            let changed = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            // What was in force, not what came in between.
            #expect(changed.changes.map { $0.previous } == [definition("now").json])
            let new = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___new")
            }
            #expect(new.changes.map { $0.previous } == [nil])
            #expect(try await store.visible() == ["time___new", "time___now", "time___zone"])
        }
    }

    @Test func `an open target that doesn't pin changes as it likes`() async throws {
        try await withSubscribers(approval: .open) { store in
            try await store.refresh([definition("now", 1), definition("new")])
            #expect(try await store.visible() == ["time___new", "time___now"])
        }
    }

    @Test func `a quarantined, changed tool is released and bound in one approval`() async throws {
        try await withSubscribers { store in
            let id = try await store.subscribe()
            try await store.change { write throws(StoreError) in try write.quarantineTool("time___now") }
            try await store.refresh([definition("now", 1), definition("zone")])
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(approval.changes.map { $0.subscriptions } == [[], [id]])
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    @Test func `a quarantine is everybody's, so it isn't lifted for one tenant`() async throws {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            try await store.change { write throws(StoreError) in try write.quarantineTool("time___now") }
            let error = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.approveTool("time___now", tenant: try .acme)
                }
            }
            #expect(error?.kind == .conflict)
            #expect(try await store.visible() == ["time___zone"])
        }
    }

    @Test func `a tenant without an approval has nothing to approve a tool for`() async throws {
        try await withSubscribers { store in
            _ = try await store.request()
            let none = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.approveTool("time___now", tenant: try .acme)
                }
            }
            #expect(none?.kind == .conflict)
            for (tool, tenant) in [("time___now", "nobody"), ("time___nothing", "acme"), ("", "acme")] {
                let error = await refusal {
                    try await store.change { write throws(StoreError) in
                        try write.approveTool(tool, tenant: try checked(TenantName(tenant)))
                    }
                }
                #expect(error?.kind == .notFound)
            }
            let unknown = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.quarantineTool("time___nothing")
                }
            }
            #expect(unknown?.kind == .notFound)
        }
    }
}
