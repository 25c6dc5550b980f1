import EventLoop
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Server

/// Who gets the records of calls, and that no taker misses any at the end.
struct RecordServiceTests {
    /// A service that counts the batches it takes, and drops those that come after its end.
    private final class Counter: CallTaking, CallBatchTaker {
        let name: String
        private let log: Log
        private let isOff: Bool

        init(_ name: String, _ log: Log, isOff: Bool = false) {
            self.name = name
            self.log = log
            self.isOff = isOff
        }

        var taker: (any CallBatchTaker)? { isOff ? nil : self }
        func take(_ batch: CallBatch) { log.add("\(name) takes \(batch.records.count)") }
        func stop() async { log.add("stop \(name)") }
    }

    private final class Log: Sendable {
        private let list = Locked<[String]>([])
        func add(_ line: String) { list.withLock { $0.append(line) } }
        var lines: [String] { list.withLock { $0 } }
    }

    private static let names = CallNames(
        tenants: [],
        tenantIDs: [],
        keys: [],
        keyIDs: [],
        targets: [],
        tools: []
    )

    @Test func `every taker gets each batch, including those that loops hand over at the end`() async throws {
        let log = Log()
        let takers = [Counter("a", log), Counter("off", log, isOff: true), Counter("b", log)]
        let records = RecordService(takers: takers)
        let list = ServiceList(takers + [records])
        try await withLoop { first in
            try await withLoop { second in
                try await list.start()
                for loop in [first, second] {
                    try await loop.run {
                        let recorder = try #require(records.recorder(on: loop))
                        let batch = recorder.batch(of: Self.names)
                        batch.append(CallRecord())
                        recorder.added(to: batch)
                    }
                }
                await list.shutdown(within: .seconds(1))
            }
        }
        #expect(
            log.lines == ["a takes 1", "b takes 1", "a takes 1", "b takes 1", "stop b", "stop off", "stop a"]
        )
    }

    @Test func `without a taker there is no recorder`() async throws {
        let log = Log()
        let records = RecordService(takers: [Counter("off", log, isOff: true)])
        try await records.start()
        try await withLoop { loop in #expect(records.recorder(on: loop) == nil) }
        await records.stop()
    }
}
