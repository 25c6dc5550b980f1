import Bytes
import CCurl
import Calendar
import EventLoop
import Glibc
import HTTP
import HTTPClient

/// Sets one easy handle's options and remembers the first that was refused: a refused option may be one that keeps
/// the request safe, so the request is then not sent.
///
/// Source: https://curl.se/libcurl/c/curl_easy_setopt.html
struct CurlOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    private mutating func note(_ result: CURLcode) { if code == CURLE_OK { code = result } }

    private mutating func set(_ option: CURLoption, _ value: Int) {
        note(shim_curl_easy_setopt_long(easy, option, value))
    }

    private mutating func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }

    private mutating func set(_ option: CURLoption, text value: String) {
        note(shim_curl_easy_setopt_text(easy, option, value))
    }

    private mutating func set(_ option: CURLoption, bytes value: Int) {
        note(shim_curl_easy_setopt_off(easy, option, curl_off_t(value)))
    }

    private mutating func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
        note(shim_curl_easy_setopt_pointer(easy, option, value))
    }

    /// Sets deadlines, bounds, and what is never done, such as following redirects.
    mutating func setLimits(of request: OutboundRequest, _ configuration: CurlClient.Configuration) {
        let totalMs = milliseconds(request.timeout)
        set(CURLOPT_TIMEOUT_MS, totalMs)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(totalMs, milliseconds(configuration.connectTimeout)))
        set(CURLOPT_NOSIGNAL, true)
        // A look-up that is still under way when its request ends goes on alone; without this, libcurl waits for it.
        set(CURLOPT_QUICK_EXIT, true)
        set(CURLOPT_FOLLOWLOCATION, false)
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_HTTP_CONTENT_DECODING, false)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        set(CURLOPT_TCP_KEEPALIVE, true)
        set(CURLOPT_MAXAGE_CONN, max(1, milliseconds(configuration.idleTimeout) / 1000))
        set(CURLOPT_DNS_CACHE_TIMEOUT, 30)
    }

    /// Sets the URL, the proxy, and how the TLS peers are verified.
    mutating func setTarget(
        of request: OutboundRequest,
        _ head: RequestHead,
        _ configuration: CurlClient.Configuration
    ) {
        let endpoint = request.endpoint
        let scheme = endpoint.scheme == .https ? "https" : "http"
        let target = head.path.lowerBound..<(head.query ?? head.path).upperBound
        let bytes = request.message.bytes
        set(CURLOPT_PROTOCOLS_STR, text: scheme)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        set(CURLOPT_PATH_AS_IS, true)
        set(CURLOPT_URL, text: "\(scheme)://\(endpoint.hostField)\(bytes.span.text(target))")
        // With both options set, libcurl ignores the environment; an empty proxy means none.
        set(CURLOPT_PROXY, text: configuration.proxies.proxy(for: endpoint) ?? "")
        set(CURLOPT_NOPROXY, text: "")
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, true)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile = configuration.caFile {
            set(CURLOPT_CAINFO, text: caFile)
            set(CURLOPT_PROXY_CAINFO, text: caFile)
            // Debian's libcurl also trusts a folder of certificates; without this it would go on doing so.
            set(CURLOPT_CAPATH, pointer: nil)
            set(CURLOPT_PROXY_CAPATH, pointer: nil)
        }
        set(CURLOPT_USERAGENT, text: configuration.userAgent)
    }

    /// Sets the method, where the body comes from, and how much may come back.
    ///
    /// libcurl sends a request again when a kept connection dies before it answers. For a body that is read by
    /// callback and cannot be rewound it gives up instead; an unsafe request without body gets a new connection.
    mutating func setMethod(of request: OutboundRequest, _ head: RequestHead) {
        let bytes = request.message.bytes
        let bodyBytes = bytes.count - head.count
        let isSafe = head.method == .get || head.method == .head || head.method == .options
        if bodyBytes > 0 || head.fields.contains(.contentLength) {
            set(CURLOPT_POST, true)
            set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: bodyBytes)
        } else if head.method == .head {
            set(CURLOPT_NOBODY, true)
        } else {
            set(CURLOPT_HTTPGET, true)
        }
        if head.method != .head {
            // 0 would mean no limit; the write callback enforces the bound in any case.
            set(CURLOPT_MAXFILESIZE_LARGE, bytes: max(1, request.responseBytesMax))
        }
        if bodyBytes == 0, !isSafe { set(CURLOPT_FRESH_CONNECT, true) }
        set(CURLOPT_CUSTOMREQUEST, text: bytes.span.text(head.methodName))
    }

    /// Sets the request's own fields in their order, and suppresses those that libcurl would add, except User-Agent.
    /// The caller frees the list, after the handle.
    mutating func setFields(of request: OutboundRequest, _ head: RequestHead) -> UnsafeMutablePointer<
        curl_slist
    >? {
        let bytes = request.message.bytes
        let span = bytes.span
        var list: UnsafeMutablePointer<curl_slist>?
        var isWhole = true
        func append(_ line: String) {
            let longer = curl_slist_append(list, line)
            if longer == nil { isWhole = false } else { list = longer }
        }
        for field in head.fields.all where field.known != .contentLength {
            let name = span.text(field.name)
            // "Name:" would remove the field; "Name;" sends it empty.
            append(field.value.isEmpty ? "\(name);" : "\(name): \(span.text(field.value))")
        }
        append("Expect:")
        if !head.fields.contains(.accept) { append("Accept:") }
        if !head.fields.contains(.contentType) { append("Content-Type:") }
        if !isWhole { note(CURLE_OUT_OF_MEMORY) }
        note(shim_curl_easy_setopt_list(easy, CURLOPT_HTTPHEADER, list))
        set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))  // none of them goes to the proxy
        return list
    }

    /// `call` and `client` are the objects that libcurl hands to the callbacks; both outlive the handle's use.
    mutating func setCallbacks(
        call: UnsafeMutableRawPointer,
        client: UnsafeMutableRawPointer,
        _ errorText: UnsafeMutablePointer<CChar>
    ) {
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
        note(shim_curl_easy_setopt_transfer(easy, CURLOPT_HEADERFUNCTION, headArrived))
        set(CURLOPT_HEADERDATA, pointer: call)
        note(shim_curl_easy_setopt_transfer(easy, CURLOPT_WRITEFUNCTION, bodyArrived))
        set(CURLOPT_WRITEDATA, pointer: call)
        note(shim_curl_easy_setopt_transfer(easy, CURLOPT_READFUNCTION, bodyWanted))
        set(CURLOPT_READDATA, pointer: call)
        note(shim_curl_easy_setopt_opensocket(easy, socketOpens))
        set(CURLOPT_OPENSOCKETDATA, pointer: client)
        note(shim_curl_easy_setopt_closesocket(easy, socketCloses))
        set(CURLOPT_CLOSESOCKETDATA, pointer: client)
    }

    /// Rounded up, so that a short time is not read as "no limit"; libcurl keeps it in 31 bits.
    private func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(1, (duration.nanoseconds + 999_999) / 1_000_000), 1 << 30))
    }
}

@c private func headArrived(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let call = Unmanaged<CurlCall>.fromOpaque(context).takeUnretainedValue()
    return call.receivedHead(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}

@c private func bodyArrived(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let call = Unmanaged<CurlCall>.fromOpaque(context).takeUnretainedValue()
    // A refusal returns another number than `count`. For an empty piece 0 would mean success.
    return call.receivedBody(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : count + 1
}

@c private func bodyWanted(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return Int(CURL_READFUNC_ABORT) }
    let call = Unmanaged<CurlCall>.fromOpaque(context).takeUnretainedValue()
    return call.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

/// Opens a socket as libcurl would, but one that is closed when a child process starts, and only for allowed
/// addresses.
@c private func socketOpens(
    _ context: UnsafeMutableRawPointer?,
    _: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let pointer = address else { return -1 }
    let address = pointer.pointee
    let client = Unmanaged<CurlClient>.fromOpaque(context).takeUnretainedValue()
    if let mayConnect = client.configuration.mayConnect {
        guard let peer = peerAddress(pointer), mayConnect(peer) else { return -1 }
    }
    let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
    let fd = socket(address.family, address.socktype | flags, address.protocol)
    if fd >= 0 { client.opened(fd) }
    return fd
}

/// Reads the whole address: libcurl declares it shorter than an IPv6 address, but `addrlen` bytes are there.
private func peerAddress(_ pointer: UnsafeMutablePointer<curl_sockaddr>) -> SocketAddress? {
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let start = UnsafeRawPointer(pointer) + offset
    return SocketAddress(
        copying: start.assumingMemoryBound(to: sockaddr.self),
        count: socklen_t(pointer.pointee.addrlen)
    )
}

@c private func socketCloses(_ context: UnsafeMutableRawPointer?, _ fd: curl_socket_t) -> CInt {
    if let context { Unmanaged<CurlClient>.fromOpaque(context).takeUnretainedValue().forget(fd) }
    return close(fd)
}
