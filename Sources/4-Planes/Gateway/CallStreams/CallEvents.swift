import Bytes
import EventLoop
import MCP

/// The answer to one call as server-sent events: what is said while the function runs, then the result. Loop thread only.
///
/// An answer becomes one when there is something to say before the result; until then it may still be a plain one. Of what the
/// client hasn't taken yet, one message waits here: who has more asks `isBlocked` first.
final class CallEvents {
    private let sink: any EventSink
    private let loop: EventLoop
    private let keepAlive: Duration
    private let timer = LoopTimer()
    private var waiting = ByteBuffer()
    /// Bytes of the answer so far.
    private(set) var bytesOut = 0
    /// Called each time that the client has taken what waited, or has gone.
    var onReady: (() -> Void)?

    init(_ sink: any EventSink, on loop: EventLoop, keepAlive: Duration) {
        self.sink = sink
        self.loop = loop
        self.keepAlive = keepAlive
        sink.onReady = { [weak self] in self?.flush() }
        timer.action = { [weak self] in self?.signOfLife() }
        loop.arm(timer, after: keepAlive)
    }

    /// Called once when the client goes away.
    var onGone: (() -> Void)? {
        get { sink.onDisconnect }
        set { sink.onDisconnect = newValue }
    }
    /// Called once when the server drains, at once if it already does.
    var onDrain: (() -> Void)? {
        get { sink.onDrain }
        set { sink.onDrain = newValue }
    }
    /// Whether the client is gone, or the answer has ended.
    var isClosed: Bool { sink.isClosed }

    /// Whether the client has still to take an earlier message.
    var isBlocked: Bool { waiting.count > 0 && !sink.isClosed }

    /// Sends a JSON-RPC message, or keeps it until the client has taken what came before. Nothing happens when the client is
    /// gone.
    /// - Parameter message: one line.
    func send(_ message: borrowing ByteBuffer) {
        guard !sink.isClosed else { return }
        var event = ByteBuffer(capacity: message.count + 32)
        EventStream.appendMessage(message.bytes.span, to: &event)
        bytesOut += event.count
        if waiting.count == 0, sink.writeIfIdle(event) { return }
        waiting.append(contentsOf: event.bytes)
    }

    /// Sends the last message, behind what waits, and ends the answer.
    /// - Parameter message: empty for none.
    func end(with message: borrowing ByteBuffer) {
        loop.disarm(timer)
        timer.action = nil
        sink.onReady = nil
        onReady = nil
        var last = exchange(&waiting, with: ByteBuffer())
        if message.count > 0 {
            let before = last.count
            EventStream.appendMessage(message.bytes.span, to: &last)
            bytesOut += last.count - before
        }
        sink.end(with: last)
    }

    private func flush() {
        if waiting.count > 0 {
            guard sink.writeIfIdle(waiting) else { return }
            waiting = ByteBuffer()
        }
        onReady?()
    }

    private func signOfLife() {
        var comment = ByteBuffer(capacity: 8)
        EventStream.appendKeepAlive(to: &comment)
        if waiting.count == 0 { _ = sink.writeIfIdle(comment) }
        loop.arm(timer, after: keepAlive)
    }
}
