import AWS
import Bytes
import Calendar
import HTTPClient
import SigV4
import Testing

/// All refusals of the Lambda service, in the form in which they are sent.
struct ServiceErrorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        /// The code in the header.
        var code: String?
        var body = #"{"Type":"User","message":"m"}"#
        var fields: [String] = []
        let kind: LambdaError.Kind
        var foundCode: String?
        var message = "m"
        var isRetryable = false

        var testDescription: String { "\(status) \(code ?? foundCode ?? "")" }
    }

    static let throttled = LambdaError.Kind.throttled(reason: nil, retryAfter: nil)

    static let rows: [Row] = [
        Row(
            status: 400,
            code: "InvalidRequestContentException",
            body: #"{"Type":"User","message":"Could not parse request body into json"}"#,
            kind: .invalidRequest,
            message: "Could not parse request body into json"
        ),
        Row(status: 400, code: "InvalidParameterValueException", kind: .invalidRequest),
        Row(
            status: 400,
            code: "ValidationException",
            body: #"{"message":"1 validation error detected"}"#,
            kind: .invalidRequest,
            message: "1 validation error detected"
        ),
        Row(status: 400, code: "RecursiveInvocationException", kind: .configuration),
        Row(status: 400, code: "SnapStartException", kind: .configuration),
        Row(status: 400, code: "NoPublishedVersionException", kind: .configuration),
        Row(status: 402, code: "ServiceQuotaExceededException", kind: .quotaExceeded),
        Row(
            status: 403,
            code: "AccessDeniedException",
            body: #"{"Message":null}"#,
            kind: .accessDenied,
            message: ""
        ),
        Row(
            status: 403,
            code: "AccessDeniedException",
            body: #"{"Message":"User is not authorized"}"#,
            kind: .accessDenied,
            message: "User is not authorized"
        ),
        Row(status: 403, code: "InvalidSignatureException", kind: .unauthenticated, isRetryable: true),
        Row(
            status: 403,
            code: "InvalidSignatureException",
            body: #"{"message":"Signature expired: a is now earlier than b"}"#,
            kind: .clockSkew,
            message: "Signature expired: a is now earlier than b",
            isRetryable: true
        ),
        Row(
            status: 403,
            code: "InvalidSignatureException",
            body: #"{"message":"Signature not yet current: a is still later than b"}"#,
            kind: .clockSkew,
            message: "Signature not yet current: a is still later than b",
            isRetryable: true
        ),
        Row(status: 403, code: "RequestTimeTooSkewed", kind: .clockSkew, isRetryable: true),
        Row(status: 403, code: "ExpiredTokenException", kind: .unauthenticated, isRetryable: true),
        Row(status: 403, code: "UnrecognizedClientException", kind: .unauthenticated, isRetryable: true),
        Row(
            status: 403,
            code: "MissingAuthenticationTokenException",
            kind: .unauthenticated,
            isRetryable: true
        ),
        Row(status: 403, code: "IncompleteSignatureException", kind: .unauthenticated, isRetryable: true),
        Row(status: 403, code: "EFSMountFailureException", kind: .configuration),
        Row(status: 403, code: "S3FilesMountFailureException", kind: .configuration),
        Row(
            status: 404,
            code: "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazonaws.lambda/",
            body: #"{"Type":"User","Message":"Function not found: arn:aws:lambda:r:a:function:n"}"#,
            kind: .notFound,
            foundCode: "ResourceNotFoundException",
            message: "Function not found: arn:aws:lambda:r:a:function:n"
        ),
        Row(status: 408, code: "EFSMountTimeoutException", kind: .configuration),
        Row(status: 408, code: "EFSMountConnectivityException", kind: .configuration),
        Row(status: 408, code: "S3FilesMountTimeoutException", kind: .configuration),
        Row(status: 408, code: "S3FilesMountConnectivityException", kind: .configuration),
        Row(status: 408, code: "SnapStartTimeoutException", kind: .configuration),
        Row(status: 409, code: "ResourceConflictException", kind: .conflict, isRetryable: true),
        Row(status: 409, code: "SnapStartNotReadyException", kind: .conflict, isRetryable: true),
        Row(status: 409, code: "DurableExecutionAlreadyStartedException", kind: .conflict),
        Row(status: 409, code: "CodeArtifactUserPendingException", kind: .conflict),
        Row(status: 410, code: "EFSIOException", kind: .configuration),
        Row(
            status: 413,
            code: "RequestEntityTooLargeException",
            body:
                #"{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}"#,
            kind: .tooLarge(.request),
            message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
        ),
        Row(status: 413, code: "RequestTooLargeException", kind: .tooLarge(.request)),
        Row(status: 413, body: "", kind: .tooLarge(.request), foundCode: "413", message: ""),
        Row(status: 415, code: "UnsupportedMediaTypeException", kind: .invalidRequest),
        Row(
            status: 429,
            code: "TooManyRequestsException",
            body:
                #"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
            fields: ["Retry-After: 3"],
            kind: .throttled(
                reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
                retryAfter: .seconds(3)
            ),
            message: "Rate Exceeded.",
            isRetryable: true
        ),
        Row(
            status: 429,
            code: "TooManyRequestsException",
            body: #"{"Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}"#,
            fields: ["Retry-After: soon"],
            kind: .throttled(reason: "CallerRateLimitExceeded", retryAfter: nil),
            message: "Rate Exceeded.",
            isRetryable: true
        ),
        Row(status: 429, code: "ThrottlingException", kind: throttled, isRetryable: true),
        Row(status: 429, body: "", kind: throttled, foundCode: "429", message: "", isRetryable: true),
        Row(
            status: 500,
            code: "ServiceException",
            body: #"{"Type":"Service","Message":"An error occurred"}"#,
            kind: .serviceUnavailable,
            message: "An error occurred"
        ),
        Row(status: 502, code: "EC2ThrottledException", kind: throttled, isRetryable: true),
        Row(status: 502, code: "EC2AccessDeniedException", kind: .configuration),
        Row(status: 502, code: "EC2UnexpectedException", kind: .configuration),
        Row(status: 502, code: "ENINotReadyException", kind: .configuration, isRetryable: true),
        Row(status: 502, code: "ENILimitReachedException", kind: .configuration),
        Row(status: 502, code: "KMSAccessDeniedException", kind: .configuration),
        Row(status: 502, code: "KMSDisabledException", kind: .configuration),
        Row(status: 502, code: "KMSInvalidStateException", kind: .configuration),
        Row(status: 502, code: "KMSNotFoundException", kind: .configuration),
        Row(status: 502, code: "InvalidRuntimeException", kind: .configuration),
        Row(status: 502, code: "InvalidSecurityGroupIDException", kind: .configuration),
        Row(status: 502, code: "InvalidSubnetIDException", kind: .configuration),
        Row(status: 502, code: "InvalidZipFileException", kind: .configuration),
        Row(status: 502, code: "ResourceNotReadyException", kind: .conflict, isRetryable: true),
        Row(status: 502, code: "SubnetIPAddressLimitReachedException", kind: .configuration),
        Row(
            status: 503,
            body: "<html><body>busy</body></html>",
            fields: ["Content-Type: text/html"],
            kind: .serviceUnavailable,
            foundCode: "503",
            message: ""
        ),
        Row(status: 504, body: "", kind: .serviceUnavailable, foundCode: "504", message: ""),
        Row(status: 307, body: "", kind: .malformedAnswer, foundCode: "307", message: ""),
        // The places of the code, in this order.
        Row(
            status: 403,
            code: "AccessDeniedException",
            body: #"{"code":"Other","__type":"Third"}"#,
            kind: .accessDenied,
            message: ""
        ),
        Row(
            status: 400,
            body: #"{"code":"ThrottlingException","__type":"Third"}"#,
            kind: throttled,
            foundCode: "ThrottlingException",
            message: "",
            isRetryable: true
        ),
        Row(
            status: 400,
            body: #"{"__type":"com.amazonaws.lambda#ResourceNotFoundException","Message":"n"}"#,
            kind: .notFound,
            foundCode: "ResourceNotFoundException",
            message: "n"
        ),
        Row(status: 418, code: "Brewing", kind: .invalidRequest),
        Row(status: 401, code: "Brewing", kind: .unauthenticated),
    ]

    @Test(arguments: rows)
    func `each refusal has a kind, a code, a text and the request's id`(_ row: Row) async throws {
        let answer = refused(row.status, row.code, row.body, fields: row.fields)
        guard case .failure(let error) = await outcome(answer) else {
            Issue.record("it was taken for a result")
            return
        }
        #expect(error.kind == row.kind)
        #expect(error.code == row.foundCode ?? row.code)
        #expect(error.message == row.message)
        #expect(error.requestID == "r-2")
        #expect(error.status == row.status)
        #expect(error.isRetryableBeforeExecution == row.isRetryable)
    }

    struct Wire: Sendable {
        let error: HTTPClientError
        let kind: LambdaError.Kind
        let isRetryable: Bool
    }

    @Test(arguments: [
        Wire(error: .resolve(host: "h", reason: "r"), kind: .unreachable, isRetryable: true),
        Wire(error: .connect(endpoint: "e", reason: "r"), kind: .unreachable, isRetryable: true),
        Wire(error: .tls(endpoint: "e", reason: "r"), kind: .unreachable, isRetryable: true),
        Wire(error: .timedOut(.queueing), kind: .timedOut, isRetryable: true),
        Wire(error: .timedOut(.connecting), kind: .timedOut, isRetryable: true),
        Wire(error: .timedOut(.responding), kind: .timedOut, isRetryable: false),
        Wire(error: .closedEarly(nothingProcessed: true), kind: .interrupted, isRetryable: true),
        Wire(error: .closedEarly(nothingProcessed: false), kind: .interrupted, isRetryable: false),
        Wire(error: .malformed(reason: "r"), kind: .malformedAnswer, isRetryable: false),
        Wire(error: .tooLarge(bytesMax: 1), kind: .tooLarge(.answer), isRetryable: false),
        Wire(error: .cancelled, kind: .cancelled, isRetryable: false),
        Wire(error: .overloaded, kind: .overloaded, isRetryable: true),
    ])
    func `a transport failure has a kind, and the client doesn't retry it`(_ row: Wire) async {
        let lambda = FakeLambda([.failure(row.error), .text(ok("1"))])
        guard case .failure(let error) = await outcome(lambda) else {
            Issue.record("it was tried again")
            return
        }
        #expect(error.kind == row.kind)
        #expect(error.message == row.error.description)
        #expect(error.isRetryableBeforeExecution == row.isRetryable)
        #expect(error.status == nil && error.requestID == nil)
        #expect(lambda.requests.count == 1)
    }

    @Test func `a repeated request is cut from the message, as it holds the session token`() async {
        let canonical = "POST\\n/2015-03-31/functions/f/invocations\\n\\nx-amz-security-token:t0ken"
        let said =
            "The signature does not match.\\n\\nThe Canonical String for this request should have been\\n'\(canonical)'"
        for message in [said, "Bad header x-amz-security-token: t0ken"] {
            let answer = refused(403, "InvalidSignatureException", #"{"message":"\#(message)"}"#)
            guard case .failure(let error) = await outcome(answer) else {
                Issue.record("it was accepted")
                continue
            }
            #expect(!error.message.contains("t0ken"))
            #expect(error.message.hasPrefix(String(message.prefix(10))) && error.message.hasSuffix("…"))
        }
    }

    @Test func `a web page with status 200 is a malformed answer`() async {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
        guard case .failure(let error) = await outcome(page) else {
            Issue.record("it was taken for a result")
            return
        }
        #expect(error.kind == .malformedAnswer)
        let text = try? await outcome(ok("<p>")).get().payloadText
        #expect(text == "<p>")
    }

    @Test func `an error's description is one line for a log`() {
        let error = LambdaError(kind: .notFound, code: "C", message: "m", requestID: "r")
        #expect("\(error)" == "C: m (request r)")
        #expect("\(LambdaError(kind: .timedOut, code: "", message: "m"))" == "m")
        #expect("\(LambdaError(kind: .accessDenied, code: "C", message: ""))" == "C")
    }

    @Test func `no mutated answer crashes the reader`() async throws {
        var random = SplitMix(seed: 429)
        let bodies = [
            #"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded.","__type":"a#b:c"}"#,
            #"{"errorMessage":"Handler fails","errorType":"Exception","requestId":"","stackTrace":["  File …"]}"#,
        ]
        let alphabet = Array(#"{}[]":,\u#x00eE+-. "#.utf8)
        let lambda = FakeLambda()
        let now = UTCTime(epochSeconds: 1_795_219_200)
        let client = LambdaClient(transport: lambda, credentials: testCredentials, clock: { now })
        let function = try preparedFunction()
        for round in 0..<5_000 {
            let original = Array(bodies[round % 2].utf8)
            let body = String(decoding: random.mutated(original, adding: alphabet), as: UTF8.self)
            let answer =
                round.isMultiple(of: 2)
                ? refused(
                    429,
                    nil,
                    body,
                    fields: ["X-Amz-Log-Result: !", "Retry-After: 9999999999999999999"]
                )
                : ok(body, fields: ["X-Amz-Function-Error: Unhandled"])
            lambda.answers = [.text(answer)]
            lambda.forget()
            do throws(LambdaError) {
                _ = try await client.invoke(function, payload: ByteBuffer("{}"))
                Issue.record("it was taken for a result")
            } catch {
                if error.message.utf8.count >= 17_000 { Issue.record("its text is too long") }
            }
        }
    }
}
