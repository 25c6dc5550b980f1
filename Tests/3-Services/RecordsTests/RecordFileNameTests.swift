import Calendar
import Testing

@testable import Records

@Suite("A record file's name")
struct RecordFileNameTests {
    @Test(
        "is read as it was written",
        arguments: [
            "calls-2026-11-30.db", "calls-2026-11-30.2.db", "calls-2026-11-30.s2.db",
            "calls-2026-11-30.s64.9.db",
            "calls-1970-01-01.db", "calls-9999-12-31.db",
        ]
    )
    func roundTrip(_ text: String) { #expect(RecordFileName(text)?.text == text) }

    @Test(
        "is no other text",
        arguments: [
            "calls-2026-02-30.db", "calls-2026-11-30.db-wal", "calls-2026-11-30.1.db",
            "calls-2026-11-30.10.db",
            "calls-2026-11-30.s1.db", "calls-2026-11-30.s65.db", "calls-2026-11-30.02.db",
            "calls-2026-11-30..db",
            "calls-.db", "gateway.db", "", "calls-2026-11-30.2.2.db", "calls-2026-11-30.+2.db",
        ]
    )
    func foreign(_ text: String) { #expect(RecordFileName(text) == nil) }

    @Test("a time outside of the years 1970 to 9999 gets the nearest day", arguments: [Int64.min, -1, .max])
    func clamped(_ us: Int64) {
        let name = RecordFileName(day: UTCDay(us: us), server: 1, number: 1)
        #expect(RecordFileName(name.text) == name)
    }
}
