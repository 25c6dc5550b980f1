import Config
import Control
import FoundationEssentials
import Policy
import Store
import TestSupport
import Testing

struct FileTargetSyncTests {
    /// Writes each target.toml and syncs.
    private func sync(_ files: [String: String], in folder: String, _ store: Store::Store) async throws
        -> FileTargetSync
    {
        let directory = "\(folder)/targets"
        try? FileManager.default.removeItem(atPath: directory)  // absent at first
        for (name, text) in files {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)",
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)/target.toml"))
        }
        if files.isEmpty {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        var config = GatewayConfig()
        config.targets.directory = directory
        return try await FileTargetSync.run(config: config, environment: [:], store: store)
    }

    private func withFolder(_ body: (String, Store::Store) async throws -> Void) async throws {
        try await withTemporaryDirectory { (folder: String) async throws -> Void in
            let store = try Store.open(path: "\(folder)/gateway.db")
            defer { store.close() }
            try await body(folder, store)
        }
    }

    private let good = "[target]\nfunction = \"fn\"\ncontract = \"mcp-wrapper\"\n"

    @Test func `targets are added, changed and removed as files declare`() async throws {
        try await withFolder { folder, store in
            let first = try await sync(["alpha": good, "beta": good], in: folder, store)
            #expect(first.changes.added.map { $0.text } == ["alpha", "beta"])
            #expect(try await store.target("alpha").spec.approval == .required)
            #expect(try await store.target("alpha").spec.timeoutMs == 60_000)
            #expect(try await store.target("alpha").spec.pinDefinitions == nil)
            let second = try await sync(
                ["alpha": good + "timeout = \"5s\"\npin_definitions = false\n"],
                in: folder,
                store
            )
            #expect(try await store.target("alpha").spec.pinDefinitions == false)
            #expect(try await store.target("alpha").pinsDefinitions == false)
            #expect(second.changes.updated.map { $0.text } == ["alpha"])
            #expect(second.changes.removed.map { $0.text } == ["beta"])
            let third = try await sync([:], in: folder, store)
            #expect(third.changes.removed.map { $0.text } == ["alpha"])
        }
    }

    @Test func `a file's tools and invoke settings are stored, and removed with their lines`()
        async throws
    {
        try await withFolder { folder, store in
            let tools = """
                [target]
                approval = "open"
                contract = "jsonrpc"
                role_arn = "arn:aws:iam::123456789012:role/r"
                [route]
                live = 1
                [[tool]]
                function = "fn-a"
                [[tool]]
                name = "b"
                function = "fn-b"

                """
            _ = try await sync(["alpha": tools], in: folder, store)
            let spec = try await store.target("alpha").spec
            #expect(spec.functions == ["fn-a", "fn-b"] && spec.function.isEmpty)
            #expect(spec.invoke.route?.text == "live=1")
            #expect(spec.invoke.role?.arn == "arn:aws:iam::123456789012:role/r")
            let source = FakeSource(["alpha": page([tool("c")])])
            _ = try await CatalogRefresh(store: store, source: source).run()
            #expect(try await store.toolNames() == ["alpha___fn_a", "alpha___b"])
            let hidden = tools + "description = \"a\u{200B}\u{200B}b\"\n"
            let faulty = try await sync(["alpha": hidden], in: folder, store)
            #expect(faulty.kept.map { $0.text } == ["alpha"] && faulty.keptFunctions == ["fn-a", "fn-b"])
            #expect(faulty.faults.map { $0.fault.description }.joined().contains("invisible character"))
            let last = try await sync(["alpha": good + "approval = \"open\"\n"], in: folder, store)
            #expect(last.changes.updated.map { $0.text } == ["alpha"])
            #expect(try await store.target("alpha").spec.invoke == InvokeSettings())
            #expect(try await store.target("alpha").spec.toolsJSON == nil)
        }
    }

    @Test func `a file's aliases are stored, changed and removed, and kept while the file is faulty`()
        async throws
    {
        try await withFolder { folder, store in
            let open = good + "approval = \"open\"\n"
            _ = try await sync(["alpha": open + "[aliases]\na = \"x\"\n"], in: folder, store)
            let source = FakeSource(["alpha": page([tool("a"), tool("b")])])
            _ = try await CatalogRefresh(store: store, source: source).run()
            #expect(try await store.toolNames() == ["alpha___x", "alpha___b"])
            let second = try await sync(["alpha": open + "[aliases]\na = \"y\"\n"], in: folder, store)
            #expect(second.changes.updated.map { $0.text } == ["alpha"])
            #expect(try await store.toolNames() == ["alpha___y", "alpha___b"])
            let faulty = try await sync(["alpha": open + "[aliases]\na = 1\n"], in: folder, store)
            #expect(faulty.kept.map { $0.text } == ["alpha"])
            #expect(try await store.toolNames() == ["alpha___y", "alpha___b"])
            _ = try await sync(["alpha": open], in: folder, store)
            #expect(try await store.toolNames() == ["alpha___a", "alpha___b"])
        }
    }

    @Test func `a faulty file is named, and its target keeps its last good declaration and tools`()
        async throws
    {
        try await withFolder { folder, store in
            _ = try await sync(["alpha": good, "beta": good], in: folder, store)
            let source = FakeSource(["alpha": page([tool("a")]), "beta": page([tool("b")])])
            _ = try await CatalogRefresh(store: store, source: source).run()
            let broken = try await sync(
                ["alpha": "[target]\nfunktion = 1\n", "beta": good],
                in: folder,
                store
            )
            #expect(broken.kept.map { $0.text } == ["alpha"])
            #expect(!broken.faults.isEmpty)
            #expect(broken.changes.removed.isEmpty)
            #expect(broken.changes.unchanged.map { $0.text } == ["alpha", "beta"])
            #expect(try await store.toolNames() == ["alpha___a", "beta___b"])
            // When the target's own folder is removed, the target is removed.
            #expect(
                try await sync(["beta": good], in: folder, store).changes.removed.map { $0.text } == ["alpha"]
            )
        }
    }

    @Test func `a file that was always faulty adds nothing`() async throws {
        try await withFolder { folder, store in
            let outcome = try await sync(["alpha": "[target]\n", "beta": good], in: folder, store)
            #expect(outcome.changes.added.map { $0.text } == ["beta"])
            #expect(outcome.kept.isEmpty)
        }
    }

    @Test func `a missing targets folder removes nothing`() async throws {
        try await withFolder { folder, store in
            _ = try await sync(["alpha": good], in: folder, store)
            var config = GatewayConfig()
            config.targets.directory = "\(folder)/elsewhere"
            let outcome = try await FileTargetSync.run(config: config, environment: [:], store: store)
            #expect(outcome.kept.map { $0.text } == ["alpha"])
            #expect(outcome.changes.removed.isEmpty)
        }
    }

    @Test func `a file can't remove or replace a target that was added by command`() async throws {
        try await withFolder { folder, store in
            try await store.add(["alpha"])
            _ = try await sync([:], in: folder, store)
            #expect(try await store.target("alpha").source == .cli)
            let outcome = try await sync(["alpha": good, "beta": good], in: folder, store)
            #expect(outcome.faults.map { $0.target } == ["alpha"] && outcome.kept.isEmpty)
            let text = outcome.faults.first?.fault.description ?? ""
            #expect(text.contains("alpha/target.toml: ") && text.contains("mcp-gateway target remove alpha"))
            #expect(outcome.changes.added.map { $0.text } == ["beta"])
            #expect(try await store.target("alpha").source == .cli)
        }
    }
}
