import Contracts
import Policy
import SQLite
import TestSupport
import Testing

@testable import Store

struct DiscoveryTests {
    private let arn = "arn:aws:lambda:eu-central-1:123456789012:function:crm-a"

    private func spec(_ name: String = "crm") throws -> TargetSpec {
        TargetSpec(
            name: try TargetName(name),
            function: "",
            contract: .function,
            approval: .open,
            toolsJSON: #"[{"name":"a","function":"\#(arn)"}]"#
        )
    }

    private func function(_ target: String = "crm") throws -> DiscoveredFunction {
        DiscoveredFunction(
            arn: arn,
            target: try TargetName(target),
            tool: "a",
            definition: "{}",
            missingSinceMs: 7,
            missCount: 2
        )
    }

    @Test func `discovered functions are stored, and storing the same again changes nothing`() async throws {
        try await withStore { store in
            let (spec, function) = (try spec(), try function())
            for _ in 1...2 {
                try await store.write(as: .system) { writing throws(StoreError) in
                    _ = try writing.putDiscovered(spec, of: "crm", functions: [function])
                }
            }
            let (functions, target) = try await store.read { reading throws(StoreError) in
                (try reading.discoveredFunctions(of: "crm"), try reading.target(spec.name))
            }
            #expect(functions == [function])
            #expect(target.source == .discovery && target.discovery == "crm" && target.revision == 1)
            #expect(target.spec == spec)
            #expect(try await store.events().map { $0.action } == ["target.add"])
            let standing = try await store.read { reading throws(StoreError) in try reading.discoveries() }
            #expect(standing.map { [$0.functionCount, $0.missingCount] } == [[1, 1]])
            #expect(try await store.loadSnapshot().targets.map { $0.source } == [.discovery])
        }
    }

    @Test func `a discovery doesn't change a target that was added by command`() async throws {
        try await withStore { store in
            let spec = try spec()
            try await store.writing { writing throws(StoreError) in try writing.addTarget(spec) }
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .system) { writing throws(StoreError) in
                    try writing.putDiscovered(spec, of: "crm", functions: [])
                }
            }
            #expect(error?.kind == .conflict)
            try await store.write(as: .system) { writing throws(StoreError) in
                try writing.removeDiscovered(spec.name, of: "crm")
            }
            let targets = try await store.read { reading throws(StoreError) in try reading.targets() }
            #expect(targets.count == 1)
        }
    }

    @Test func `a file can't declare a target with a discovery's name`() async throws {
        try await withStore { store in
            let spec = try spec()
            var file = spec
            file.filePath = "targets/crm/target.toml"
            let declared = file
            let refused = try await store.write(as: .system) { writing throws(StoreError) in
                _ = try writing.putDiscovered(spec, of: "crm", functions: [])
                return try writing.syncFileTargets([declared]).refused
            }
            #expect(refused.count == 1)
            #expect(refused.first?.error.message.contains("kept by the discovery \"crm\"") == true)
        }
    }

    @Test func `functions are removed with their target, and failures are counted until a success`()
        async throws
    {
        try await withStore { store in
            let (spec, function) = (try spec(), try function())
            let failures = try await store.write(as: .system) { writing throws(StoreError) in
                _ = try writing.putDiscovered(spec, of: "crm", functions: [function])
                try writing.removeDiscovered(spec.name, of: "crm")
                _ = try writing.recordDiscovery("crm", error: "throttled")
                return try writing.recordDiscovery("crm", error: "throttled")
            }
            #expect(failures == 2)
            let before = try await store.read { reading throws(StoreError) in try reading.discoveries() }
            #expect(before.map { $0.functionCount } == [0])
            #expect(before.map { $0.lastError } == ["throttled"])
            try await store.write(as: .system) { writing throws(StoreError) in
                _ = try writing.recordDiscovery("crm")
            }
            let after = try await store.read { reading throws(StoreError) in try reading.discoveries() }
            #expect(after.map { $0.lastError } == [nil] && after.map { $0.failureCount } == [0])
        }
    }

    @Test func `a store of version 7 opens, and its targets keep their sources`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let old = try Connection.open(path: path)
            for migration in SQLiteSchema.migrations.prefix(7) { try old.execute(migration) }
            try old.execute(
                """
                INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
                INSERT INTO target (name, function, contract, approval, enabled, timeout_ms, source, file_path,
                    created_at_ms, updated_at_ms)
                VALUES ('a', 'fn', 'jsonrpc', 'open', 1, 30000, 'cli', NULL, 10, 20),
                    ('b', 'fn', 'jsonrpc', 'open', 1, 30000, 'file', 'b/target.toml', 10, 20);
                PRAGMA application_id = 0x6D677731;
                PRAGMA user_version = 7;
                """
            )
            let store = try Store.open(path: path)
            defer { store.close() }
            let (version, faults, targets) = try await store.read { read throws(StoreError) in
                (try read.schemaVersion(), try read.faults(), try read.targets())
            }
            #expect(version == SQLiteSchema.migrations.count && faults.isEmpty)
            #expect(targets.map { $0.source } == [.cli, .file] && targets.allSatisfy { $0.discovery == nil })
            let discoveries = try await store.read { read throws(StoreError) in try read.discoveries() }
            #expect(discoveries.isEmpty)
        }
    }

    @Test func `a store counts as untouched only until its first change`() async throws {
        try await withStore { store in
            let before = try await store.read { read throws(StoreError) in try read.isUntouched() }
            let spec = try spec()
            try await store.writing { writing throws(StoreError) in try writing.addTarget(spec) }
            let after = try await store.read { read throws(StoreError) in try read.isUntouched() }
            #expect(before && !after)
        }
    }
}
