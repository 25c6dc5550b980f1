package import Bytes
import Calendar
package import EventLoop
package import HTTPClient
import Locks
import Synchronization
package import Telemetry

/// Sends spans to a collector: in batches, one request at a time, as fast as it takes them.
///
/// Spans that come faster wait in a bounded queue; those beyond the bound are dropped and counted. No call ever
/// waits. Spans are made and encoded by a task, requests go out on one loop, which needn't be one that serves agents.
/// `@unchecked`: everything that isn't behind a lock is touched on that loop alone.
/// Source: OTLP specification 1.x, "OTLP/HTTP"
package final class SpanExporter: CallBatchTaker, @unchecked Sendable {
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

    package let counts = ExportCounts()
    private let settings: Settings
    private let loop: EventLoop
    private let transport: any HTTPTransport
    private let report: @Sendable (Event) -> Void
    private let queue: Locked<SpanQueue>
    /// Whether the loop has been told that a batch is full.
    private let isWoken = Atomic(false)
    /// The wait until there is something to send; ended early when a batch is full.
    private let sleep: WakeableSleep
    /// The wait until something is sent again.
    private let patience: WakeableSleep
    private var pause = ExportPause()
    private var isPartlyTold = false
    private let work = Locked<Task<Void, Never>?>(nil)
    private var isStopping = false
    /// Set when the time for stopping is over.
    private var isOver = false
    private var current: Cancellation?

    /// - Parameters:
    ///   - loop: the loop that `transport` belongs to.
    ///   - report: called on that loop.
    package init(
        _ settings: Settings,
        loop: EventLoop,
        transport: any HTTPTransport,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.settings = settings
        self.loop = loop
        self.transport = transport
        self.report = report
        queue = Locked(SpanQueue(max: settings.queueMax))
        sleep = WakeableSleep(on: loop)
        patience = WakeableSleep(on: loop)
    }

    /// Any thread.
    package var figures: TraceFigures { counts.figures(queuedMax: settings.queueMax) }

    // MARK: Taking

    package func take(_ batch: CallBatch) {
        let (dropped, count) = queue.withLock { queue in
            (queue.add(batch, failuresPerSecond: settings.failuresPerSecond), queue.count)
        }
        if dropped.full > 0 { counts.drop(dropped.full, .queueFull) }
        if dropped.overRate > 0 { counts.drop(dropped.overRate, .rate) }
        added(count)
    }

    /// Takes a span of something other than a call. Any thread.
    package func take(_ span: Span) {
        let (isTaken, count) = queue.withLock { queue in (queue.add(span), queue.count) }
        if !isTaken { counts.drop(1, .queueFull) }
        added(count)
    }

    private func added(_ count: Int) {
        counts.queued.set(count)
        guard count >= settings.batchMax, !isWoken.exchange(true, ordering: .relaxed) else { return }
        loop.execute { self.sleep.wake() }
    }

    // MARK: Life

    /// Begins to send. Any thread, once.
    package func start() {
        let started = Task(executorPreference: loop) { await self.run() }
        work.withLock { $0 = started }
    }

    /// Sends the spans that wait, as far as the time allows, and drops the rest. Any thread, once; no spans may come
    /// afterwards.
    package func stop(within limit: Duration) async {
        await Task(executorPreference: loop) {
            self.isStopping = true
            self.sleep.wake()
            self.patience.wake()
            let end = LoopTimer {
                self.isOver = true
                self.current?.cancel()
            }
            self.loop.arm(end, after: limit)
            await self.work.withLock { $0 }?.value
            self.loop.disarm(end)
            end.action = nil
        }.value
    }

    private func run() async {
        while !isStopping {
            if isShort { await sleep.wait(settings.interval) }
            isWoken.store(false, ordering: .relaxed)
            await sendWaiting()
        }
        // Spans that came while the last ones were being sent.
        while !isOver, !queue.withLock({ $0.isEmpty }) { await sendWaiting() }
        let left = queue.withLock { $0.count }
        if left > 0 { counts.drop(left, .stopped) }
        counts.queued.set(0)
    }

    private var isShort: Bool { queue.withLock { $0.count } < settings.batchMax }

    // MARK: Sending

    private func sendWaiting() async {
        let (maker, wanted) = (settings.maker, settings.batchMax)
        // Loops add to the queue, so its lock isn't held while spans are made.
        let entries = queue.withLock { $0.take(wanted) }
        let spans = await Task.detached { maker.spans(of: entries) }.value
        var rest = spans[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(wanted))
            rest = rest.dropFirst(wanted)
            if isOver { counts.drop(part.count, .stopped) } else { await send(part) }
        }
        counts.queued.set(queue.withLock { $0.count })
    }

    private func send(_ spans: [Span]) async {
        let source = settings.source
        let body = await Task.detached { ExportRequest.encode(spans, from: source) }.value
        for attempt in 1...ExportPause.attemptsMax {
            switch await ask(body) {
            case .taken(let refused, let reason):
                let refused = min(refused, spans.count)
                counts.took(spans.count - refused, atMs: WallClock.nowMs())
                if refused > 0 { counts.drop(refused, .refused) }
                note(refused, reason)
                pause.succeeded()
                if counts.set(failing: nil, atMs: WallClock.nowMs()) { report(.works) }
                return
            case .refused(let reason):
                counts.failedRequests.add()
                counts.drop(spans.count, .refused)
                if counts.set(failing: reason, atMs: WallClock.nowMs()) { report(.failing(reason: reason)) }
                return
            case .again(let wanted, let reason):
                counts.failedRequests.add()
                if counts.set(failing: reason, atMs: WallClock.nowMs()) { report(.failing(reason: reason)) }
                let isLast = attempt == ExportPause.attemptsMax
                if isLast || isStopping {
                    counts.drop(spans.count, isStopping ? .stopped : .failed)
                    if isLast { _ = pause.failed(wanted: wanted, share: 0) }
                    return
                }
                await patience.wait(pause.failed(wanted: wanted, share: .random(in: 0...1)))
            }
        }
    }

    /// Reports once that the collector refuses a part of the spans, even if it does so for each request.
    private func note(_ refused: Int, _ reason: String) {
        guard refused > 0 || !reason.isEmpty else {
            isPartlyTold = false
            return
        }
        if !isPartlyTold { report(.partly(refused: refused, reason: reason)) }
        isPartlyTold = true
    }

    private func ask(_ body: ByteBuffer) async -> ExportOutcome {
        let fields =
            [(name: "Content-Type", value: "application/x-protobuf")]
            + settings.headers.map { (name: $0.name, value: $0.value.revealedText) }
        do throws(HTTPClientError) {
            var request = try OutboundRequest(
                method: "POST",
                endpoint: settings.endpoint,
                path: settings.path,
                fields: fields,
                body: body,
                timeout: settings.requestTimeout,
                responseBytesMax: 64 << 10
            )
            let cancellation = Cancellation()
            request.cancellation = cancellation
            current = cancellation
            defer { current = nil }
            guard !isOver else { return .again(after: nil, reason: "the gateway is stopping") }
            let response = try await transport.send(request)
            return ExportOutcome(response, nowSeconds: WallClock.nowMs() / 1_000)
        } catch {
            return ExportOutcome(error)
        }
    }
}

/// A sleep of one task that others may end. One loop's thread only.
private final class WakeableSleep: @unchecked Sendable {
    private let loop: EventLoop
    private let timer = LoopTimer()
    private var waiting: CheckedContinuation<Void, Never>?
    /// Whether `wake` was called before the sleep began.
    private var isAwake = false

    init(on loop: EventLoop) { self.loop = loop }

    func wait(_ duration: Duration) async {
        loop.assertCurrent()
        if isAwake {
            isAwake = false
            return
        }
        await withCheckedContinuation { continuation in
            waiting = continuation
            timer.action = { [weak self] in self?.end() }
            loop.arm(timer, after: duration)
        }
    }

    /// Ends the sleep, or the next one.
    func wake() {
        if waiting == nil { isAwake = true } else { end() }
    }

    private func end() {
        loop.disarm(timer)
        timer.action = nil
        waiting.take()?.resume()
    }
}
