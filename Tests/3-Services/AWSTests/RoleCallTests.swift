@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import HTTP
import HTTPClient
import HTTPServer
import SigV4
import Synchronization
import TestSupport
import Testing

/// Calls made with roles: the first call waits for the role, and every call without one says why.
@Suite(.timeLimit(.minutes(2)))
struct RoleCallTests {
    private static let base = SigningCredential(
        accessKeyID: "AKIDBASE",
        secret: Secret("s3cr3t-of-the-base"),
        sessionToken: "t0ken-of-the-base"
    )

    private func provider(
        _ url: String,
        _ network: AWSNetwork,
        _ clock: TestClock = TestClock(),
        _ change: (inout RoleRequest) -> Void = { _ in }
    ) throws -> any CredentialsProvider {
        var request = RoleRequest(roleARN: RoleTests.arn)
        change(&request)
        return try RoleCredentials(
            takenBy: StaticCredentials(Credentials(signing: Self.base, source: "test")),
            settings: try settings(["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"]),
            network: network,
            clock: { clock.now }
        ).provider(of: request)
    }

    private func client(
        _ lambda: FakeLambda,
        _ provider: any CredentialsProvider,
        _ loop: EventLoop,
        _ clock: TestClock = TestClock()
    ) -> LambdaClient {
        LambdaClient(
            transport: lambda,
            credentials: provider,
            isRole: true,
            loop: loop,
            clock: { clock.now }
        )
    }

    private func failure(
        _ client: LambdaClient,
        timeout: Duration = .seconds(60),
        cancellation: Cancellation? = nil
    ) async throws -> LambdaError? {
        let function = try preparedFunction()
        var asked = InvokeOptions()
        asked.timeout = timeout
        do throws(LambdaError) {
            _ = try await client.invoke(
                function,
                payload: ByteBuffer("{}"),
                options: asked,
                cancellation: cancellation
            )
            return nil
        } catch {
            return error
        }
    }

    @Test func `the first call waits for its role, and the loop serves others meanwhile`() async throws {
        try await withAsked({ _ in .text(200, stsAnswer()) }) { server, url, network in
            let provider = try provider(url, network)
            try await withLoopOf { loop in
                let lambda = FakeLambda([.text(ok("1")), .text(ok("2")), .text(ok("own"))])
                let client = client(lambda, provider, loop)
                let function = try preparedFunction()
                let held = LoopBound(client, on: loop)
                async let first = held.run { try await $0.invoke(function, payload: ByteBuffer("{}")) }
                async let second = held.run { try await $0.invoke(function, payload: ByteBuffer("{}")) }
                // The two waiting calls don't block the loop: a call with keys of its own is sent at once.
                let other = LambdaClient(
                    transport: FakeLambda([.text(ok("own"))]),
                    credentials: testCredentials,
                    loop: loop,
                    clock: { TestClock().now }
                )
                #expect(try await other.invoke(function, payload: ByteBuffer("{}")).payloadText == "own")
                let texts = try await [first.payloadText, second.payloadText]
                #expect(texts.sorted() == ["1", "2"])
                #expect(lambda.requests.allSatisfy { $0.message.text.contains("Credential=ASIAROLE/") })
                #expect(lambda.requests.allSatisfy { $0.message.text.contains("t0ken-of-ASIAROLE") })
                #expect(client.waitingCount == 0)
            }
            #expect(server.questions.count == 1)
        }
    }

    @Test func `a call waits for STS no longer than its own timeout, and then isn't sent`() async throws {
        try await withAsked({ _ in .silence }) { _, url, network in
            let provider = try provider(url, network)
            try await withLoopOf { loop in
                let lambda = FakeLambda()
                let client = client(lambda, provider, loop)
                let error = try await failure(client, timeout: .milliseconds(40))
                #expect(error?.kind == .noRole(mayPass: true))
                #expect(lambda.requests.isEmpty && client.waitingCount == 0)
            }
        }
    }

    @Test func `a cancelled call is not sent`() async throws {
        try await withAsked({ _ in .text(200, stsAnswer()) }) { _, url, network in
            let provider = try provider(url, network)
            try await withLoopOf { loop in
                let lambda = FakeLambda([.text(ok("1"))])
                let cancellation = Cancellation()
                cancellation.cancel()
                let error = try await failure(client(lambda, provider, loop), cancellation: cancellation)
                #expect(error?.kind == .cancelled)
                #expect(lambda.requests.isEmpty)
            }
        }
    }

    /// Credentials whose search never ends.
    private final class SilentCredentials: CredentialsProvider {
        private let waiters = Locked<[CheckedContinuation<Void, Never>]>([])
        var generation: Int { 0 }
        var report: CredentialsReport { CredentialsReport() }
        func credentials() throws(CredentialsError) -> Credentials { throw .pending }
        func reload() -> Bool { false }
        func reloadOrKeep() async -> CredentialsError? { nil }
        func stop() {}
        func ready() async {
            await withCheckedContinuation { waiter in waiters.withLock { $0.append(waiter) } }
        }
        func release() { for waiter in waiters.withLock({ exchange(&$0, with: []) }) { waiter.resume() } }
    }

    private final class Listener: InvokeReceiver {
        let told = Locked<[LambdaError]>([])
        func invoked(_ outcome: consuming Result<InvokeAnswer, LambdaError>, of function: PreparedFunction) {
            guard case .failure(let error) = outcome else { return }
            told.withLock { $0.append(error) }
        }
    }

    @Test func `a cancelled call stops waiting for keys and is freed at once`()
        async throws
    {
        let silent = SilentCredentials()
        try await withLoopOf { loop in
            let client = client(FakeLambda(), silent, loop)
            let cancellation = Cancellation()
            weak var held: Listener?
            do {
                let listener = Listener()
                held = listener
                client.invoke(
                    try preparedFunction(),
                    payload: ByteBuffer("{}"),
                    cancellation: cancellation,
                    to: listener
                )
                #expect(client.waitingCount == 1)
                cancellation.cancel()
                #expect(listener.told.withLock { $0.map { $0.kind } } == [.cancelled])
            }
            #expect(client.waitingCount == 0)
            #expect(held == nil)
            // Keys that are found later have no call to go to.
            silent.release()
            cancellation.cancel()
            #expect(client.waitingCount == 0)
        }
    }

    /// Holds STS's first answers back until the test lets them go.
    private final class Gate: Sendable {
        private struct State {
            var isOpen = false
            var waiting: [CheckedContinuation<Void, Never>] = []
            var count = 0
            var now = 0
            var peak = 0
        }

        private let state = Locked(State())

        var now: Int { state.withLock { $0.now } }
        var count: Int { state.withLock { $0.count } }
        var peak: Int { state.withLock { $0.peak } }

        func pass() async {
            state.withLock { state in
                (state.count, state.now) = (state.count + 1, state.now + 1)
                state.peak = max(state.peak, state.now)
            }
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            state.withLock { $0.now -= 1 }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return exchange(&state.waiting, with: [])
            }
            for waiter in waiting { waiter.resume() }
        }
    }

    @Test func `600 roles are taken, 32 at once, and none fails`() async throws {
        let gate = Gate()
        try await withServer(handler: { exchange in
            await gate.pass()
            exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(stsAnswer())))
        }) { port, _ in
            let network = AWSNetwork()
            let roles = RoleCredentials(
                takenBy: StaticCredentials(Credentials(signing: Self.base, source: "test")),
                settings: try settings([
                    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(port)", "AWS_REGION": "eu-central-1",
                ]),
                network: network,
                clock: { TestClock().now }
            )
            let providers = try (0..<600).map {
                try roles.provider(of: RoleRequest(roleARN: "arn:aws:iam::123456789012:role/r\($0)"))
            }
            await withTaskGroup(of: Void.self) { group in
                for provider in providers { group.addTask { await provider.ready() } }
                group.addTask {
                    // All tasks have asked, and the network's thread has sent as many requests as it may.
                    while gate.now < 32 || providers.contains(where: { $0.renewal == nil }) {
                        await Task.yield()
                    }
                    for _ in 0..<1_000 { await network.run { _ in }?.value }
                    gate.open()
                }
            }
            for provider in providers {
                #expect(try provider.credentials().signing.accessKeyID == "ASIAROLE")
            }
            #expect(gate.count == 600 && gate.peak == 32, "\(gate.count) \(gate.peak)")
            await network.close()
        }
    }

    @Test func `after stop, forgotten roles send no request either`() async throws {
        try await withAsked({ _ in .text(200, stsAnswer()) }) { server, url, network in
            let roles = RoleCredentials(
                takenBy: testCredentials,
                settings: try settings(["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"]),
                network: network,
                rolesMax: 1
            )
            func request(_ name: String) -> RoleRequest {
                RoleRequest(roleARN: "arn:aws:iam::123456789012:role/\(name)")
            }
            let chain = try roles.roles(takenBy: request("target"))
            let held = [
                try roles.provider(of: request("target")), try chain.provider(of: request("inner")),
                try roles.provider(of: request("other")), try roles.provider(of: request("last")),
            ]
            roles.retain(only: [])
            #expect(roles.count == 0)
            roles.stop()
            for provider in held { await provider.ready() }
            #expect(server.questions.isEmpty)
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let mayPass: Bool
        let says: String
        var testDescription: String { "\(status) \(says)" }

        init(_ status: Int, _ code: String, mayPass: Bool = false, _ says: String) {
            self.init(
                status,
                body: stsRefusal(code, "no s3cr3t-of-the-base or t0ken-of-the-base for you"),
                mayPass: mayPass,
                says
            )
        }

        init(_ status: Int, body: String, mayPass: Bool = false, _ says: String) {
            (self.status, self.body, self.mayPass, self.says) = (status, body, mayPass, says)
        }
    }

    @Test(arguments: [
        Refusal(403, "AccessDenied", "sts:AssumeRole and sts:TagSession on the role"),
        Refusal(400, "ExpiredToken", "have ended"),
        Refusal(403, "ExpiredTokenException", "have ended"),
        Refusal(403, "InvalidClientTokenId", "aren't known to AWS"),
        Refusal(403, "SignatureDoesNotMatch", "secret key is wrong"),
        Refusal(400, "MalformedPolicyDocument", "isn't a valid policy"),
        Refusal(400, "PackedPolicyTooLarge", "too large together"),
        Refusal(403, "RegionDisabledException", "switched on for that region"),
        Refusal(400, "ValidationError", "ValidationError"),
        Refusal(500, "InternalFailure", mayPass: true, "InternalFailure"),
        Refusal(400, "Throttling", mayPass: true, "Throttling"),
        Refusal(400, "ThrottlingException", mayPass: true, "ThrottlingException"),
        Refusal(400, "IDPCommunicationError", mayPass: true, "it is tried again"),
        Refusal(
            503,
            body: "<html><body>Service Unavailable</body></html>",
            mayPass: true,
            "is the endpoint right?"
        ),
        Refusal(404, body: "<html>nobody</html>", "without a readable body"),
        Refusal(200, body: "<html>hello</html>", "it holds no credentials"),
        Refusal(200, body: String(stsAnswer().prefix(300)), "is not STS's answer"),
        Refusal(200, body: stsAnswer(end: "soon"), "is not STS's answer"),
        Refusal(200, body: "", "is not STS's answer"),
    ])
    func `each fault of STS is reported with what to do and without secrets`(_ row: Refusal)
        async throws
    {
        try await withAsked({ _ in .text(row.status, row.body) }) { server, url, network in
            let provider = try provider(url, network)
            try await withLoopOf { loop in
                let lambda = FakeLambda()
                let error = try await failure(client(lambda, provider, loop))
                #expect(error?.kind == .noRole(mayPass: row.mayPass), "\(error?.message ?? "")")
                let text = error?.message ?? ""
                #expect(text.contains(row.says) && text.contains(RoleTests.arn), "\(text)")
                expectNothingSecret(text)
                #expect(lambda.requests.isEmpty)
            }
        }
    }

    @Test func `an expired token is renewed, and the call is sent once more`() async throws {
        let clock = TestClock()
        let ids = Locked(["ASIATWO", "ASIAONE"])
        let end = clock.now.adding(seconds: 3_600).rfc3339
        try await withAsked({ _ in
            .text(200, stsAnswer(id: ids.withLock { $0.popLast() } ?? "none", end: end))
        }) {
            _,
            url,
            network in
            let provider = try provider(url, network, clock)
            await provider.ready()
            clock.advance(seconds: 5)
            try await withLoopOf { loop in
                let expired = refused(403, "ExpiredTokenException", #"{"message":"expired"}"#)
                let lambda = FakeLambda([.text(expired), .text(ok("1"))])
                let error = try await failure(client(lambda, provider, loop, clock))
                #expect(error == nil)
                #expect(lambda.requests.count == 2)
                #expect(lambda.lastText.contains("Credential=ASIATWO/"))
            }
        }
    }

    @Test func `while STS is down, a role's keys are used until they expire, and then calls say why`()
        async throws
    {
        let clock = TestClock()
        try await withAsked({ _ in .text(200, stsAnswer(end: "2026-11-21T01:00:00Z")) }) {
            server,
            url,
            network in
            let provider = try provider(url, network, clock)
            await provider.ready()
            server.answer { _ in .text(503, "") }
            clock.advance(seconds: 10)
            provider.reload()
            _ = await provider.renewal?()
            #expect(try provider.credentials().signing.accessKeyID == "ASIAROLE")
            #expect(provider.report.failure?.contains("503") == true && provider.report.source != nil)
            clock.advance(seconds: 3_600)
            provider.reload()
            _ = await provider.renewal?()
            try await withLoopOf { loop in
                let error = try await failure(client(FakeLambda(), provider, loop, clock))
                #expect(error?.kind == .noRole(mayPass: true))
                #expect(error?.message.contains("ended at 2026-11-21T01:00:00Z") == true)
            }
        }
    }

    @Test func `roles that are no longer needed are forgotten, in chains too`() async throws {
        try await withAsked({ _ in .text(200, stsAnswer()) }) { _, url, network in
            let roles = RoleCredentials(
                takenBy: testCredentials,
                settings: try settings(["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"]),
                network: network
            )
            func request(_ name: String) -> RoleRequest {
                RoleRequest(roleARN: "arn:aws:iam::123456789012:role/\(name)")
            }
            let chain = try roles.roles(takenBy: request("target"))
            let kept = try chain.provider(of: request("kept"))
            _ = try chain.provider(of: request("gone"))
            _ = try roles.provider(of: request("gone"))
            #expect(try roles.roles(takenBy: request("target")) === chain)
            #expect(roles.count == 4)
            roles.retain(only: [request("target"), request("kept")])
            #expect(roles.count == 2)
            #expect(try roles.roles(takenBy: request("target")).provider(of: request("kept")) === kept)
            roles.retain(only: [])
            #expect(roles.count == 0)
        }
    }

    @Test(arguments: [
        ("ExpiredToken", 2), ("ExpiredTokenException", 2), ("InvalidClientTokenId", 2),
        ("UnrecognizedClientException", 2), ("SignatureDoesNotMatch", 2), ("InvalidSignatureException", 2),
        ("MalformedPolicyDocument", 1),
    ])
    func `a refused role reloads the base keys only if they are the reason`(reason: String, count: Int)
        async throws
    {
        let code = Locked("AccessDenied")
        let looks = Locked(0)
        let base = RefreshingCredentials { () throws(CredentialsError) in
            looks.withLock { $0 += 1 }
            return Credentials(signing: FakeLambda.credential, source: "test")
        }
        try await withAsked({ _ in .text(403, stsRefusal(code.withLock { $0 }, "no")) }) { _, url, network in
            func ask(_ session: String) async throws {
                var request = RoleRequest(roleARN: RoleTests.arn)
                request.sessionName = session
                await
                    (try RoleCredentials(
                        takenBy: base,
                        settings: try settings(["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"]),
                        network: network
                    ).provider(of: request)).ready()
            }
            try await ask("one")
            #expect(looks.withLock { $0 } == 1)
            code.withLock { $0 = reason }
            try await ask("two")
            #expect(looks.withLock { $0 } == count)
        }
    }
}
