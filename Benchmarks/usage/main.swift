// usage-bench: ten million calls' worth of usage in a store, and the questions of the command line.
//
//     usage-bench FILE [calls in millions]
//
// A hundred tenants with two keys each call twenty tools for sixty days, so that a month is 60,000 rows of days and the month before it as many.
// A file that is there is asked alone. Times are the best of five, of a store that is open.
import Calendar
import Glibc
import Store
import Telemetry

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage-bench FILE [calls in millions]")
    exit(64)
}
let nowMs: Int64 = (UTCDay(year: 2026, month: 11, day: 30)?.startMs ?? 0) + 36_000_000
let days: Int64 = 60
let calls = (arguments.count > 2 ? Int(arguments[2]) ?? 10 : 10) * 1_000_000

func fill(_ store: Store, _ random: inout some RandomNumberGenerator) async throws {
    try await store.write(as: .system) { write throws(StoreError) in
        for number in 0..<100 {
            let name: TenantName
            do throws(ModelFault) { name = try TenantName("tenant-\(number)") } catch {
                throw StoreError(.invalid, "\(error)")
            }
            try write.createTenant(name)
        }
    }
    let rows = 100 * 20 * Int(days)
    for day in 0..<days {
        var deltas: [UsageDelta] = []
        for tenant in 1...Int64(100) {
            for tool in 0..<20 {
                var call = CallRecord()
                var figures = UsageFigures()
                for _ in 0..<calls / rows {
                    // Around 50 ms, a few of them far longer.
                    let base = UInt32.random(in: 20_000...90_000, using: &random)
                    call.endedUs = Int.random(in: 0..<50, using: &random) == 0 ? base * 20 : base
                    call.bytesIn = 300
                    call.bytesOut = 900
                    call.costNanoUSD = 2_500
                    figures.add(call, .ok)
                }
                deltas.append(
                    UsageDelta(
                        minute: (nowMs / 86_400_000 - day) * 1_440,
                        tenantID: tenant,
                        keyID: tenant * 2 + Int64(tool % 2),
                        target: "target-\(tool % 5)",
                        tool: "tool_\(tool)",
                        outcome: .ok,
                        figures: figures
                    )
                )
            }
        }
        let flushed = deltas
        try await store.write(as: .system) { write throws(StoreError) in try write.addUsage(flushed) }
    }
    var slices = 0
    let start = ContinuousClock.now
    while try await store.write(
        as: .system,
        { write throws(StoreError) in try write.foldUsage(nowMs: nowMs) }
    ) { slices += 1 }
    print("folded \(rows) minute rows in \(slices + 1) slices: \(ContinuousClock.now - start)")
}

var random = SystemRandomNumberGenerator()
let isNew = access(arguments[1], F_OK) != 0
let store = try Store.open(path: arguments[1])
if isNew { try await fill(store, &random) }

func best(_ name: String, _ query: UsageQuery) async throws {
    var times: [Duration] = []
    var count = 0
    for _ in 0..<5 {
        let start = ContinuousClock.now
        let sums = try await store.read { read throws(StoreError) in try read.usage(query) }
        times.append(ContinuousClock.now - start)
        count = sums.rows.count
    }
    print("\(name): \(count) sums, \(times.min() ?? .zero)")
}

let month = UsageSpan(from: .ago(milliseconds: 30 * 86_400_000), to: nil, nowMs: nowMs) ?? .all()
try await best("by tenant,tool, all", UsageQuery(by: [.tenant, .tool]))
try await best(
    "by tenant,tool since 30d, with the month before",
    UsageQuery(by: [.tenant, .tool], span: month)
)
try await best("by day since 30d", UsageQuery(by: [.day], span: month))
try await best(
    "of one tenant by tool since 30d",
    UsageQuery(by: [.tool], tenant: try TenantName("tenant-7"), span: month)
)
store.close()
