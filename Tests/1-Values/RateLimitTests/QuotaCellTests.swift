import RateLimit
import Testing

struct QuotaCellTests {
    @Test
    func `a cell counts up to its limit in a period, and anew in the next`() {
        let cell = QuotaCell()
        for _ in 0..<3 { #expect(cell.take(period: 100, limit: 3)) }
        #expect(!cell.take(period: 100, limit: 3))
        #expect(cell.take(period: 100, limit: 4))
        #expect(cell.take(period: 101, limit: 3))
        #expect(cell.count(period: 101) == 1)
        #expect(!cell.take(period: 101, limit: 0))
    }

    /// The days that a clock shows one after another; on each, the quota is used up.
    @Test(arguments: [
        [100, 101, 100], [100, 99, 100], [100, 130, 100], [100, 70, 100, 130, 70, 100], [100, 0, 100],
        [0, 100, 0], [100, 101, 102, 101, 100, 102], [16_777_213, 100, 16_777_213],
        Array(60...100) + [5_000] + Array((60...100).reversed()),
    ])
    func `a clock that jumps away and comes back finds the count of the day`(_ days: [UInt32]) {
        let cell = QuotaCell()
        cell.restore(count: 2, period: 100)
        var stored: [UInt32: Int64] = [100: 2]
        for (number, day) in days.enumerated() {
            let before = cell.count(period: day)
            for _ in 0..<3 { _ = cell.take(period: day, limit: 3) }
            #expect(!cell.take(period: day, limit: 3))
            #expect(cell.count(period: day) == 3 && cell.count(period: day) >= before)
            let deltas = cell.drain()
            if number % 3 == 1 {
                deltas.forEach { cell.owe($0) }
            } else {
                for delta in deltas { stored[delta.period, default: 0] += delta.count }
            }
        }
        for delta in cell.drain() { stored[delta.period, default: 0] += delta.count }
        #expect(stored == Dictionary(Set(days + [100]).map { ($0, 3) }, uniquingKeysWith: max))
    }

    @Test
    func `of hundreds of periods the newest are kept, and the store gets all of them`() {
        let cell = QuotaCell()
        var stored: [UInt32: Int64] = [:]
        for day in 1...UInt32(300) {
            #expect(cell.take(period: day, limit: 9))
            if day % 100 == 0 {
                for delta in cell.drain() { stored[delta.period, default: 0] += delta.count }
            }
        }
        #expect(stored == Dictionary(uniqueKeysWithValues: (1...300).map { ($0, 1) }))
        for day in 1...UInt32(200) { _ = cell.take(period: day + 1_000, limit: 9); _ = cell.drain() }
        #expect(cell.count(period: 1_200) == 1 && cell.count(period: 1_150) == 1)
        #expect(cell.count(period: 1) == 0)
    }

    @Test
    func `an amount is given back in the period in which it was taken`() {
        let cell = QuotaCell()
        _ = cell.take(period: 7, limit: 2)
        cell.giveBack(period: 7)
        cell.giveBack(period: 7)
        #expect(cell.count(period: 7) == 0)
        _ = cell.take(period: 7, limit: 2)
        _ = cell.take(period: 8, limit: 2)
        cell.giveBack(period: 7)
        #expect(cell.count(period: 7) == 0 && cell.count(period: 8) == 1)
        cell.giveBack(period: 6)
        #expect(cell.drain() == [.init(period: 8, count: 1)])
    }

    @Test
    func `a drain returns the counts since the last one, and failed deltas again`() {
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
        cell.giveBack(period: 9)
        #expect(cell.drain() == [.init(period: 9, count: -1)])
        #expect(cell.drain() == [])
    }

    @Test
    func `the store's count counts against the limit of its own period`() {
        let cell = QuotaCell()
        cell.restore(count: 3, period: 9)
        #expect(cell.take(period: 9, limit: 4))
        #expect(!cell.take(period: 9, limit: 4))
        #expect(cell.take(period: 10, limit: 4))
        cell.restore(count: 1000, period: 9)
        #expect(cell.count(period: 9) == 1004 && cell.count(period: 10) == 1)
        cell.restore(count: .max, period: 10)
        #expect(cell.count(period: 10) == QuotaCell.countMax)
        #expect(!cell.take(period: 10, limit: .max))
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
            // The end of a period: threads are on either side of it, and meanwhile one drains and fails to store.
            given += await onThreads(8) { number in
                (0..<625).reduce(0) { count, round in
                    if number == 0, round % 20 == 0 { cell.drain().forEach { cell.owe($0) } }
                    let period = phase + UInt32((round / 3 + number) & 1)
                    return count + (cell.take(period: period, limit: limit) ? 1 : 0)
                }
            }
            for delta in cell.drain() { stored[delta.period, default: 0] += delta.count }
        }
        #expect(stored.values.reduce(0, +) == Int64(given))
        #expect(stored == Dictionary(uniqueKeysWithValues: (1...201).map { ($0, Int64(limit)) }))
    }

    @Test
    func `the count is exact when eight threads take and give back`() async {
        let cell = QuotaCell()
        let kept = await onThreads(8) { number in
            var kept = 0
            for round in 0..<60_000 {
                guard cell.take(period: 3, limit: 100_000) else { continue }
                if (round + number) % 3 == 0 { cell.giveBack(period: 3) } else { kept += 1 }
            }
            return kept
        }
        #expect(cell.count(period: 3) == UInt64(kept))
        #expect(kept <= 100_000)
        #expect(cell.drain() == [.init(period: 3, count: Int64(kept))])
    }
}
