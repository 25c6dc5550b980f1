import Policy
import Store
import Testing

struct RefreshTests {
    private func addTarget(_ store: Store, _ name: String = "a") async throws -> Int64 {
        let spec = try TargetTests.spec(name)
        return try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
            try write.addTarget(spec).id
        }
    }

    private func refresh(_ store: Store, _ id: Int64, _ tools: [ToolDefinition]) async throws -> RefreshCounts
    {
        try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
            try write.applyRefresh(targetID: id, tools: tools, durationMs: 12).counts
        }
    }

    private func tools(_ store: Store) async throws -> [ToolRecord] {
        try await store.read { read throws(StoreError) in try read.tools() }
    }

    @Test func `a refresh counts what it added, updated, removed and left`() async throws {
        let clock = TestClock(100)
        try await withStore(clock: clock.read) { store in
            let id = try await addTarget(store)
            let one = try await refresh(store, id, [definition("x"), definition("y"), definition("z")])
            #expect(one == RefreshCounts(added: 3))
            clock.set(200)
            let two = try await refresh(store, id, [definition("w"), definition("z", 1), definition("y")])
            #expect(two == RefreshCounts(added: 1, updated: 1, removed: 1, unchanged: 1))
            let stored = try await tools(store)
            #expect(stored.map { $0.exposedName } == ["a___w", "a___z", "a___y"])
            #expect(stored.map { $0.definition } == [definition("w"), definition("z", 1), definition("y")])
            #expect(stored.map { $0.firstSeenAtMs } == [200, 100, 100])
            #expect(stored.map { $0.updatedAtMs } == [200, 200, 100])
            let target = try await store.read { read throws(StoreError) in try read.targets()[0] }
            #expect(target.health == TargetHealth(refreshedAtMs: 200, lastDurationMs: 12))
            #expect(target.toolCount == 3)
        }
    }

    @Test func `other bytes with the same hash are stored but count as unchanged`() async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            var tool = definition("x")
            _ = try await refresh(store, id, [tool])
            tool.json += Array(" ".utf8)
            let counts = try await refresh(store, id, [tool])
            #expect(counts == RefreshCounts(unchanged: 1))
            let stored = try await tools(store)
            #expect(stored.map { $0.definition.json } == [tool.json])
        }
    }

    @Test func `a failure keeps the last good tools, and a success clears it`() async throws {
        let clock = TestClock(100)
        try await withStore(clock: clock.read) { store in
            let id = try await addTarget(store)
            _ = try await refresh(store, id, [definition("x")])
            clock.set(300)
            let message = "timed out after 30 s" + String(repeating: "!", count: 5_000)
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.recordRefreshFailure(targetID: id, message: message)
            }
            let failed = try await store.read { read throws(StoreError) in try read.targets()[0] }
            #expect(failed.toolCount == 1)
            #expect(failed.health.refreshedAtMs == 100)
            #expect(failed.health.lastErrorAtMs == 300)
            #expect(failed.health.lastError?.hasPrefix("timed out after 30 s") == true)
            #expect(failed.health.lastError?.utf8.count == 1_000)
            clock.set(400)
            _ = try await refresh(store, id, [definition("x")])
            let healed = try await store.read { read throws(StoreError) in try read.targets()[0] }
            #expect(healed.health == TargetHealth(refreshedAtMs: 400, lastDurationMs: 12))
        }
    }

    @Test(arguments: ["twice", "nameless", "long", "control"])
    func `an invalid list changes nothing`(_ fault: String) async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            _ = try await refresh(store, id, [definition("x")])
            let bad: [ToolDefinition] =
                switch fault {
                case "twice": [definition("new"), definition("same"), definition("same", 1)]
                case "nameless": [definition("new"), definition("")]
                case "long": [definition("new"), definition(String(repeating: "n", count: 300))]
                default: [definition("new"), definition("a\0b")]
                }
            let error = await #expect(throws: StoreError.self) { _ = try await refresh(store, id, bad) }
            #expect(error?.kind == .invalid)
            let stored = try await tools(store)
            #expect(stored.map { $0.name } == ["x"])
        }
    }

    @Test func `two Unicode spellings of one name are two tools`() async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            let pair = [definition("caf\u{E9}"), definition("cafe\u{301}")]
            let one = try await refresh(store, id, pair)
            let two = try await refresh(store, id, pair)
            #expect(one == RefreshCounts(added: 2))
            #expect(two == RefreshCounts(unchanged: 2))
        }
    }

    @Test func `a target that was removed meanwhile gets no tools`() async throws {
        try await withStore { store in
            let old = try await addTarget(store)
            let spec = try TargetTests.spec("a", function: "another")
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.removeTarget(spec.name)
                try write.addTarget(spec)
            }
            let error = await #expect(throws: StoreError.self) {
                _ = try await refresh(store, old, [definition("x")])
            }
            #expect(error?.kind == .notFound)
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.recordRefreshFailure(targetID: old, message: "late")
            }
            let stored = try await tools(store)
            #expect(stored.isEmpty)
        }
    }

    @Test func `removing a target removes its tools and no other's`() async throws {
        try await withStore { store in
            let one = try await addTarget(store, "a")
            let two = try await addTarget(store, "b")
            _ = try await refresh(store, one, [definition("x")])
            _ = try await refresh(store, two, [definition("x")])
            let name = try TargetName("a")
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.removeTarget(name)
            }
            let stored = try await tools(store)
            #expect(stored.map { $0.exposedName } == ["b___x"])
        }
    }

    @Test func `tools are found by exposed name, byte for byte`() async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            _ = try await refresh(store, id, [definition("x"), definition("_%' OR 1=1 --")])
            let name = try TargetName("a")
            let listed = try await store.read { read throws(StoreError) in try read.tools(of: name) }
            #expect(listed.count == 2)
            let odd = try await store.read { read throws(StoreError) in
                try read.tool(exposedName: "a____%' OR 1=1 --")
            }
            #expect(odd.name == "_%' OR 1=1 --")
            for text in [
                "", "a___X", "a___y", "b___x", "a___x\0", "a___%", String(repeating: "x", count: 300),
            ] {
                let error = await #expect(throws: StoreError.self) {
                    _ = try await store.read { read throws(StoreError) in try read.tool(exposedName: text) }
                }
                #expect(error?.kind == .notFound)
            }
        }
    }
}
