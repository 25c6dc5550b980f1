import Policy
import Store
import Testing

struct AdminTokenTests {
    @Test func `a token has the right form, authenticates with its role, and isn't stored`() async throws {
        let clock = TestClock(1_000)
        try await withStore(clock: clock.read) { store in
            let issued = try await store.writing { write throws(StoreError) in
                try write.issueAdminToken(name: "ci", role: .viewer, expiresAtMs: 5_000)
            }
            let parts = issued.token.text.split(separator: "_", omittingEmptySubsequences: false)
            #expect(parts.count == 3 && parts[0] == "mgwa" && parts[1] == issued.record.prefix)
            #expect(parts[2].utf8.count == 43)
            #expect(AdminTokenText.prefix(ofPresented: issued.token.text) == issued.record.prefix)

            let outcome = try await authenticate(store, issued.token.text, 4_999)
            #expect(outcome == .success(issued.record))
            #expect(issued.record.role == .viewer && issued.record.name == "ci")
            #expect(try await authenticate(store, issued.token.text, 5_000) == .failure(.expired))
            let listed = try await store.read { read throws(StoreError) in try read.adminTokens() }
            #expect(listed == [issued.record])

            let dump = try storedBytes(store.path)
            #expect(dump.contains(Array(issued.record.prefix.utf8)))
            #expect(!dump.contains(Array(parts[2].utf8)))
            var dumped = ""
            Swift.dump(issued, to: &dumped)
            for text in ["\(issued)", "\(issued.token)", String(reflecting: issued), dumped] {
                #expect(!text.contains(parts[2]))
            }
        }
    }

    @Test func `wrong tokens of all kinds are unknown`() async throws {
        try await withStore { store in
            let token = try await store.writing { write throws(StoreError) in
                try write.issueAdminToken(name: "ci", role: .operator).token
            }
            let others = [
                "", "mgwa_", token.prefix, String(token.text.dropLast()), token.text + "x",
                token.text.uppercased(),
                "mgwa_\(token.prefix)_" + String(repeating: "A", count: 43),
                "mgwa_zzzzzzzz_" + token.text.suffix(43), token.text + "\0",
                String(repeating: "x", count: 100_000),
            ]
            for text in others { #expect(try await authenticate(store, text, 0) == .failure(.unknown)) }
        }
    }

    @Test func `a revoked token is refused forever, and its name is free`() async throws {
        try await withStore { store in
            let first = try await store.writing { write throws(StoreError) in
                try write.issueAdminToken(name: "ci", role: .operator)
            }
            let taken = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    _ = try write.issueAdminToken(name: "ci", role: .viewer)
                }
            }
            #expect(taken?.kind == .conflict)
            let revoked = try await store.writing { write throws(StoreError) in
                (try write.revokeAdminToken("ci"), try write.revokeAdminToken("ci"))
            }
            #expect(revoked.0.revokedAtMs == 1_000 && revoked.1 == revoked.0)
            #expect(try await authenticate(store, first.token.text, 0) == .failure(.revoked))
            let second = try await store.writing { write throws(StoreError) in
                try write.issueAdminToken(name: "ci", role: .viewer)
            }
            #expect(try await authenticate(store, second.token.text, 0) == .success(second.record))
            let events = try await store.events()
            #expect(
                events.map { $0.action }
                    == ["admin-token.issue", "admin-token.revoke", "admin-token.issue"]
            )
            #expect(events.allSatisfy { $0.object == "admin-token:ci" })
        }
    }

    @Test(arguments: ["", "a b", "ci/../x", "A", "a___b", "x\n", "ünï", "a:b"])
    func `a name that would confuse the audit log is refused`(_ name: String) async throws {
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    _ = try write.issueAdminToken(name: name, role: .viewer)
                }
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test func `an expiry in the past and an unknown token are refused`() async throws {
        try await withStore { store in
            let kinds = await [0, 1].asyncMap { attempt in
                await #expect(throws: StoreError.self) {
                    try await store.writing { write throws(StoreError) in
                        if attempt == 0 {
                            _ = try write.issueAdminToken(name: "ci", role: .viewer, expiresAtMs: 1_000)
                        } else {
                            try write.revokeAdminToken("ghost")
                        }
                    }
                }?.kind
            }
            #expect(kinds == [.invalid, .notFound])
            let events = try await store.events()
            #expect(events.isEmpty)
        }
    }

    private func authenticate(
        _ store: Store,
        _ text: String,
        _ nowMs: Int64
    ) async throws(StoreError) -> Result<AdminTokenRecord, Refusal> {
        let hash = AdminTokenText.hash(of: text)
        return try await store.read { read throws(StoreError) in
            try read.authenticateAdminToken(hash: hash, nowMs: nowMs)
        }
    }
}
