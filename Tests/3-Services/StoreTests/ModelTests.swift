import Policy
import Store
import Testing

/// Compares the store with a model of dictionaries: after random operations both give the same answers and have the
/// same contents.
struct ModelTests {
    private struct Model {
        struct Target {
            var function: String
            var isFile: Bool
            var isDeclaredEnabled = true
            var isSwitchedOff = false
            var tools: [String: Int] = [:]
        }

        struct Tenant {
            var isActive = true
            var allow: Set<String> = []
            var deny: Set<String> = []
        }

        struct Key {
            var tenant: String
            var isRevoked = false
            /// Whether the key has stopped working: it was revoked, or rotated with no overlap.
            var isOver = false
            var isRotated = false
        }

        var targets: [String: Target] = [:]
        var tenants: [String: Tenant] = [:]
        /// The keys by prefix.
        var keys: [String: Key] = [:]
    }

    @Test(arguments: 0..<12)
    func `after random operations the store equals the model`(_ seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        try await withStore { store in
            var model = Model()
            for step in 0..<120 {
                switch Int.random(in: 0..<12, using: &generator) {
                case 0: try await addTarget(store, &model, &generator)
                case 1: try await updateTarget(store, &model, &generator)
                case 2: try await removeTarget(store, &model, &generator)
                case 3: try await switchTarget(store, &model, &generator)
                case 4: try await syncFiles(store, &model, &generator)
                case 5: try await refresh(store, &model, &generator)
                case 6: try await changeTenant(store, &model, &generator)
                case 7: try await issueKey(store, &model, &generator)
                case 8: try await revokeKey(store, &model, &generator)
                case 9: try await rotateKey(store, &model, &generator)
                case 10: try await changePermission(store, &model, &generator)
                default: try await removeTenant(store, &model, &generator)
                }
                if step % 10 == 9 { try await compare(store, model) }
            }
            let verification = try await store.verifyAudit()
            #expect(verification.faults.isEmpty && verification.count > 0)
        }
    }

    private func compare(_ store: Store, _ model: Model) async throws {
        let snapshot = try await store.loadSnapshot()
        #expect(snapshot.targets.map { $0.name } == model.targets.keys.sorted())
        for target in snapshot.targets {
            let expected = try #require(model.targets[target.name])
            #expect(target.function == expected.function)
            #expect((target.source == .file) == expected.isFile)
            #expect(target.isEnabled == (expected.isDeclaredEnabled && !expected.isSwitchedOff))
            #expect(target.toolCount == expected.tools.count)
        }
        var tools: [String: [UInt8]] = [:]
        for (name, target) in model.targets {
            for (tool, content) in target.tools {
                tools["\(name)___\(tool)"] = definition(tool, content).json
            }
        }
        let stored = Dictionary(uniqueKeysWithValues: snapshot.tools.map { ($0.exposedName, $0.definition) })
        #expect(stored == tools)
        #expect(snapshot.tenants.map { $0.name } == model.tenants.keys.sorted())
        for tenant in snapshot.tenants {
            let expected = try #require(model.tenants[tenant.name])
            #expect((tenant.state == .active) == expected.isActive)
            #expect(Set(tenant.allow.map { $0.text }) == expected.allow)
            #expect(Set(tenant.deny.map { $0.text }) == expected.deny)
        }
        #expect(Set(snapshot.keys.map { $0.prefix }) == Set(model.keys.keys))
        for key in snapshot.keys {
            #expect(key.isRevoked == model.keys[key.prefix]?.isRevoked)
            #expect((key.expiresAtMs == 1_000) == model.keys[key.prefix]?.isOver)
            #expect(snapshot.tenants[key.tenant].name == model.keys[key.prefix]?.tenant)
        }
    }

    private func addTarget(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let spec = try randomSpec(&generator)
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.addTarget(spec)
            }
        }
        #expect(outcome == (model.targets[spec.name.text] == nil ? nil : .conflict))
        if outcome == nil {
            model.targets[spec.name.text] = Model.Target(
                function: spec.function,
                isFile: false,
                isDeclaredEnabled: spec.isEnabled
            )
        }
    }

    private func updateTarget(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let spec = try randomSpec(&generator)
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.updateTarget(spec)
            }
        }
        let found = model.targets[spec.name.text]
        #expect(outcome == (found == nil ? .notFound : found?.isFile == true ? .conflict : nil))
        if outcome == nil {
            model.targets[spec.name.text]?.function = spec.function
            model.targets[spec.name.text]?.isDeclaredEnabled = spec.isEnabled
        }
    }

    private func removeTarget(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try randomSpec(&generator).name
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.removeTarget(name)
            }
        }
        let found = model.targets[name.text]
        #expect(outcome == (found == nil ? .notFound : found?.isFile == true ? .conflict : nil))
        if outcome == nil { model.targets[name.text] = nil }
    }

    private func switchTarget(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try randomSpec(&generator).name
        let isOn = Bool.random(using: &generator)
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.setTargetEnabled(name, isOn)
            }
        }
        guard let found = model.targets[name.text] else {
            #expect(outcome == .notFound)
            return
        }
        if isOn, found.isFile, !found.isDeclaredEnabled {
            #expect(outcome == .conflict)
            return
        }
        #expect(outcome == nil)
        model.targets[name.text]?.isSwitchedOff = !isOn
        if isOn { model.targets[name.text]?.isDeclaredEnabled = true }
    }

    private func syncFiles(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        var specs: [String: TargetSpec] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            var spec = try randomSpec(&generator)
            spec.filePath = "targets/\(spec.name)/target.toml"
            specs[spec.name.text] = spec
        }
        let given = specs
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.syncFileTargets(Array(given.values))
            }
        }
        #expect(outcome == nil)
        for (name, target) in model.targets where target.isFile && given[name] == nil {
            model.targets[name] = nil
        }
        // A target added by command isn't changed.
        for (name, spec) in given where model.targets[name]?.isFile != false {
            model.targets[name, default: Model.Target(function: "", isFile: true)].function = spec.function
            model.targets[name]?.isDeclaredEnabled = spec.isEnabled
        }
    }

    private func refresh(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try randomSpec(&generator).name
        var tools: [String: Int] = [:]
        for _ in 0..<Int.random(in: 0...5, using: &generator) {
            tools["tool\(Int.random(in: 0..<6, using: &generator))"] = Int.random(
                in: 0..<3,
                using: &generator
            )
        }
        let definitions = tools.map { definition($0.key, $0.value) }
        let counts: RefreshCounts
        do {
            counts = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                let id = try write.reading.target(name).id
                return try write.applyRefresh(targetID: id, tools: definitions, durationMs: 1).counts
            }
        } catch {
            #expect(error.kind == .notFound)
            #expect(model.targets[name.text] == nil)
            return
        }
        let old = try #require(model.targets[name.text]).tools
        let unchanged = tools.filter { old[$0.key] == $0.value }.count
        let updated = tools.filter { old[$0.key] != nil && old[$0.key] != $0.value }.count
        #expect(
            counts
                == RefreshCounts(
                    added: tools.count - unchanged - updated,
                    updated: updated,
                    removed: old.keys.filter { tools[$0] == nil }.count,
                    unchanged: unchanged
                )
        )
        model.targets[name.text]?.tools = tools
    }

    private func changeTenant(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try TenantName("tenant\(Int.random(in: 0..<4, using: &generator))")
        let verb = Int.random(in: 0..<3, using: &generator)
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                switch verb {
                case 0: try write.createTenant(name)
                case 1: try write.suspendTenant(name)
                default: try write.resumeTenant(name)
                }
            }
        }
        let exists = model.tenants[name.text] != nil
        #expect(outcome == (verb == 0 ? (exists ? .conflict : nil) : (exists ? nil : .notFound)))
        if outcome == nil { model.tenants[name.text, default: Model.Tenant()].isActive = verb != 1 }
    }

    private func issueKey(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try TenantName("tenant\(Int.random(in: 0..<4, using: &generator))")
        do {
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.issueKey(for: name)
            }
            #expect(model.tenants[name.text] != nil)
            model.keys[issued.record.prefix] = Model.Key(tenant: name.text)
        } catch {
            #expect(error.kind == .notFound)
            #expect(model.tenants[name.text] == nil)
        }
    }

    private func revokeKey(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        guard let prefix = model.keys.keys.sorted().randomElement(using: &generator) else { return }
        try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
            _ = try write.revokeKey(prefix: prefix)
        }
        model.keys[prefix]?.isRevoked = true
    }

    private func rotateKey(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        guard let prefix = model.keys.keys.sorted().randomElement(using: &generator) else { return }
        guard let key = model.keys[prefix] else { return }
        let overlap = Bool.random(using: &generator) ? Int64(0) : 10
        do {
            let rotated = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.rotateKey(prefix: prefix, overlapMs: overlap)
            }
            #expect(!key.isRevoked && !key.isOver && !key.isRotated)
            model.keys[prefix]?.isRotated = true
            model.keys[prefix]?.isOver = overlap == 0
            model.keys[rotated.new.record.prefix] = Model.Key(tenant: key.tenant)
        } catch {
            #expect(error.kind == .conflict)
            #expect(key.isRevoked || key.isOver || key.isRotated)
        }
    }

    private func changePermission(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try TenantName("tenant\(Int.random(in: 0..<4, using: &generator))")
        let pattern = try #require(NamePattern("p\(Int.random(in: 0..<3, using: &generator))___*"))
        let effect: PermissionRecord.Effect = Bool.random(using: &generator) ? .allow : .deny
        let isAdded = Int.random(in: 0..<3, using: &generator) > 0
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                if isAdded {
                    try write.addPermission(effect, pattern, to: name)
                } else {
                    try write.removePermission(pattern, of: name)
                }
            }
        }
        #expect(outcome == (model.tenants[name.text] == nil ? .notFound : nil))
        switch (isAdded, effect) {
        case (true, .allow): model.tenants[name.text]?.allow.insert(pattern.text)
        case (true, .deny): model.tenants[name.text]?.deny.insert(pattern.text)
        case (false, _):
            model.tenants[name.text]?.allow.remove(pattern.text)
            model.tenants[name.text]?.deny.remove(pattern.text)
        }
    }

    private func removeTenant(_ store: Store, _ model: inout Model, _ generator: inout SeededGenerator)
        async throws
    {
        let name = try TenantName("tenant\(Int.random(in: 0..<4, using: &generator))")
        let isForced = Bool.random(using: &generator)
        let outcome = await kind {
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.removeTenant(name, force: isForced)
            }
        }
        let hasKeys = model.keys.values.contains { $0.tenant == name.text && !$0.isRevoked && !$0.isOver }
        let exists = model.tenants[name.text] != nil
        #expect(outcome == (!exists ? .notFound : hasKeys && !isForced ? .conflict : nil))
        if outcome == nil {
            model.tenants[name.text] = nil
            model.keys = model.keys.filter { $0.value.tenant != name.text }
        }
    }

    private func randomSpec(_ generator: inout SeededGenerator) throws -> TargetSpec {
        TargetSpec(
            name: try TargetName("target\(Int.random(in: 0..<5, using: &generator))"),
            function: "fn\(Int.random(in: 0..<3, using: &generator))",
            isEnabled: Int.random(in: 0..<4, using: &generator) > 0
        )
    }

    /// The kind of error that `body` throws; `nil` when it throws none.
    private func kind(_ body: () async throws -> Void) async -> StoreError.Kind? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StoreError)?.kind ?? .failed
        }
    }
}
