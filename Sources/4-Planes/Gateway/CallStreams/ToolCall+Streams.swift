import Bytes
import Contracts
import EventLoop
import HTTP
import JSON
import MCP
import Policy

// Calls whose function streams its answer, and what a caller hears before the result.
extension ToolCall {
    // MARK: What the function streams

    /// For the upstream: whether the answer of a function that streams is to be taken as it comes. What comes before the
    /// call, such as a request for a session, has a short answer.
    package var wantsStream: Bool { isCallingTool }

    /// Whether the function streams its answer, and that is taken as it comes.
    package var takesStream: Bool {
        guard let sent else { return false }
        return wantsStream && request.state.tools[sent.tool.index].function.entry.invoke.streaming
    }

    /// For the upstream: the most bytes that the function may stream.
    package var streamBytesMax: Int { request.state.settings.streamBytesMax }

    /// Notes that the function's stream will come as a whole, at its end, as it does through a proxy: the caller hears that the
    /// call goes on. For the upstream, before the function is invoked.
    package func willComeWhole() {
        if extras?.progress == nil, request.message.progressToken != nil { beginOwnProgress() }
    }

    /// How long a stream may still last, from its beginning on: the rest of the call's time.
    var streamTimeout: Duration {
        if exchange != nil || extras?.rounds != nil, let left = timeLeft { return left }
        guard let sent else { return .zero }
        let timeoutNs = UInt64(clamping: request.state.tools[sent.tool.index].timeoutMs) &* 1_000_000
        let (deadline, now) = (sent.sentAt &+ timeoutNs, EventLoop.currentNs)
        return .nanoseconds(deadline > now ? Int64(clamping: deadline &- now) : 1)
    }

    /// Settles the lowest level of the function's log messages that the caller hears: of a modern message the one that it names,
    /// of a legacy one that of its session.
    func prepareLogs() {
        // It also keeps the id of the message to a function that streams.
        let extras = needExtras()
        guard hearsEvents else { return }
        let held = request.http.bytes
        extras.level =
            request.version.isModern
            // It was checked with the message.
            ? request.message.logLevel.flatMap { try? LoggingLevel(at: $0, in: held.span) }
            : endpoint.level(of: request)
    }

    /// Decides what the caller hears of what the function says, from one round of questions to the next.
    private func relay(by extras: CallExtras) -> NotificationRelay {
        let held = request.http.bytes
        let token = hearsEvents ? request.message.progressToken : nil
        var relay =
            extras.relay
            ?? NotificationRelay(token: token.map { Array(held[$0]) } ?? [], level: extras.level)
        // Progress that goes back is none: the function's goes on behind the seconds that the caller was told.
        if let told = extras.progress?.told, told > 0 { relay.mustExceed(told) }
        return relay
    }

    /// The most bytes that are told of one body to a client that has come back: they all wait for it at once, and the result
    /// must have its place behind them.
    private static let toldBytesMax = 256 << 10

    /// Passes on what the function said before its answer, where one body has both.
    func passOn(_ told: [StreamedMessage], of tool: CallableTool) {
        guard !told.isEmpty else { return }
        if told.contains(where: { ListChanges.isNotification($0.method) }) {
            endpoint.catalogNews?.listsChanged(of: tool.function.entry)
        }
        if extras?.level == nil { prepareLogs() }
        let extras = needExtras()
        var relay = relay(by: extras)
        var bytes = 0
        for message in told {
            guard let text = relay.message(message.method, message.params, in: message.bytes.span) else {
                continue
            }
            bytes += text.count
            if extras.events?.isResumed == true, bytes > Self.toldBytesMax { break }
            tellWhileRunning(text)
        }
        extras.relay = relay
        // A function that reports its progress needs nobody to do so.
        if relay.hasPassedProgress { extras.progress?.end() }
    }

    /// Handles the beginning of a stream. For the upstream, in the place of `received`.
    package func began(_ upstream: any UpstreamStream) {
        guard let sent else { return upstream.cancel() }
        let tool = request.state.tools[sent.tool.index]
        let extras = needExtras()
        var id = extras.messageID
        if let exchange, case .calling(_, let number) = exchange.stage { id = number }
        let stream = CallStream(
            upstream,
            of: self,
            StreamedAnswer(
                tool.contract,
                id: id,
                messageBytesMax: request.state.settings.streamMessageBytesMax
            ),
            relay(by: extras)
        )
        // What comes whole is here now.
        extras.progress?.end()
        extras.stream = stream
        stream.start()
    }

    /// The function has streamed all, and ended in order.
    func streamed(_ messages: consuming StreamedAnswer, _ head: UpstreamAnswer) {
        extras?.stream = nil
        guard let sent else { return }
        let tool = request.state.tools[sent.tool.index]
        note(.answered(head))
        guard let step = exchange, case .calling(let http, _) = step.stage else {
            let reading = messages.finish(over: HTTPExchange(), isQuestion: asked != nil)
            return end(CallResult(reading.answer, from: head, of: request, in: self, tool))
        }
        read(messages.finish(over: http, isQuestion: asked != nil), head, http, step, tool)
    }

    /// The stream broke, or can't be used.
    func streamFailed(_ failure: UpstreamFailure) {
        extras?.stream = nil
        received(.failed(failure))
    }

    // MARK: What the caller hears before the result

    /// Whether the caller can be told anything before the result: it waits for this answer alone, and accepts events.
    var hearsEvents: Bool {
        guard case .client = asker else { return false }
        return AcceptedTypes(request.http).eventStream
    }

    /// Sends the caller a message while its call goes on. The first one turns the answer into a stream of events.
    /// - Parameter message: a JSON-RPC message on one line.
    func tellWhileRunning(_ message: borrowing ByteBuffer) { openedEvents()?.send(message) }

    /// The answer as a stream of events, which it becomes with this; nil where it can't.
    func openedEvents() -> CallEvents? {
        if let events = extras?.events { return events }
        guard hearsEvents, case .client(let client) = asker, let sink = client.beginEvents(from: endpoint)
        else {
            return nil
        }
        let events = CallEvents(
            sink,
            on: endpoint.loop,
            keepAlive: endpoint.streams.keepAlive,
            keeping: keptEvents(),
            primed: request.version >= .v20251125
        )
        needExtras().events = events
        return events
    }

    /// Tells the caller from time to time that the call goes on.
    func beginOwnProgress() {
        guard hearsEvents, let token = request.message.progressToken else { return }
        needExtras().progress = OwnProgress(on: endpoint.loop, every: endpoint.progressInterval) {
            [weak self] seconds in
            guard let self, self.extras?.events?.isBlocked != true else { return }
            let held = self.request.http.bytes
            self.tellWhileRunning(OwnProgress.message(seconds, token: held.span.extracting(token)))
        }
    }

    /// Ends an answer of events with the call's message, or without one when it is empty.
    func tell(
        _ client: any AgentClient,
        _ message: Result<ByteBuffer, RPCError>,
        _ end: CallEnd,
        by events: CallEvents
    ) {
        let last = request.message(message)
        settle(end, bytesIn: request.http.body.count, bytesOut: events.bytesOut + last.count)
        keep(end, message)
        endpoint.counters.count(request.version.isModern ? .modern : .legacy, 200)
        events.end(with: last)
        client.receive(.told, from: endpoint)
    }
}
