import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import HTTPClient
import SigV4
import Tracing
import Testing

struct InvokeRequestTests {
    static let now = UTCTime(epochSeconds: 1_795_219_200)

    private func request(
        _ function: PreparedFunction,
        payload: String = #"{"a":1}"#,
        options: InvokeOptions = InvokeOptions(),
        credentials: SigningCredential = FakeLambda.credential
    ) async throws -> WireRequest {
        let lambda = FakeLambda([.checked(Self.now)])
        lambda.known = [credentials]
        let provider = StaticCredentials(Credentials(signing: credentials, source: "test"))
        let client = LambdaClient(transport: lambda, credentials: provider, clock: { Self.now })
        let answer = try await client.invoke(function, payload: ByteBuffer(payload), options: options)
        #expect(answer.payloadText == "\"done\"")
        return WireRequest(lambda.lastText)
    }

    @Test func `a plain call sends only the necessary fields`() async throws {
        let request = try await request(try preparedFunction())
        #expect(request.method == "POST")
        #expect(request.path == "/2015-03-31/functions/f/invocations")
        #expect(request.query == "")
        #expect(request.body == #"{"a":1}"#)
        #expect(
            request.fields.map { $0.name }
                == ["Host", "User-Agent", "Content-Length", "X-Amz-Date", "Authorization"]
        )
        #expect(request["host"] == "127.0.0.1:9001")
        #expect(request["content-length"] == "7")
        #expect(request["x-amz-date"] == "20261121T000000Z")
    }

    @Test func `an ARN is encoded once on the wire and twice in the signature`() async throws {
        let function = try preparedFunction(
            "arn:aws:lambda:us-east-1:123456789012:function:f:live",
            qualifier: "live",
            url: "https://example.com/base/"
        )
        let request = try await request(function)
        #expect(
            request.path
                == "/base/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af%3Alive/invocations"
        )
        #expect(request.query == "Qualifier=live")
        #expect(request["host"] == "example.com")
    }

    @Test func `every option is sent as a field, and all but the trace are signed`() async throws {
        var options = InvokeOptions()
        options.invocationType = .event
        options.wantsLogTail = true
        options.clientContext = ByteBuffer(#"{"custom":{"a":"é"}}"#)
        options.tenantID = "blue team/1"
        options.trace = TraceContext(
            traceID: ID128(high: 0x5759_E988_BD86_2E3F, low: 0xE1BE_46A9_9427_2793),
            spanID: 0x5399_5C3F_42CD_8AD8,
            flags: 1
        )
        let temporary = SigningCredential(accessKeyID: "ASIA", secret: Secret("s"), sessionToken: "tok/en==")
        let request = try await request(
            try preparedFunction("f:$LATEST", qualifier: "$LATEST"),
            options: options,
            credentials: temporary
        )
        #expect(request.path == "/2015-03-31/functions/f%3A%24LATEST/invocations")
        #expect(request.query == "Qualifier=%24LATEST")
        #expect(request["x-amz-invocation-type"] == "Event")
        #expect(request["x-amz-log-type"] == "Tail")
        #expect(
            request["x-amz-client-context"].flatMap { Base64.standard.decode($0) }
                == options.clientContext?.bytes
        )
        #expect(request["x-amz-tenant-id"] == "blue team/1")
        #expect(
            request["x-amzn-trace-id"]
                == "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        )
        #expect(request["x-amz-security-token"] == "tok/en==")
        let names =
            "SignedHeaders=host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-log-type;"
            + "x-amz-security-token;x-amz-tenant-id,"
        #expect(request["authorization"]?.contains(names) == true)
    }

    @Test func `a dry run is marked in the request, and an empty payload is sent empty`() async throws {
        var options = InvokeOptions()
        options.invocationType = .dryRun
        let request = try await request(try preparedFunction(), payload: "", options: options)
        #expect(request["x-amz-invocation-type"] == "DryRun")
        #expect(request["content-length"] == "0")
        #expect(request.body == "")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let what: String
        var payloadCount = 2
        let kind: LambdaError.Kind
        let text: String
        let spoil: @Sendable (inout InvokeOptions) -> Void

        var testDescription: String { what }
    }

    @Test(arguments: [
        Refusal(what: "payload", payloadCount: 6_291_457, kind: .tooLarge(.request), text: "6291457 bytes") {
            _ in
        },
        Refusal(what: "event", payloadCount: 1_048_577, kind: .tooLarge(.request), text: "accepts 1048576") {
            $0.invocationType = .event
        },
        Refusal(what: "context", kind: .tooLarge(.request), text: "3584 bytes in Base64") {
            $0.clientContext = ByteBuffer(String(repeating: "x", count: 2_688))
        },
        Refusal(what: "empty tenant", kind: .invalidRequest, text: "tenant id") { $0.tenantID = "" },
        Refusal(what: "long tenant", kind: .invalidRequest, text: "tenant id") {
            $0.tenantID = String(repeating: "t", count: 257)
        },
        Refusal(what: "line end in tenant", kind: .invalidRequest, text: "tenant id") {
            $0.tenantID = "a\r\nb: c"
        },
        Refusal(what: "doubled space in tenant", kind: .invalidRequest, text: "tenant id") {
            $0.tenantID = "a  b"
        },
        Refusal(what: "outer space in tenant", kind: .invalidRequest, text: "tenant id") {
            $0.tenantID = "a "
        },
    ])
    func `a request that Lambda would refuse isn't sent`(_ row: Refusal) async {
        var options = InvokeOptions()
        row.spoil(&options)
        let lambda = FakeLambda()
        let payload = String(repeating: "1", count: row.payloadCount)
        guard case .failure(let error) = await outcome(lambda, options: options, payload: payload) else {
            Issue.record("it was sent")
            return
        }
        #expect(error.kind == row.kind)
        #expect(error.message.contains(row.text), "\(error.message)")
        #expect(lambda.requests.isEmpty)
        #expect(!error.isRetryableBeforeExecution)
    }

    @Test func `values exactly at the bounds are allowed`() async throws {
        var options = InvokeOptions()
        options.clientContext = ByteBuffer(String(repeating: "x", count: 2_685))
        options.tenantID = String(repeating: "t", count: 256)
        let payload = String(repeating: "1", count: 6_291_456)
        _ = try await request(try preparedFunction(), payload: payload, options: options)
    }

    @Test func `the caller's deadline and cancellation reach the transport`() async throws {
        var options = InvokeOptions()
        options.timeout = .seconds(7)
        let cancellation = Cancellation()
        let lambda = FakeLambda([.checked(Self.now)])
        _ = try await outcome(lambda, options: options, cancellation: cancellation).get()
        #expect(lambda.requests.first?.timeout == .seconds(7))
        #expect(lambda.requests.first?.cancellation === cancellation)
        #expect(lambda.requests.first.map { $0.responseBytesMax > 6_291_556 } == true)
    }
}
