import Bytes
import CCurl
import EventLoop
import HTTP
import HTTPClient

/// One request in libcurl's hands: its easy handle, what goes out and what has come in. Loop thread only.
final class CurlCall: CancellableWork {
    /// The client owns the call. Once the client is gone, `cancel` does nothing.
    private weak var client: CurlClient?
    let easy: UnsafeMutableRawPointer
    let request: OutboundRequest
    /// nil once it was told.
    private var sender: Sender?

    /// Who gets the outcome of a call.
    enum Sender {
        case receiver(any ResponseReceiver)
        case task(UnsafeContinuation<Result<ClientResponse, HTTPClientError>, Never>)
    }

    private enum Trouble { case headTooLarge, bodyTooLarge }

    private let headBytesMax: Int
    private let isHead: Bool
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    fileprivate(set) var fieldList: UnsafeMutablePointer<curl_slist>?
    /// The part of the message that is still to be sent.
    private var unsent: Range<Int>
    private var head: [UInt8] = []
    private var isHeadComplete = false
    private var body: [UInt8] = []
    private var trouble: Trouble?

    /// - Throws: `.malformed` when libcurl can't send the message unchanged; `.unsendable` for a host that could
    ///   split the head.
    init(
        _ request: consuming OutboundRequest,
        from sender: Sender,
        client: CurlClient
    ) throws(HTTPClientError) {
        guard request.endpoint.isSendable else { throw .unsendable(reason: HeadText.endpointFault) }
        let head = try Self.parse(request)
        guard let easy = curl_easy_init() else {
            throw .connect(endpoint: request.endpoint.description, reason: "libcurl is out of memory")
        }
        self.easy = easy
        self.client = client
        self.request = request
        self.sender = sender
        headBytesMax = client.configuration.responseHeadBytesMax
        isHead = head.method == .head
        unsent = head.count..<self.request.message.count
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(head, client)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(fieldList)
        errorText.deallocate()
    }

    private static func parse(_ request: borrowing OutboundRequest) throws(HTTPClientError) -> RequestHead {
        var head = RequestHead()
        do throws(ParseError) {
            let bytes = request.message.bytes
            guard case .done = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 1 << 20) else {
                throw ParseError.malformed("the head does not end")
            }
        } catch {
            throw .malformed(reason: "the request to send: \(error)")
        }
        let declared: Int
        switch head.framing {
        case .none: declared = 0
        case .length(let count): declared = count
        default: throw .malformed(reason: "the request to send: only Content-Length framing can be passed on")
        }
        guard declared == request.message.count - head.count else {
            throw .malformed(reason: "the request to send: Content-Length is not the body's length")
        }
        return head
    }

    private func configure(_ head: RequestHead, _ client: CurlClient) throws(HTTPClientError) {
        var options = CurlOptions(easy)
        options.setLimits(of: request, client.configuration)
        options.setTarget(of: request, head, client.configuration)
        options.setMethod(of: request, head)
        fieldList = options.setFields(of: request, head)
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.setCallbacks(call: context, client: Unmanaged.passUnretained(client).toOpaque(), errorText)
        guard options.code == CURLE_OK else {
            let reason = "libcurl refuses an option: \(String(cString: curl_easy_strerror(options.code)))"
            throw .connect(endpoint: request.endpoint.description, reason: reason)
        }
    }

    func finish(_ outcome: Result<ClientResponse, HTTPClientError>) {
        request.cancellation?.detach(self)
        switch sender.take() {
        case .receiver(let receiver): receiver.received(outcome)
        case .task(let continuation): continuation.resume(returning: outcome)
        case nil: break
        }
    }

    func cancel() { client?.finish(self, .failure(.cancelled)) }

    // MARK: From libcurl's callbacks

    /// One header line, with its end; also those of 1xx responses and trailers. False ends the transfer.
    func receivedHead(_ line: UnsafeRawBufferPointer) -> Bool {
        if isHeadComplete {
            guard body.isEmpty, line.starts(with: "HTTP/".utf8) else { return true }  // a trailer
            isHeadComplete = false  // what was complete was a 1xx
            head.removeAll(keepingCapacity: true)
        }
        guard head.count + line.count <= headBytesMax else {
            trouble = .headTooLarge
            return false
        }
        head.append(contentsOf: line)
        isHeadComplete = line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8)
        return true
    }

    /// A piece of the body, no longer chunked. False ends the transfer.
    func receivedBody(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard body.count + piece.count <= request.responseBytesMax else {
            trouble = .bodyTooLarge
            return false
        }
        body.append(contentsOf: piece)
        return true
    }

    /// Copies the next bytes of the request's body, 0 at its end.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, unsent.count)
        request.message.bytes.withUnsafeBytes {
            buffer.copyMemory(from: .init(rebasing: $0[unsent.prefix(count)]))
        }
        unsent = unsent.lowerBound + count..<unsent.upperBound
        return count
    }

    // MARK: The outcome

    /// The call's result. To be asked for before the easy handle is freed.
    func outcome(of code: CURLcode) -> Result<ClientResponse, HTTPClientError> {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        var bytes = head
        head = []
        let start = bytes.count
        var parsed = ResponseHead()
        do throws(ParseError) {
            let progress = try ResponseParser.parse(
                bytes.span,
                into: &parsed,
                isHeadRequest: isHead,
                headBytesMax: headBytesMax
            )
            guard progress == .done(start) else { throw ParseError.malformed("the head does not end") }
        } catch {
            return .failure(.malformed(reason: "\(error)"))
        }
        bytes.append(contentsOf: body)
        return .success(
            ClientResponse(
                status: parsed.status,
                bytes: bytes,
                fields: parsed.fields,
                body: start..<bytes.count
            )
        )
    }

    /// Source: https://curl.se/libcurl/c/libcurl-errors.html
    private func failure(_ code: CURLcode) -> HTTPClientError {
        switch trouble {
        case .bodyTooLarge: return .tooLarge(bytesMax: request.responseBytesMax)
        case .headTooLarge: return .malformed(reason: "the head is larger than \(headBytesMax) bytes")
        case nil: break
        }
        let endpoint = request.endpoint
        let reason =
            errorText[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .resolve(host: endpoint.host, reason: reason)
        case CURLE_COULDNT_RESOLVE_PROXY:
            return .resolve(host: "the proxy for \(endpoint.host)", reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
            return .tls(endpoint: endpoint.description, reason: reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(hasBegun ? .responding : .connecting)
        case CURLE_FILESIZE_EXCEEDED: return .tooLarge(bytesMax: request.responseBytesMax)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
            CURLE_SEND_FAIL_REWIND:
            // When a proxy refuses CONNECT, no connection to the endpoint was made.
            guard hasBegun else { return .connect(endpoint: endpoint.description, reason: reason) }
            return .closedEarly(nothingProcessed: false)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_WRITE_ERROR,
            CURLE_BAD_CONTENT_ENCODING:
            return .malformed(reason: reason)
        case CURLE_ABORTED_BY_CALLBACK: return .cancelled
        default: return .connect(endpoint: endpoint.description, reason: reason)
        }
    }

    /// Whether the connection to the endpoint was complete, so that the request itself could be sent.
    private var hasBegun: Bool {
        var microseconds: curl_off_t = 0
        return shim_curl_easy_getinfo_off(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds) == CURLE_OK
            && microseconds > 0
    }
}
