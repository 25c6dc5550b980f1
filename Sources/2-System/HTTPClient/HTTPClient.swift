// HTTPClient: the keep-alive HTTP/1.1 client of the hot path, one per loop, with TLS, deadlines and bounds.
//
//   Depends on   EventLoop, Sockets, HTTP, Bytes
//   Used by      AWS (through HTTPTransport), Server, AdminCLI
//   Start at     HTTPClient.send(_:), ConnectionPool; ClientMachine decides, ClientConnection does

import Bytes
package import EventLoop
import HTTP
package import Sockets

/// Sends requests over pooled connections of one loop. Its thread only.
///
/// - No redirects, no cookies, no decompression, no proxy: libcurl does those behind the same port.
/// - A pooled connection that turns out to be closed is replaced once, and only when the peer's kernel has acknowledged
///   no byte of the request.
package final class HTTPClient: HTTPTransport {
    package struct Configuration: Sendable {
        /// For one address; the next one is tried then.
        package var connectTimeout = Duration.seconds(3)
        /// How long a connection may wait in the pool.
        package var idleTimeout = Duration.seconds(50)
        /// Connections to one endpoint; more requests wait for one.
        package var connectionsMax = 8192
        /// Requests that may wait for a connection to one endpoint.
        package var waitingMax = 8192
        package var responseHeadBytesMax = 64 * 1024

        package init() {}
    }

    let loop: EventLoop
    let configuration: Configuration
    let resolver: Resolver
    let tls: TLSContext?
    let buffers = BufferPool()
    private var pools: [Endpoint: ConnectionPool] = [:]
    private var latest: ConnectionPool?
    private(set) var isClosed = false

    /// - Parameter tls: the client context for https endpoints; nil refuses them.
    package init(
        loop: EventLoop,
        resolver: Resolver,
        tls: TLSContext?,
        configuration: Configuration = Configuration()
    ) {
        self.loop = loop
        self.resolver = resolver
        self.tls = tls
        self.configuration = configuration
    }

    deinit {
        precondition(isClosed || connectionCount == 0, "an HTTP client was dropped without being closed")
    }

    package func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver) {
        loop.assertCurrent()
        let pool = pool(for: request.endpoint)
        pool.place(ClientCall(request, from: .receiver(receiver), startedAt: loop.now))
    }

    package func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
        loop.assertCurrent()
        let pool = pool(for: request.endpoint)
        let (sent, now) = (request, loop.now)
        let outcome = await withUnsafeContinuation { continuation in
            pool.place(ClientCall(sent, from: .task(continuation), startedAt: now))
        }
        return try outcome.get()
    }

    /// Sends a request and returns once the response's head is there; the body follows piece by piece.
    ///
    /// The whole body counts against `timeout`; `responseBytesMax` bounds it.
    package func stream(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ResponseBody {
        loop.assertCurrent()
        let pool = pool(for: request.endpoint)
        let (sent, now) = (request, loop.now)
        var opened: ResponseBody?
        let outcome = await withUnsafeContinuation { continuation in
            let call = ClientCall(sent, from: .task(continuation), isStreamed: true, startedAt: now)
            let body = ResponseBody(call: call)
            call.body = body
            opened = body
            pool.place(call)
        }
        let head = try outcome.get()
        guard let opened else { preconditionFailure("the closure above has run") }
        opened.headArrived(head)
        return opened
    }

    package func streams(from endpoint: Endpoint) -> Bool { true }

    package func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver) {
        loop.assertCurrent()
        let pool = pool(for: request.endpoint)
        let start = StreamStart(for: receiver)
        let call = ClientCall(request, from: .receiver(start), isStreamed: true, startedAt: loop.now)
        let body = ResponseBody(call: call)
        call.body = body
        start.body = body
        pool.place(call)
    }

    package func recycle(_ bytes: consuming [UInt8]) { buffers.give(bytes) }

    /// Closes every connection; requests in flight fail with `.cancelled`. Loop thread.
    package func close() {
        loop.assertCurrent()
        isClosed = true
        for pool in pools.values { pool.close() }
        pools = [:]
        latest = nil
    }

    /// Connections now open, idle ones included.
    package var connectionCount: Int { pools.values.reduce(0) { $0 + $1.connectionCount } }

    private func pool(for endpoint: Endpoint) -> ConnectionPool {
        if let latest, latest.endpoint === endpoint { return latest }
        let pool = pools[endpoint] ?? ConnectionPool(endpoint: endpoint, client: self)
        pools[endpoint] = pool
        latest = pool
        return pool
    }
}

/// Waits for the head of a streamed response.
private final class StreamStart: ResponseReceiver {
    /// Kept until the head is there.
    var body: ResponseBody?
    private let receiver: any StreamedResponseReceiver

    init(for receiver: any StreamedResponseReceiver) { self.receiver = receiver }

    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        let waiting = exchange(&body, with: nil)
        switch consume outcome {
        case .failure(let error): receiver.began(.failure(error))
        case .success(let head):
            guard let waiting else { return }
            waiting.headArrived(head)
            receiver.began(.success(waiting))
        }
    }
}
