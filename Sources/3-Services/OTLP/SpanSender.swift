import Bytes
import Calendar
import EventLoop
import HTTPClient
import Telemetry

/// Sends the spans that wait, one request at a time, and pauses where the collector wants that. Loop thread only.
final class SpanSender {
    private let settings: SpanExporter.Settings
    private let waiting: WaitingSpans
    private let loop: EventLoop
    private let transport: any HTTPTransport
    private let report: (SpanExporter.Event) -> Void
    /// Until there is something to send; ended when a batch is full.
    private let sleep: WakeableSleep
    /// Until something is sent again.
    private let patience: WakeableSleep
    private var pause = ExportPause()
    private var isPartlyTold = false
    private var isStopping = false
    /// Set when there is no time left for anything.
    private var isOver = false
    private var current: Cancellation?

    private var counts: ExportCounts { waiting.counts }

    init(
        _ settings: SpanExporter.Settings,
        _ waiting: WaitingSpans,
        loop: EventLoop,
        transport: any HTTPTransport,
        report: @escaping @Sendable (SpanExporter.Event) -> Void
    ) {
        self.settings = settings
        self.waiting = waiting
        self.loop = loop
        self.transport = transport
        self.report = report
        sleep = WakeableSleep(on: loop)
        patience = WakeableSleep(on: loop)
    }

    /// Sends what comes until `stop`.
    func run() async {
        while !isStopping {
            if waiting.count < settings.batchMax { await sleep.wait(settings.interval) }
            waiting.sleepIsOver()
            await sendWaiting()
        }
        // Those that came while the last were on their way.
        while !isOver, waiting.count > 0 { await sendWaiting() }
        let left = waiting.count
        if left > 0 { counts.drop(left, .stopped) }
        counts.queued.set(0)
    }

    /// A batch is full.
    func wake() { sleep.wake() }

    /// Lets `work`, which is the task of `run`, send what waits, and ends it when the time is over.
    func stop(_ work: Task<Void, Never>?, within limit: Duration) async {
        isStopping = true
        sleep.wake()
        patience.wake()
        let end = LoopTimer {
            self.isOver = true
            self.current?.cancel()
        }
        loop.arm(end, after: limit)
        await work?.value
        loop.disarm(end)
        end.action = nil
    }

    // MARK: Sending

    private func sendWaiting() async {
        let (maker, wanted) = (settings.maker, settings.batchMax)
        // Loops add to the queue: it isn't held while spans are made.
        let entries = waiting.take(wanted)
        let spans = await Task.detached { maker.spans(of: entries) }.value
        var rest = spans[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(wanted))
            rest = rest.dropFirst(wanted)
            if isOver { counts.drop(part.count, .stopped) } else { await send(part) }
        }
        counts.queued.set(waiting.count)
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

    /// A collector that refuses a part of each request says so once.
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
