import RateLimit
import Testing

struct QuotaCellTests {
    @Test
    func `counts to its limit in a period, and anew in the next`() {
        let cell = QuotaCell()
        for _ in 0..<3 { #expect(cell.take(period: 100, limit: 3) == 100) }
        #expect(cell.take(period: 100, limit: 3) == nil)
        #expect(cell.take(period: 100, limit: 4) == 100)
        #expect(cell.take(period: 101, limit: 3) == 101)
        #expect(cell.count(period: 101).count == 1)
        #expect(cell.take(period: 101, limit: 0) == nil)
    }

    @Test
    func `a thread that is behind counts in the later period, a clock put right in its own`() {
        let cell = QuotaCell()
        #expect(cell.take(period: 101, limit: 9) == 101)
        #expect(cell.take(period: 100, limit: 9) == 101)
        #expect(cell.count(period: 101).count == 2)
        #expect(cell.take(period: 50, limit: 9) == 50)
        #expect(cell.count(period: 50).count == 1)
        #expect(cell.drain() == [.init(period: 50, count: 1), .init(period: 101, count: 2)])
    }

    @Test
    func `gives back in the same period only`() {
        let cell = QuotaCell()
        _ = cell.take(period: 7, limit: 2)
        cell.giveBack(period: 7)
        cell.giveBack(period: 7)
        #expect(cell.count(period: 7).count == 0)
        _ = cell.take(period: 7, limit: 2)
        _ = cell.take(period: 8, limit: 2)
        cell.giveBack(period: 7)
        #expect(cell.count(period: 8).count == 1)
        #expect(cell.drain() == [.init(period: 7, count: 1), .init(period: 8, count: 1)])
    }

    @Test
    func `a drain holds what was counted since the last, and a failed one comes again`() {
        let cell = QuotaCell()
        cell.restore(count: 40, period: 9)
        #expect(cell.drain() == [])
        for _ in 0..<5 { _ = cell.take(period: 9, limit: 100) }
        let failed = cell.drain()
        #expect(failed == [.init(period: 9, count: 5)])
        _ = cell.take(period: 9, limit: 100)
        _ = cell.take(period: 10, limit: 100)
        failed.forEach { cell.owe($0) }
        #expect(cell.drain() == [.init(period: 9, count: 6), .init(period: 10, count: 1)])
        cell.giveBack(period: 10)
        #expect(cell.drain() == [.init(period: 10, count: -1)])
        #expect(cell.drain() == [])
    }

    @Test
    func `what the store had counts against the limit, but not when its period is over`() {
        let cell = QuotaCell()
        cell.restore(count: 3, period: 9)
        #expect(cell.take(period: 9, limit: 4) == 9)
        #expect(cell.take(period: 9, limit: 4) == nil)
        #expect(cell.take(period: 10, limit: 4) == 10)
        cell.restore(count: 1000, period: 9)
        #expect(cell.count(period: 10).count == 1)
        cell.restore(count: .max, period: 10)
        #expect(cell.count(period: 10).count == QuotaCell.countMax)
        #expect(cell.take(period: 10, limit: .max) == nil)
        #expect(cell.drain() == [.init(period: 9, count: 1), .init(period: 10, count: 1)])
    }

    @Test
    func `eight threads and a million takes get the quota of each period exactly, and the store all of it`()
        async
    {
        let cell = QuotaCell()
        var stored: [UInt32: Int64] = [:]
        let limit: UInt64 = 1000
        var given = 0
        for phase in 1...UInt32(200) {
            // The end of a period: threads are on either side of it, and one drains, and fails to store, meanwhile.
            given += await onThreads(8) { number in
                (0..<625).reduce(0) { count, round in
                    if number == 0, round % 20 == 0 { cell.drain().forEach { cell.owe($0) } }
                    let period = phase + UInt32((round / 3 + number) & 1)
                    return count + (cell.take(period: period, limit: limit) == nil ? 0 : 1)
                }
            }
            for delta in cell.drain() { stored[delta.period, default: 0] += delta.count }
        }
        #expect(stored.values.reduce(0, +) == Int64(given))
        // The first period ended when a call or few were counted in it; all others were used up.
        #expect(stored.removeValue(forKey: 1) ?? 0 <= Int64(limit))
        #expect(stored == Dictionary(uniqueKeysWithValues: (2...201).map { ($0, Int64(limit)) }))
    }

    @Test
    func `takes and gives back under eight threads leave what was kept`() async {
        let cell = QuotaCell()
        let kept = await onThreads(8) { number in
            var kept = 0
            for round in 0..<60_000 {
                guard cell.take(period: 3, limit: 100_000) != nil else { continue }
                if (round + number) % 3 == 0 { cell.giveBack(period: 3) } else { kept += 1 }
            }
            return kept
        }
        #expect(cell.count(period: 3).count == UInt64(kept))
        #expect(kept <= 100_000)
        #expect(cell.drain() == [.init(period: 3, count: Int64(kept))])
    }
}
