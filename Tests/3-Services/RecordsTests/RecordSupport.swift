import Bytes
import Calendar
import Locks
import Records
import Synchronization
import Telemetry

/// The names of two tenants with one key each, and of three tools of two targets.
let names = CallNames(
    tenants: ["acme", "globex"],
    tenantIDs: [11, 12],
    keys: ["acme01", "globex1"],
    keyIDs: [21, 22],
    targets: ["crm", "time"],
    tools: [
        CallNames.Tool(target: 0, name: "find", exposedName: "crm___find", sha256: digest(1)),
        CallNames.Tool(target: 0, name: "delete", exposedName: "remove", sha256: digest(2)),
        CallNames.Tool(target: 1, name: "now", exposedName: "time___now", sha256: digest(3)),
    ]
)

func digest(_ byte: UInt8) -> Digest { Digest([UInt8](repeating: byte, count: 32)) ?? .none }

/// 2026-11-30T12:00:00Z
let noonUs: Int64 = 1_796_040_000_000_000
let dayUs: Int64 = 86_400_000_000

/// Call number `number`, one second after the previous one; tenants and tools alternate, and every seventh call timed
/// out.
func record(_ number: Int, from startUs: Int64 = noonUs) -> CallRecord {
    var record = CallRecord()
    record.startedAtUs = startUs + Int64(number) * 1_000_000
    record.id = ID128(
        high: UInt64(record.startedAtUs / 1_000) << 16 | 0x7000,
        low: 1 << 63 | UInt64(number)
    )
    record.tenant = Int32(number % 2)
    record.key = record.tenant
    record.tool = Int32(number % 3)
    record.client = 0
    record.executedVersion = 1
    record.revision = 3
    record.attempts = 1
    record.authorizedUs = 10
    record.sentUs = 40
    record.answeredUs = 5_000 + UInt32(number * 7_919 % 1_000)
    record.endedUs = record.answeredUs + 12
    record.bytesIn = 200
    record.bytesOut = 400
    record.lambdaRequestID = ID128(high: 99, low: UInt64(number))
    record.traceID = ID128(high: 77, low: UInt64(number / 2))
    record.spanID = UInt64(number) + 1
    record.costNanoUSD = 2_083
    if number % 7 == 6 {
        record.outcome = UInt8(CallOutcome.timedOut.rawValue)
        record.code = 2
    }
    return record
}

func batch(_ numbers: some Sequence<Int>, from startUs: Int64 = noonUs) -> CallBatch {
    var batch = CallBatch(names: names)
    batch.texts = ["claude 1.0", "17", "timed_out"]
    batch.records = numbers.map { record($0, from: startUs) }
    return batch
}

/// The messages that a writer logged.
final class Log: Sendable {
    private let lines = Locked<[RecordEvent]>([])

    var events: [RecordEvent] { lines.withLock { $0 } }
    /// Each message with its values.
    var texts: [String] { events.map { $0.message + $0.fields.map { " \($0.0)=\($0.1)" }.joined() } }

    func write(_ event: RecordEvent) { lines.withLock { $0.append(event) } }
}

/// A clock that tests set.
final class Clock: Sendable {
    private let us: Locked<(wall: Int64, steady: Int64)>

    init(us: Int64 = noonUs) { self.us = Locked((us, 0)) }

    /// Lets time pass.
    func pass(ms: Int64) {
        us.withLock { us in
            us.wall += ms * 1_000
            us.steady += ms * 1_000
        }
    }

    /// Sets the machine's clock.
    func set(us wall: Int64) { us.withLock { $0.wall = wall } }

    var records: RecordClock {
        RecordClock(
            nowMs: { self.us.withLock { $0.wall / 1_000 } },
            steadyMs: { self.us.withLock { $0.steady / 1_000 } }
        )
    }
}

/// Runs `body` with a writer to a folder, and stops the writer.
func withWriter<T>(
    _ folder: String,
    keeper: any BodyKeeper = NoBodies(),
    clock: Clock = Clock(),
    log: Log = Log(),
    _ change: (inout RecordSettings) -> Void = { _ in },
    _ body: (RecordWriter) throws -> T
) throws -> T {
    var settings = RecordSettings(directory: folder)
    change(&settings)
    let writer = RecordWriter(settings, keeper: keeper, clock: clock.records) { log.write($0) }
    try writer.start()
    defer { writer.stop() }
    return try body(writer)
}

extension RecordReader {
    /// The numbers of the calls that a query finds.
    func numbers(_ change: (inout CallQuery) -> Void = { _ in }) throws -> [Int] {
        var query = CallQuery()
        query.limit = CallQuery.limitMax
        change(&query)
        return try blockingCalls(query).calls.map { $0.number }
    }
}

extension RecordedCall {
    var number: Int { Int(record.id.low & ~(1 << 63)) }
}

let dayText = UTCDay(ms: noonUs / 1_000).text
