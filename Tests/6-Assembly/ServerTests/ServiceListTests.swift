import Config
import EventLoop
import Server
import Synchronization
import Testing

struct ServiceListTests {
    /// Notes each call that it gets.
    private final class Recorder: Service {
        let name: String
        private let log: Log
        private let failsAt: String?
        /// Runs while this service starts; shuts the list down.
        let duringStart = Locked<(@Sendable () async -> Void)?>(nil)

        init(_ name: String, _ log: Log, failsAt: String? = nil) {
            self.name = name
            self.log = log
            self.failsAt = failsAt
        }

        private func note(_ word: String) throws(StartFailure) {
            if failsAt == word { throw StartFailure("\(name) can't \(word)") }
            log.add("\(word) \(name)")
        }

        func start() async throws(StartFailure) {
            try note("start")
            await duringStart.withLock { $0 }?()
        }

        func open() async throws(StartFailure) { try note("open") }
        func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
            report.applied.append(name)
        }
        func drain(until deadline: ContinuousClock.Instant) async { log.add("drain \(name)") }
        func stop() async { log.add("stop \(name)") }
    }

    private final class Log: Sendable {
        private let list = Locked<[String]>([])
        func add(_ line: String) { list.withLock { $0.append(line) } }
        var lines: [String] { list.withLock { $0 } }
    }

    @Test func `services start and open in order, reload, drain and stop in reverse`() async throws {
        let log = Log()
        let list = ServiceList(["a", "b", "c"].map { Recorder($0, log) })
        #expect(list.names == ["a", "b", "c"])
        try await list.start()
        #expect(log.lines == ["start a", "start b", "start c", "open a", "open b", "open c"])
        var config = GatewayConfig()
        var report = ReloadReport()
        await list.reload(&config, &report)
        #expect(report.applied == ["c", "b", "a"])
        await list.shutdown(within: .seconds(1))
        let end = ["drain c", "drain b", "drain a", "stop c", "stop b", "stop a"]
        #expect(Array(log.lines.dropFirst(6)) == end)
        await list.shutdown(within: .seconds(1))
        #expect(log.lines.count == 12)
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let service: String
        let word: String
        let lines: [String]
        var testDescription: String { "\(service) can't \(word)" }
    }

    @Test(arguments: [
        Failure(service: "a", word: "start", lines: []),
        Failure(service: "c", word: "start", lines: ["start a", "start b", "stop b", "stop a"]),
        Failure(
            service: "b",
            word: "open",
            lines: ["start a", "start b", "start c", "open a", "stop c", "stop b", "stop a"]
        ),
    ])
    func `a start that fails stops what was started, in reverse`(_ failure: Failure) async throws {
        let log = Log()
        let list = ServiceList(
            ["a", "b", "c"].map { Recorder($0, log, failsAt: $0 == failure.service ? failure.word : nil) }
        )
        let error = await #expect(throws: StartFailure.self) { try await list.start() }
        #expect(error == StartFailure("\(failure.service) can't \(failure.word)"))
        #expect(log.lines == failure.lines)
        await list.shutdown(within: .seconds(1))
        #expect(log.lines == failure.lines)
    }

    @Test func `a shutdown during the start keeps later services from starting`() async throws {
        let log = Log()
        let services = ["a", "b", "c"].map { Recorder($0, log) }
        let list = ServiceList(services)
        let ending = Locked<Task<Void, Never>?>(nil)
        services[1].duringStart.withLock {
            $0 = {
                let task = Task { await list.shutdown(within: .seconds(1)) }
                ending.withLock { $0 = task }
                while await !list.isEnding { await Task.yield() }
            }
        }
        let error = await #expect(throws: StartFailure.self) { try await list.start() }
        #expect(error?.faults.isEmpty == true)
        await ending.withLock { $0 }?.value
        #expect(log.lines == ["start a", "start b", "stop b", "stop a"])
    }
}
