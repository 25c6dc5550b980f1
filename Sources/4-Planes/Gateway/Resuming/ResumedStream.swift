import Bytes
import EventLoop
import MCP

/// The answer to a client that has come back to a call's stream: what it missed, then the rest. On the loop of its own connection,
/// which may be another one than the call's.
///
/// It asks the call's loop for a piece each time that the client has taken the one before, so that nothing piles up in between.
package final class ResumedStream {
    private let source: LoopBound<KeptEvents>
    private let place: StreamPlace
    private let loop: EventLoop
    private let keepAlive: Duration
    private let timer = LoopTimer()
    private var sink: (any EventSink)?
    /// The event up to which the client has all.
    private var last: Int
    /// Whether more is asked for once the client has taken what it has.
    private var isBehind = false

    init(
        _ source: LoopBound<KeptEvents>,
        after number: Int,
        _ place: StreamPlace,
        on loop: EventLoop,
        keepAlive: Duration
    ) {
        self.source = source
        self.place = place
        self.loop = loop
        self.keepAlive = keepAlive
        last = number
    }

    /// Starts the stream. Call this once, at once, on the endpoint's loop.
    package func attach(to sink: any EventSink) {
        guard !sink.isClosed else { return place.release() }
        self.sink = sink
        sink.onReady = { [weak self] in self?.flush() }
        sink.onDisconnect = { [self] in left() }
        timer.action = { [weak self] in self?.signOfLife() }
        loop.arm(timer, after: keepAlive)
        pull(isFirst: true)
    }

    private func pull(isFirst: Bool = false) {
        let (own, id, last) = (LoopBound(self, on: loop), ObjectIdentifier(self), last)
        source.execute { $0.pull(own, id, after: last, isFirst: isFirst) }
    }

    func take(_ piece: KeptEvents.Piece) {
        guard let sink else { return }
        switch piece {
        case .events(let bytes, _, isEnd: true): end(with: bytes)
        case .events(let bytes, let number, isEnd: false):
            sink.append(bytes)
            guard self.sink != nil else { return }  // the client turned out to be gone
            last = number
            isBehind = sink.isBehind
            if !isBehind { pull() }
        case .end: end(with: ByteBuffer())
        case .lost(let event):
            left()
            sink.end(with: event)
        }
    }

    /// The client has come back once more, on another connection.
    func replaced() { end(with: ByteBuffer()) }

    private func flush() {
        guard isBehind else { return }
        isBehind = false
        pull()
    }

    private func left() {
        detach()
        let id = ObjectIdentifier(self)
        source.execute { $0.left(id) }
    }

    private func end(with bytes: ByteBuffer) {
        guard let sink else { return }
        detach()
        sink.end(with: bytes)
    }

    private func detach() {
        loop.disarm(timer)
        timer.action = nil
        sink?.onReady = nil
        sink?.onDisconnect = nil
        sink = nil
        place.release()
    }

    private func signOfLife() {
        var comment = ByteBuffer(capacity: 8)
        EventStream.appendKeepAlive(to: &comment)
        _ = sink?.writeIfIdle(comment)
        loop.arm(timer, after: keepAlive)
    }
}
