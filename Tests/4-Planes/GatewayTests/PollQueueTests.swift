import Testing

@testable import Gateway

struct PollQueueTests {
    private static func taken(_ queue: inout PollQueue<Int>) -> [Int] {
        var items: [Int] = []
        while let next = queue.next() { items.append(next.item) }
        return items
    }

    @Test func `tenants take turns, however much one has waiting`() {
        var queue = PollQueue<Int>(max: 100, perTenantMax: 100)
        for item in 0..<5 { queue.add(10 + item, of: 1) }
        queue.add(20, of: 2)
        queue.add(30, of: 3)
        queue.add(21, of: 2)
        #expect(queue.waitingCount == 8)
        #expect(Self.taken(&queue) == [10, 20, 30, 11, 21, 12, 13, 14])
        for tenant: Int64 in [1, 1, 1, 1, 1, 2, 2, 3] { queue.ended(of: tenant) }
        #expect(queue.isEmpty)
    }

    @Test func `a tenant whose polls don't end leaves places to others`() {
        var queue = PollQueue<Int>(max: 4, perTenantMax: 2)
        for item in 0..<50 { queue.add(item, of: 1) }
        #expect(Self.taken(&queue) == [0, 1])
        queue.add(100, of: 2)
        queue.add(101, of: 2)
        queue.add(102, of: 2)
        #expect(Self.taken(&queue) == [100, 101])
        #expect(queue.runningCount == 4 && queue.next() == nil)
        queue.ended(of: 2)
        #expect(Self.taken(&queue) == [102])
        queue.ended(of: 1)
        #expect(Self.taken(&queue) == [2])
    }

    @Test func `what is removed never begins, and other items keep their turns`() {
        var queue = PollQueue<Int>(max: 10, perTenantMax: 10)
        for item in 0..<6 { queue.add(item, of: 1) }
        queue.add(7, of: 2)
        #expect(queue.next()?.item == 0)
        queue.remove(of: 1) { $0 % 2 == 0 }
        queue.remove(of: 2) { _ in true }
        queue.remove(of: 3) { _ in true }
        #expect(Self.taken(&queue) == [1, 3, 5])
        queue.add(8, of: 2)
        #expect(queue.next()?.item == 8)
        #expect(queue.runningCount == 5)
    }

    @Test func `a line that never becomes empty keeps only what waits`() {
        var queue = PollQueue<Int>(max: 1, perTenantMax: 1)
        queue.add(0, of: 7)
        for number in 1...100_000 {
            queue.add(number, of: 7)
            #expect(queue.next()?.item == number - 1)
            queue.ended(of: 7)
        }
        #expect(queue.waitingCount == 1 && queue.keptCount <= 128)
    }

    @Test func `an end that nobody began changes nothing`() {
        var queue = PollQueue<Int>(max: 1, perTenantMax: 1)
        queue.ended(of: 9)
        queue.add(1, of: 1)
        #expect(queue.next() != nil && queue.next() == nil)
    }

    /// Any order of events keeps the bounds, and nothing is lost or begun twice.
    @Test func `10,000 random events keep the bounds`() {
        var queue = PollQueue<Int>(max: 4, perTenantMax: 2)
        var state: UInt64 = 9
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var (added, removed) = (0, 0)
        var begun: Set<Int> = []
        var running: [Int64] = []
        for _ in 0..<10_000 {
            let tenant = Int64(random(5))
            switch random(5) {
            case 0, 1:
                queue.add(added, of: tenant)
                added += 1
            case 2:
                guard let next = queue.next() else { continue }
                #expect(begun.insert(next.item).inserted)
                running.append(next.tenant)
            case 3:
                guard !running.isEmpty else { continue }
                queue.ended(of: running.remove(at: Int(random(UInt64(running.count)))))
            default:
                let before = queue.waitingCount
                queue.remove(of: tenant) { $0 % 7 == 0 }
                removed += before - queue.waitingCount
            }
            #expect(running.count <= 4 && queue.runningCount == running.count)
            #expect(Set(running).allSatisfy { each in running.count { $0 == each } <= 2 })
            #expect(added == begun.count + removed + queue.waitingCount)
        }
        #expect(begun.count > 500 && removed > 50)
    }
}
