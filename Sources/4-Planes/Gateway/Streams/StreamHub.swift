import EventLoop
import Policy
import Telemetry

/// Manages the open streams of one loop: tells each client of changes to its own list, and ends the streams whose
/// credential or session has ended.
///
/// Streams are checked in rounds. A round begins with a new state, or when a credential or a subscription expires. It
/// takes as many turns of the loop as it needs, a slice of time in each, so that no call waits for ten thousand
/// streams. Within a round a view's fingerprint is computed once, however many streams share the view.
/// Its loop's thread only.
final class StreamHub {
    /// How often the clock is read while something is going to expire: if the clock is set, no timer fires at the right
    /// time.
    private static let clockCheckMs: Int64 = 1000

    private let loop: EventLoop
    private let bounds: StreamBounds
    private let metrics: GatewayMetrics
    /// Polls what streams watch; nil where no resource can be watched.
    let poller: ResourcePoller?
    /// The time that a round may take in one turn of the loop.
    private let sliceNs: UInt64
    private var state: GatewayState
    private var streams: [Int: OpenStream] = [:]

    private var round: UInt64 = 0
    /// When the round began, in milliseconds since 1970; it decides as of this time.
    private var roundMs: Int64 = 0
    /// The streams that the round has still to check, from `next` on.
    private var queue: [Int] = []
    private var next = 0
    private var isScheduled = false
    /// [view] → its fingerprint in this round.
    private var fingerprints: [ViewID: ViewFingerprint] = [:]
    /// How many fingerprints were computed in all.
    private(set) var fingerprintCount = 0
    /// When something expires next, in milliseconds since 1970.
    private var dueMs: Int64?
    private let clock = LoopTimer()

    init(
        _ loop: EventLoop,
        _ state: GatewayState,
        _ bounds: StreamBounds,
        _ metrics: GatewayMetrics,
        sliceNs: UInt64 = 500_000
    ) {
        self.loop = loop
        self.state = state
        self.bounds = bounds
        self.metrics = metrics
        self.sliceNs = sliceNs
        poller = bounds.settings.watches.interval.map { _ in ResourcePoller(loop, bounds, metrics) }
        roundMs = loop.wallMs
        dueMs = state.snapshot.nextExpiry(afterMs: roundMs)
        clock.action = { [weak self] in self?.checkClock() }
        if poller != nil { bounds.add(self, on: loop) }
    }

    /// The time of silence after which a stream of events gets a sign of life.
    var keepAlive: Duration { bounds.settings.keepAlive }

    var watchSettings: WatchSettings { bounds.settings.watches }

    /// Adds a watch of a session.
    func watch(_ uri: String, in session: SessionMark, _ origin: PollOrigin) throws(WatchTable.Refusal) {
        try bounds.watch(uri, in: session, origin)
    }

    /// Ends a watch of a session, if it has it.
    func unwatch(_ uri: String, in session: SessionMark) { bounds.unwatch(uri, in: session) }

    /// Ends all watches of a session.
    func endWatches(of session: SessionMark) { bounds.endWatches(of: session) }

    /// Streams open on this loop.
    var count: Int { streams.count }

    // MARK: Opening and ending

    /// A stream for a principal of the snapshot.
    /// - Parameter polling: what its polls need; nil where nothing will be watched.
    /// - Throws: why there is no place for it.
    func open(
        _ form: StreamForm,
        _ principal: Principal,
        in snapshot: Snapshot,
        session: SessionMark?,
        _ polling: StreamPolling? = nil
    ) throws(StreamBounds.Refusal) -> StreamOpening {
        let holder = snapshot.holderID(of: principal)
        let place = try bounds.take(holder, session: session, watches: form.watches)
        let identity = StreamIdentity(principal, in: snapshot)
        return StreamOpening(form, identity, place, session, polling, in: self)
    }

    func add(_ opening: StreamOpening, _ sink: any EventSink) {
        loop.assertCurrent()
        catchUp()
        let place = opening.place
        let principal = opening.identity.principal(in: state.snapshot, nowMs: loop.wallMs)
        let stream = OpenStream(
            opening,
            sink,
            fingerprint: principal.map { fingerprint(of: $0) } ?? ViewFingerprint(),
            round: round,
            counter: metrics.streamNotifications
        )
        guard !sink.isClosed else { return place.release() }
        streams[place.number] = stream
        metrics.streams.add()
        stream.flush()
        guard principal != nil else { return end(stream) }
        sink.onDisconnect = { [weak self, weak stream] in
            guard let self, let stream else { return }
            self.remove(stream)
        }
        sink.onReady = { [weak self, weak stream] in
            guard let self, let stream else { return }
            stream.ready()
            self.poller?.resume(stream)
        }
        stream.timer.action = { [weak self, weak stream] in
            guard let self, let stream else { return }
            stream.keepAlive()
            guard self.streams[stream.place.number] != nil else { return }
            self.loop.arm(stream.timer, after: self.bounds.settings.keepAlive)
        }
        loop.arm(stream.timer, after: bounds.settings.keepAlive)
        if let expiresAtMs = opening.identity.expiresAtMs { dueMs = min(dueMs ?? expiresAtMs, expiresAtMs) }
        armClock()
        // Set last, because it may be called at once.
        sink.onDrain = { [weak self, weak stream] in
            guard let self, let stream else { return }
            self.end(stream)
        }
        if sink.isClosed { return remove(stream) }
        if stream.polling != nil, streams[place.number] != nil { poller?.update(stream) }
    }

    /// Looks again at what a stream watches, if it is on this loop.
    func wake(_ number: Int) {
        if let stream = streams[number] { poller?.update(stream) }
    }

    private func end(_ stream: OpenStream) {
        stream.end(state.settings.identity)
        remove(stream)
    }

    private func remove(_ stream: OpenStream) {
        guard streams.removeValue(forKey: stream.place.number) != nil else { return }
        poller?.ended(stream)
        stream.detach()
        // The session's newest stream may be another one now.
        if poller != nil, let session = stream.session { bounds.wake(session) }
        loop.disarm(stream.timer)
        metrics.streams.subtract()
        if streams.isEmpty { loop.disarm(clock) }
    }

    // MARK: Rounds

    /// Takes a new state, and begins a round if the change can affect a stream.
    func adopt(_ state: GatewayState) {
        let (old, new) = (self.state.snapshot, state.snapshot)
        let isSame =
            new.version == old.version && new.scopes == old.scopes
            && new.endedSessions.newest == old.endedSessions.newest
        self.state = state
        if !isSame { beginRound() }
    }

    /// Begins a round if something has expired since the last one.
    private func catchUp() {
        if let dueMs, loop.wallMs >= dueMs { beginRound() }
    }

    private func checkClock() {
        catchUp()
        armClock()
    }

    private func armClock() {
        guard let dueMs, !streams.isEmpty else { return loop.disarm(clock) }
        let wait = max(0, min(dueMs - loop.wallMs, Self.clockCheckMs))
        loop.arm(clock, after: .milliseconds(wait))
    }

    /// Begins a round. Streams that the previous round had not reached come first, so that none waits for ever.
    private func beginRound() {
        roundMs = loop.wallMs
        dueMs = state.snapshot.nextExpiry(afterMs: roundMs)
        for stream in streams.values {
            guard let expiresAtMs = stream.identity.expiresAtMs, expiresAtMs > roundMs else { continue }
            dueMs = min(dueMs ?? expiresAtMs, expiresAtMs)
        }
        fingerprints.removeAll(keepingCapacity: true)
        let seen = round
        round += 1
        queue = Array(queue[next...]) + streams.values.lazy.filter { $0.round == seen }.map(\.place.number)
        next = 0
        armClock()
        walk()
    }

    /// Checks streams until the slice of this turn is used up; the rest follows in the next turn.
    private func walk() {
        guard !isScheduled else { return }
        let began = EventLoop.currentNs
        while next < queue.count {
            let number = queue[next]
            next += 1
            if let stream = streams[number] { look(at: stream) }
            guard EventLoop.currentNs &- began < sliceNs else { break }
        }
        if next < queue.count {
            isScheduled = true
            LoopBound(Walker(self), on: loop).execute { $0.hub?.walkOn() }
        } else {
            queue = []
            next = 0
        }
    }

    /// The next turn has come.
    private func walkOn() {
        isScheduled = false
        walk()
    }

    /// A hub that its own next turn doesn't keep.
    private struct Walker {
        weak var hub: StreamHub?

        init(_ hub: StreamHub) { self.hub = hub }
    }

    private func look(at stream: OpenStream) {
        stream.round = round
        if let session = stream.session, state.snapshot.endedSessions.contains(session) {
            bounds.endWatches(of: session)
            return end(stream)
        }
        guard let principal = stream.identity.principal(in: state.snapshot, nowMs: roundMs) else {
            return end(stream)
        }
        let now = fingerprint(of: principal)
        let changes = now.changes(since: stream.fingerprint)
        guard !changes.isEmpty else { return }
        stream.fingerprint = now
        stream.notify(of: changes)
    }

    private func fingerprint(of principal: Principal) -> ViewFingerprint {
        let view = state.snapshot.viewID(for: principal, nowMs: roundMs)
        if let known = fingerprints[view] { return known }
        let made = state.snapshot.fingerprint(for: principal, nowMs: roundMs)
        fingerprints[view] = made
        fingerprintCount += 1
        return made
    }
}
