import Calendar
import EventLoop
import HTTP

/// The connections of one loop to one endpoint: idle ones, newest first, and the calls that wait for one.
final class ConnectionPool {
    let endpoint: Endpoint
    /// Owns this pool, so it lives longer.
    unowned(unsafe) let client: HTTPClient
    /// How long a connection may wait in the pool, in nanoseconds.
    let idleNs: UInt64
    private var idle: [ClientConnection] = []
    private var all: [ObjectIdentifier: ClientConnection] = [:]
    private var waiting = WaitingCalls()
    /// Connections are being opened for waiting calls, further up the stack.
    private var isServing = false
    private let waitTimer = LoopTimer()
    private var waitTimerEndsAt = UInt64.max

    init(endpoint: Endpoint, client: HTTPClient) {
        self.endpoint = endpoint
        self.client = client
        idleNs = client.configuration.idleTimeout.nanoseconds
        waitTimer.action = { [weak self] in self?.expireWaiting() }
    }

    var loop: EventLoop { client.loop }
    var connectionCount: Int { all.count }

    /// Gives a call to an idle connection, to a new one, or lets it wait.
    @inline(__always)
    func place(_ call: ClientCall) {
        if let cancellation = call.request.cancellation {
            // Detached when the call ends, which it does before the pool: no cycle stays, and `self` is alive.
            call.pool = self
            guard cancellation.attach(call) else { return call.end(.failure(.cancelled)) }
        }
        if let connection = idle.popLast() { return connection.run(call) }
        placeElsewhere(call, isFirst: false)
    }

    private func placeElsewhere(_ call: ClientCall, isFirst: Bool) {
        guard !client.isClosed else { return call.end(.failure(.cancelled)) }
        guard all.count >= client.configuration.connectionsMax else { return connect(for: call) }
        if isFirst {
            waiting.prepend(call)
        } else {
            guard waiting.count < client.configuration.waitingMax else {
                return call.end(.failure(.overloaded))
            }
            waiting.append(call)
        }
        if call.deadline < waitTimerEndsAt { arm(until: call.deadline) }
    }

    /// Places a call anew whose connection turned out to be stale. Other idle ones may be as old: it gets a fresh one,
    /// before all that wait.
    func retry(_ call: ClientCall) {
        // It may have been cancelled, and told so, while its old connection was closed.
        if call.request.cancellation?.isCancelled == true { return }
        placeElsewhere(call, isFirst: true)
    }

    private func connect(for call: ClientCall) {
        let connection = ClientConnection(pool: self)
        all[ObjectIdentifier(connection)] = connection
        connection.open(for: call)
    }

    /// A connection has finished a call and may take another.
    func freed(_ connection: ClientConnection) {
        if let call = nextWaiting() {
            connection.run(call)
        } else {
            idle.append(connection)
        }
    }

    /// A connection is gone; a waiting call gets a new one in its place.
    func closed(_ connection: ClientConnection, wasIdle: Bool) {
        guard all.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if wasIdle, let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
        serveWaiting()
    }

    /// Opens connections for waiting calls. One that fails at once comes back here through `closed`: the loop that is
    /// already running goes on then, so that thousands of failures don't nest.
    private func serveWaiting() {
        guard !isServing, !waiting.isEmpty else { return }
        isServing = true
        defer { isServing = false }
        while !client.isClosed, all.count < client.configuration.connectionsMax, let call = nextWaiting() {
            connect(for: call)
        }
    }

    /// The next call whose time is not up.
    private func nextWaiting() -> ClientCall? {
        while let call = waiting.popFirst() {
            if call.deadline > loop.now { return call }
            call.end(.failure(.timedOut(.queueing)))
        }
        return nil
    }

    func cancel(_ call: ClientCall) {
        if let connection = call.connection { return connection.fail(.cancelled) }
        waiting.remove(call)
        call.end(.failure(.cancelled))
    }

    private func arm(until deadline: UInt64) {
        waitTimerEndsAt = deadline
        loop.arm(waitTimer, afterNs: deadline > loop.now ? deadline - loop.now : 0)
    }

    private func expireWaiting() {
        waitTimerEndsAt = .max
        for call in waiting.takeExpired(at: loop.now) { call.end(.failure(.timedOut(.queueing))) }
        if let next = waiting.nextDeadline { arm(until: next) }
    }

    func close() {
        loop.disarm(waitTimer)
        // Whoever hears that its call has ended may send another, which must find no connection here.
        idle = []
        while let call = waiting.popFirst() { call.end(.failure(.cancelled)) }
        for connection in all.values { connection.fail(.cancelled) }
    }
}
