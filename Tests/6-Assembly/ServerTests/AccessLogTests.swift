import Bytes
import Gateway
import JSON
import Synchronization
import Locks
import Telemetry
import Testing

@testable import Server

/// The log's line about each call.
struct AccessLogTests {
    private static let names = CallNames(
        tenants: ["acme"],
        tenantIDs: [1],
        keys: ["3k9x0v2a"],
        keyIDs: [1],
        targets: ["notes"],
        tools: [CallNames.Tool(target: 0, name: "add", exposedName: "notes___add", sha256: .none)]
    )

    private static func batch(_ count: Int, texts: [String] = []) -> CallBatch {
        var batch = CallBatch(names: names)
        batch.texts = texts
        for index in 0..<count {
            var record = CallRecord()
            (record.tenant, record.key, record.tool) = (0, 0, 0)
            record.startedAtUs = 1_700_000_000_000_000 + Int64(index)
            record.id = ID128(high: 1, low: UInt64(index))
            (record.attempts, record.sentUs, record.answeredUs, record.endedUs) = (1, 100, 41_400, 41_512)
            (record.bytesIn, record.bytesOut) = (184, 96)
            batch.records.append(record)
        }
        return batch
    }

    @Test func `a line has the main fields of a call`() {
        var batch = Self.batch(1, texts: ["cursor 1.9", "timed_out"])
        (batch.records[0].client, batch.records[0].code) = (0, 1)
        let values = AccessLine(batch.records[0], of: batch).values.filter { !$0.1.isEmpty }
        #expect(
            values.map { $0.0 } == [
                "at", "tenant", "key", "target", "tool", "outcome", "code", "own_us", "upstream_ms",
                "bytes_in",
                "bytes_out", "request_id", "client",
            ]
        )
        let byName = Dictionary(uniqueKeysWithValues: values)
        #expect(byName["at"] == "2023-11-14T22:13:20.000Z" && byName["own_us"] == "212")
        #expect(byName["upstream_ms"] == "41.3" && byName["tool"] == "notes___add")
    }

    @Test func `hostile names are harmless in both forms, and positions that name nothing are left out`()
        throws
    {
        var batch = Self.batch(1, texts: ["evil\u{1B}[31m\n2026 error faked\u{202E}\" x=y", ""])
        (batch.records[0].tool, batch.records[0].asked, batch.records[0].client) = (-1, 0, 99)
        (batch.records[0].tenant, batch.records[0].key) = (7, -1)
        let values = AccessLine(batch.records[0], of: batch).values
        let text = LogSink.textLine(.info, "call", values)
        #expect(
            text.utf8.count(where: { $0 == 10 }) == 1 && !text.contains("\u{1B}")
                && !text.contains("\u{202E}")
        )
        let json = try JSONValue(parsing: LogSink.jsonLine(.info, "call", values, module: .access))
        #expect(json["module"] == "access" && json["tool"]?.stringValue?.hasPrefix("evil") == true)
        #expect(json["tenant"] == nil && json["client"] == nil)
    }

    @Test func `every call gets its line, however many are alike`() throws {
        let lines = Locked<[String]>([])
        let log = GatewayLog(GatewayLog.Levels(.info)) { line in lines.withLock { $0.append(line.text) } }
        let access = AccessLog(log.module(.access))
        try access.start()
        for _ in 0..<20 { access.take(Self.batch(50)) }
        access.stop()
        #expect(lines.withLock { $0 } == Array(repeating: "call", count: 1_000))
    }

    @Test func `taking batches never waits, and calls that don't fit are counted`() throws {
        let lines = Locked<[(String, Int)]>([])
        let log = GatewayLog(GatewayLog.Levels(.info)) { line in
            let calls = line.values.first { $0.0 == "calls" }.flatMap { Int($0.1) } ?? 1
            lines.withLock { $0.append((line.text, calls)) }
        }
        // Nothing is written before everything is taken.
        let access = AccessLog(log.module(.access), callsMax: 100)
        for _ in 0..<5 { access.take(Self.batch(40)) }
        try access.start()
        access.stop()
        let told = lines.withLock { $0 }
        #expect(told.count { $0.0 == "call" } == 80)
        #expect(told.last?.0.hasPrefix("lines of calls were left out") == true && told.last?.1 == 120)
    }
}
