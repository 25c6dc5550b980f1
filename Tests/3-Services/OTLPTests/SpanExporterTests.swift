import Bytes
import Calendar
import EventLoop
import HTTP
import HTTPClient
import OTLP
import Telemetry
import TestSupport
import Testing

/// The exporter, tested with a collector that answers as the test says.
struct SpanExporterTests {
    /// Answers each request with the next answer in the list; the last one is repeated.
    private final class Collector: HTTPTransport, @unchecked Sendable {  // one loop's thread only
        enum Answer: Sendable {
            case status(Int, [(String, String)] = [], [UInt8] = [])
            case error(HTTPClientError)
            /// No answer until the request is cancelled.
            case never
        }

        private var answers: [Answer]
        private(set) var bodies: [[UInt8]] = []

        init(_ answers: [Answer]) { self.answers = answers }

        func streams(from endpoint: Endpoint) -> Bool { false }

        func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver) {
            streamWhole(request, to: receiver)
        }

        func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver) {
            preconditionFailure("the exporter waits in a task")
        }

        func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
            bodies.append(request.message.bytes)
            let answer = answers.count > 1 ? answers.removeFirst() : answers[0]
            switch answer {
            case .error(let error): throw error
            case .never:
                let cancellation = request.cancellation
                await withCheckedContinuation { continuation in
                    _ = cancellation?.attach(Waiting(continuation))
                }
                throw .cancelled
            case .status(let status, let fields, let body):
                var bytes: [UInt8] = []
                var found = HeaderFields()
                for (name, value) in fields {
                    let start = bytes.count
                    bytes += Array(name.utf8)
                    let middle = bytes.count
                    bytes += Array(value.utf8)
                    found.append(name: start..<middle, value: middle..<bytes.count, in: bytes.span)
                }
                let start = bytes.count
                bytes += body
                return ClientResponse(status: status, bytes: bytes, fields: found, body: start..<bytes.count)
            }
        }
    }

    private final class Waiting: CancellableWork {
        private let continuation: CheckedContinuation<Void, Never>

        init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

        func cancel() { continuation.resume() }
    }

    /// Runs `body` with an exporter that sends its spans at once.
    private func with(
        _ answers: [Collector.Answer],
        queueMax: Int = 8_192,
        batchMax: Int = 4,
        _ body: @escaping @Sendable (SpanExporter, Collector) async throws -> Void
    ) async throws {
        try await withLoop { loop in
            let collector = Collector(answers)
            var settings = SpanExporter.Settings(
                endpoint: Endpoint(scheme: .http, host: "collector.test"),
                source: SpanSource(resource: [.init("service.name", .text("test"))], version: "1")
            )
            settings.queueMax = queueMax
            settings.batchMax = batchMax
            settings.failuresPerSecond = 2
            let exporter = SpanExporter(settings, loop: loop, transport: collector) { _ in }
            exporter.start()
            try await body(exporter, collector)
            await exporter.stop(within: .milliseconds(200))
        }
    }

    private func until(_ isSo: @Sendable () -> Bool) async {
        while !isSo() { await Task.yield() }
    }

    @Test func `a batch is sent as soon as it is full`() async throws {
        try await with([.status(200)]) { exporter, collector in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.figures.exported == 4 }
            #expect(exporter.figures.queued == 0 && exporter.counts.failing == nil)
        }
    }

    @Test func `the remaining spans are sent on stop`() async throws {
        try await with([.status(200)], batchMax: 512) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await exporter.stop(within: .seconds(5))
            #expect(exporter.figures.exported == 4)
        }
    }

    @Test func `sampled calls and a limited number of failures are taken`() async throws {
        try await with([.status(200)], batchMax: 512) { exporter, _ in
            let unsampled = Fixtures.call { $0.flags = [] }
            let failed = Fixtures.call {
                $0.flags = []
                $0.outcome = UInt8(CallOutcome.timedOut.rawValue)
            }
            let untraced = Fixtures.call { $0.spanID = 0 }
            exporter.take(Fixtures.batch([unsampled, untraced]))
            #expect(exporter.figures.queued == 0)
            exporter.take(Fixtures.batch([failed, failed, failed]))
            #expect(exporter.figures.queued == 8)
            #expect(exporter.counts.dropped(.rate) == 4)
        }
    }

    @Test func `spans without room in the queue are dropped and counted`() async throws {
        try await with([.never], queueMax: 10, batchMax: 512) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call(), Fixtures.call(), Fixtures.call()]))
            #expect(exporter.figures.queued == 8)
            #expect(exporter.counts.dropped(.queueFull) == 4)
        }
    }

    @Test(arguments: [400, 401, 404, 301, 500])
    func `spans that the collector refuses aren't sent again`(_ status: Int) async throws {
        try await with([.status(status)]) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.counts.dropped(.refused) == 4 }
            #expect(exporter.figures.failedExports == 1)
            #expect(exporter.counts.failing?.reason == "the collector answered with status \(status)")
        }
    }

    @Test(arguments: [429, 502, 503, 504])
    func `spans that the collector can't accept now are sent again`(_ status: Int) async throws {
        try await with([.status(status, [("retry-after", "0")]), .status(200)]) { exporter, collector in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.figures.exported == 4 }
            #expect(exporter.figures.failedExports == 1 && exporter.counts.failing == nil)
            #expect(collector.bodies.count == 2 && collector.bodies[0] == collector.bodies[1])
        }
    }

    @Test func `spans are dropped after the last allowed attempt`() async throws {
        try await with([.status(503, [("retry-after", "0")])]) { exporter, collector in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.counts.dropped(.failed) == 4 }
            #expect(collector.bodies.count == ExportPause.attemptsMax)
        }
    }

    @Test func `spans that a partial success rejects are counted`() async throws {
        // partial_success { rejected_spans: 3 error_message: "old" }
        let body: [UInt8] = [0x0A, 0x07, 0x08, 3, 0x12, 3] + Array("old".utf8)
        try await with([.status(200, [], body)]) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.figures.exported == 1 }
            #expect(exporter.counts.dropped(.refused) == 3)
        }
    }

    @Test func `an answer that can't be read counts as a success`() async throws {
        for body in [Array("<html>".utf8), [0xFF, 0xFF, 0xFF], [0x0A, 0x7F], [0x0A, 2, 0x08, 0x80]] {
            try await with([.status(200, [], body)]) { exporter, _ in
                exporter.take(Fixtures.batch([Fixtures.call()]))
                await until { exporter.figures.exported == 4 }
            }
        }
    }

    @Test func `spans aren't sent again after an answer that is too large`() async throws {
        try await with([.error(.tooLarge(bytesMax: 1))]) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            await until { exporter.counts.dropped(.refused) == 4 }
        }
    }

    @Test func `stop ends in time although the collector doesn't answer`() async throws {
        try await with([.never]) { exporter, _ in
            exporter.take(Fixtures.batch([Fixtures.call()]))
            exporter.take(Fixtures.batch([Fixtures.call()]))
            let began = ContinuousClock.now
            await exporter.stop(within: .milliseconds(50))
            #expect(ContinuousClock.now - began < .seconds(5))
            #expect(exporter.counts.dropped(.stopped) == 8)
        }
    }

    @Test func `each pause is longer, or as long as the collector asks for`() {
        var pause = ExportPause()
        let waits = (0..<8).map { _ in pause.failed(wanted: nil, share: 1) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(pause.failed(wanted: .seconds(7), share: 1) == .seconds(7))
        #expect(pause.failed(wanted: .seconds(86_400), share: 1) == ExportPause.longest)
        pause.succeeded()
        #expect(pause.failed(wanted: nil, share: 0) == .milliseconds(500))
    }
}
