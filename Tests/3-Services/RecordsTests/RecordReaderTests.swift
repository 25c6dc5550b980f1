import Bytes
import Calendar
import Policy
import Records
import System
import Telemetry
import TestSupport
import Testing

@Suite("Recorded calls")
struct RecordReaderTests {
    /// 1,300 calls, one per second: a whole block and parts.
    private func withCalls<T>(_ body: (RecordReader) throws -> T) throws -> T {
        try withTemporaryDirectory { folder in
            try withWriter(folder) { (writer) throws in
                for start in stride(from: 0, to: 1_300, by: 260) { writer.take(batch(start..<start + 260)) }
                writer.flush()
            }
            return try body(RecordReader(directory: folder))
        }
    }

    @Test("are found again with all their values")
    func whole() throws {
        try withCalls { (reader) throws in
            let call = try #require(reader.blockingCalls(identifiedBy: record(1_273).id).calls.first)
            var expected = record(1_273)
            // The names are those in the file.
            expected.tenant = call.record.tenant
            expected.key = call.record.key
            expected.tool = call.record.tool
            expected.client = call.record.client
            expected.executedVersion = call.record.executedVersion
            expected.code = call.record.code
            #expect("\(call.record)" == "\(expected)")
            #expect(call.tenant == "globex")
            #expect(call.tenantID == 12)
            #expect(call.key == "globex1")
            #expect(call.target == "crm")
            #expect(call.tool == "delete")
            #expect(call.exposedName == "remove")
            #expect(call.client == "claude 1.0")
            #expect(call.executedVersion == "17")
            #expect(call.code == "timed_out")
            #expect(call.outcome == .timedOut)
            #expect(call.definitionSHA256 == digest(2))
            #expect(call.subject == nil)
            #expect(call.shape == nil)
        }
    }

    struct Row: Sendable {
        let name: String
        let query: @Sendable (inout CallQuery) -> Void
        let isWanted: @Sendable (Int) -> Bool
    }

    @Test(
        "are selected by each condition, and by several at once",
        arguments: [
            Row(name: "none") { _ in
            } isWanted: { _ in
                true
            },
            Row(name: "a tenant's name") {
                $0.tenant = "acme"
            } isWanted: {
                $0 % 2 == 0
            },
            Row(name: "a tenant's id") {
                $0.tenantID = 12
            } isWanted: {
                $0 % 2 == 1
            },
            Row(name: "a key") {
                $0.key = "globex1"
            } isWanted: {
                $0 % 2 == 1
            },
            Row(name: "a target") {
                $0.target = "crm"
            } isWanted: {
                $0 % 3 < 2
            },
            Row(name: "a tool") {
                $0.tool = "time___now"
            } isWanted: {
                $0 % 3 == 2
            },
            Row(name: "a tool by its alias") {
                $0.tool = "remove"
            } isWanted: {
                $0 % 3 == 1
            },
            Row(name: "a tool by its own name") {
                $0.tool = "crm___delete"
            } isWanted: {
                $0 % 3 == 1
            },
            Row(name: "an outcome") {
                $0.outcomes = [.timedOut]
            } isWanted: {
                $0 % 7 == 6
            },
            Row(name: "outcomes") {
                $0.outcomes = [.ok, .limited]
            } isWanted: {
                $0 % 7 != 6
            },
            Row(name: "a code") {
                $0.code = "timed_out"
            } isWanted: {
                $0 % 7 == 6
            },
            Row(name: "a tenant and a tool") {
                ($0.tenant, $0.tool) = ("acme", "time___now")
            } isWanted: {
                $0 % 6 == 2
            },
            Row(name: "a tenant, a tool and a code") {
                ($0.tenant, $0.tool, $0.code) = ("acme", "time___now", "timed_out")
            } isWanted: {
                $0 % 42 == 20
            },
            Row(name: "a tenant and the other's key") {
                ($0.tenant, $0.key) = ("acme", "globex1")
            } isWanted: { _ in
                false
            },
            Row(name: "a name that isn't there") {
                $0.tenant = "nobody"
            } isWanted: { _ in
                false
            },
            Row(name: "a name with a quote") {
                $0.tool = "' OR 1=1 --"
            } isWanted: { _ in
                false
            },
            Row(name: "an outcome that didn't come") {
                $0.outcomes = [.cancelled]
            } isWanted: { _ in
                false
            },
            Row(name: "a time") {
                ($0.sinceUs, $0.untilUs) = (noonUs + 500_000_000, noonUs + 1_100_000_001)
            } isWanted: {
                500...1_100 ~= $0
            },
            Row(name: "a time and a tenant") {
                ($0.sinceUs, $0.tenant) = (noonUs + 1_200_000_000, "acme")
            } isWanted: {
                $0 >= 1_200 && $0 % 2 == 0
            },
            Row(name: "a day without calls") {
                $0.sinceUs = noonUs + dayUs
            } isWanted: { _ in
                false
            },
        ]
    )
    func selected(_ row: Row) throws {
        try withCalls { (reader) throws in
            let expected = (0..<1_300).filter(row.isWanted)
            #expect(try reader.numbers(row.query) == expected.reversed(), "\(row.name), the newest first")
            let stored = try reader.numbers {
                row.query(&$0)
                $0.order = .oldestFirst
            }
            #expect(stored == expected, "\(row.name), in the order of storing")
            let slowest = try reader.numbers {
                row.query(&$0)
                $0.order = .slowestFirst
            }
            let byTime = expected.sorted {
                (record($0).endedUs, $0) > (record($1).endedUs, $1)
            }
            #expect(slowest == byTime, "\(row.name), the slowest first")
        }
    }

    @Test(
        "come in pages that hold each of them once",
        arguments: [CallQuery.Order.newestFirst, .oldestFirst, .slowestFirst]
    )
    func pages(_ order: CallQuery.Order) throws {
        try withCalls { (reader) throws in
            var query = CallQuery()
            (query.order, query.tenant, query.limit) = (order, "acme", 137)
            var seen: [Int] = []
            var pages = 0
            repeat {
                let page = try reader.blockingCalls(query)
                seen += page.calls.map { $0.number }
                query.after = page.next
                pages += 1
                if page.calls.isEmpty { break }
            } while query.after != nil && pages < 100
            #expect(seen.count == 650)
            #expect(Set(seen).count == 650)
        }
    }

    @Test("a place from another order, and one that the reader never gave, are refused")
    func places() throws {
        try withCalls { (reader) throws in
            var query = CallQuery()
            query.limit = 5
            let next = try #require(reader.blockingCalls(query).next)
            for after in ["x", "", reader.blockingEnd()] {
                query.after = after
                #expect(throws: RecordError.place) { try reader.blockingCalls(query) }
            }
            query.order = .oldestFirst
            query.after = next
            #expect(throws: RecordError.place) { try reader.blockingCalls(query) }
        }
    }

    @Test("are found by their own id, by their trace id and by Lambda's request id")
    func byID() throws {
        try withCalls { (reader) throws in
            #expect(reader.blockingCalls(identifiedBy: record(7).id).calls.map { $0.number } == [7])
            #expect(reader.blockingCalls(identifiedBy: record(8).traceID).calls.map { $0.number } == [9, 8])
            #expect(
                reader.blockingCalls(identifiedBy: record(1_299).lambdaRequestID).calls.map { $0.number } == [
                    1_299
                ]
            )
            #expect(reader.blockingCalls(identifiedBy: ID128(high: 1, low: 1)).calls.isEmpty)
            #expect(reader.blockingCalls(identifiedBy: .none).calls.isEmpty)
        }
    }

    @Test("of another tenant are not found by any id")
    func tenants() throws {
        try withCalls { (reader) throws in
            #expect(reader.blockingCalls(identifiedBy: record(7).id, tenantID: 11).calls.isEmpty)
            #expect(reader.blockingCalls(identifiedBy: record(7).id, tenantID: 12).calls.count == 1)
            let traced = reader.blockingCalls(identifiedBy: record(8).traceID, tenantID: 11)
            #expect(traced.calls.map { $0.number } == [8])
        }
    }

    @Test("a call of an unknown tool is found by the requested name, one with a token has its subject")
    func asked() throws {
        try withTemporaryDirectory { folder in
            var asked = batch([0, 1])
            asked.texts += ["crm___fnid", "alice", String(repeating: "x", count: 10_000)]
            asked.records[0].tool = -1
            asked.records[0].asked = 3
            asked.records[0].key = -1
            asked.records[0].subject = 4
            asked.records[1].tool = -1
            asked.records[1].asked = 5
            try withWriter(folder) { (writer) throws in
                writer.take(asked)
                writer.flush()
            }
            let reader = RecordReader(directory: folder)
            var query = CallQuery()
            query.tool = "crm___fnid"
            let call = try #require(reader.blockingCalls(query).calls.first)
            #expect(call.exposedName == "crm___fnid")
            #expect(call.tool == nil)
            #expect(call.target == nil)
            #expect(call.key == nil)
            #expect(call.subject == "alice")
            #expect(call.tenant == "acme")
            let long = try #require(reader.blockingCalls(identifiedBy: record(1).id).calls.first)
            #expect(long.exposedName.utf8.count == 512)
        }
    }

    @Test("following returns each call once, whichever file it was written to meanwhile")
    func following() throws {
        try withTemporaryDirectory { folder in
            let clock = Clock()
            let reader = RecordReader(directory: folder)
            try withWriter(folder, clock: clock) { (writer) throws in
                writer.take(batch(0..<10))
                writer.flush()
                var query = CallQuery()
                query.order = .oldestFirst
                query.after = reader.blockingEnd()
                query.limit = 700
                func news() throws -> [Int] {
                    let page = try reader.blockingCalls(query)
                    query.after = page.next
                    return page.calls.map { $0.number }
                }
                #expect(try news() == [])
                writer.take(batch(10..<13))
                writer.flush()
                #expect(try news() == [10, 11, 12])
                // The parts become a block.
                writer.take(batch(13..<1_100))
                writer.flush()
                #expect(try news() == Array(13..<713))
                #expect(try news() == Array(713..<1_100))
                #expect(try news() == [])
                // Calls of the next day, and of a day long ago.
                writer.take(batch(2_000..<2_002, from: noonUs + dayUs))
                writer.take(batch(3_000..<3_002, from: noonUs - 300 * dayUs))
                writer.flush()
                #expect(try news().sorted() == [2_000, 2_001, 3_000, 3_001])
                #expect(try news() == [])
            }
        }
    }

    @Test("kept arguments and results are returned only when a single call is requested")
    func bodies() throws {
        struct Keeper: BodyKeeper {
            func keep(
                arguments: ArraySlice<UInt8>?,
                argumentsAreCut: Bool,
                result: ArraySlice<UInt8>?,
                resultIsCut: Bool,
                tool: CallNames.Tool?,
                target: String?,
                recording: RecordingSettings
            ) -> KeptBody {
                var kept = KeptBody()
                kept.shape = tool.map { "\($0.name) of \(target ?? "?")" }
                kept.arguments = arguments.map { String(decoding: $0, as: UTF8.self) }
                kept.result = result.map { String(decoding: $0, as: UTF8.self) }
                return kept
            }
        }
        try withTemporaryDirectory { folder in
            var bodies = batch(0..<4)
            bodies.bytes = Array(#"{"a":1}[2]"#.utf8)
            var body = CallBody(record: 1)
            (body.arguments.start, body.arguments.count) = (0, 7)
            (body.result.start, body.result.count) = (7, 3)
            // Arguments outside of the batch's bytes are ignored.
            var outside = CallBody(record: 3)
            (outside.arguments.start, outside.arguments.count) = (8, 100)
            bodies.bodies = [body, outside]
            try withWriter(folder, keeper: Keeper()) { (writer) throws in
                writer.take(bodies)
                writer.flush()
            }
            let reader = RecordReader(directory: folder)
            let call = try #require(reader.blockingCalls(identifiedBy: record(1).id).calls.first)
            #expect(call.arguments == #"{"a":1}"#)
            #expect(call.result == "[2]")
            #expect(call.shape == "delete of crm")
            let other = try #require(reader.blockingCalls(identifiedBy: record(3).id).calls.first)
            #expect(other.arguments == nil)
            let listed = try reader.blockingCalls(CallQuery()).calls
            #expect(listed.allSatisfy { $0.arguments == nil && $0.result == nil })
        }
    }

    @Test("the shapes of a tool's arguments are counted for each tenant")
    func shapes() throws {
        try withTemporaryDirectory { folder in
            var shaped = batch(0..<1_200)
            shaped.texts += ["{a:s}", "{b:n}"]
            for index in shaped.records.indices where index % 4 > 0 {
                shaped.records[index].shape = index % 4 == 1 ? 3 : 4
            }
            try withWriter(folder) { (writer) throws in
                writer.take(shaped)
                writer.flush()
            }
            let reader = RecordReader(directory: folder)
            let shapes = reader.blockingShapes(ShapeQuery(target: "crm", tool: "find"))
            let found = (0..<1_200).filter { $0 % 3 == 0 }
            #expect(shapes.callsWithoutShape == found.count { $0 % 4 == 0 })
            for (shape, remainders) in [("{a:s}", [1]), ("{b:n}", [2, 3])] {
                for (tenant, parity) in [("acme", 0), ("globex", 1)] {
                    let wanted = found.filter { remainders.contains($0 % 4) && $0 % 2 == parity }
                    let row = shapes.rows.first { $0.shape == shape && $0.tenant == tenant }
                    #expect(row?.calls ?? 0 == wanted.count { $0 % 7 != 6 })
                    #expect(row?.failedCalls ?? 0 == wanted.count { $0 % 7 == 6 })
                    #expect(row?.lastUs == wanted.last.map { noonUs + Int64($0) * 1_000_000 })
                }
            }
            let later = ShapeQuery(target: "crm", tool: "find", sinceUs: noonUs + 1_190_000_000)
            #expect(reader.blockingShapes(later).rows.reduce(0) { $0 + $1.calls + $1.failedCalls } == 3)
            #expect(reader.blockingShapes(ShapeQuery(target: "crm", tool: "x")).rows.isEmpty)
        }
    }

    @Test("a missing folder has no calls, and isn't created")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            let reader = RecordReader(directory: "\(folder)/none")
            let answer = try await reader.calls(CallQuery())
            #expect(answer.calls.isEmpty)
            #expect(answer.faults.isEmpty)
            #expect(answer.next == nil)
            #expect(try await reader.calls(identifiedBy: record(1).id).calls.isEmpty)
            #expect(!Files.exists("\(folder)/none"))
        }
    }
}
