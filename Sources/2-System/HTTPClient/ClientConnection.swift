import Bytes
import CLinux
import Calendar
import EventLoop
import Glibc
import HTTP
import Sockets

/// One connection to an endpoint: opened for a call, kept for more. Works on one call at a time.
final class ClientConnection: PollSink, @unchecked Sendable {  // loop thread only
    private static let closedOrBroken = Interest(
        rawValue: Interest.peerClosed.rawValue | Interest.broken.rawValue
    )

    enum Phase { case resolving, connecting, handshaking, idle, busy, closed }

    let pool: ConnectionPool
    let loop: EventLoop
    var phase = Phase.resolving
    var call: ClientCall?
    private var socket: StreamSocket?
    private var box: SinkBox?
    private let timer = LoopTimer()
    private var addresses: [SocketAddress] = []
    private var connectingTo: SocketAddress?
    private var attemptEndsAt = UInt64.max
    /// Whether the last read took all that the kernel had.
    var isDrained = false
    private var resolution: Task<Void, Never>?
    private var lastReason = "no address"

    /// Bytes of the request that the socket has taken.
    private var sent = 0
    /// The server takes no more of the request; its response may be there all the same.
    private(set) var writeHasFailed = false
    /// The server's end was reported. Edges come once, so from then on reads go to the end.
    var peerHasClosed = false
    /// Calls run on this connection; the first cannot meet a stale connection.
    private var callCount = 0
    private var acknowledgedBefore: Int64 = 0
    private var sentBefore: Int64 = 1  // the SYN counts as a byte

    // The response; see ClientConnection+Reading.swift.
    var storage: [UInt8] = []
    var filled = 0
    var head = ResponseHead()
    var headIsDone = false
    var bodyEnd = 0
    var decoder = ChunkedDecoder(bodyBytesMax: 0)
    var hasReceived = false
    /// Body bytes that may still come, of a length-delimited or close-delimited body.
    var remaining = 0
    /// 1xx responses before the one that counts.
    var interimCount = 0

    init(pool: ConnectionPool) {
        self.pool = pool
        loop = pool.loop
        timer.action = { [unowned self] in timedOut() }  // cleared by close()
    }

    // MARK: Opening

    func open(for call: ClientCall) {
        self.call = call
        call.connection = self
        armDeadline()
        let port = UInt16(clamping: pool.endpoint.port)
        if let addresses = pool.client.resolver.cached(pool.endpoint.host, port: port) {
            self.addresses = addresses
            return connectNext()
        }
        let (resolver, host, loop) = (pool.client.resolver, pool.endpoint.host, loop)
        let limit = Duration.nanoseconds(
            Int64(clamping: call.deadline > loop.now ? call.deadline - loop.now : 0)
        )
        resolution = Task.immediate(executorPreference: loop) {
            let outcome = await resolver.resolve(host: host, port: port, on: loop, within: limit)
            self.resolved(outcome)
        }
    }

    private func resolved(_ outcome: Resolver.Outcome) {
        resolution = nil
        guard phase == .resolving else { return }
        switch outcome {
        case .success(let found):
            addresses = found
            connectNext()
        case .failure(let error) where error.kind == .timedOut:
            fail(.timedOut(.connecting))
        case .failure(let error):
            fail(.resolve(host: pool.endpoint.host, reason: error.description))
        }
    }

    private func connectNext() {
        dropSocket()
        while !addresses.isEmpty {
            let address = addresses.removeFirst()
            let descriptor = address.withSockaddr { linux_connect($0, $1) }
            if descriptor >= 0 { return connecting(to: address, descriptor) }
            noteFailure(of: address, errorText(-descriptor))
        }
        fail(.connect(endpoint: pool.endpoint.description, reason: lastReason))
    }

    private func connecting(to address: SocketAddress, _ descriptor: CInt) {
        guard makeSocket(descriptor) else { return }
        do {
            box = try loop.watch(descriptor, .connection, self)
        } catch {
            return fail(.connect(endpoint: pool.endpoint.description, reason: error.description))
        }
        phase = .connecting
        connectingTo = address
        attemptEndsAt = loop.now + pool.client.configuration.connectTimeout.nanoseconds
        armDeadline()
    }

    private func connectFailed(_ address: SocketAddress, _ reason: String) {
        noteFailure(of: address, reason)
        connectNext()
    }

    private func noteFailure(of address: SocketAddress, _ reason: String) {
        pool.client.resolver.connectFailed(to: address, host: pool.endpoint.host)
        lastReason = reason
    }

    private func makeSocket(_ descriptor: CInt) -> Bool {
        guard pool.endpoint.scheme == .https else {
            socket = StreamSocket(fd: descriptor)
            return true
        }
        do {
            guard let context = pool.client.tls else {
                throw HTTPClientError.tls(
                    endpoint: pool.endpoint.description,
                    reason: "TLS is not configured"
                )
            }
            let role = TLSSession.Role.client(host: pool.endpoint.certificateName ?? pool.endpoint.host)
            socket = try StreamSocket(fd: descriptor, context: context, role: role)
            return true
        } catch {
            Glibc.close(descriptor)
            fail(error as? HTTPClientError ?? .tls(endpoint: pool.endpoint.description, reason: "\(error)"))
            return false
        }
    }

    // MARK: Events

    func ready(_ events: Interest) {
        guard phase != .closed, let socket else { return }
        if phase != .connecting, events.hasAny(Self.closedOrBroken) { peerHasClosed = true }
        if phase == .connecting {
            let code = linux_socket_error(socket.fd)
            guard code == 0, !events.hasAny(.failed) else {
                guard let address = connectingTo else { return }
                return connectFailed(address, errorText(code == 0 ? ECONNREFUSED : code))
            }
            guard events.hasAny(.writable) else { return }
            if events.hasAny(Self.closedOrBroken) { peerHasClosed = true }
            phase = socket.needsHandshake ? .handshaking : .idle
            attemptEndsAt = socket.needsHandshake ? attemptEndsAt : .max
            if !socket.needsHandshake { connected() }
        }
        if phase == .handshaking { return continueHandshake() }
        if phase == .busy, events.hasAny(.writable), let call, sent < call.request.message.count,
            !writeHasFailed
        {
            push(call)
        }
        guard events.hasAny(.readableOrBroken) else { return }
        if phase == .busy { read() } else if phase == .idle { idleEvent() }
    }

    private func continueHandshake() {
        guard let socket else { return }
        switch socket.handshake() {
        case .moved:
            phase = .idle
            connected()
        case .wouldBlock: return
        case .ended:
            fail(.tls(endpoint: pool.endpoint.description, reason: "the server closed the connection"))
        case .failed(let reason): fail(.tls(endpoint: pool.endpoint.description, reason: reason))
        }
    }

    private func connected() {
        addresses = []
        attemptEndsAt = .max
        if let call { run(call) } else { pool.freed(self) }
    }

    /// Bytes or the end on a connection that nobody uses: TLS session tickets are read, all else closes it.
    private func idleEvent() {
        if peerHasClosed || !isTLS || !isQuiet() { close() }
    }

    /// Whether there is nothing to read, not even the end. What there is, is lost.
    private func isQuiet() -> Bool {
        guard let socket else { return false }
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &byte) { socket.read(into: $0) } == .wouldBlock
    }

    // MARK: Calls

    @inline(__always)
    func run(_ call: ClientCall) {
        self.call = call
        call.connection = self
        phase = .busy
        sent = 0
        headIsDone = false
        hasReceived = false
        interimCount = 0
        callCount += 1
        if let socket, socket.isTLS { acknowledgedBefore = linux_bytes_acknowledged(socket.fd) }
        armDeadline()
        push(call)
    }

    private func push(_ call: ClientCall) {
        guard let socket else { return }
        let count = call.request.message.count
        while sent < count {
            let start = sent
            let outcome = call.request.message.bytes.withUnsafeBytes {
                socket.write(UnsafeRawBufferPointer(rebasing: $0[start...]))
            }
            switch outcome {
            case .moved(let moved): sent += moved
            case .wouldBlock: return
            case .ended where sent == 0, .failed where sent == 0: return connectionLost()
            case .ended, .failed:
                // A server may refuse a large request before it has read it all, and close: the answer counts.
                writeHasFailed = true
                peerHasClosed = true
                return read()
            }
        }
    }

    /// The connection broke while a call was on it.
    func connectionLost() {
        guard let call else { return close() }
        let untouched = !hasReceived && nothingProcessed()
        if untouched, callCount > 1, !call.isRetried, call.deadline > loop.now {
            call.isRetried = true
            self.call = nil
            call.connection = nil
            close()
            return pool.retry(call)
        }
        fail(.closedEarly(nothingProcessed: untouched))
    }

    /// Whether the server cannot have read a byte of the call: none was sent, or it had closed in order before the
    /// first one came, as what its kernel has acknowledged shows.
    ///
    /// A plain reset shows nothing: acknowledgements are delayed, so the request may have been read and acted upon.
    private func nothingProcessed() -> Bool {
        guard let socket, sent > 0 else { return true }
        guard !socket.wasReset else { return false }
        let acknowledged = linux_bytes_acknowledged(socket.fd)
        guard acknowledged >= 0 else { return false }
        return socket.isTLS ? acknowledged <= acknowledgedBefore : acknowledged <= sentBefore
    }

    /// The call has its response; the connection goes back to the pool when it is in step: the request went out whole,
    /// and nothing follows the response.
    func completed(reusable: Bool) {
        let isWhole = sent == call?.request.message.count
        sentBefore += Int64(sent)
        call = nil
        guard reusable, isWhole, !peerHasClosed, phase == .busy, isDrained || isQuiet() else {
            return close()
        }
        phase = .idle
        loop.arm(timer, afterNs: pool.idleNs)
        pool.freed(self)
    }

    /// Ends the call with an error, and the connection with it.
    func fail(_ error: HTTPClientError) {
        let call = call
        self.call = nil
        call?.connection = nil
        close()
        call?.end(.failure(error))
    }

    /// The reader of a streamed body went away before its end.
    func abandon() {
        let call = call
        self.call = nil
        call?.connection = nil
        close()
        call?.end(.failure(.cancelled))
    }

    func close() {
        guard phase != .closed else { return }
        let wasIdle = phase == .idle
        phase = .closed
        loop.disarm(timer)
        timer.action = nil
        resolution?.cancel()
        resolution = nil
        dropSocket()
        pool.client.buffers.give(exchange(&storage, with: []))
        pool.closed(self, wasIdle: wasIdle)
    }

    private func dropSocket() {
        guard let socket else { return }
        if let box { loop.unwatch(socket.fd, box) }
        box = nil
        socket.close()
        self.socket = nil
    }

    func readSocket(into buffer: UnsafeMutableRawBufferPointer) -> StreamSocket.Outcome {
        socket?.read(into: buffer) ?? .ended
    }

    var isTLS: Bool { socket?.isTLS ?? false }

    // MARK: Time

    @inline(__always)
    private func armDeadline() {
        let end = min(call?.deadline ?? .max, attemptEndsAt)
        loop.arm(timer, afterNs: end > loop.now ? end - loop.now : 0)
    }

    private func timedOut() {
        switch phase {
        case .closed: return
        case .idle: close()
        case .resolving: fail(.timedOut(.connecting))
        case .connecting, .handshaking:
            let deadline = call?.deadline ?? 0
            if phase == .connecting, loop.now < deadline, let address = connectingTo, !addresses.isEmpty {
                return connectFailed(address, "timed out")
            }
            fail(.timedOut(.connecting))
        case .busy: fail(.timedOut(.responding))
        }
    }
}
