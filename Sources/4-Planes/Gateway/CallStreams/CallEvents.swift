import Bytes
import EventLoop
import MCP

/// The answer to one call as server-sent events: what is said while the function runs, then the result. Loop thread only.
///
/// An answer becomes one when there is something to say before the result; until then it may still be a plain one. What the
/// client hasn't taken yet waits in its connection: who has much to say asks `isBlocked` first. A client that can come back
/// reads on from what is kept (`KeptEvents`); the first connection has ended then.
final class CallEvents {
    private let sink: any EventSink
    private let loop: EventLoop
    private let keepAlive: Duration
    private let kept: KeptEvents?
    private let timer = LoopTimer()
    /// Bytes of the answer so far.
    private(set) var bytesOut = 0
    /// Called each time that the client has taken what waited, or has gone.
    var onReady: (() -> Void)?
    /// Called each time that the client goes away.
    var onGone: (() -> Void)?
    /// Called each time that it has come back.
    var onBack: (() -> Void)?
    /// - Parameters:
    ///   - kept: for a client that can come back; else nil.
    ///   - isPrimed: whether such a client gets an id to come back to before the first message.
    init(
        _ sink: any EventSink,
        on loop: EventLoop,
        keepAlive: Duration,
        keeping kept: KeptEvents? = nil,
        primed isPrimed: Bool = false
    ) {
        self.sink = sink
        self.loop = loop
        self.keepAlive = keepAlive
        self.kept = kept
        sink.onReady = { [weak self] in self?.onReady?() }
        sink.onDisconnect = { [weak self] in self?.left() }
        timer.action = { [weak self] in self?.signOfLife() }
        loop.arm(timer, after: keepAlive)
        guard let kept else { return }
        kept.onBack = { [weak self] in self?.cameBack() }
        kept.onGone = { [weak self] in self?.onGone?() }
        kept.onReady = { [weak self] in self?.onReady?() }
        guard isPrimed else { return }
        var event = ByteBuffer(capacity: 80)
        EventStream.appendPriming(id: kept.nextID.description, to: &event)
        kept.add(event)
        sink.append(event)
    }

    /// Whether the client has still to take an earlier message.
    var isBlocked: Bool { sink.isBehind && !sink.isClosed || kept?.isBehind == true }
    /// Whether the client is gone and hasn't come back, or the answer has ended.
    var isClosed: Bool { sink.isClosed && kept?.hasReader != true }
    /// Whether the client has come back and reads on another connection.
    var isResumed: Bool { kept?.hasReader == true }
    /// Whether a client that is gone may come back.
    var isResumable: Bool { kept != nil }

    /// Sends a JSON-RPC message, behind what waits. Nothing happens when the client is gone for good.
    /// - Parameter message: one line.
    func send(_ message: borrowing ByteBuffer) {
        guard !sink.isClosed || kept != nil else { return }
        let event = event(message)
        bytesOut += event.count
        kept?.add(event)
        sink.append(event)
    }

    /// Sends the last message, behind what waits, and ends the answer.
    /// - Parameter message: empty for none.
    func end(with message: borrowing ByteBuffer) {
        loop.disarm(timer)
        timer.action = nil
        sink.onReady = nil
        sink.onDisconnect = nil
        onReady = nil
        guard message.count > 0 else {
            kept?.endWithoutEvent()
            return sink.end(with: ByteBuffer())
        }
        let event = event(message)
        bytesOut += event.count
        kept?.add(event, isEnd: true)
        sink.end(with: event)
    }

    private func event(_ message: borrowing ByteBuffer) -> ByteBuffer {
        var event = ByteBuffer(capacity: message.count + 80)
        EventStream.appendMessage(message.bytes.span, id: kept?.nextID.description, to: &event)
        return event
    }

    /// The first connection is gone, so nothing waits for it any more.
    private func left() {
        onGone?()
        onReady?()
    }

    /// The client reads what is kept, so the first connection gets nothing more: each message goes out on one alone.
    private func cameBack() {
        sink.onDisconnect = nil
        sink.end(with: ByteBuffer())
        onBack?()
    }

    private func signOfLife() {
        var comment = ByteBuffer(capacity: 8)
        EventStream.appendKeepAlive(to: &comment)
        _ = sink.writeIfIdle(comment)
        loop.arm(timer, after: keepAlive)
    }
}
