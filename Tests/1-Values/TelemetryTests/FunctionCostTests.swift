import Bytes
import Telemetry
import Testing

struct FunctionCostTests {
    /// The price is a dollar per GB-second and nothing for requests, so that 1 ms at 1,024 MB costs a million nano-USD.
    static let price = CallPrice(gbSecondPicoUSD: 1_000_000_000_000, requestPicoUSD: 0)

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var execution = Execution.ended
        var flags: CallRecord.Flags = []
        var billedMs: UInt32 = 0
        var memoryMB: UInt32 = 0
        var tookUs: UInt32 = 1_000
        var attempts: UInt16 = 1
        var recent: Int64 = 0
        /// The expected cost, as milliseconds at 1,024 MB.
        let costs: Int64
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "measured", flags: [.isReported], billedMs: 7, memoryMB: 1_024, tookUs: 99_000, costs: 7),
        Row(
            name: "measured, with a cold start in it",
            flags: [.isReported, .isColdStart],
            billedMs: 412,
            memoryMB: 1_024,
            costs: 412
        ),
        Row(name: "estimated, rounded up", tookUs: 2_001, costs: 3),
        Row(name: "estimated, to the millisecond", tookUs: 2_000, costs: 2),
        Row(name: "never reached Lambda", execution: .none, tookUs: 50_000, attempts: 1, costs: 0),
        Row(name: "on this machine", flags: [.isReported, .isLocal], billedMs: 7, memoryMB: 1_024, costs: 0),
        Row(name: "given up early", execution: .unknown, tookUs: 1_000, recent: 40_000_000, costs: 40),
        Row(name: "given up late", execution: .unknown, tookUs: 90_000, recent: 40_000_000, costs: 90),
        Row(
            name: "with a session that had to be opened",
            flags: [.isReported],
            billedMs: 7,
            memoryMB: 1_024,
            tookUs: 30_000,
            attempts: 3,
            costs: 30
        ),
    ])
    func `a call's cost is the reported one, or estimated from its time`(_ row: Row) {
        let cost = FunctionCost(Self.price, memoryMB: 1_024)
        var record = CallRecord()
        record.flags = row.flags
        record.billedMs = row.billedMs
        record.memorySizeMB = row.memoryMB
        record.sentUs = 100
        record.answeredUs = 100 + row.tookUs
        record.attempts = row.attempts
        cost.fill(&record, row.execution, recent: row.recent)
        #expect(record.costNanoUSD == row.costs * 1_000_000)
    }

    @Test func `a function's memory is the last reported, else the declared, else 128 MB`() {
        let learned = FunctionCost.Learned()
        let unknown = FunctionCost(Self.price, learned: learned)
        #expect(unknown.memoryMB == 128)
        let declared = FunctionCost(Self.price, memoryMB: 512, learned: learned)
        #expect(declared.memoryMB == 512 && unknown.memoryMB == 128)
        var record = CallRecord()
        record.flags = [.isReported]
        record.billedMs = 10
        record.memorySizeMB = 2_048
        unknown.fill(&record, .ended)
        #expect(declared.memoryMB == 2_048 && record.costNanoUSD == 20_000_000)
        record.flags = []
        record.answeredUs = 10_000
        declared.fill(&record, .ended)
        #expect(record.costNanoUSD == 20_000_000)
    }

    @Test func `each request to the function is charged`() {
        let cost = FunctionCost(CallPrice(gbSecondPicoUSD: 1, requestPicoUSD: 200_000))
        var record = CallRecord()
        record.attempts = 3
        cost.fill(&record, .ended)
        #expect(record.costNanoUSD == 600)
    }

    @Test func `the recent cost follows the calls up and down, and is nil before the first`() {
        let recent = RecentCost()
        #expect(recent.nanoUSD == nil)
        recent.add(1_000)
        #expect(recent.nanoUSD == 1_000)
        for _ in 0..<60 { recent.add(9_000) }
        #expect((8_900...9_000).contains(recent.nanoUSD ?? 0))
        for _ in 0..<60 { recent.add(0) }
        #expect((0...100).contains(recent.nanoUSD ?? -1))
        recent.add(.max)
        recent.add(-5)
        #expect(recent.nanoUSD != nil)
    }
}
