import CLinux
import EventLoop
import Foundation
import Glibc
import HTTPClient
import Sockets
import TestSupport

/// Something that happens once, that threads block for and tasks suspend for.
final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Shared(State())
    private let semaphore = DispatchSemaphore(value: 0)

    func raise() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isRaised = true
            return state.waiters
        }
        semaphore.signal()
        for waiter in waiters { waiter.resume() }
    }

    /// Blocks a thread, for 10 s at most.
    func wait() {
        if semaphore.wait(timeout: .now() + 10) == .success { semaphore.signal() }
    }

    func raised() async {
        await withCheckedContinuation { continuation in
            let isRaised = state.withLock { state in
                if !state.isRaised { state.waiters.append(continuation) }
                return state.isRaised
            }
            if isRaised { continuation.resume() }
        }
    }
}

/// A value that threads share.
final class Shared<Value>: @unchecked Sendable {  // every access to `value` holds `lock`
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<R>(_ body: (inout Value) -> R) -> R {
        lock.withLock { body(&value) }
    }
}

/// One connection as the script of a `ScriptedServer` sees it: blocking, 10 s at most per step.
final class ScriptedConnection: @unchecked Sendable {  // the script's thread only
    /// Counts from 0, in the order of acceptance.
    let index: Int
    private let fd: CInt
    private var tls: TLSSession?
    private var received: [UInt8] = []
    private var isOpen = true
    private let note: @Sendable (String) -> Void

    fileprivate init(fd: CInt, index: Int, note: @escaping @Sendable (String) -> Void) {
        (self.fd, self.index, self.note) = (fd, index, note)
    }

    fileprivate func secure(_ context: TLSContext) -> Bool {
        guard let session = try? TLSSession(context: context, fd: fd, role: .server),
            case .done = session.handshake()
        else { return false }
        tls = session
        return true
    }

    /// Reads one request with its body; nil at the end of the connection. The server takes a note of it.
    @discardableResult
    func request() -> String? {
        var end: Int?
        while end == nil {
            end = headEnd()
            if end == nil, !more() { return nil }
        }
        guard let end else { return nil }
        let head = String(decoding: received[..<end], as: UTF8.self)
        var length = 0
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            length = Int(line.split(separator: " ").last ?? "") ?? 0
        }
        while received.count < end + length { guard more() else { return nil } }
        received.removeFirst(end + length)
        let line = String(head.prefix { $0 != "\r\n" })
        note("\(index): \(line.replacing(" HTTP/1.1", with: ""))")
        return head
    }

    /// Reads at least one byte more of what the client sends, and keeps it for `request()`.
    @discardableResult
    func more() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count: Int
        if let tls {
            guard case .done(let moved) = buffer.withUnsafeMutableBytes({ tls.read(into: $0) }) else {
                return false
            }
            count = moved
        } else {
            count = recv(fd, &buffer, buffer.count, 0)
        }
        guard count > 0 else { return false }
        received += buffer[..<count]
        return true
    }

    private func headEnd() -> Int? {
        guard received.count >= 4 else { return nil }
        for start in 0...received.count - 4 where received[start..<start + 4].elementsEqual([13, 10, 13, 10])
        {
            return start + 4
        }
        return nil
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// False when the client is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all -> Int in
                let rest = UnsafeRawBufferPointer(rebasing: all[sent...])
                guard let tls else { return Glibc.send(fd, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL)) }
                if case .done(let count) = tls.write(rest) { return count }
                return -1
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Whether the client ends the connection, in order or by a reset, before it sends anything more.
    func clientCloses() -> Bool {
        if let tls {
            var byte: UInt8 = 0
            switch withUnsafeMutableBytes(of: &byte, { tls.read(into: $0) }) {
            case .closed, .failed: return true
            case .done, .wantRead, .wantWrite: return false
            }
        }
        var byte: UInt8 = 0
        let count = recv(fd, &byte, 1, 0)
        return count == 0 || count < 0 && linux_errno() != EAGAIN
    }

    /// Ends the sending side only.
    func finish() { shutdown(fd, CInt(SHUT_WR)) }

    /// Closes: in order when everything was read, with a reset otherwise.
    func close() {
        guard isOpen else { return }
        isOpen = false
        tls = nil
        Glibc.close(fd)
    }

    /// Ends the connection with a reset and no orderly end before it.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// A server that accepts on 127.0.0.1 and runs a script for each connection, on a thread of its own.
final class ScriptedServer: @unchecked Sendable {  // descriptor and port never change; the rest is locked
    typealias Script = @Sendable (ScriptedConnection) -> Void

    private let listener: CInt
    let port: Int
    private let group = DispatchGroup()
    private let notes = Shared<[String]>([])

    /// - Parameter receiveBufferBytes: how much the kernel takes in for scripts that don't read.
    init(tls: TLSContext? = nil, receiveBufferBytes: Int? = nil, script: @escaping Script) {
        signal(SIGPIPE, SIG_IGN)  // OpenSSL writes without MSG_NOSIGNAL
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBufferBytes.map(CInt.init) {
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bytes, 4)
        }
        bindLoopback(listener)
        listen(listener, 4096)
        port = Int(linux_local_port(listener))
        let (listener, group, notes) = (listener, group, notes)
        group.enter()
        Thread.detachNewThread {
            var index = 0
            while true {
                let fd = accept(listener, nil, nil)
                guard fd >= 0 else { break }
                var limit = timeval(tv_sec: 10, tv_usec: 0)
                setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                var one: CInt = 1
                setsockopt(fd, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
                let connection = ScriptedConnection(fd: fd, index: index) { text in
                    notes.withLock { $0.append(text) }
                }
                index += 1
                group.enter()
                Thread.detachNewThread {
                    if tls.map({ connection.secure($0) }) ?? true { script(connection) }
                    connection.close()
                    group.leave()
                }
            }
            group.leave()
        }
    }

    /// The requests so far: the connection's number, the method and the path.
    var requests: [String] { notes.withLock { $0 } }

    /// Stops accepting and waits for the scripts to end.
    func stop() async {
        shutdown(listener, CInt(SHUT_RDWR))
        await withCheckedContinuation { continuation in
            group.notify(queue: .global()) { continuation.resume() }
        }
        close(listener)
    }
}

private func bindLoopback(_ fd: CInt) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    _ = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

/// A port of 127.0.0.1 whose connections never come about: the backlog is full and nobody accepts.
final class FullListener {
    private let listener: CInt
    private var fillers: [CInt] = []
    let port: Int

    init() {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        bindLoopback(listener)
        listen(listener, 0)
        port = Int(linux_local_port(listener))
        guard let address = SocketAddress(literal: "127.0.0.1", port: UInt16(port)) else { return }
        for _ in 0..<8 { fillers.append(address.withSockaddr { linux_connect($0, $1) }) }
    }

    deinit {
        for filler in fillers where filler >= 0 { close(filler) }
        close(listener)
    }
}

/// What a test against a script works with.
struct Stage: Sendable {
    private let held: LoopBound<HTTPClient>
    let endpoint: Endpoint
    let server: ScriptedServer

    /// On the loop.
    init(_ client: HTTPClient, endpoint: Endpoint, server: ScriptedServer, loop: EventLoop) {
        held = LoopBound(client, on: loop)
        self.endpoint = endpoint
        self.server = server
    }

    var client: HTTPClient { held.value }
    var loop: EventLoop { held.loop }

    func request(
        _ path: String = "/",
        method: String = "GET",
        timeout: Duration = .seconds(10),
        bytesMax: Int = 8 << 20
    )
        throws(HTTPClientError) -> OutboundRequest
    {
        try OutboundRequest(
            method: method,
            endpoint: endpoint,
            path: path,
            timeout: timeout,
            responseBytesMax: bytesMax
        )
    }

    /// The body's text, or the error.
    func get(_ path: String = "/", timeout: Duration = .seconds(10)) async -> Result<String, HTTPClientError>
    {
        do {
            let response = try await client.send(request(path, timeout: timeout))
            return .success(response.text)
        } catch {
            return .failure(error)
        }
    }

    /// The same in a task of its own on the loop.
    func getting(_ path: String = "/", timeout: Duration = .seconds(10)) -> Task<
        Result<String, HTTPClientError>, Never
    > {
        Task.immediate(executorPreference: loop) { await get(path, timeout: timeout) }
    }

    /// Lets the loop turn until the condition holds, for 10 s at most.
    func until(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<1250 where !condition() { await loop.sleep(for: .milliseconds(1)) }
        return condition()
    }
}

extension ClientResponse {
    var text: String { String(decoding: bytes[body], as: UTF8.self) }
}

/// Plays `script` to a client on a loop of its own while `body` runs on that loop.
func withScript(
    configure: @Sendable (inout HTTPClient.Configuration) -> Void = { _ in },
    serverTLS: TLSContext? = nil,
    clientTLS: TLSContext? = nil,
    host: String = "127.0.0.1",
    resolver: Resolver = Resolver(),
    receiveBufferBytes: Int? = nil,
    script: @escaping ScriptedServer.Script,
    _ body: @escaping @Sendable (Stage) async throws -> Void
) async throws {
    let server = ScriptedServer(tls: serverTLS, receiveBufferBytes: receiveBufferBytes, script: script)
    var configuration = HTTPClient.Configuration()
    configure(&configuration)
    let final = configuration
    let endpoint = Endpoint(scheme: serverTLS == nil ? .http : .https, host: host, port: server.port)
    let outcome: Result<Void, any Error>
    do {
        try await withLoop { loop in
            let client = HTTPClient(loop: loop, resolver: resolver, tls: clientTLS, configuration: final)
            defer { client.close() }
            try await body(Stage(client, endpoint: endpoint, server: server, loop: loop))
        }
        outcome = .success(())
    } catch {
        outcome = .failure(error)
    }
    await server.stop()
    try outcome.get()
}

/// Answers every request of a connection with a body that names the connection.
@Sendable func answerAll(_ connection: ScriptedConnection) {
    while connection.request() != nil { connection.send(answer("\(connection.index)")) }
}

func answer(_ body: String, fields: String = "") -> String {
    "HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
