import Bytes
import EventLoop
import MCP
import Policy
import Telemetry

/// One stream: sends what its client should hear when the client has room for it. Loop thread only.
///
/// Whatever happens while a client doesn't read, one flag a list or a watched resource remembers it: memory does not grow.
final class OpenStream {
    let identity: StreamIdentity
    let place: StreamPlace
    let session: SessionMark?
    /// What polls for this stream need; nil where nothing will be watched.
    let polling: StreamPolling?
    /// The resources that the stream watches now.
    var watch: ResourceWatch?
    private let form: StreamForm
    private let sink: any EventSink
    private let counter: Counter
    /// The fingerprint of the client's view when it was last told of a change, or when the stream was opened.
    var fingerprint: ViewFingerprint
    /// The hub's last round that checked this stream.
    var round: UInt64
    /// Whether the client has got its greeting.
    private var hasGreeted = false
    /// The lists of whose change the client is still to be told.
    private var changes: ListChanges = []
    /// Whether a sign of life found no room.
    private var isBlocked = false
    let timer = LoopTimer()

    init(
        _ opening: StreamOpening,
        _ sink: any EventSink,
        fingerprint: ViewFingerprint,
        round: UInt64,
        counter: Counter
    ) {
        identity = opening.identity
        place = opening.place
        session = opening.session
        polling = opening.polling
        form = opening.form
        self.sink = sink
        self.fingerprint = fingerprint
        self.round = round
        self.counter = counter
    }

    /// Tells the client that lists of its own have changed, now or as soon as it can take it.
    func notify(of lists: ListChanges) {
        var lists = lists
        if case .listen(_, let filter) = form { lists.formIntersection(filter.lists) }
        guard !lists.isEmpty, place.speaks else { return }
        changes.formUnion(lists)
        flush()
    }

    /// Whether the client hasn't taken yet what it should hear, as far as that is known.
    var isBehind: Bool { !hasGreeted || !changes.isEmpty || isBlocked || watch?.hasNews == true }

    /// The client has room again.
    func ready() {
        isBlocked = false
        flush()
    }

    /// Sends what is still to be sent.
    func flush() {
        if !hasGreeted {
            var out = ByteBuffer(capacity: 256)
            appendGreeting(to: &out)
            hasGreeted = out.count == 0 || sink.writeIfIdle(out)
        }
        guard hasGreeted else { return }
        let told = ListChanges.each.filter { changes.contains($0) }
        let updated = updatedResources
        guard !told.isEmpty || !updated.isEmpty else { return }
        var subscription: [UInt8]?
        if case .listen(let id, _) = form { subscription = id }
        var out = ByteBuffer(capacity: 192)
        for list in told { EventStream.appendListChanged(list, subscription: subscription, to: &out) }
        for uri in updated { EventStream.appendResourceUpdated(uri, subscription: subscription, to: &out) }
        guard sink.writeIfIdle(out) else { return }
        changes = []
        if !updated.isEmpty { watch?.told() }
        place.told(of: updated)
        for _ in 0..<told.count + updated.count { counter.add() }
    }

    /// The URIs of watched resources of whose change the client is still to be told.
    private var updatedResources: [String] {
        guard let watch, watch.hasNews, place.speaks else { return [] }
        return watch.resources.filter(\.content.hasChanged).map(\.content.uri)
    }

    /// The URIs that its own request asked to watch, as far as they are honoured.
    var listened: [String] { if case .listen(_, let filter) = form { filter.resources } else { [] } }

    /// Appends the first event: a subscription's acknowledgement, or the time to wait before reconnecting.
    private func appendGreeting(to out: inout ByteBuffer) {
        switch form {
        case .listen(let id, let filter):
            EventStream.appendAcknowledgement(filter, subscription: id, to: &out)
        case .legacy(let tellsRetry):
            if tellsRetry { EventStream.appendRetry(to: &out) }
        }
    }

    /// Sends a sign of life, unless an earlier piece still waits for the client: then its write deadline applies.
    func keepAlive() {
        var out = ByteBuffer(capacity: 8)
        EventStream.appendKeepAlive(to: &out)
        isBlocked = !sink.writeIfIdle(out)
    }

    /// Ends the stream as its era does: with the result of the request, or without anything.
    func end(_ identity: ServerIdentity) {
        detach()
        var out = ByteBuffer(capacity: 256)
        if case .listen(let id, _) = form {
            if !hasGreeted { appendGreeting(to: &out) }
            EventStream.appendListenResult(subscription: id, identity, to: &out)
        }
        sink.end(with: out)
    }

    /// Removes all callbacks and gives back the place.
    func detach() {
        sink.onReady = nil
        sink.onDisconnect = nil
        sink.onDrain = nil
        timer.action = nil
        place.release()
    }
}
