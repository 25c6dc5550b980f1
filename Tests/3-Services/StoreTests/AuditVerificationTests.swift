import JSON
import Policy
import SQLite
import Store
import Testing

struct AuditVerificationTests {
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let faults: [AuditFault]
        /// The highest id that the log still has.
        var lastID: Int64 = 2_500
    }

    /// SQL that is run on a log of 2,500 events, more than two batches.
    @Test(arguments: [
        Tampering(testDescription: "nothing", sql: "SELECT 1", faults: []),
        Tampering(
            testDescription: "an edited field",
            sql: "UPDATE audit SET actor = 'cli:somebody' WHERE id = 1700",
            faults: [.edit(id: 1_700)]
        ),
        Tampering(
            testDescription: "a field made NULL",
            sql: "UPDATE audit SET after = NULL WHERE id = 1",
            faults: [.edit(id: 1)]
        ),
        Tampering(
            testDescription: "an edited time",
            sql: "UPDATE audit SET at_ms = at_ms + 1 WHERE id = 2500",
            faults: [.edit(id: 2_500)]
        ),
        Tampering(
            testDescription: "one event gone",
            sql: "DELETE FROM audit WHERE id = 1000",
            faults: [.gap(after: 999, before: 1_001)]
        ),
        Tampering(
            testDescription: "a run of events gone over a batch's edge",
            sql: "DELETE FROM audit WHERE id BETWEEN 900 AND 2100",
            faults: [.gap(after: 899, before: 2_101)]
        ),
        Tampering(
            testDescription: "the beginning gone",
            sql: "DELETE FROM audit WHERE id <= 3",
            faults: [.gap(after: 0, before: 4)]
        ),
        Tampering(
            testDescription: "the end gone",
            sql: "DELETE FROM audit WHERE id > 2490",
            faults: [.missingTail(last: 2_490, issued: 2_500)]
        ),
        Tampering(
            testDescription: "everything gone",
            sql: "DELETE FROM audit",
            faults: [.missingTail(last: 0, issued: 2_500)]
        ),
        Tampering(
            testDescription: "the head gone",
            sql: "DELETE FROM audit_head",
            faults: [.missingHead]
        ),
        Tampering(
            testDescription: "the head and the end gone",
            sql: "DELETE FROM audit WHERE id > 2490; DELETE FROM audit_head",
            faults: [.missingHead],
            lastID: 2_490
        ),
        Tampering(
            testDescription: "the head set back",
            sql: "UPDATE audit_head SET last_id = 2490",
            faults: [.wrongHead(last: 2_500, head: 2_490)]
        ),
        Tampering(
            testDescription: "the head set forward",
            sql: "UPDATE audit_head SET last_id = 2501",
            faults: [.missingTail(last: 2_500, issued: 2_501)],
            lastID: 2_501
        ),
        Tampering(
            testDescription: "the end gone, and the head set back with another hash",
            sql: "DELETE FROM audit WHERE id > 2490; UPDATE audit_head SET last_id = 2490",
            faults: [.wrongHead(last: 2_490, head: 2_490)],
            lastID: 2_490
        ),
        Tampering(
            testDescription: "the head's hash forged",
            sql: "UPDATE audit_head SET hash = zeroblob(32)",
            faults: [.wrongHead(last: 2_500, head: 2_500)]
        ),
        Tampering(
            testDescription: "an event put in another's place",
            sql: """
                UPDATE audit SET (actor, action, object, tenant, before, after, previous_hash, hash) =
                    (SELECT actor, action, object, tenant, before, after, previous_hash, hash FROM audit WHERE id = 5)
                WHERE id = 9
                """,
            faults: [.wrongPreviousHash(id: 9), .edit(id: 9), .wrongPreviousHash(id: 10)]
        ),
        Tampering(
            testDescription: "a forged chain link",
            sql: "UPDATE audit SET previous_hash = zeroblob(32) WHERE id = 7",
            faults: [.wrongPreviousHash(id: 7), .edit(id: 7)]
        ),
        Tampering(
            testDescription: "two events that change places",
            sql: "UPDATE audit SET id = -1 WHERE id = 20; UPDATE audit SET id = 20 WHERE id = 21; "
                + "UPDATE audit SET id = 21 WHERE id = -1",
            faults: [
                .wrongPreviousHash(id: 20), .edit(id: 20), .wrongPreviousHash(id: 21), .edit(id: 21),
                .wrongPreviousHash(id: 22),
            ]
        ),
    ])
    func `tampering with the log is detected`(_ tampering: Tampering) async throws {
        try await withStore { store in
            try await store.write(as: .system) { write throws(StoreError) in
                for number in 1...2_500 {
                    try write.audit("test.step", "step:\(number)", after: .int(number))
                }
            }
            let honest = try await store.verifyAudit()
            #expect(honest.faults.isEmpty && honest.count == 2_500 && honest.headID == 2_500)
            #expect(honest.headHash?.utf8.count == 64)
            let vandal = try Connection.open(path: store.path)
            try vandal.execute("DROP TRIGGER audit_is_kept; DROP TRIGGER audit_stays")
            try vandal.execute("DROP TRIGGER audit_head_is_kept; DROP TRIGGER audit_head_advances")
            try vandal.execute(tampering.sql)
            let found = try await store.verifyAudit()
            #expect(found.faults == tampering.faults)
            #expect(tampering.faults.isEmpty == (found == honest))
            let whole = try await store.read { read throws(StoreError) in try read.auditFaults() }
            #expect(whole == found)
            // Later events don't hide the traces.
            try await store.write(as: .system) { write throws(StoreError) in
                for number in 1...20 { try write.audit("test.step", "later:\(number)") }
            }
            let later = try await store.verifyAudit()
            #expect(later.faults.isEmpty == tampering.faults.isEmpty)
            #expect(later.headID == tampering.lastID + 20)
        }
    }

    @Test func `a chain of other events ends in another hash`() async throws {
        var heads: [String?] = []
        for actor in ["ada", "eve"] {
            try await withStore { store in
                try await store.write(as: .cli(user: actor)) { write throws(StoreError) in
                    for number in 0..<3 { try write.audit("test.step", "step:\(number)") }
                }
                heads.append(try await store.verifyAudit().headHash)
            }
        }
        #expect(heads[0] != heads[1] && heads[0] != nil)
    }

    @Test func `the log can't be changed in SQL, only appended to`() async throws {
        try await withStore { store in
            try await store.write(as: .system) { write throws(StoreError) in try write.audit("a.b", "c:d") }
            let hand = try Connection.open(path: store.path)
            for sql in [
                "DELETE FROM audit", "UPDATE audit SET actor = 'x'", "DELETE FROM audit_head",
                "UPDATE audit_head SET last_id = 0", "UPDATE audit_head SET hash = zeroblob(32)",
                "UPDATE audit_head SET id = 2, last_id = 7",
            ] {
                let error = try #require(throws: SQLiteError.self) { try hand.execute(sql) }
                #expect(error.message.contains("append-only"))
            }
        }
    }

    /// Tampering that no check within the store can find, as docs/threat-model.md says; a hash that was kept elsewhere
    /// shows it.
    @Test func `removed last events together with an adapted head are shown only by the hash`() async throws {
        try await withStore { store in
            try await store.write(as: .system) { write throws(StoreError) in
                for number in 1...9 { try write.audit("test.step", "step:\(number)") }
            }
            let kept = try await store.verifyAudit().headHash
            let vandal = try Connection.open(path: store.path)
            try vandal.execute("DROP TRIGGER audit_is_kept; DROP TRIGGER audit_head_advances")
            try vandal.execute(
                """
                DELETE FROM audit WHERE id > 5;
                UPDATE audit_head SET last_id = 5, hash = (SELECT hash FROM audit WHERE id = 5);
                """
            )
            let found = try await store.verifyAudit()
            #expect(found.faults.isEmpty && found.headID == 5 && found.headHash != kept)
            #expect(try await store.events().allSatisfy { $0.storedHash != kept })
        }
    }

    @Test func `faults are described with their place`() {
        let texts: [(AuditFault, String)] = [
            (.gap(after: 4, before: 6), "event 5 is missing"),
            (.gap(after: 0, before: 4), "events 1 to 3 are missing"),
            (.edit(id: 7), "event 7 was edited"),
            (
                .wrongPreviousHash(id: 7),
                "event 7 does not follow the event before it: one of them was replaced"
            ),
            (.missingTail(last: 8, issued: 9), "event 9, the last, is missing"),
            (.missingTail(last: 0, issued: 9), "events 1 to 9, the last, are missing"),
            (
                .wrongHead(last: 9, head: 9),
                "event 9, the last, is not the one that the log's head was written with"
            ),
            (
                .wrongHead(last: 9, head: 4),
                "the log ends with event 9, but its head says that event 4 is the last"
            ),
            (.missingHead, "the log's head is gone: whether events are missing at its end can't be told"),
        ]
        for (fault, text) in texts { #expect(fault.description == text) }
    }

    @Test func `any text is logged unchanged: quotes, NUL, bidi and emoji`() async throws {
        try await withStore { store in
            let texts = [
                "", "\0", "a\0b", "\u{202E}evil", "🏭", "'; DROP TABLE audit --", "\u{FFFD}", "e\u{301}",
            ]
            try await store.write(as: .system, requestID: String(repeating: "r\0", count: 5_000)) {
                write throws(StoreError) in
                for text in texts { try write.audit("test.step", text, tenant: text, after: .string(text)) }
            }
            let verification = try await store.verifyAudit()
            #expect(verification.faults.isEmpty && verification.count == texts.count)
            let events = try await store.events()
            #expect(events.reversed().map { Array($0.object.utf8) } == texts.map { Array($0.utf8) })
            #expect(events.allSatisfy { $0.requestID == String(repeating: "r", count: 200) })
        }
    }
}
