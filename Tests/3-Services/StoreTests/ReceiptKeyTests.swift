import Bytes
import Crypto
import Store
import System
import TestSupport
import Testing

struct ReceiptKeyTests {
    @Test func `the key is created once, when first needed, and the audit log has its public half`()
        async throws
    {
        try await withStore { store in
            let before = try await store.read { reading throws(StoreError) in try reading.receiptKey() }
            #expect(before == nil)
            let keys = try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await store.write(as: .system) { write throws(StoreError) in
                            try write.receiptKeyMadeIfMissing()
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(keys.map { $0.publicKey }).count == 1)
            let key = try #require(keys.first)
            let signature = try #require(key.sign([1, 2]))
            #expect(Ed25519.isValid(signature, of: [1, 2], by: key.publicKey))
            #expect(try store.audited() == ["system receipt-key.create receipt-key:1"])
            #expect(try store.query("SELECT after FROM audit")[0].contains(key.publicText))
            #expect(try store.query("SELECT after FROM audit")[0].contains(key.fingerprint.hex))
        }
    }

    @Test func `a copy of the store has its key, and another store has another key`() async throws {
        try await withStore { store in
            let key = try await store.write(as: .system) { write throws(StoreError) in
                try write.receiptKeyMadeIfMissing()
            }
            let report = try Store.backUp(store.path, to: store.path + ".copy")
            #expect(report.faults == [])
            let copy = try Store.open(path: store.path + ".copy", .existing)
            defer { copy.close() }
            let copied = try await copy.read { reading throws(StoreError) in try reading.receiptKey() }
            #expect(copied?.publicKey == key.publicKey)
            try await withStore { other in
                let its = try await other.write(as: .system) { write throws(StoreError) in
                    try write.receiptKeyMadeIfMissing()
                }
                #expect(its.publicKey != key.publicKey)
            }
        }
    }

    @Test func `places in the audit log are found by id and by time, also in a file that isn't open`()
        async throws
    {
        let clock = TestClock(1_000)
        try await withStore(clock: clock.read) { store in
            let none = try await store.read { reading throws(StoreError) in try reading.lastAuditPlace() }
            #expect(none == nil)
            for (index, name) in ["a", "b", "c"].enumerated() {
                clock.set(1_000 * Int64(index + 1))
                try await store.change { write throws(StoreError) in
                    try write.createTenant(try checked(TenantName(name)))
                }
            }
            let places = try await store.read { reading throws(StoreError) in
                [
                    try reading.lastAuditPlace(), try reading.auditPlace(atOrBefore: 2_999),
                    try reading.auditPlace(atOrBefore: 2_000), try reading.auditPlace(atOrBefore: 999),
                    try reading.auditPlace(2),
                ]
            }
            #expect(places.map { $0?.id } == [3, 2, 2, nil, 2])
            let hashes = try store.query("SELECT lower(hex(hash)) FROM audit ORDER BY id")
            #expect(places[0]?.hash == hashes[2] && places[4]?.hash == hashes[1])
            let check = try Store.auditPlaces([3, 2, 9], inFile: store.path)
            #expect(check.found == [places[0], places[1], nil] && check.faults == [])
        }
    }

    @Test func `a missing file and a folder have no audit places`() throws {
        try withTemporaryDirectory { folder in
            #expect(throws: StoreError.self) { try Store.auditPlaces([1], inFile: "\(folder)/none.db") }
            #expect(throws: StoreError.self) { try Store.auditPlaces([1], inFile: folder) }
        }
    }
}
