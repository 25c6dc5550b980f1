import Bytes
import Policy
import Store
import Testing

struct PinTests {
    @Test func `a changed or new tool needs approval, the others stay visible, and a removed one disappears`()
        async throws
    {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            #expect(try await store.visible() == ["time___now", "time___zone"])
            try await store.refresh([definition("now", 1), definition("zone"), definition("new")])
            #expect(try await store.visible() == ["time___zone"])
            try await store.refresh([definition("now", 1)])
            #expect(try await store.visible().isEmpty)
            // The definitions are back as they were approved.
            try await store.refresh([definition("now"), definition("zone")])
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    @Test func `an approval of a tool pins its current definition, and no other tool's`() async throws {
        try await withSubscribers { store in
            let acme = try await store.subscribe()
            let globex = try await store.subscribe("globex")
            try await store.refresh([definition("now", 1), definition("zone", 1)])
            let events = try store.auditCount
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(!approval.wasQuarantined)
            #expect(approval.tool.definition == definition("now", 1))
            #expect(approval.changes.map { $0.previous } == [definition("now").json])
            #expect(approval.changes.map { $0.previousSHA256 } == [definition("now").sha256])
            #expect(approval.changes.map { $0.subscriptions } == [[acme, globex]])
            #expect(approval.changes.map { $0.tenants.map { $0.text } } == [["acme", "globex"]])
            #expect(try store.audited(after: events) == ["cli:alice tool.approve tool:time___now"])
            for tenant in ["acme", "globex"] {
                #expect(try await store.visible(to: tenant) == ["time___now"])
            }
            let again = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(again.changes.isEmpty)
            let approvals = try store.audited(after: events).filter { $0.contains("tool.approve") }
            #expect(approvals.count == 1)
        }
    }

    @Test func `an approval with the hash of a definition is refused if that has changed since`() async throws
    {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            try await store.refresh([definition("now", 1), definition("zone")])
            let looked = try await store.read { read throws(StoreError) in
                try read.toolApproval("time___now", nowMs: 1_000)
            }.tool.definition.sha256.hex
            func approve() async throws(StoreError) {
                try await store.change { write throws(StoreError) in
                    try write.approveTool("time___now", ifSHA256: looked)
                }
            }
            try await store.refresh([definition("now", 2), definition("zone")])
            let refusal = await #expect(throws: StoreError.self) { try await approve() }
            #expect(refusal?.kind == .conflict)
            #expect(try await store.visible() == ["time___zone"])
            try await store.refresh([definition("now", 1), definition("zone")])
            try await approve()
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    @Test func `an approval of a tool for one tenant leaves the other's pending`() async throws {
        try await withSubscribers { store in
            let acme = try await store.subscribe()
            let globex = try await store.subscribe("globex")
            try await store.refresh([definition("now", 1), definition("zone"), definition("new")])
            let preview = try await store.read { read throws(StoreError) in
                try read.toolApproval("time___new", nowMs: 1_000)
            }
            #expect(preview.changes.map { $0.subscriptions } == [[acme, globex]])
            #expect(preview.changes.map { $0.previous } == [nil])
            try await store.change { write throws(StoreError) in
                try write.approveTool("time___now", tenant: try .acme)
            }
            #expect(try await store.visible() == ["time___now", "time___zone"])
            #expect(try await store.visible(to: "globex") == ["time___zone"])
            // Acme has the new definition now, and globex the old one, so the changes differ.
            try await store.refresh([definition("now", 2), definition("zone")])
            let both = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(both.changes.map { $0.previous } == [definition("now").json, definition("now", 1).json])
            #expect(both.changes.map { $0.subscriptions } == [[globex], [acme]])
            #expect(try await store.visible(to: "globex") == ["time___now", "time___zone"])
        }
    }

    @Test func `operators find the tools that need approval, with the subscriptions`() async throws {
        try await withSubscribers { store in
            let acme = try await store.subscribe()
            let globex = try await store.subscribe("globex", tools: ["*___now"])
            try await store.refresh([definition("now", 1), definition("zone", 1), definition("new")])
            let waiting = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(waiting.map { $0.exposedName } == ["time___new", "time___now", "time___zone"])
            #expect(waiting.map { $0.isQuarantined } == [false, false, false])
            // Globex's patterns don't match the other two tools.
            #expect(waiting.map { $0.subscriptions.map { $0.id } } == [[acme], [acme, globex], [acme]])
            #expect(waiting.map { $0.subscriptions[0].isChange } == [false, true, true])
            for tool in waiting {
                let name = tool.exposedName
                try await store.change { write throws(StoreError) in try write.approveTool(name) }
            }
            let after = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(after.isEmpty)
        }
    }

    @Test func `an approval before the first refresh pins the tools that it brings`() async throws {
        try await withSubscribers(isRefreshed: false) { store in
            _ = try await store.subscribe()
            #expect(try store.query("SELECT pin_set_id FROM subscription") == ["NULL"])
            try await store.refresh([definition("now")])
            #expect(try await store.visible() == ["time___now"])
            try await store.refresh([definition("now"), definition("new")])
            #expect(try await store.visible() == ["time___now"])
        }
    }

    @Test func `an approval of a target without tools pins the empty list`() async throws {
        try await withSubscribers(isRefreshed: false) { store in
            try await store.refresh([])
            _ = try await store.subscribe()
            try await store.refresh([definition("now")])
            #expect(try await store.visible().isEmpty)
        }
    }

    @Test func `turning pinning on pins the current tools, turning it off removes the pins`() async throws {
        try await withSubscribers(pins: false) { store in
            _ = try await store.subscribe()
            try await store.refresh([definition("now", 1)])
            #expect(try await store.visible() == ["time___now"])
            try await setPinning(store, true)
            #expect(try await store.visible() == ["time___now"])
            try await store.refresh([definition("now", 2)])
            #expect(try await store.visible().isEmpty)
            try await setPinning(store, false)
            #expect(try await store.visible() == ["time___now"])
            #expect(try store.query("SELECT id FROM pin_set").isEmpty)
            try await setPinning(store, true)
            #expect(try await store.visible() == ["time___now"])
        }
    }

    @Test func `a target's file turns pinning on as a command does`() async throws {
        try await withStore { store in
            var spec = TargetSpec(
                name: try .time,
                function: "fn",
                pinDefinitions: false,
                filePath: "targets/time/target.toml"
            )
            let unpinned = spec
            try await store.change { write throws(StoreError) in
                try write.createTenant(try .acme)
                _ = try write.syncFileTargets([unpinned])
            }
            try await store.refresh([definition("now")])
            _ = try await store.subscribe()
            spec.pinDefinitions = nil
            let pinned = spec
            try await store.change { write throws(StoreError) in _ = try write.syncFileTargets([pinned]) }
            try await store.refresh([definition("now", 1)])
            #expect(try await store.visible().isEmpty)
        }
    }

    @Test func `equal approvals share one pin set, and unused sets and definitions are deleted`() async throws
    {
        try await withSubscribers { store in
            let acme = try await store.subscribe()
            let globex = try await store.subscribe("globex")
            #expect(try store.query("SELECT count(*) FROM pin_set") == ["1"])
            #expect(try store.query("SELECT count(*) FROM definition") == ["2"])
            try await store.refresh([definition("now", 1), definition("zone")])
            try await store.change { write throws(StoreError) in
                try write.approveTool("time___now", tenant: try .acme)
            }
            #expect(try store.query("SELECT count(*) FROM pin_set") == ["2"])
            #expect(try store.query("SELECT count(*) FROM definition") == ["3"])
            try await store.change { write throws(StoreError) in try write.revokeSubscription(globex) }
            #expect(try store.query("SELECT count(*) FROM pin_set") == ["1"])
            #expect(try store.query("SELECT count(*) FROM definition") == ["2"])
            try await store.change { write throws(StoreError) in try write.revokeSubscription(acme) }
            for table in ["pin_set", "pin", "definition"] {
                #expect(try store.query("SELECT count(*) FROM \(table)") == ["0"], "\(table)")
            }
        }
    }

    @Test func `a target whose subscriptions have pins can be removed`() async throws {
        try await withSubscribers { store in
            let id = try await store.subscribe()
            try await store.change { write throws(StoreError) in try write.removeTarget(try .time) }
            let left = try await store.read { read throws(StoreError) in
                try read.subscription(id, nowMs: 1_000)
            }
            #expect(left.state == .revoked)
            #expect(left.target.text == "time")
            #expect(left.decisionReason == "the target was removed")
            let faults = try await store.read { read throws(StoreError) in try read.faults() }
            #expect(faults.isEmpty)
        }
    }

    @Test func `tool names that differ only in bytes are different tools`() async throws {
        try await withSubscribers(isRefreshed: false) { store in
            let composed = "caf\u{E9}"
            let decomposed = "cafe\u{301}"
            try await store.refresh([definition(composed)])
            _ = try await store.subscribe()
            try await store.refresh([definition(composed), definition(decomposed)])
            #expect(try await store.visible().count == 1)
            try await store.change { write throws(StoreError) in
                try write.approveTool("time___\(decomposed)")
            }
            #expect(try store.query("SELECT count(*) FROM pin") == ["2"])
        }
    }

    private func setPinning(_ store: Store, _ isOn: Bool) async throws {
        try await store.change { write throws(StoreError) in
            var spec = try write.reading.target(try .time).spec
            spec.pinDefinitions = isOn
            try write.updateTarget(spec)
        }
    }
}
