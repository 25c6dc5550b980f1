import Bytes
import EventLoop
import MCP
import Telemetry

/// One stream: what it has to say, said when its client has room for it. Loop thread only.
///
/// Whatever happens while a client doesn't read, one flag remembers it: memory does not grow.
final class OpenStream {
    let identity: StreamIdentity
    let place: StreamPlace
    private let form: StreamForm
    private let sink: any EventSink
    private let counter: Counter
    /// Of what the client saw, or was told that it no longer sees, last.
    var fingerprint: UInt64
    /// The hub's round that looked at it last.
    var round: UInt64
    /// The client has got its first words.
    private var hasGreeted = false
    /// The client is still to be told of a change.
    private var hasChanged = false
    let timer = LoopTimer()

    init(
        _ opening: StreamOpening,
        _ sink: any EventSink,
        fingerprint: UInt64,
        round: UInt64,
        counter: Counter
    ) {
        identity = opening.identity
        place = opening.place
        form = opening.form
        self.sink = sink
        self.fingerprint = fingerprint
        self.round = round
        self.counter = counter
    }

    /// Tells the client that its list has changed, now or as soon as it can take it.
    func notify() {
        if case .listen(_, let filter) = form, !filter.toolsListChanged { return }
        guard place.speaks else { return }
        hasChanged = true
        flush()
    }

    /// Says what is still to be said.
    func flush() {
        if !hasGreeted {
            var out = ByteBuffer(capacity: 256)
            appendGreeting(to: &out)
            hasGreeted = out.count == 0 || sink.writeIfIdle(out)
        }
        guard hasChanged, hasGreeted else { return }
        var out = ByteBuffer(capacity: 192)
        switch form {
        case .listen(let id, _): EventStream.appendToolsListChanged(subscription: id, to: &out)
        case .legacy: EventStream.appendToolsListChanged(subscription: nil, to: &out)
        }
        guard sink.writeIfIdle(out) else { return }
        hasChanged = false
        counter.add()
    }

    /// What comes first: a subscription's acknowledgement, or how long to wait before coming back.
    private func appendGreeting(to out: inout ByteBuffer) {
        switch form {
        case .listen(let id, let filter):
            EventStream.appendAcknowledgement(filter, subscription: id, to: &out)
        case .legacy(let tellsRetry):
            if tellsRetry { EventStream.appendRetry(to: &out) }
        }
    }

    /// Gives a sign of life, unless the client has more to read than it takes: then its write deadline judges it.
    func keepAlive() {
        var out = ByteBuffer(capacity: 8)
        EventStream.appendKeepAlive(to: &out)
        _ = sink.writeIfIdle(out)
    }

    /// Ends the stream as its era does: with the result of the request, or without a word.
    func end(_ identity: ServerIdentity) {
        detach()
        var out = ByteBuffer(capacity: 256)
        if case .listen(let id, _) = form {
            if !hasGreeted { appendGreeting(to: &out) }
            EventStream.appendListenResult(subscription: id, identity, to: &out)
        }
        sink.end(with: out)
    }

    /// Nobody is to be called any more.
    func detach() {
        sink.onReady = nil
        sink.onDisconnect = nil
        sink.onDrain = nil
        timer.action = nil
        place.release()
    }
}
