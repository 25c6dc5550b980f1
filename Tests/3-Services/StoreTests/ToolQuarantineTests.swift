import Policy
import Store
import Testing

struct ToolQuarantineTests {
    @Test func `a quarantined tool is hidden from everybody until it's approved`() async throws {
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

    /// A target must not be able to end an operator's quarantine by the tools that it lists.
    @Test(arguments: [[0], [1], [2, 1], [1, 0]])
    func `an operator's quarantine is kept when the tool changes, disappears and comes back`(
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

    @Test func `an open target with pinned definitions serves its first tools; later ones need approval`()
        async throws
    {
        try await withSubscribers(approval: .open, pins: true) { store in
            #expect(try await store.visible() == ["time___now", "time___zone"])
            try await store.refresh([definition("now", 1), definition("zone"), definition("new")])
            #expect(try await store.visible() == ["time___zone"])
            try await store.refresh([definition("now", 2), definition("zone"), definition("new")])
            let changed = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            // The definition that was in force, not the one in between.
            #expect(changed.changes.map { $0.previous } == [definition("now").json])
            let new = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___new")
            }
            #expect(new.changes.map { $0.previous } == [nil])
            #expect(try await store.visible() == ["time___new", "time___now", "time___zone"])
        }
    }

    @Test func `an open target without pinning may change its tools freely`() async throws {
        try await withSubscribers(approval: .open) { store in
            try await store.refresh([definition("now", 1), definition("new")])
            #expect(try await store.visible() == ["time___new", "time___now"])
        }
    }

    @Test func `one approval ends a quarantine and pins the changed definition`() async throws {
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

    @Test func `a quarantine can't be ended for a single tenant`() async throws {
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

    @Test func `a tool can't be approved for a tenant without an approved subscription`() async throws {
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
