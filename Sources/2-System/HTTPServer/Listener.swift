import Bytes
import CLinux
import EventLoop
import Glibc
import HTTP
import Sockets

/// One listening socket on one loop, and the connections it accepted. Loop thread only.
final class Listener: PollSink {
    let loop: EventLoop
    let port: Int
    let limits: ConnectionLimits
    private let connectionChanged: (@Sendable (Int) -> Void)?
    let handler: any RequestHandler
    let buffers = BufferPool()
    let clock = DateText()
    /// Where whole responses are put together, one after the other.
    var scratch = ByteBuffer()
    let budget: BufferBudget
    private let fd: CInt
    private let tls: TLSContextBox?
    private let table: ConnectionTable
    /// Connections beyond the bound that are open just long enough to be told so.
    private let refusedMax: Int
    private var refused: Set<ObjectIdentifier> = []
    private var box: SinkBox?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private(set) var isDraining = false
    private var waitingForEmpty: [UnsafeContinuation<Void, Never>] = []

    /// Binds and listens; `reusePort` when other loops listen on the same port. With `mustBeFree` nobody may listen
    /// there yet, not even one who would share the port, e.g. a second gateway.
    init(
        loop: EventLoop,
        configuration: ServerConfiguration,
        port: Int,
        reusePort: Bool,
        mustBeFree: Bool,
        table: ConnectionTable,
        refusedMax: Int,
        tls: TLSContextBox?,
        handler: any RequestHandler
    ) throws(HTTPServerError) {
        let host = configuration.host
        func failure(_ reason: String) -> HTTPServerError {
            HTTPServerError(
                address: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)",
                reason: reason
            )
        }
        guard let number = UInt16(exactly: port) else { throw failure("the port is not between 0 and 65535") }
        var address = sockaddr_storage()
        var count = socklen_t()
        guard linux_numeric_address(host == "localhost" ? "127.0.0.1" : host, number, &address, &count) == 0
        else {
            throw failure("the host is not a numeric address such as 127.0.0.1 or ::1")
        }
        let backlog = CInt(configuration.backlog)
        func listen(sharing: Bool) throws(HTTPServerError) -> CInt {
            let descriptor = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    linux_listen($0, count, sharing ? 1 : 0, backlog)
                }
            }
            guard descriptor >= 0 else { throw failure(errorText(-descriptor)) }
            return descriptor
        }
        if reusePort, mustBeFree { close(try listen(sharing: false)) }
        let descriptor = try listen(sharing: reusePort)
        fd = descriptor
        self.loop = loop
        self.port = Int(linux_local_port(descriptor))
        limits = ConnectionLimits(configuration)
        connectionChanged = configuration.connectionChanged
        budget = configuration.budget
        self.table = table
        self.refusedMax = refusedMax
        self.tls = tls
        self.handler = handler
        do {
            box = try loop.watch(descriptor, .readable, self)
        } catch {
            close(descriptor)
            throw failure("\(error)")
        }
    }

    /// Those that are being refused are not among them.
    var connectionCount: Int { connections.count - refused.count }

    // MARK: Accepting

    func ready(_ events: Interest) {
        for _ in 0..<64 {
            var peer = sockaddr_storage()
            var count = socklen_t()
            let descriptor = linux_accept(fd, &peer, &count)
            if descriptor >= 0 {
                accept(descriptor, &peer, count)
            } else if -descriptor == EINTR || -descriptor == ECONNABORTED {
                continue
            } else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(-descriptor) { pauseAccepting() }
                return
            }
        }
    }

    private func accept(_ descriptor: CInt, _ peer: inout sockaddr_storage, _ count: socklen_t) {
        let text = peerText(&peer, count)
        let address = IPAddress(text)
        guard table.open(address) else { return refuse(descriptor, text, address) }
        let socket: StreamSocket
        do {
            if let tls {
                socket = try StreamSocket(fd: descriptor, context: tls.current, role: .server)
            } else {
                socket = StreamSocket(fd: descriptor)
            }
        } catch {
            close(descriptor)
            return table.close(address)
        }
        let connection = Connection(socket: socket, listener: self, peer: text, address: address)
        guard connection.start() else {
            socket.close()
            return table.close(address)
        }
        connections[ObjectIdentifier(connection)] = connection
        connectionChanged?(1)
    }

    /// A connection too many. One that speaks plain HTTP is told so, and read from until its client has seen it; when
    /// many are, the next ones get the words in passing, which those that send much at that moment may miss.
    private func refuse(_ descriptor: CInt, _ text: String, _ address: IPAddress?) {
        guard tls == nil else {
            close(descriptor)
            return
        }
        let socket = StreamSocket(fd: descriptor)
        let connection = Connection(socket: socket, listener: self, peer: text, address: address)
        guard refused.count < refusedMax, connection.start() else {
            return connection.refuseInPassing()
        }
        connections[ObjectIdentifier(connection)] = connection
        refused.insert(ObjectIdentifier(connection))
        connection.refuseAsTooMany()
    }

    /// Out of descriptors or memory: a level-triggered listener would spin, so it looks away for a moment.
    private func pauseAccepting() {
        guard let box else { return }
        try? loop.rewatch(fd, [], box)  // failing leaves it spinning, which is no worse than before
        let timer = LoopTimer { [weak self] in
            guard let self, let box = self.box else { return }
            try? self.loop.rewatch(self.fd, .readable, box)  // as above
        }
        loop.arm(timer, after: .milliseconds(100))
    }

    private func peerText(_ peer: inout sockaddr_storage, _ count: socklen_t) -> String {
        var text = [CChar](repeating: 0, count: 64)
        let code = withUnsafePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                linux_address_text($0, count, &text, 64)
            }
        }
        guard code == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func closed(_ connection: Connection) {
        let identifier = ObjectIdentifier(connection)
        guard connections.removeValue(forKey: identifier) != nil else { return }
        if refused.remove(identifier) == nil {
            table.close(connection.address)
            connectionChanged?(-1)
        }
        if connections.isEmpty { for waiter in exchange(&waitingForEmpty, with: []) { waiter.resume() } }
    }

    // MARK: Ending

    func closeNow() {
        stopAccepting()
        for connection in connections.values { connection.close() }
    }

    private func stopAccepting() {
        guard let box else { return }
        loop.unwatch(fd, box)
        self.box = nil
        close(fd)
    }

    func drain(within limit: Duration) async {
        if box != nil { ready(.readable) }  // whoever has connected may have sent a request
        isDraining = true
        stopAccepting()
        for connection in connections.values { connection.drain() }
        guard !connections.isEmpty else { return }
        let deadline = LoopTimer { [weak self] in
            guard let self else { return }
            for connection in self.connections.values { connection.close() }
        }
        loop.arm(deadline, after: limit)
        await withUnsafeContinuation { waitingForEmpty.append($0) }
        loop.disarm(deadline)
    }
}
