import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import HTTP
import HTTPClient
import SigV4
import Testing

/// A fake Lambda: checks each request's signature as AWS does, and answers as the test says.
final class FakeLambda: HTTPTransport, @unchecked Sendable {  // one test's task only
    static let credential = SigningCredential(accessKeyID: "AKIDEXAMPLE", secret: Secret("secret"))

    enum Answer {
        case text(String)
        case failure(HTTPClientError)
        /// Accepts or refuses the signature as AWS would at that time of the server's clock.
        case checked(UTCTime)
    }

    var known = [FakeLambda.credential]
    var answers: [Answer] = []
    private(set) var requests: [OutboundRequest] = []
    private(set) var recycledCount = 0

    init(_ answers: [Answer] = []) { self.answers = answers }

    func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse {
        try answer(request).get()
    }

    private func answer(_ request: OutboundRequest) -> Result<ClientResponse, HTTPClientError> {
        requests.append(request)
        let answer = answers.isEmpty ? .failure(.cancelled) : answers.removeFirst()
        switch answer {
        case .text(let text): return .success(response(text))
        case .failure(let error): return .failure(error)
        case .checked(let now): return .success(response(check(requests[requests.count - 1], at: now)))
        }
    }

    func streams(from endpoint: Endpoint) -> Bool { false }

    func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver) {
        streamWhole(request, to: receiver)
    }

    func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver) {
        receiver.received(answer(request))
    }

    func recycle(_ bytes: consuming [UInt8]) { recycledCount += 1 }

    func forget() { requests = [] }

    /// The last request as text.
    var lastText: String { requests.last?.message.text ?? "" }

    func check(_ request: OutboundRequest, at now: UTCTime) -> String {
        let parsed = WireRequest(request.message.text)
        let check = SignatureCheck(region: nil, service: "lambda")
        do throws(SignatureRefusal) {
            _ = try check.check(parsed.forCheck, at: now) { id in known.first { $0.accessKeyID == id } }
            return ok("\"done\"")
        } catch {
            return httpDate(now, refused(error.status, error.code, #"{"message":"\#(error.message)"}"#))
        }
    }
}

/// A request, parsed as a server does.
struct WireRequest {
    let method: String
    let path: String
    let query: String
    let fields: [CanonicalRequest.Field]
    let body: String

    init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        let target = words[1].split(separator: "?", maxSplits: 1)
        method = String(words[0])
        path = String(target[0])
        query = target.count > 1 ? String(target[1]) : ""
        fields = lines.dropFirst().map { line in
            let halves = line.split(separator: ": ", maxSplits: 1)
            return CanonicalRequest.Field(String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
        }
        body = parts.count > 1 ? String(parts[1]) : ""
    }

    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    var forCheck: SignatureCheck.Request {
        SignatureCheck.Request(method: method, path: path, query: query, fields: fields, body: body.utf8.span)
    }
}

/// A 200 response with that payload.
func ok(_ payload: String, fields: [String] = []) -> String {
    let own = [
        "Content-Type: application/json", "x-amzn-RequestId: r-1", "X-Amz-Executed-Version: $LATEST",
        "Content-Length: \(payload.utf8.count)",
    ]
    return "HTTP/1.1 200 OK\r\n" + (own + fields).joined(separator: "\r\n") + "\r\n\r\n" + payload
}

/// A response of the service that isn't 200.
func refused(_ status: Int, _ code: String?, _ body: String, fields: [String] = []) -> String {
    var own = ["x-amzn-RequestId: r-2", "Content-Length: \(body.utf8.count)"]
    if let code { own.append("x-amzn-ErrorType: \(code)") }
    return "HTTP/1.1 \(status) X\r\n" + (own + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// The response with a `Date` field added.
func httpDate(_ time: UTCTime, _ answer: String) -> String {
    var date = ByteBuffer()
    time.appendHTTPDate(to: &date)
    return answer.replacing("\r\n\r\n", with: "\r\nDate: \(date.text)\r\n\r\n", maxReplacements: 1)
}

/// The response, parsed by the client's own parser.
func response(_ text: String) -> ClientResponse {
    let bytes = Array(text.utf8)
    var head = ResponseHead()
    do {
        _ = try ResponseParser.parse(bytes.span, into: &head, isHeadRequest: false, headBytesMax: 1 << 20)
    } catch {
        Issue.record("the test's own answer is malformed: \(error)")
    }
    return ClientResponse(
        status: head.status,
        bytes: bytes,
        fields: head.fields,
        body: head.count..<bytes.count
    )
}

/// The outcome of one call that gets that response.
func outcome(_ answer: String) async -> Result<InvokeAnswer, LambdaError> {
    await outcome(FakeLambda([.text(answer)]))
}

func outcome(
    _ lambda: FakeLambda,
    options: InvokeOptions = InvokeOptions(),
    cancellation: Cancellation? = nil,
    payload: String = "{}",
    at now: UTCTime = UTCTime(epochSeconds: 1_795_219_200)
) async -> Result<InvokeAnswer, LambdaError> {
    let client = LambdaClient(transport: lambda, credentials: testCredentials, clock: { now })
    do throws(LambdaError) {
        return .success(
            try await client.invoke(
                try preparedFunction(),
                payload: ByteBuffer(payload),
                options: options,
                cancellation: cancellation
            )
        )
    } catch {
        return .failure(error)
    }
}

var testCredentials: StaticCredentials {
    StaticCredentials(Credentials(signing: FakeLambda.credential, source: "test"))
}

func preparedFunction(
    _ name: String = "f",
    qualifier: String? = nil,
    url: String = "http://127.0.0.1:9001"
) throws(LambdaError) -> PreparedFunction {
    guard let region = Region("us-east-1"), let endpoint = Endpoint(url: url),
        let name = try? FunctionName(name),
        let function = try? PreparedFunction(name, qualifier: qualifier, region: region, endpoint: endpoint)
    else {
        throw LambdaError(kind: .invalidRequest, code: "", message: "the test's own function is malformed")
    }
    return function
}

extension InvokeAnswer {
    var payloadText: String { String(decoding: response.bytes[payload], as: UTF8.self) }
    var executedVersion: String? { response.header("x-amz-executed-version") }
}
