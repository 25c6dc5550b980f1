import AWS
import Bytes
import Calendar
import Crypto
import HTTPClient
import SigV4
import Synchronization
import Testing

struct LambdaClientTests {
    static let now = UTCTime(epochSeconds: 1_795_219_200)

    @Test func `an answer has its status, request id, version and log`() async throws {
        let answer = try await outcome(ok(#"{"x":1}"#, fields: ["X-Amz-Log-Result: RU5ECg=="])).get()
        #expect(answer.status == 200)
        #expect(answer.payloadText == #"{"x":1}"#)
        #expect(answer.response.bytes[answer.payload].count == 7)
        #expect(answer.requestID == "r-1")
        #expect(answer.executedVersion == "$LATEST")
        #expect(answer.logTail == "END\n")
        let plain = try await outcome("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").get()
        #expect(plain.status == 202)
        #expect(plain.payload.isEmpty)
        #expect(plain.logTail == nil && plain.requestID == nil && plain.executedVersion == nil)
    }

    @Test(arguments: ["null", "{\"x\": NaN}", "", "\u{0}\u{1}"])
    func `any payload is passed on unchanged`(_ payload: String) async throws {
        #expect(try await outcome(ok(payload)).get().payloadText == payload)
    }

    @Test func `an answer's buffer is returned to the transport`() async throws {
        let lambda = FakeLambda([.text(ok("1"))])
        let client = LambdaClient(transport: lambda, credentials: testCredentials, clock: { Self.now })
        let answer = try await client.invoke(try preparedFunction(), payload: ByteBuffer("{}"))
        #expect(lambda.recycledCount == 0)
        client.recycle(answer)
        #expect(lambda.recycledCount == 1)
    }

    // MARK: Clocks

    @Test(arguments: [-7_200, -301, 301, 400, 86_399])
    func `a wrong clock is corrected once, and stays corrected`(_ ahead: Int) async throws {
        // The server's clock is `ahead` seconds ahead of ours.
        let server = Self.now.adding(seconds: ahead)
        let lambda = FakeLambda([.checked(server), .checked(server), .checked(server.adding(seconds: 10))])
        let clock = Mutex(Self.now)
        let client = LambdaClient(
            transport: lambda,
            credentials: testCredentials,
            clock: { clock.withLock { $0 } }
        )
        let function = try preparedFunction()
        #expect(try await client.invoke(function, payload: ByteBuffer("{}")).payloadText == "\"done\"")
        #expect(lambda.requests.count == 2)
        #expect(WireRequest(lambda.lastText)["x-amz-date"] == server.stamp)
        clock.withLock { $0 = $0.adding(seconds: 10) }
        #expect(try await client.invoke(function, payload: ByteBuffer("{}")).payloadText == "\"done\"")
        #expect(lambda.requests.count == 3)
        #expect(WireRequest(lambda.lastText)["x-amz-date"] == server.adding(seconds: 10).stamp)
    }

    @Test func `a correction is dropped when the clock is right again`() async throws {
        let server = Self.now.adding(seconds: 3_600)
        let lambda = FakeLambda([.checked(server), .checked(server), .checked(server), .checked(server)])
        let clock = Mutex(Self.now)
        let client = LambdaClient(
            transport: lambda,
            credentials: testCredentials,
            clock: { clock.withLock { $0 } }
        )
        let function = try preparedFunction()
        _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        clock.withLock { $0 = server }
        _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        #expect(lambda.requests.count == 4)
        #expect(WireRequest(lambda.lastText)["x-amz-date"] == server.stamp)
    }

    @Test func `one host's clock offset isn't applied to another host`() async throws {
        let server = Self.now.adding(seconds: 3_600)
        let lambda = FakeLambda([.checked(server), .checked(server), .checked(Self.now)])
        let client = LambdaClient(transport: lambda, credentials: testCredentials, clock: { Self.now })
        _ = try await client.invoke(try preparedFunction(), payload: ByteBuffer("{}"))
        _ = try await client.invoke(try preparedFunction(url: "http://other:1"), payload: ByteBuffer("{}"))
        #expect(lambda.requests.count == 3)
    }

    @Test func `a wrong key is not taken for a wrong clock`() async throws {
        let lambda = FakeLambda([.checked(Self.now), .checked(Self.now)])
        lambda.known = [SigningCredential(accessKeyID: "AKIDEXAMPLE", secret: Secret("other"))]
        guard case .failure(let error) = await outcome(lambda) else {
            Issue.record("it was accepted")
            return
        }
        #expect(error.kind == .unauthenticated)
        #expect(error.code == "InvalidSignatureException")
        #expect(lambda.requests.count == 1)
    }

    @Test func `a server that always refuses gets at most two requests`() async throws {
        let answers = (1...4).map { round in
            let time = Self.now.adding(seconds: round * 3_600)
            return FakeLambda.Answer.text(
                httpDate(time, refused(403, "RequestTimeTooSkewed", #"{"message":"m"}"#))
            )
        }
        let lambda = FakeLambda(answers)
        guard case .failure(let error) = await outcome(lambda) else {
            Issue.record("it was accepted")
            return
        }
        #expect(error.kind == .clockSkew)
        #expect(lambda.requests.count == 2)
    }

    @Test func `a refusal without a date is final`() async {
        let lambda = FakeLambda([.text(refused(403, "RequestTimeTooSkewed", "{}")), .text(ok("1"))])
        guard case .failure(let error) = await outcome(lambda) else {
            Issue.record("it was sent again")
            return
        }
        #expect(error.kind == .clockSkew)
    }

    // MARK: Key pairs

    /// A chain that reads a file whose text the test changes.
    private struct Rotation {
        let text: SharedText
        let chain: RefreshingCredentials

        init(_ id: String) {
            let text = SharedText(Self.file(id))
            self.text = text
            let read: FileReader = { path throws(FileFault) in
                path.hasSuffix("credentials") ? Array(text.value.utf8) : nil
            }
            chain = RefreshingCredentials(environment: AWSEnvironment(["HOME": "/h"]), readFile: read)
        }

        static func file(_ id: String) -> String {
            "[default]\naws_access_key_id=\(id)\naws_secret_access_key=secret\n"
        }
    }

    @Test func `a key pair that was replaced is read again and used`() async throws {
        let rotation = Rotation("AKIDOLD")
        let lambda = FakeLambda([.checked(Self.now), .checked(Self.now), .checked(Self.now)])
        lambda.known = [SigningCredential(accessKeyID: "AKIDNEW", secret: Secret("secret"))]
        let client = LambdaClient(transport: lambda, credentials: rotation.chain, clock: { Self.now })
        _ = try rotation.chain.credentials()
        rotation.text.value = Rotation.file("AKIDNEW")
        let function = try preparedFunction()
        _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        #expect(lambda.requests.count == 2)
        _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        #expect(lambda.requests.count == 3)
    }

    @Test func `an unchanged key pair is read again at most every 5 seconds`() async throws {
        let reads = Mutex(0)
        let chain = RefreshingCredentials { () throws(CredentialsError) in
            reads.withLock { $0 += 1 }
            return Credentials(signing: FakeLambda.credential, source: "test")
        }
        let clock = Mutex(Self.now)
        let lambda = FakeLambda()
        let client = LambdaClient(transport: lambda, credentials: chain, clock: { clock.withLock { $0 } })
        let function = try preparedFunction()
        for (seconds, expected) in [(0, 2), (0, 2), (4, 2), (5, 3), (6, 3)] {
            clock.withLock { $0 = Self.now.adding(seconds: seconds) }
            lambda.answers = [.text(refused(403, "ExpiredTokenException", "{}"))]
            let error = await #expect(throws: LambdaError.self) {
                _ = try await client.invoke(function, payload: ByteBuffer("{}"))
            }
            #expect(error?.kind == .unauthenticated)
            #expect(reads.withLock { $0 } == expected)
        }
        #expect(lambda.requests.count == 5)
    }

    @Test func `no request is sent until there is a key pair`() async throws {
        let rotation = Rotation("AKIDEXAMPLE")
        rotation.text.value = ""
        let clock = Mutex(Self.now)
        let lambda = FakeLambda([.checked(Self.now.adding(seconds: 5))])
        let client = LambdaClient(
            transport: lambda,
            credentials: rotation.chain,
            clock: { clock.withLock { $0 } }
        )
        let function = try preparedFunction()
        let error = await #expect(throws: LambdaError.self) {
            _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        }
        #expect(error?.kind == .noCredentials)
        #expect(error?.message.contains("AWS_ACCESS_KEY_ID") == true)
        #expect(lambda.requests.isEmpty)
        rotation.text.value = Rotation.file("AKIDEXAMPLE")
        clock.withLock { $0 = $0.adding(seconds: 5) }
        _ = try await client.invoke(function, payload: ByteBuffer("{}"))
        #expect(lambda.requests.count == 1)
    }

    @Test(arguments: [
        refused(429, "TooManyRequestsException", "{}"), refused(500, "ServiceException", "{}"),
        refused(502, "EC2ThrottledException", "{}"), refused(503, nil, ""), refused(504, nil, ""),
        refused(409, "ResourceConflictException", "{}"), refused(404, "ResourceNotFoundException", "{}"),
        ok("{}", fields: ["X-Amz-Function-Error: Unhandled"]),
    ])
    func `other refusals are not retried by the client`(_ answer: String) async {
        let lambda = FakeLambda([.text(answer), .text(ok("1"))])
        guard case .failure = await outcome(lambda) else {
            Issue.record("it was tried again")
            return
        }
        #expect(lambda.requests.count == 1)
    }
}

/// A text that the test can change while others read it.
final class SharedText: Sendable {
    private let stored: Mutex<String>

    init(_ text: String) { stored = Mutex(text) }

    var value: String {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
