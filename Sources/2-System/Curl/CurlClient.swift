import CCurl
package import EventLoop
package import HTTPClient

/// Sends requests with libcurl: through a proxy where one applies, over connections kept for the next request.
///
/// One per loop, used on its thread only. No redirects, no cookies, no decompression, http and https alone, TLS 1.2
/// and later with verification. A request with a body is never sent twice by libcurl's own decision.
/// Source: https://curl.se/libcurl/c/libcurl-multi.html
package final class CurlClient: HTTPTransport {
    package struct Configuration: Sendable {
        package var proxies = ProxySettings()
        /// A PEM file with the only issuers to trust, also for proxies reached by https; `nil` trusts the system's.
        package var caFile: String?
        package var userAgent = "mcp-gateway"
        /// The time for resolving, connecting and the TLS handshakes together.
        package var connectTimeout = Duration.seconds(5)
        /// How long a connection may wait to be used again.
        package var idleTimeout = Duration.seconds(50)
        /// How many requests may be in flight; one more fails with `.overloaded`. The same number of connections is
        /// kept.
        package var requestsMax = 8192
        package var responseHeadBytesMax = 64 * 1024
        /// Asked about each address before a connection to it is tried, a proxy's too; all are allowed when nil.
        package var mayConnect: (@Sendable (SocketAddress) -> Bool)?

        package init() {}
    }

    package let loop: EventLoop
    let configuration: Configuration
    private let multi: UnsafeMutableRawPointer
    private let timer = LoopTimer()
    /// Owns every call that libcurl holds a bare pointer to.
    private var calls: [UnsafeMutableRawPointer: CurlCall] = [:]
    private var sockets: [CInt: CurlSocket] = [:]
    /// libcurl wants to be called again without delay, which it cannot be from inside its own callback.
    private var mustKick = false
    private var isClosed = false

    /// - Throws: `.connect` when libcurl cannot be started, which happens only when memory runs out.
    package init(loop: EventLoop, configuration: Configuration = Configuration()) throws(HTTPClientError) {
        guard globalCode == CURLE_OK, let multi = curl_multi_init() else {
            throw .connect(endpoint: "libcurl", reason: "libcurl cannot be started")
        }
        self.loop = loop
        self.configuration = configuration
        self.multi = multi
        timer.action = { [weak self] in
            self?.kick()
            self?.harvest()
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_curl_multi_setopt_socket(multi, socketWanted)
        shim_curl_multi_setopt_pointer(multi, CURLMOPT_SOCKETDATA, context)
        shim_curl_multi_setopt_timer(multi, timerWanted)
        shim_curl_multi_setopt_pointer(multi, CURLMOPT_TIMERDATA, context)
        // With a limit below the number of requests in flight, libcurl would close connections that the next request
        // needs.
        shim_curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, configuration.requestsMax)
    }

    deinit { assert(isClosed, "close() must be called on the loop before the last reference goes") }

    package func streams(from endpoint: Endpoint) -> Bool { false }

    package func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver) {
        streamWhole(request, to: receiver)
    }

    package func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver) {
        do throws(HTTPClientError) {
            start(try call(for: request, from: .receiver(receiver)))
        } catch {
            receiver.received(.failure(error))
        }
    }

    package func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
        let request = request
        let outcome = await withUnsafeContinuation { continuation in
            do throws(HTTPClientError) {
                start(try call(for: request, from: .task(continuation)))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try outcome.get()
    }

    private func call(
        for request: OutboundRequest,
        from sender: CurlCall.Sender
    ) throws(HTTPClientError) -> CurlCall {
        loop.assertCurrent()
        guard !isClosed, request.cancellation?.isCancelled != true else { throw .cancelled }
        guard calls.count < configuration.requestsMax else { throw .overloaded }
        return try CurlCall(request, from: sender, client: self)
    }

    /// Closes every connection; requests in flight fail with `.cancelled`. On the loop, before it stops.
    package func close() {
        loop.assertCurrent()
        guard !isClosed else { return }
        isClosed = true
        for call in Array(calls.values) { finish(call, .failure(.cancelled)) }
        curl_multi_cleanup(multi)
        for (_, socket) in exchange(&sockets, with: [:]) { socket.unwatch() }
        loop.disarm(timer)
    }

    private func start(_ call: CurlCall) {
        calls[call.easy] = call
        // `send` has checked already that the request isn't cancelled.
        _ = call.request.cancellation?.attach(call)
        let code = curl_multi_add_handle(multi, call.easy)
        guard code == CURLM_OK else {
            let reason = String(cString: curl_multi_strerror(code))
            return finish(
                call,
                .failure(.connect(endpoint: call.request.endpoint.description, reason: reason))
            )
        }
        if mustKick { kick() }
        harvest()
    }

    func finish(_ call: CurlCall, _ outcome: Result<ClientResponse, HTTPClientError>) {
        guard calls.removeValue(forKey: call.easy) != nil else { return }
        curl_multi_remove_handle(multi, call.easy)
        call.finish(outcome)
    }

    private func kick() {
        guard !isClosed else { return }
        var running: CInt = 0
        var turns = 0
        repeat {
            mustKick = false
            curl_multi_socket_action(multi, noSocket, 0, &running)
            turns += 1
        } while mustKick && turns < 8
        if mustKick { loop.arm(timer, afterNs: 0) }  // so that other work on the loop gets its turn
    }

    /// Hands out the results of transfers that have ended.
    private func harvest() {
        guard !isClosed else { return }
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let call = calls[easy]
            else { continue }
            let code = shim_curl_message_result(message)  // removing the handle frees the message
            finish(call, call.outcome(of: code))
        }
    }
}

extension CurlClient {
    // MARK: What libcurl asks for, from inside its callbacks

    /// Watches `fd` for what libcurl wants, or for nothing.
    ///
    /// A connection that libcurl has no use for at the moment stays in epoll: the next request finds it there, and
    /// two system calls per request are saved.
    fileprivate func watch(_ fd: CInt, for wanted: Interest?) {
        if let socket = sockets[fd] {
            if wanted == nil, !socket.isConnection { return forget(fd) }
            return socket.want(wanted ?? [])
        }
        guard let wanted else { return }
        let socket = CurlSocket(fd, client: self, isConnection: false)
        sockets[fd] = socket
        socket.want(wanted)
    }

    fileprivate func setTimer(_ ms: Int) {
        mustKick = ms == 0
        if ms > 0 {
            loop.arm(timer, after: .milliseconds(ms))
        } else {
            loop.disarm(timer)
        }
    }

    /// A connection's socket was opened. Only these sockets stay watched while idle, because only their end is
    /// announced to us.
    func opened(_ fd: CInt) { sockets[fd] = CurlSocket(fd, client: self, isConnection: true) }

    /// The socket is about to be closed.
    func forget(_ fd: CInt) { sockets.removeValue(forKey: fd)?.unwatch() }

    /// The loop says that `fd` is ready.
    func ready(_ fd: CInt, _ flags: CInt) {
        guard !isClosed else { return }
        var running: CInt = 0
        curl_multi_socket_action(multi, fd, flags, &running)
        if mustKick { kick() }
        harvest()
    }
}

private let noSocket: CInt = -1  // CURL_SOCKET_TIMEOUT, a cast macro

/// Once per process. Source: https://curl.se/libcurl/c/curl_global_init.html
private let globalCode = curl_global_init(Int(CURL_GLOBAL_SSL))

@c private func socketWanted(
    _: UnsafeMutableRawPointer?,
    _ fd: CInt,
    _ what: CInt,
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> CInt {
    guard let context else { return -1 }
    let client = Unmanaged<CurlClient>.fromOpaque(context).takeUnretainedValue()
    switch what {
    case CURL_POLL_IN: client.watch(fd, for: .readable)
    case CURL_POLL_OUT: client.watch(fd, for: .writable)
    case CURL_POLL_INOUT: client.watch(fd, for: [.readable, .writable])
    default: client.watch(fd, for: nil)
    }
    return 0
}

@c private func timerWanted(_: UnsafeMutableRawPointer?, _ ms: Int, _ context: UnsafeMutableRawPointer?)
    -> CInt
{
    guard let context else { return -1 }
    Unmanaged<CurlClient>.fromOpaque(context).takeUnretainedValue().setTimer(ms)
    return 0
}
