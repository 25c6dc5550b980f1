import Policy
import SQLite
import TestSupport
import Testing

@testable import Store

/// A Lambda tenant id always belongs to one tenant, because execution environments keep data between calls.
struct LambdaTenantIDTests {
    private func create(_ store: Store, _ name: String, _ id: String) async throws {
        let spec = TenantSpec(name: try TenantName(name), lambdaTenantID: id)
        try await store.writing { write throws(StoreError) in _ = try write.createTenant(spec) }
    }

    private func update(_ store: Store, _ name: String, _ id: String) async throws {
        let name = try TenantName(name)
        try await store.writing { write throws(StoreError) in
            _ = try write.updateTenant(name, TenantChange(lambdaTenantID: id))
        }
    }

    private func remove(_ store: Store, _ name: String) async throws {
        let name = try TenantName(name)
        try await store.writing { write throws(StoreError) in _ = try write.removeTenant(name) }
    }

    /// The store's refusal of the change.
    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            guard let error = error as? StoreError, error.kind == .conflict else { return "\(error)" }
            return error.message
        }
    }

    @Test func `an id in use is refused, for new and changed tenants`() async throws {
        try await withStore { store in
            try await create(store, "acme", "one")
            try await create(store, "zeta", "two")
            let says = "tenant acme has the Lambda tenant id \"one\" already"
            #expect(await refusal { try await create(store, "new", "one") }?.hasPrefix(says) == true)
            #expect(await refusal { try await update(store, "zeta", "one") }?.hasPrefix(says) == true)
        }
    }

    @Test func `a removed tenant's id is refused, even for a new tenant with the same name`() async throws {
        try await withStore { store in
            try await create(store, "acme", "one")
            try await remove(store, "acme")
            for name in ["zeta", "acme"] {
                let text = await refusal { try await create(store, name, "one") }
                let says = "the Lambda tenant id \"one\" was that of tenant acme before"
                #expect(text?.hasPrefix(says) == true, "\(text ?? "")")
                try await create(store, name, "of-\(name)")
                #expect(await refusal { try await update(store, name, "one") } != nil)
            }
        }
    }

    @Test func `a tenant's former id is reserved for that tenant`() async throws {
        try await withStore { store in
            try await create(store, "acme", "one")
            try await update(store, "acme", "two")
            try await create(store, "zeta", "three")
            let says = "the Lambda tenant id \"one\" was that of tenant acme before"
            #expect(await refusal { try await update(store, "zeta", "one") }?.hasPrefix(says) == true)
            try await update(store, "acme", "")
            #expect(await refusal { try await update(store, "zeta", "two") } != nil)
            try await update(store, "acme", "one")
            #expect(try await store.tenant(TenantName("acme")).spec.lambdaTenantID == "one")
        }
    }

    @Test func `former ids are known after the migration, also those of removed tenants`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let old = try Connection.open(path: path)
            for migration in SQLiteSchema.migrations.prefix(7) { try old.execute(migration) }
            try old.execute(
                """
                INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
                INSERT INTO tenant (id, name, state, created_at_ms, updated_at_ms, lambda_tenant_id, removed_at_ms,
                    removed_name)
                VALUES (7, 'acme', 'active', 1, 2, 'one', NULL, NULL), (8, '~8', 'active', 1, 2, 'two', 3, 'gone'),
                    (9, 'twin', 'active', 1, 2, 'one', NULL, NULL);
                PRAGMA application_id = 0x6D677731;
                PRAGMA user_version = 7;
                """
            )
            let store = try Store.open(path: path)
            defer { store.close() }
            #expect(await refusal { try await create(store, "new", "two") }?.contains("tenant gone") == true)
            try await update(store, "acme", "other")
            try await update(store, "twin", "another")
            #expect(await refusal { try await create(store, "new", "one") }?.contains("tenant acme") == true)
            try await update(store, "acme", "one")
        }
    }
}
