import Bytes
import CLinux
import Calendar
import EventLoop
import HTTP
import Sockets

/// One connection to an endpoint: opened for a call, kept for more. Works on one call at a time.
///
/// The driver of a `ClientMachine`: it owns the socket, the watch on it, the timer and the name look-up, does what the
/// machine says, and tells it the outcome. It decides nothing. Loop thread only.
final class ClientConnection: PollSink {
    let pool: ConnectionPool
    let loop: EventLoop
    var machine: ClientMachine
    private(set) var call: ClientCall?
    private var socket: StreamSocket?
    private var box: SinkBox?
    private let timer = LoopTimer()
    // Of the opening; see ClientConnection+Opening.swift.
    var addresses: [SocketAddress] = []
    var connectingTo: SocketAddress?
    var resolution: Task<Void, Never>?
    var lastReason = "no address"

    init(pool: ConnectionPool) {
        self.pool = pool
        loop = pool.loop
        let configuration = pool.client.configuration
        machine = ClientMachine(
            buffers: pool.client.buffers,
            isTLS: pool.endpoint.scheme == .https,
            headBytesMax: configuration.responseHeadBytesMax,
            connectTimeoutNs: configuration.connectTimeout.nanoseconds,
            idleNs: pool.idleNs
        )
        timer.action = { [unowned self] in timedOut() }  // cleared by close()
    }

    // MARK: Events

    /// Opens the connection, and runs the call on it.
    func open(for call: ClientCall) {
        self.call = call
        call.connection = self
        perform(machine.open(for: call.facts))
    }

    /// Runs a call on the connection, which is idle.
    func run(_ call: ClientCall) {
        self.call = call
        call.connection = self
        perform(begin(call))
    }

    func ready(_ events: Interest) {
        guard let socket else { return }
        let errno = machine.phase == .connecting ? linux_socket_error(socket.fd) : 0
        let bodyIsFull = machine.call.isStreamed && call?.body?.isFull == true
        perform(machine.ready(events, errno: errno, bodyIsFull: bodyIsFull))
    }

    /// The reader of a streamed body wants more.
    func resumeReading() { perform(machine.resumed()) }

    private func timedOut() {
        perform(machine.timedOut(at: loop.now, mayTryNext: !addresses.isEmpty))
    }

    // MARK: Actions

    /// Does what the machine says until it wants to wait.
    func perform(_ first: ClientMachine.Action) {
        var action = first
        while true {
            switch action {
            case .none: return setTimer()
            case .read: action = read()
            case .write: action = write()
            case .deliver: action = deliver()
            case .keep:
                keep()
                action = .none
            default: action = performSeldom(action)
            }
        }
    }

    /// What a call on a connection that is kept needs not.
    @inline(never)
    private func performSeldom(_ action: ClientMachine.Action) -> ClientMachine.Action {
        switch action {
        case .none, .read, .write, .deliver, .keep: return action
        case .resolve: return resolve()
        case .connect: return connect()
        case .noteRefusal(let errno): return refused(errno)
        case .noteSilence: return attemptFailed("timed out")
        case .handshake: return handshake()
        case .begin:
            guard let call else { return .close }  // never: what ends a call early closes its connection
            return begin(call)
        case .tellHead:
            guard let told = call else { return .close }  // never: as above
            told.tell(.success(machine.headAlone()))
            // Whoever heard of the head may have dropped the body.
            return call === told ? machine.headTold() : .none
        case .pass: return pass()
        case .probe: return machine.probed(isQuiet: isQuiet(), at: loop.now)
        case .lookAtLoss: return lookAtLoss()
        case .retry: retry()
        case .fail(let failure): fail(error(failure))
        case .close: close()
        }
        return .none
    }

    private func begin(_ call: ClientCall) -> ClientMachine.Action {
        let acknowledged = machine.isTLS ? socket.map { linux_bytes_acknowledged($0.fd) } ?? 0 : 0
        return machine.begin(call.facts, acknowledged: acknowledged)
    }

    private func write() -> ClientMachine.Action {
        guard let socket, let call else { return .none }
        let start = machine.sent
        let outcome = call.request.message.bytes.withUnsafeBytes {
            socket.write(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        switch outcome {
        case .moved(let count): return machine.wrote(count)
        case .wouldBlock: return machine.writeBlocked()
        case .ended, .failed: return machine.writeFailed()
        }
    }

    private func read() -> ClientMachine.Action {
        guard let socket else { return .none }
        switch machine.buffer.withRoom(atMost: .max, { socket.read(into: $0) }) {
        case .moved(let count): return machine.received(count)
        case .wouldBlock: return machine.drained()
        case .ended: return machine.ended()
        case .failed: return machine.readFailed()
        }
    }

    /// Whether there is nothing to read, not even the end. What there is, is lost.
    private func isQuiet() -> Bool {
        guard let socket else { return false }
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &byte) { socket.read(into: $0) } == .wouldBlock
    }

    /// The pool has the connection before the call has its response: whoever gets that may send the next one.
    private func deliver() -> ClientMachine.Action {
        guard let call else { return .close }  // never: as above
        let response = machine.takeResponse()
        self.call = nil
        // First: whoever cancels the call from here on must not close what others may use.
        call.connection = nil
        switch machine.completed(at: loop.now) {
        case .keep: keep()
        case let action: perform(action)
        }
        call.end(.success(response))
        return .none
    }

    private func keep() {
        setTimer()
        pool.freed(self)
    }

    private func pass() -> ClientMachine.Action {
        guard let body = call?.body else {
            abandon()
            return .none
        }
        let piece = machine.piece
        machine.buffer.withBytes { body.append($0.extracting(piece)) }
        body.received()
        return machine.passed(bodyIsFull: body.isFull)
    }

    private func lookAtLoss() -> ClientMachine.Action {
        guard let socket, let call else { return .close }  // never: as above
        return machine.lost(
            ClientMachine.Loss(
                acknowledged: linux_bytes_acknowledged(socket.fd),
                wasReset: socket.wasReset,
                isRetried: call.isRetried,
                now: loop.now
            )
        )
    }

    // MARK: Ending

    private func retry() {
        guard let call = takeCall() else { return close() }
        call.isRetried = true
        close()
        pool.retry(call)
    }

    /// Ends the call with an error, and the connection with it.
    func fail(_ error: HTTPClientError) {
        let call = takeCall()
        close()
        call?.end(.failure(error))
    }

    /// The reader of a streamed body went away before its end.
    func abandon() { fail(.cancelled) }

    private func takeCall() -> ClientCall? {
        let taken = call
        call = nil
        taken?.connection = nil
        return taken
    }

    private func error(_ failure: ClientMachine.Failure) -> HTTPClientError {
        switch failure {
        case .unresolved: .resolve(host: pool.endpoint.host, reason: lastReason)
        case .unreachable: .connect(endpoint: pool.endpoint.description, reason: lastReason)
        case .connectingTimedOut: .timedOut(.connecting)
        case .respondingTimedOut: .timedOut(.responding)
        case .tooLarge: .tooLarge(bytesMax: machine.call.responseBytesMax)
        case .malformed: .malformed(reason: machine.fault)
        case .closedUntouched: .closedEarly(nothingProcessed: true)
        case .closedEarly: .closedEarly(nothingProcessed: false)
        }
    }

    private func close() {
        guard machine.phase != .closed else { return }
        let wasIdle = machine.phase == .idle
        machine.close()
        loop.disarm(timer)
        timer.action = nil
        resolution?.cancel()
        resolution = nil
        dropSocket()
        pool.closed(self, wasIdle: wasIdle)
    }

    // MARK: What it owns

    private func setTimer() {
        guard let end = machine.takeTimer() else { return }
        let now = loop.now
        loop.arm(timer, afterNs: end > now ? end - now : 0)
    }

    /// Takes over a socket that is connecting, and watches it.
    func take(_ socket: StreamSocket) throws(LoopError) {
        self.socket = socket
        box = try loop.watch(socket.fd, .connection, self)
    }

    private func handshake() -> ClientMachine.Action {
        guard let socket else { return .none }
        switch socket.handshake() {
        case .moved: return machine.handshook()
        case .wouldBlock: return .none
        case .ended: failTLS("the server closed the connection")
        case .failed(let reason): failTLS(reason)
        }
        return .none
    }

    private func failTLS(_ reason: String) {
        fail(.tls(endpoint: pool.endpoint.description, reason: reason))
    }

    func dropSocket() {
        guard let socket else { return }
        if let box { loop.unwatch(socket.fd, box) }
        box = nil
        socket.close()
        self.socket = nil
    }
}

extension ClientCall {
    fileprivate var facts: ClientMachine.Call {
        ClientMachine.Call(
            messageBytes: request.message.count,
            responseBytesMax: request.responseBytesMax,
            deadline: deadline,
            isHead: request.isHead,
            isStreamed: isStreamed
        )
    }
}
