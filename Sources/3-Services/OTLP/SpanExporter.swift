package import Bytes
package import EventLoop
package import HTTPClient
import Synchronization
package import Telemetry

/// Sends spans to a collector: in batches, one request at a time, as fast as it takes them.
///
/// What comes faster waits in a queue with a bound, and is dropped and counted beyond it; no call ever waits. Spans are made
/// and encoded by a task, requests go out on one loop, which needn't be one that serves agents. Any thread.
/// Source: OTLP specification 1.x, "OTLP/HTTP"
package final class SpanExporter: CallBatchTaker {
    package struct Settings: Sendable {
        package var endpoint: Endpoint
        /// The path of the endpoint, percent-encoded: `/v1/traces`.
        package var path = "/v1/traces"
        /// Sent with each request.
        package var headers: [(name: String, value: Secret)] = []
        package var source: SpanSource
        package var maker = CallSpans()
        /// The most spans that may wait.
        package var queueMax = 8_192
        /// About how many spans one request has.
        package var batchMax = 512
        /// How long a span may wait for others.
        package var interval = Duration.seconds(5)
        package var requestTimeout = Duration.seconds(10)
        /// The most calls in a second whose spans are sent only because they failed.
        package var failuresPerSecond = 100

        package init(endpoint: Endpoint, source: SpanSource) {
            self.endpoint = endpoint
            self.source = source
        }
    }

    /// A change that the operator may want to know of; each is reported when it begins, not each time.
    package enum Event: Sendable {
        case failing(reason: String)
        case works
        /// The collector took only a part of the spans.
        case partly(refused: Int, reason: String)
    }

    package let counts: ExportCounts
    private let queueMax: Int
    private let waiting: WaitingSpans
    private let sender: LoopBound<SpanSender>
    private let work = Locked<Task<Void, Never>?>(nil)

    /// On the loop.
    /// - Parameters:
    ///   - loop: the loop that `transport` belongs to.
    ///   - report: called on that loop.
    package init(
        _ settings: Settings,
        loop: EventLoop,
        transport: any HTTPTransport,
        report: @escaping @Sendable (Event) -> Void
    ) {
        queueMax = settings.queueMax
        let waiting = WaitingSpans(settings)
        self.waiting = waiting
        counts = waiting.counts
        sender = LoopBound(
            SpanSender(settings, waiting, loop: loop, transport: transport, report: report),
            on: loop
        )
    }

    package var figures: TraceFigures { counts.figures(queuedMax: queueMax) }

    // MARK: Taking

    package func take(_ batch: CallBatch) {
        if waiting.add(batch) { sender.execute { $0.wake() } }
    }

    /// Takes a span of something else than a call.
    package func take(_ span: Span) {
        if waiting.add(span) { sender.execute { $0.wake() } }
    }

    // MARK: Life

    /// Begins to send. Once.
    package func start() {
        let started = sender.task { await $0.run() }
        work.withLock { $0 = started }
    }

    /// Sends what waits, as far as that goes in the time, and drops the rest. Once; no spans come any more.
    package func stop(within limit: Duration) async {
        let work = work.withLock { $0 }
        await sender.run { await $0.stop(work, within: limit) }
    }
}
