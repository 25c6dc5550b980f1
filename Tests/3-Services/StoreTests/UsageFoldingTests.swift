import Calendar
import SQLite
import Store
import Telemetry
import TestSupport
import Testing

/// Folding of minutes into hours and days, with any clock and by several servers.
@Suite(.timeLimit(.minutes(1)))
struct UsageFoldingTests {
    /// Random figures, which are the same for the same seed.
    private struct Source: RandomNumberGenerator {
        var generator: SeededGenerator

        init(state: UInt64) { generator = SeededGenerator(seed: state) }

        mutating func next() -> UInt64 { generator.next() }

        mutating func call() -> (CallOutcome, CallRecord) {
            var call = CallRecord()
            call.endedUs = UInt32.random(in: 50...20_000_000, using: &self)
            call.bytesIn = UInt32.random(in: 0...5_000, using: &self)
            call.bytesOut = UInt32.random(in: 0...50_000, using: &self)
            if Bool.random(using: &self) {
                call.flags = Bool.random(using: &self) ? [.isReported, .isColdStart] : [.isReported]
                call.billedMs = UInt32.random(in: 1...900, using: &self)
            }
            call.costNanoUSD = Int64.random(in: 0...90_000, using: &self)
            return (CallOutcome.allCases.randomElement(using: &self) ?? .ok, call)
        }

        mutating func delta(minute: Int64, tenants: [Int64]) -> UsageDelta {
            let outcome = CallOutcome.allCases.randomElement(using: &self) ?? .ok
            var figures = UsageFigures()
            for _ in 0..<Int.random(in: 1...4, using: &self) { figures.add(call().1, outcome) }
            return UsageDelta(
                minute: minute,
                tenantID: tenants.randomElement(using: &self) ?? 0,
                keyID: Int64.random(in: 0...1, using: &self),
                target: "time",
                tool: ["now", "zone"].randomElement(using: &self) ?? "now",
                outcome: outcome,
                figures: figures
            )
        }
    }

    private func sums(_ store: Store, _ by: [UsageDimension]) async throws -> UsageSums {
        try await store.read { read throws(StoreError) in try read.usage(UsageQuery(by: by)) }
    }

    @Test(arguments: UInt64(1)...8)
    func `each call is counted once in every level, even if it comes late or the clock jumps`(
        seed: UInt64
    ) async throws {
        try await withSubscribers { store in
            let tenants = try await store.read { read throws(StoreError) in
                [try read.tenant(try .acme, nowMs: 0).id, try read.tenant(try .globex, nowMs: 0).id]
            }
            // Another server on the same store, restarted from time to time.
            var other = try Store.open(path: store.path, .existing)
            defer { other.close() }
            var source = Source(state: seed)
            var nowMs: Int64 = 1_795_000_000_000
            var all = UsageFigures()
            var byDay: [String: Int] = [:]
            for _ in 0..<120 {
                // The clock mostly advances some minutes; sometimes it jumps back by hours or ahead by days.
                switch Int.random(in: 0..<20, using: &source) {
                case 0: nowMs -= Int64.random(in: 0...20_000_000, using: &source)
                case 1: nowMs += Int64.random(in: 0...300_000_000, using: &source)
                default: nowMs += Int64.random(in: 0...900_000, using: &source)
                }
                var batch: [UsageDelta] = []
                for _ in 0..<Int.random(in: 0...6, using: &source) {
                    let late = Int.random(in: 0..<4, using: &source) == 0 ? 600 : 1
                    let minute = nowMs / 60_000 - Int64.random(in: 0...Int64(late), using: &source)
                    batch.append(source.delta(minute: minute, tenants: tenants))
                }
                for delta in batch {
                    all.merge(delta.figures)
                    byDay[delta.day, default: 0] += delta.figures.calls + delta.figures.limited
                }
                let (flushed, at) = (batch, nowMs)
                let countMax = Int.random(in: 1...30, using: &source)
                let writer = Bool.random(using: &source) ? store : other
                try await writer.write(as: .system) { write throws(StoreError) in try write.addUsage(flushed)
                }
                _ = try await (Bool.random(using: &source) ? store : other).write(as: .system) {
                    write throws(StoreError) in
                    try write.foldUsage(nowMs: at, countMax: countMax)
                }
                if Int.random(in: 0..<10, using: &source) == 0 {
                    other.close()
                    other = try Store.open(path: store.path, .existing)
                }
            }
            try await check(store, all, byDay)
            let end = nowMs + 1_000_000_000
            while try await store.write(
                as: .system,
                { write throws(StoreError) in try write.foldUsage(nowMs: end, countMax: 40) }
            ) {}
            #expect(try store.query("SELECT count(*) FROM usage_minute") == ["0"])
            let perHour = try store.query("SELECT sum(calls + limited) FROM usage_hour")
            #expect(perHour == ["\(all.calls + all.limited)"])
            try await check(store, all, byDay)
        }
    }

    private func check(_ store: Store, _ all: UsageFigures, _ byDay: [String: Int]) async throws {
        for by in [
            [UsageDimension.hour], [.day, .tool], [.month, .outcome], [.tenant, .key], [.hour, .tenant],
        ] {
            let sums = try await sums(store, by)
            #expect(sums.total == all, "by \(by)")
            #expect(sums.rows.reduce(into: UsageFigures()) { $0.merge($1.figures) } == all, "by \(by)")
        }
        var days: [String: Int] = [:]
        for row in try await sums(store, [.day]).rows {
            days[row.name] = row.figures.calls + row.figures.limited
        }
        #expect(days == byDay)
    }

    @Test func `a fold that is rolled back leaves every minute unchanged`() async throws {
        try await withSubscribers { store in
            let tenant = try await store.read { read throws(StoreError) in
                try read.tenant(try .acme, nowMs: 0).id
            }
            var source = Source(state: 7)
            let deltas = (0..<50).map { source.delta(minute: 1_000_000 + $0 * 7, tenants: [tenant]) }
            try await store.change(as: .system) { write throws(StoreError) in try write.addUsage(deltas) }
            let before = try await sums(store, [.hour, .tool])
            let failed = await refusal {
                try await store.change(as: .system) { write throws(StoreError) in
                    _ = try write.foldUsage(nowMs: .max / 2)
                    throw StoreError(.failed, "the disk is full")
                }
            }
            #expect(failed != nil)
            #expect(try await sums(store, [.hour, .tool]) == before)
            #expect(try store.query("SELECT count(*) FROM usage_hour") == ["0"])
            for _ in 0..<2 {
                try await store.change(as: .system) { write throws(StoreError) in
                    _ = try write.foldUsage(nowMs: 1_900_000_000_000)
                }
                #expect(try await sums(store, [.hour, .tool]) == before)
            }
        }
    }

    @Test func `minutes of the current hour aren't folded, and are included in every sum`() async throws {
        try await withSubscribers { store in
            let tenant = try await store.read { read throws(StoreError) in
                try read.tenant(try .acme, nowMs: 0).id
            }
            let hour: Int64 = 500_000
            let deltas = [hour * 60 - 1, hour * 60, hour * 60 + 59].map { minute in
                var figures = UsageFigures()
                figures.calls = 1
                return UsageDelta(
                    minute: minute,
                    tenantID: tenant,
                    keyID: 0,
                    target: "time",
                    tool: "now",
                    outcome: .ok,
                    figures: figures
                )
            }
            try await store.change(as: .system) { write throws(StoreError) in try write.addUsage(deltas) }
            let isMore = try await store.write(as: .system) { write throws(StoreError) in
                try write.foldUsage(nowMs: hour * 3_600_000 + 1_800_000)
            }
            #expect(!isMore)
            #expect(
                try store.query("SELECT period FROM usage_minute") == ["\(hour * 60)", "\(hour * 60 + 59)"]
            )
            #expect(try store.query("SELECT period FROM usage_hour") == ["\(hour - 1)"])
            #expect(try await sums(store, [.hour]).rows.map { $0.figures.calls } == [1, 2])
        }
    }

    /// The days with calls, the clock's day, and the first day for which days and hours are still kept.
    @Test(arguments: [
        (days: 20_000..<20_500, today: Int64(20_499), day: "20099", hourDay: "20409"),
        // A clock that is ahead by years, which deletes none of the newest days.
        (days: 20_000..<20_500, today: 30_000, day: "20100", hourDay: "20410"),
        (days: 20_000..<20_050, today: 30_000, day: "20000", hourDay: "20000"),
        // A clock that is behind by years.
        (days: 20_000..<20_500, today: 10, day: "20000", hourDay: "20000"),
    ])
    func `hours are kept for 90 days and days for 400, by the clock and by the newest calls`(
        _ row: (days: Range<Int>, today: Int64, day: String, hourDay: String)
    ) async throws {
        try await withSubscribers { store in
            let values = row.days.map { "(\($0), 1, 0, 1, 0, 1)" }.joined(separator: ", ")
            let columns = "reported, cold_starts, unpriced, bytes_in, bytes_out, billed_ms, measured_nusd"
            let hand = try Connection.open(path: store.path)
            try hand.execute("INSERT INTO used_tool (id, target, tool) VALUES (1, 'time', 'now')")
            for (table, factor) in [("usage_day", 1), ("usage_hour", 24)] {
                try hand.execute(
                    """
                    WITH d (period, tenant_id, key_id, tool_id, outcome, calls) AS (VALUES \(values))
                    INSERT INTO \(table) (period, tenant_id, key_id, tool_id, outcome, calls, errors, limited, \(columns),
                        estimated_nusd, duration_us)
                    SELECT period * \(factor), tenant_id, key_id, tool_id, outcome, calls, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
                    FROM d
                    """
                )
            }
            var slices = 0
            while try await store.write(
                as: .system,
                { write throws(StoreError) in try write.forgetUsage(nowMs: row.today * UTCDay.ms) }
            ) { slices += 1 }
            #expect(try store.query("SELECT min(period) FROM usage_day") == [row.day])
            #expect(try store.query("SELECT min(period) / 24 FROM usage_hour") == [row.hourDay])
            #expect(slices <= 500)
        }
    }
}
