import Foundation
import System
import Testing

struct ResourceTests {
    struct Plan: Sendable {
        let limit: Int?
        let wanted: Int
        var isLocal = false
        let connections: Int
        let isWarned: Bool
    }

    @Test(arguments: [
        Plan(limit: nil, wanted: 10_000, connections: 10_000, isWarned: false),
        Plan(limit: 1 << 20, wanted: 10_000, connections: 10_000, isWarned: false),
        Plan(limit: 1024, wanted: 100, connections: 100, isWarned: false),
        Plan(limit: 1024, wanted: 10_000, connections: 420, isWarned: true),
        Plan(limit: 1024, wanted: 10_000, isLocal: true, connections: 105, isWarned: true),
        Plan(limit: 150, wanted: 10_000, connections: 38, isWarned: true),
        Plan(limit: 20, wanted: 10, connections: 1, isWarned: true),
    ])
    func `descriptors bound the connections: two for each, eight if local, and a reserve`(_ row: Plan) {
        let plan = DescriptorPlan(limit: row.limit, wanted: row.wanted, loops: 2, isLocal: row.isLocal)
        #expect(plan.connectionsMax == row.connections)
        #expect((plan.warning != nil) == row.isWarned)
        guard let limit = row.limit, limit > 100 else { return }
        let perConnection = row.isLocal ? 8 : 2
        let used = plan.connectionsMax * perConnection + plan.adminConnectionsMax + 2 * plan.refusedMax
        #expect(used + 48 <= limit)
    }

    @Test func `the warning has the figures, and says what to do`() {
        let warning = DescriptorPlan(limit: 1024, wanted: 10_000, loops: 1, isLocal: false).warning ?? ""
        for part in ["10000", "1024 descriptors allow 422", "LimitNOFILE=", "agents.connections_max"] {
            #expect(warning.contains(part), "\(warning)")
        }
    }

    @Test func `the limit of descriptors is raised to the hard one`() {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let hard = limit.rlim_max
        #expect(
            ProcessResources.raiseDescriptorLimit().map { UInt64($0) } == min(UInt64(hard), UInt64(Int.max))
        )
    }

    @Test func `memory is trimmed when it has grown, and less often while trims give nothing back`() {
        var schedule = TrimSchedule()
        let (idle, burst) = (30 << 20, 60 << 20)
        schedule.began(residentBytes: idle)
        let calm = [idle, idle + TrimSchedule.growthBytesMin - 1].map {
            schedule.shouldTrim(residentBytes: $0)
        }
        #expect(calm == [false, false])
        let first = schedule.shouldTrim(residentBytes: burst)
        schedule.trimmed(from: burst, to: idle)
        let second = schedule.shouldTrim(residentBytes: burst)
        #expect(first && second, "at once again, as it was worth it")
        var looks: [Int] = []
        for _ in 0..<6 {
            schedule.trimmed(from: burst, to: burst)
            var count = 1
            while !schedule.shouldTrim(residentBytes: burst) { count += 1 }
            looks.append(count)
        }
        #expect(looks == [2, 3, 5, 9, 17, 17])
        schedule.trimmed(from: burst, to: idle)
        let last = schedule.shouldTrim(residentBytes: burst)
        #expect(last)
    }

    @Test func `freed memory goes back to the system`() throws {
        ProcessResources.tuneMemory()
        func resident() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
        }
        // Blocks below the size that is mapped by itself, each with a small one behind it that stays.
        var large: [[UInt8]] = []
        var small: [[UInt8]] = []
        for _ in 0..<1000 {
            large.append([UInt8](repeating: 1, count: 60_000))
            small.append([UInt8](repeating: 1, count: 200))
        }
        let full = try resident()
        large = []
        ProcessResources.trimMemory()
        #expect(try resident() < full - 40_000_000)
        #expect(small.count == 1000)
    }
}
