import Bytes
import Crypto
import EventLoop
import JSON
import MCP
import Policy
import Telemetry

/// Polls the resources that streams of one loop watch, because a function can't say that one has changed.
///
/// A poll is a `resources/read` of the stream's own principal, on the way of every call: permissions, limits, budgets and
/// records apply to it as to a read of that client. A stream whose client doesn't read, or that isn't the newest of its
/// session, polls nothing.
/// Its loop's thread only.
final class ResourcePoller {
    /// What waits for its turn: a stream's number, and the number of a resource in its watch.
    private struct Item {
        let stream: Int
        let resource: Int
    }

    /// Polls that are begun in one turn of the loop, refused ones too.
    private static let perTurnMax = 16

    private let loop: EventLoop
    private let bounds: StreamBounds
    private let settings: WatchSettings
    private let metrics: GatewayMetrics
    /// Where polls are carried out.
    weak var endpoint: AgentEndpoint?
    /// [number] → a stream that watches.
    private var streams: [Int: OpenStream] = [:]
    private var queue: PollQueue<Item>
    private var isDispatching = false
    private var isScheduled = false

    init(_ loop: EventLoop, _ bounds: StreamBounds, _ metrics: GatewayMetrics) {
        self.loop = loop
        self.bounds = bounds
        self.metrics = metrics
        settings = bounds.settings.watches
        queue = PollQueue(max: settings.pollsMax, perTenantMax: settings.pollsPerTenantMax)
    }

    /// Whether no stream watches anything and no poll is under way.
    var isEmpty: Bool { streams.isEmpty && queue.isEmpty }

    // MARK: Streams

    /// Takes over what a stream watches, at its beginning and whenever that may have changed.
    func update(_ stream: OpenStream) {
        guard let contents = contents(of: stream) else { return }
        guard let watch = stream.watch ?? makeWatch(of: stream, contents.origin) else { return }
        let gone = watch.take(contents.resources, nowNs: loop.now)
        if !gone.isEmpty {
            let number = stream.place.number
            queue.remove(of: watch.tenantID) { $0.stream == number && gone.contains($0.resource) }
        }
        guard !watch.resources.isEmpty else { return ended(stream) }
        stream.flush()
        arm(watch, stream)
    }

    /// What a stream is to watch; nil when it never watched anything. A stream that isn't the newest of its session watches
    /// nothing.
    private func contents(of stream: OpenStream) -> (origin: PollOrigin, resources: [WatchTable.Resource])? {
        guard let session = stream.session else {
            guard stream.watch == nil, let origin = stream.polling?.origin else { return nil }
            return (origin, stream.listened.map { WatchTable.Resource($0) })
        }
        if loop.wallMs - session.openedMs >= SessionMark.lifetimeMs { bounds.endWatches(of: session) }
        if stream.place.speaks, let watches = bounds.watches(of: session) {
            return (watches.origin, watches.resources)
        }
        return stream.watch.map { ($0.origin, []) }
    }

    private func makeWatch(of stream: OpenStream, _ origin: PollOrigin) -> ResourceWatch? {
        guard let endpoint, let principal = principal(of: stream, in: endpoint.state) else { return nil }
        let watch = ResourceWatch(
            origin,
            tenantID: endpoint.state.snapshot.tenants[principal.tenant].id
        )
        stream.watch = watch
        streams[stream.place.number] = stream
        watch.timer.action = { [weak self, weak stream] in
            guard let self, let stream else { return }
            self.enqueue(stream)
        }
        return watch
    }

    private func principal(of stream: OpenStream, in state: GatewayState) -> Principal? {
        stream.identity.principal(in: state.snapshot, nowMs: loop.wallMs)
    }

    /// Forgets a stream that has ended, or watches nothing any more. Its polls under way are cancelled.
    func ended(_ stream: OpenStream) {
        guard let watch = stream.watch else { return }
        let number = stream.place.number
        streams[number] = nil
        stream.watch = nil
        watch.timer.action = nil
        loop.disarm(watch.timer)
        queue.remove(of: watch.tenantID) { $0.stream == number }
        let polls = watch.polls.values
        watch.resources = []
        for poll in polls { poll.cancellation.cancel() }
    }

    /// Goes on with a stream whose client reads again.
    func resume(_ stream: OpenStream) {
        if let watch = stream.watch { arm(watch, stream) }
    }

    private func arm(_ watch: ResourceWatch, _ stream: OpenStream) {
        guard let dueNs = watch.dueNs, !stream.isBehind else { return loop.disarm(watch.timer) }
        loop.arm(watch.timer, afterNs: dueNs > loop.now ? dueNs &- loop.now : 0)
    }

    // MARK: Polls

    /// Puts the resources whose time has come into the queue.
    private func enqueue(_ stream: OpenStream) {
        if stream.session != nil { update(stream) }
        guard let watch = stream.watch, !stream.isBehind else { return }
        for position in watch.resources.indices
        where watch.resources[position].standing == .idle && watch.resources[position].dueNs <= loop.now {
            watch.resources[position].standing = .queued
            let item = Item(stream: stream.place.number, resource: watch.resources[position].number)
            queue.add(item, of: watch.tenantID)
        }
        arm(watch, stream)
        dispatch()
    }

    /// Begins as many polls as may be under way.
    private func dispatch() {
        guard !isDispatching, !isScheduled else { return }
        isDispatching = true
        defer { isDispatching = false }
        for _ in 0..<Self.perTurnMax {
            guard let (item, tenant) = queue.next() else { return }
            if !begin(item) { queue.ended(of: tenant) }
        }
        isScheduled = true
        LoopBound(NextTurn(self), on: loop).execute { $0.poller?.goOn() }
    }

    private func goOn() {
        isScheduled = false
        dispatch()
    }

    /// A poller that its own next turn doesn't keep.
    private struct NextTurn {
        weak var poller: ResourcePoller?

        init(_ poller: ResourcePoller) { self.poller = poller }
    }

    /// Begins a poll, if there still is something to poll and the caller may read it.
    private func begin(_ item: Item) -> Bool {
        guard let endpoint, let stream = streams[item.stream], let watch = stream.watch,
            let position = watch.position(of: item.resource)
        else { return false }
        let state = endpoint.state
        let uri = watch.resources[position].content.uri
        guard !stream.isBehind, let principal = principal(of: stream, in: state) else {
            // Due, until the client reads again; the hub ends a stream without a principal.
            watch.resources[position].standing = .idle
            return false
        }
        let poll = PollInFlight()
        guard case .allowed = state.snapshot.read(uri, by: principal, nowMs: loop.wallMs),
            let request = watch.origin.read(
                uri,
                token: stream.polling?.token ?? [],
                principal,
                state,
                poll.cancellation
            )
        else {
            hide(position, watch, stream)
            return false
        }
        watch.resources[position].standing = .polling
        watch.polls[item.resource] = poll
        loop.arm(poll.timer, after: settings.pollTimeout)
        let tenant = watch.tenantID
        let call = ToolCall(
            request,
            at: endpoint,
            for: .task { [weak self, weak stream] outcome in
                guard let self else { return }
                self.loop.disarm(poll.timer)
                poll.timer.action = nil
                watch.polls[item.resource] = nil
                self.queue.ended(of: tenant)
                if let stream { self.finished(item, outcome, watch, stream) }
                self.dispatch()
            }
        )
        call.start()
        return true
    }

    /// Handles a resource that the caller may not read now, or that isn't there: nothing is read, and what was read before
    /// is forgotten.
    private func hide(_ position: Int, _ watch: ResourceWatch, _ stream: OpenStream) {
        watch.resources[position].failures = 0
        note(.hidden, position, watch, stream)
        watch.schedule(position, nowNs: loop.now, settings)
        arm(watch, stream)
    }

    private func finished(
        _ item: Item,
        _ outcome: Result<ByteBuffer, RPCError>,
        _ watch: ResourceWatch,
        _ stream: OpenStream
    ) {
        guard stream.watch === watch, let position = watch.position(of: item.resource) else { return }
        let result: String
        if let digest = Self.digest(of: outcome) {
            watch.resources[position].failures = 0
            note(.contents(digest), position, watch, stream)
            result = watch.resources[position].content.hasChanged ? "changed" : "same"
        } else {
            watch.resources[position].failures += 1
            result = "failed"
        }
        metrics.resourcePolls.counter([result]).add()
        watch.schedule(position, nowNs: loop.now, settings)
        if watch.resources[position].content.hasChanged { stream.flush() }
        arm(watch, stream)
    }

    /// Notes what a poll found, where it is kept.
    private func note(
        _ found: WatchTable.Resource.Found,
        _ position: Int,
        _ watch: ResourceWatch,
        _ stream: OpenStream
    ) {
        guard let session = stream.session else { return watch.resources[position].content.note(found) }
        let uri = watch.resources[position].content.uri
        guard
            let noted = bounds.note(found, of: uri, in: session, by: stream.place.number)
        else { return }
        watch.resources[position].content = noted
    }

    /// The digest of the contents that a poll read; nil when it read none. Whatever stands beside the contents may
    /// change at each read.
    private static func digest(of outcome: Result<ByteBuffer, RPCError>) -> Digest? {
        guard case .success(let body) = outcome, body.count > 0 else { return nil }  // empty: was cancelled
        let bytes = body.bytes.span
        let result = RPCWriter.result(of: body, idCount: 1)
        guard let contents = JSON.member("contents", of: result, in: bytes) else { return nil }
        return SHA256.hash(bytes.extracting(contents))
    }
}
