import EventLoop
import HTTP

/// The connections of one loop to one endpoint: idle ones, newest first, and the calls that wait for one.
final class ConnectionPool {
    let endpoint: Endpoint
    /// Owns this pool, so it lives longer.
    unowned(unsafe) let client: HTTPClient
    private var idle: [ClientConnection] = []
    private var all: [ObjectIdentifier: ClientConnection] = [:]
    private var waiting: [ClientCall] = []
    private let waitTimer = LoopTimer()

    init(endpoint: Endpoint, client: HTTPClient) {
        self.endpoint = endpoint
        self.client = client
        waitTimer.action = { [weak self] in self?.expireWaiting() }
    }

    var loop: EventLoop { client.loop }
    var connectionCount: Int { all.count }

    /// Begins a call on an idle connection, on a new one, or lets it wait.
    @inline(__always)
    func start(_ call: ClientCall) {
        if let cancellation = call.request.cancellation {
            if cancellation.isCancelled { return call.finish(.failure(.cancelled)) }
            cancellation.action = { [unowned self] in cancel(call) }
        }
        if let connection = idle.popLast() { return connection.begin(call) }
        startElsewhere(call)
    }

    private func startElsewhere(_ call: ClientCall) {
        guard !client.isClosed else { return call.finish(.failure(.cancelled)) }
        guard all.count >= client.configuration.connectionsMax else { return connect(for: call) }
        guard waiting.count < client.configuration.waitingMax else { return call.finish(.failure(.overloaded)) }
        waiting.append(call)
        armWaitTimer()
    }

    /// Starts a call anew whose connection turned out to be stale. Other idle ones may be as old: it gets a fresh one.
    func retry(_ call: ClientCall) { startElsewhere(call) }

    private func connect(for call: ClientCall) {
        let connection = ClientConnection(pool: self)
        all[ObjectIdentifier(connection)] = connection
        connection.open(for: call)
    }

    /// A connection has finished a call and may take another.
    func freed(_ connection: ClientConnection) {
        if waiting.isEmpty {
            idle.append(connection)
        } else {
            connection.begin(waiting.removeFirst())
        }
    }

    /// A connection is gone; a waiting call gets a new one in its place.
    func closed(_ connection: ClientConnection, wasIdle: Bool) {
        guard all.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if wasIdle, let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
        if !waiting.isEmpty, !client.isClosed { connect(for: waiting.removeFirst()) }
    }

    private func cancel(_ call: ClientCall) {
        if let index = waiting.firstIndex(where: { $0 === call }) { waiting.remove(at: index) }
        if let connection = call.connection {
            connection.fail(.cancelled)
        } else {
            call.finish(.failure(.cancelled))
        }
    }

    private func armWaitTimer() {
        guard let next = waiting.map(\.deadline).min() else { return loop.disarm(waitTimer) }
        loop.arm(waitTimer, afterNs: next > loop.now ? next - loop.now : 0)
    }

    private func expireWaiting() {
        let now = loop.now
        let late = waiting.filter { $0.deadline <= now }
        waiting.removeAll { $0.deadline <= now }
        for call in late { call.finish(.failure(.timedOut(.queueing))) }
        armWaitTimer()
    }

    func close() {
        loop.disarm(waitTimer)
        for call in exchange(&waiting, with: []) { call.finish(.failure(.cancelled)) }
        for connection in all.values { connection.fail(.cancelled) }
    }
}
