// records-bench: writes ten million records of calls into files of thirty days, and measures searches in them.
//
//     BENCHMARKS=1 swift run -c release records-bench FOLDER [millions of records] [write]
//
// A folder that has files already is only searched; with `write` nothing is searched. Times are the best of five; each
// search opens its files.
import Bytes
import Calendar
import Glibc
import Records
import System
import Telemetry

/// SplitMix64: fast, and the same calls each time. Source: prng.di.unimi.it/splitmix64.c
struct Random {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A month of calls of a hundred tenants with two keys each, on two hundred tools.
struct Month {
    static let days = 30
    /// 2026-11-01
    static let first = UTCDay(daysSince1970: 20_758)
    let perDay: Int
    let names: CallNames
    private var random = Random()

    init(perDay: Int) {
        self.perDay = perDay
        names = CallNames(
            tenants: (0..<100).map { "tenant-\($0)" },
            tenantIDs: (0..<100).map { Int64($0) + 1 },
            keys: (0..<200).map { "k\(100_000 + $0)" },
            keyIDs: (0..<200).map { Int64($0) + 1 },
            targets: (0..<20).map { "target-\($0)" },
            tools: (0..<200).map { tool in
                CallNames.Tool(
                    target: Int32(tool % 20),
                    name: "tool_\(tool)",
                    exposedName: "target-\(tool % 20)___tool_\(tool)",
                    sha256: Digest([UInt8](repeating: UInt8(tool), count: 32)) ?? .none
                )
            }
        )
    }

    /// The batches of a day, as loops hand them over.
    mutating func batches(ofDay day: Int, _ take: (CallBatch) -> Void) {
        let start = Int64(Self.first.daysSince1970 + day) * 86_400_000_000
        let step = 86_400_000_000 / Int64(perDay)
        var made = 0
        while made < perDay {
            var batch = CallBatch(names: names)
            batch.texts = [
                "claude-desktop 1.2.3", "cursor 0.45", "17", "timed_out", "throttled", "tool_error",
            ]
            batch.records.reserveCapacity(256)
            for _ in 0..<min(256, perDay - made) {
                batch.records.append(record(start + Int64(made) * step))
                made += 1
            }
            take(batch)
        }
    }

    private mutating func record(_ startedAtUs: Int64) -> CallRecord {
        var record = CallRecord()
        let bits = random.next()
        record.startedAtUs = startedAtUs + Int64(bits & 0x3FFF)
        record.id = ID128(
            high: UInt64(record.startedAtUs / 1_000) << 16 | 0x7000 | random.next() >> 52,
            low: random.next() | 1 << 63
        )
        record.key = Int32(bits >> 14 & 0xFFFF) % 200
        record.tenant = record.key / 2
        record.tool = Int32(bits >> 30 & 0xFFFF) % 200
        // One pair of a tenant and a tool has no calls.
        if record.tenant == 7, record.tool == 199 { record.tool = 0 }
        record.client = Int32(bits >> 46 & 1)
        record.executedVersion = 2
        record.revision = 3
        record.attempts = 1
        record.authorizedUs = 12 + UInt32(bits >> 47 & 15)
        record.sentUs = record.authorizedUs + 20 + UInt32(bits >> 51 & 31)
        // From 5 ms on, with few above a second.
        let tail = random.next()
        record.answeredUs = record.sentUs + 5_000 + UInt32(tail & 0x7FFF) << (tail >> 32 & 63 == 0 ? 5 : 0)
        record.endedUs = record.answeredUs + 15
        record.bytesIn = 200 + UInt32(tail >> 16 & 255)
        record.bytesOut = 400 + UInt32(tail >> 24 & 4_095)
        record.lambdaRequestID = ID128(high: random.next(), low: random.next())
        record.traceID = ID128(high: random.next(), low: random.next())
        record.spanID = random.next()
        record.costNanoUSD = Int64(record.endedUs / 1_000 + 1) * 2_083
        if bits >> 57 < 6 {  // about 5 in 100
            record.code = 3 + Int32(bits >> 60 & 1)
            record.outcome = UInt8(
                bits >> 60 & 1 == 0 ? CallOutcome.timedOut.rawValue : CallOutcome.throttled.rawValue
            )
        }
        return record
    }
}

func seconds(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) / 1e18
}

func text(_ value: Double, _ digits: Int) -> String {
    let scale = [1.0, 10.0, 100.0, 1_000.0][digits]
    return "\((value * scale).rounded() / scale)"
}

/// The CPU time of this process so far, in seconds: in its own code, and in the system on its behalf.
func cpu() -> (user: Double, system: Double) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return (seconds(usage.ru_utime), seconds(usage.ru_stime))
}

func write(_ folder: String, _ count: Int) {
    var settings = RecordSettings(directory: folder)
    settings.keepDays = 400
    settings.bytesMax = 1 << 40
    settings.queueMax = 1 << 20
    let writer = RecordWriter(settings) { print("log:", $0.message, $0.fields) }
    do { try writer.start() } catch { return print("\(error)") }
    var month = Month(perDay: count / Month.days)
    var making = 0.0
    let all = seconds {
        for day in 0..<Month.days {
            var batches: [CallBatch] = []
            let before = cpu().user
            month.batches(ofDay: day) { batches.append($0) }
            making += cpu().user - before
            for batch in batches { writer.take(batch) }
            writer.flush()
        }
        writer.stop()
    }
    let figures = writer.figures
    let records = Double(figures.written)
    let files = (try? Files.names(inFolder: folder)) ?? []
    let bytes = files.reduce(0) { $0 + (Files.status("\(folder)/\($1)")?.bytes ?? 0) }
    print("records written    \(figures.written), dropped \(figures.dropped), files \(files.count)")
    print("bytes a record     \(text(Double(bytes) / records, 1))")
    print("wall time          \(text(all, 1)) s with making them")
    let (user, system) = cpu()
    print(
        "CPU a record       \(text((user - making) / records * 1e6, 3)) us, and the system's for files",
        "\(text(system / records * 1e6, 3)) us"
    )
}

func ask(_ what: String, _ body: () -> Int) {
    var best = Double.infinity
    var found = 0
    for _ in 0..<5 { best = min(best, seconds { found = body() }) }
    print(what.padding(46), text(best * 1_000, 1), "ms,", found, "found")
}

extension String {
    func padding(_ count: Int) -> String { self + String(repeating: " ", count: max(0, count - self.count)) }
}

func query(_ folder: String) {
    let reader = RecordReader(directory: folder)
    func calls(_ change: (inout CallQuery) -> Void) -> Int {
        var query = CallQuery()
        change(&query)
        let answer = try? reader.blockingCalls(query)
        for fault in answer?.faults ?? [] { print(fault) }
        return answer?.calls.count ?? -1
    }
    let day = Int64(Month.first.daysSince1970 + 17) * 86_400_000_000
    ask("newest 100") { calls { _ in } }
    ask("tenant and tool") { calls { ($0.tenant, $0.tool) = ("tenant-7", "target-3___tool_63") } }
    ask("tenant and outcome") { calls { ($0.tenant, $0.outcomes) = ("tenant-7", [.timedOut]) } }
    ask("tenant and tool, no call of both") {
        calls { ($0.tenant, $0.tool) = ("tenant-7", "target-19___tool_199") }
    }
    ask("tenant and code within an hour") {
        calls {
            ($0.tenant, $0.code) = ("tenant-7", "timed_out")
            ($0.sinceUs, $0.untilUs) = (day, day + 3_600_000_000)
        }
    }
    ask("tenant, tool and code within all days") {
        calls { ($0.tenant, $0.tool, $0.code) = ("tenant-7", "target-3___tool_63", "timed_out") }
    }
    ask("slowest 100 within a day") {
        calls { ($0.order, $0.sinceUs, $0.untilUs) = (.slowestFirst, day, day + 86_400_000_000) }
    }
    ask("slowest 100 of all") { calls { $0.order = .slowestFirst } }
    ask("slowest 100 of a tenant and a tool") {
        calls { ($0.order, $0.tenant, $0.tool) = (.slowestFirst, "tenant-7", "target-3___tool_63") }
    }
    var one = CallQuery()
    (one.sinceUs, one.untilUs, one.limit) = (day, day + 3_600_000_000, 1)
    guard let call = try? reader.blockingCalls(one).calls.first else { return print("nothing is there") }
    ask("by id") { reader.blockingCalls(identifiedBy: call.record.id).calls.count }
    ask("by trace id, all days") { reader.blockingCalls(identifiedBy: call.record.traceID).calls.count }
    ask("by an id that isn't there, all days") {
        reader.blockingCalls(identifiedBy: ID128(high: 7, low: 7)).calls.count
    }
    ask("following: nothing new") {
        var follow = CallQuery()
        (follow.order, follow.after) = (.oldestFirst, reader.blockingEnd())
        return (try? reader.blockingCalls(follow).calls.count) ?? -1
    }
    ask("shapes of a tool") {
        reader.blockingShapes(ShapeQuery(target: "target-3", tool: "tool_63")).callsWithoutShape
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print("most memory of this process: \(usage.ru_maxrss / 1_024) MB")
}

guard CommandLine.arguments.count > 1 else {
    print("records-bench FOLDER [millions of records]")
    exit(64)
}
let folder = CommandLine.arguments[1]
let millions = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 10 : 10
if !Files.isFolder(folder) { write(folder, Int(millions * 1e6)) }
if !CommandLine.arguments.contains("write") { query(folder) }
