import Bytes
import Telemetry
import Testing

@testable import Records

@Suite("A block of records")
struct RecordBlockTests {
    /// Records whose names already have numbers of a file.
    private func stored(_ count: Int, _ change: (inout CallRecord, Int) -> Void = { _, _ in }) -> [CallRecord]
    {
        (0..<count).map { number in
            var stored = record(number)
            stored.tenant = -1
            stored.asked = -1
            stored.outcome = 0
            stored.key = Int32(number % 5)
            stored.code = number % 11 == 3 ? 4 : 0
            stored.shape = Int32(number % 3) - 1
            change(&stored, number)
            return stored
        }
    }

    private func read(_ block: RecordBlock) throws -> [CallRecord] {
        try RecordBlock.records(block.runs, count: block.calls)
    }

    private func pack(_ records: [CallRecord]) -> RecordBlock {
        var column = Column()
        return RecordBlock(records.span, &column)
    }

    struct Row: Sendable {
        let name: String
        let count: Int
        let change: @Sendable (inout CallRecord, Int) -> Void
    }

    @Test(
        "gives back what was packed",
        arguments: [
            Row(name: "one record", count: 1) { _, _ in },
            Row(name: "a whole block", count: RecordBlock.calls) { _, _ in },
            Row(name: "times that go back", count: 100) { $0.startedAtUs -= Int64($1 * $1 * 1_000_003) },
            Row(name: "a time before 1970", count: 3) { record, _ in record.startedAtUs = -5 },
            Row(name: "the greatest numbers", count: 9) { record, number in
                record.endedUs = .max
                record.answeredUs = .max
                record.bytesIn = .max
                record.bytesOut = .max
                record.billedMs = .max
                record.memorySizeMB = .max
                record.memoryUsedMB = .max
                record.initUs = .max
                record.costNanoUSD = number == 4 ? .min : .max
                record.attempts = .max
                record.revision = .max
                record.flags = CallRecord.Flags(rawValue: 255)
                record.startedAtUs = number % 2 == 0 ? .max : .min
            },
            Row(name: "more than 256 callers", count: 1_000) { $0.key = Int32($1) },
            Row(name: "hashes of some", count: 50) { record, number in
                if number % 3 == 0 { record.argumentsSHA256 = digest(UInt8(number)) }
                if number == 49 { record.resultSHA256 = digest(9) }
            },
            Row(name: "ids that follow from the call's own", count: 20) { record, _ in
                record.traceID = record.id
                record.spanID = record.id.low
                record.parentSpanID = 5
            },
            Row(name: "ids that say another time", count: 20) { $0.id = ID128(high: UInt64($1), low: 7) },
            Row(name: "no ids", count: 20) { record, _ in
                record.id = .none
                record.traceID = .none
                record.spanID = 0
                record.lambdaRequestID = .none
            },
            Row(name: "steps in no order", count: 8) { record, _ in
                (record.authorizedUs, record.sentUs, record.answeredUs, record.endedUs) = (9, 3, 50, 20)
            },
        ]
    )
    func roundTrip(_ row: Row) throws {
        let records = stored(row.count, row.change)
        let found = try read(pack(records))
        #expect(found.map { "\($0)" } == records.map { "\($0)" }, "\(row.name)")
    }

    @Test("gives single records by their positions")
    func some() throws {
        let records = stored(300) { record, number in
            if number % 3 == 0 { record.argumentsSHA256 = digest(UInt8(number % 250)) }
        }
        let block = pack(records)
        for positions in [[0], [299], [5, 6, 200], []] {
            let found = try RecordBlock.records(block.runs, count: block.calls, at: positions)
            #expect(found.map { "\($0)" } == positions.map { "\(records[$0])" })
        }
        let id = records[9].lambdaRequestID
        #expect(try RecordBlock.positions(of: id, own: false, block.ids, count: 300) == [9])
        #expect(try RecordBlock.positions(of: records[9].id, own: true, block.ids, count: 300) == [9])
        #expect(try RecordBlock.positions(of: records[9].id, own: false, block.ids, count: 300) == [])
    }

    @Test("has the start of its first and last call, and the longest duration")
    func bounds() {
        let block = pack(stored(100))
        #expect(block.firstUs == noonUs)
        #expect(block.lastUs == noonUs + 99_000_000)
        #expect(block.longestUs == stored(100).map { $0.endedUs }.max())
    }

    @Test("a full block of calls with three ids each takes less than 90 bytes per call")
    func size() {
        var random = SystemRandomNumberGenerator()
        let records = stored(RecordBlock.calls) { record, _ in
            record.id = ID128(high: record.id.high | random.next() >> 52, low: random.next())
            record.traceID = ID128(high: random.next(), low: random.next())
            record.lambdaRequestID = ID128(high: random.next(), low: random.next())
            record.spanID = random.next()
            record.endedUs = UInt32(random.next() >> 46)
        }
        let block = pack(records)
        let bytes =
            block.head.count + block.times.count + block.rest.count + block.ids.count
            + IDFilter(records.span).bytes.count
        #expect(bytes < 90 * RecordBlock.calls)
    }

    @Test("its filter contains all its trace and request ids, and few others")
    func ids() {
        let records = stored(RecordBlock.calls)
        let filter = IDFilter(records.span)
        #expect(records.allSatisfy { filter.mayContain($0.traceID) && filter.mayContain($0.lambdaRequestID) })
        let others = (0..<10_000).filter { filter.mayContain(ID128(high: 5, low: UInt64($0))) }
        #expect(others.count < 1_000)
        #expect(!IDFilter([CallRecord]().span).mayContain(ID128(high: 1, low: 1)))
    }

    @Test("with damaged bytes is refused or read as other calls, without a crash")
    func fuzz() {
        let block = pack(stored(200) { $0.argumentsSHA256 = digest(UInt8($1)) })
        var random = SystemRandomNumberGenerator()
        var refused = 0
        for round in 0..<1_600 {
            var runs = [block.head, block.times, block.rest, block.ids]
            let run = round % 4
            switch round / 4 % 4 {
            case 0:
                runs[run][Int.random(in: 0..<runs[run].count, using: &random)] = .random(
                    in: 0...255,
                    using: &random
                )
            case 1: runs[run].removeLast(Int.random(in: 1...runs[run].count, using: &random))
            case 2:
                runs[run] = (0..<Int.random(in: 0..<400, using: &random)).map { _ in .random(in: 0...255) }
            default:
                for _ in 0..<20 {
                    runs[run][Int.random(in: 0..<runs[run].count, using: &random)] = .random(
                        in: 0...255,
                        using: &random
                    )
                }
            }
            let count = round % 5 == 0 ? Int.random(in: -1...70_000, using: &random) : block.calls
            let harmed = RecordBlock.Runs(head: runs[0], times: runs[1], rest: runs[2], ids: runs[3])
            if (try? RecordBlock.records(harmed, count: count)) == nil { refused += 1 }
            _ = try? RecordBlock.records(harmed, count: count, at: [0, 7, 199])
            _ = try? RecordBlock.positions(
                of: ID128(high: 77, low: 3),
                own: round % 2 == 0,
                runs[3],
                count: count
            )
        }
        #expect(refused > 300)
    }
}
