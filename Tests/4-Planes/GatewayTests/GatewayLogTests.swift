import Gateway
import Locks
import Synchronization
import Telemetry
import Testing

/// Levels of modules, and lines that repeat.
struct GatewayLogTests {
    private final class Sink: Sendable {
        let lines = Locked<[String]>([])
        let nowMs = Atomic<Int64>(1_000)

        func log(_ levels: GatewayLog.Levels = GatewayLog.Levels(.debug)) -> GatewayLog {
            GatewayLog(levels, nowMs: { self.nowMs.load(ordering: .relaxed) }) { line in
                let values = line.values.filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1)" }.joined(
                    separator: " "
                )
                self.lines.withLock { $0.append("\(line.module) \(line.level) \(line.text) \(values)") }
            }
        }

        var all: [String] { lines.withLock { $0 } }

        func pass(_ ms: Int64) { nowMs.add(ms, ordering: .relaxed) }
    }

    @Test func `each module has its own level, and new levels replace all`() {
        let sink = Sink()
        let log = sink.log(GatewayLog.Levels(.warning, modules: [.aws: .debug, .store: .error]))
        let (aws, store) = (log.module(.aws), log.module(.store))
        log.write(.info, "a")
        aws.write(.debug, "b")
        store.write(.warning, "c")
        #expect(sink.all == ["aws debug b "])
        log.setLevels(GatewayLog.Levels(.info, modules: [.aws: .error]))
        log.write(.info, "d")
        aws.write(.warning, "e")
        store.write(.info, "f")
        #expect(sink.all == ["aws debug b ", "server info d ", "store info f "])
        for module in LogModule.allCases {
            let log = sink.log(GatewayLog.Levels(.error, modules: [module: .info]))
            #expect(LogModule.allCases.filter { log.module($0).writes(.info) } == [module])
        }
    }

    @Test func `similar lines are written 20 times, then counted, and the count is written once`() {
        let sink = Sink()
        let log = sink.log().module(.calls)
        for _ in 0..<50 { log.write(.warning, "a call failed", [("target", "notes"), ("tool", "add")]) }
        log.write(.warning, "a call failed", [("target", "time"), ("tool", "add")])
        log.write(.error, "a call failed", [("target", "notes"), ("tool", "add")])
        #expect(sink.all.count == 22)
        log.tellRepeats()
        #expect(sink.all.count == 22)
        sink.pass(10_000)
        log.tellRepeats()
        let told =
            "calls warning similar lines were left out line=a call failed target=notes tool=add times=30 seconds=10"
        #expect(sink.all.last == told && sink.all.count == 23)
        log.tellRepeats(isEnd: true)
        #expect(sink.all.count == 23)
    }

    @Test func `a line in the next time window first reports the lines that were left out`() {
        let sink = Sink()
        let log = sink.log()
        for _ in 0..<21 { log.write(.error, "x") }
        sink.pass(10_000)
        log.write(.error, "x")
        #expect(
            sink.all.suffix(2) == [
                "server error similar lines were left out line=x times=1 seconds=10", "server error x ",
            ]
        )
        // When the clock goes back, counting starts again.
        for _ in 0..<30 { log.write(.error, "x") }
        sink.pass(-60_000)
        log.write(.error, "x")
        #expect(sink.all.suffix(2).first?.contains("times=11") == true)
    }

    @Test func `each error is written or counted, whatever else is written`() {
        let sink = Sink()
        let log = sink.log()
        var written = 0
        for round in 0..<30 {
            for target in 0..<200 {
                log.write(.error, "failed", [("target", "t\(target + round * 200)")])
                log.write(.error, "failed", [("target", "always")])
                written += 2
            }
            sink.pass(3_000)
        }
        log.tellRepeats(isEnd: true)
        var told = 0
        for line in sink.all {
            let times = line.split(separator: " ").first { $0.hasPrefix("times=") }.flatMap {
                Int($0.dropFirst(6))
            }
            told += times ?? 1
        }
        #expect(told == written)
        #expect(sink.all.count < written)
    }

    @Test func `lines of calls and of functions are never left out`() {
        let sink = Sink()
        for _ in 0..<100 {
            sink.log().module(.access).write(.info, "call")
            sink.log().module(.functions).write(.debug, "hello")
        }
        let log = sink.log()
        for _ in 0..<100 {
            log.module(.access).write(.info, "call")
            log.module(.functions).write(.debug, "hello")
        }
        #expect(sink.all.count == 400)
    }

    @Test func `any thread may write, and each line is written or counted`() async {
        let sink = Sink()
        let log = sink.log()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<500 { log.write(.info, "x") } } }
        }
        log.tellRepeats(isEnd: true)
        #expect(sink.all.count == 21 && sink.all.last?.contains("times=3980") == true)
    }
}
