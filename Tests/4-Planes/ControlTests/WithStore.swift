import Model
import EventLoop
import Store
import TestSupport

/// Runs `body` with an empty store in a folder of its own.
func withStore<T>(
    clock: @escaping @Sendable () -> Int64 = WallClock.nowMs,
    _ body: (Store::Store) async throws -> T
) async throws -> T {
    try await withTemporaryDirectory { (folder: String) async throws -> T in
        let store = try Store.open(path: "\(folder)/gateway.db", clock: clock)
        defer { store.close() }
        return try await body(store)
    }
}

extension Store::Store {
    /// Adds targets as a command does, each with a function of the same name.
    func add(_ names: [String], edit: @Sendable (inout TargetSpec) -> Void = { _ in }) async throws {
        for name in names {
            var spec = TargetSpec(name: try TargetName(name), function: name)
            edit(&spec)
            let final = spec
            try await write(as: .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.addTarget(final)
            }
        }
    }

    func toolNames() async throws -> [String] {
        try await read { reading throws(StoreError) in try reading.tools().map { $0.exposedName } }
    }

    func target(_ name: String) async throws -> TargetRecord {
        let name = try TargetName(name)
        return try await read { reading throws(StoreError) in try reading.target(name) }
    }
}
