@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import HTTPClient
import SigV4
import Synchronization
import Testing

/// The behaviour of a key pair while time passes and services fail and recover.
@Suite(.timeLimit(.minutes(2)))
struct RefreshingCredentialsTests {
    /// The notices of a chain, in order.
    private final class Notices: Sendable {
        private let kept = Locked<[CredentialsNotice]>([])
        var all: [CredentialsNotice] { kept.withLock { $0 } }
        func add(_ notice: CredentialsNotice) { kept.withLock { $0.append(notice) } }
    }

    private func id(_ chain: RefreshingCredentials) -> String {
        do throws(CredentialsError) {
            return try chain.credentials().signing.accessKeyID
        } catch {
            return error.description
        }
    }

    /// Waits until a condition holds that another thread brings about.
    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    private static func ending(_ end: UTCTime, id: String = "ASIAJSON") -> AskedServer.Answers {
        { _ in .text(200, keysJSON(id: id, end: end.rfc3339)) }
    }

    private func container(_ url: String) -> [String: String] { ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url] }

    @Test func `reading the credentials never waits, and the first read begins the search`() async throws {
        let clock = TestClock()
        try await withAsked({ _ in .silence }) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock)
            #expect(id(chain) == CredentialsError.pending.description)
            await until { server.questions.count == 1 }
            #expect(id(chain) == CredentialsError.pending.description)
            server.answer(Self.ending(clock.now.adding(seconds: 3_600)))
            #expect(chain.renewal != nil)
        }
    }

    @Test func `many waiting callers share one search`() async throws {
        let clock = TestClock()
        try await withAsked(Self.ending(clock.now.adding(seconds: 3_600))) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { await chain.ready() } }
            }
            #expect(id(chain) == "ASIAJSON")
            #expect(server.questions.count == 1)
        }
    }

    @Test func `a key pair near its end is renewed automatically, and each one is announced once`()
        async throws
    {
        let clock = TestClock()
        let notices = Notices()
        // The key pair lives for two seconds, so it is renewed after one.
        try await withAsked(Self.ending(clock.now.adding(seconds: 2), id: "ASIAOLD")) {
            server,
            url,
            network in
            let chain = chain(container(url), network: network, clock: clock, notice: notices.add)
            await chain.ready()
            let generation = chain.generation
            #expect(id(chain) == "ASIAOLD")
            clock.advance(seconds: 1)
            server.answer(Self.ending(clock.now.adding(seconds: 7_200), id: "ASIANEW"))
            await until { chain.generation > generation }
            #expect(id(chain) == "ASIANEW")
            #expect(notices.all.count == 2)
            #expect(notices.all[0].message == "AWS credentials were found")
            #expect(notices.all[0].values.map { $0.0 } == ["source", "good_until"])
            #expect(notices.all[0].values[0].1 == "the container's endpoint \(url)")
            #expect(notices.all.map { $0.weight } == [.info, .debug])
        }
    }

    @Test
    func `without answers old keys are used until they expire, then calls fail until the source recovers`()
        async throws
    {
        let clock = TestClock()
        let notices = Notices()
        let end = clock.now.adding(seconds: 3_600)
        try await withAsked(Self.ending(end, id: "ASIAOLD")) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock, notice: notices.add)
            await chain.ready()
            let before = chain.generation
            server.answer { _ in .text(503, "hush") }
            for _ in 0..<3 {
                clock.advance(seconds: 600)
                let fault = await chain.reloadOrKeep()
                #expect(fault?.description.contains("it answered 503") == true)
                #expect(id(chain) == "ASIAOLD")
            }
            #expect(chain.generation == before)
            #expect(chain.report.failure?.contains("it answered 503") == true)
            #expect(chain.report.isRenewed)
            #expect(chain.report.expiresAtMs == Int64(end.epochSeconds) * 1_000)
            clock.advance(seconds: 1_800)
            chain.reload()
            await until { chain.generation > before }
            let told = id(chain)
            #expect(
                told.hasPrefix(
                    "the AWS credentials from the container's endpoint \(url) ended at \(end.rfc3339)"
                )
            )
            #expect(told.contains("it answered 503") && !told.contains("hush"))
            #expect(chain.report.source == nil && chain.report.expiresAtMs == nil)
            server.answer(Self.ending(clock.now.adding(seconds: 3_600), id: "ASIANEW"))
            _ = await chain.reloadOrKeep()
            #expect(id(chain) == "ASIANEW")
            #expect(chain.report.failure == nil)
            #expect(notices.all.map { $0.weight } == [.info, .warning, .warning, .warning, .error, .info])
        }
    }

    @Test func `the same failure is logged once in ten minutes`() async throws {
        let clock = TestClock()
        let notices = Notices()
        try await withAsked({ _ in .text(403, "") }) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock, notice: notices.add)
            for _ in 0..<20 {
                clock.advance(seconds: 20)
                _ = await chain.reloadOrKeep()
            }
            #expect(server.questions.count == 60)
            #expect(notices.all.count == 1)
            clock.advance(seconds: 600)
            _ = await chain.reloadOrKeep()
            #expect(notices.all.count == 2)
        }
    }

    @Test func `many failing calls cause one search a second`() async throws {
        let clock = TestClock()
        try await withAsked({ _ in .text(403, "") }) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock)
            await chain.ready()
            #expect(server.questions.count == 3)
            for _ in 0..<100 { #expect(!chain.reload()) }
            #expect(chain.renewal == nil)
            clock.advance(seconds: 1)
            chain.reload()
            _ = await chain.renewal?()
            #expect(server.questions.count == 6)
        }
    }

    @Test func `keys in a file take precedence at the next search, and end the requests`() async throws {
        let clock = TestClock()
        try await withAsked({ _ in .text(503, "") }) { server, url, network in
            let text = Locked("")
            let read: FileReader = { path throws(FileFault) in
                path == "/h/.aws/credentials" ? Array(text.withLock { $0 }.utf8) : nil
            }
            let chain = RefreshingCredentials(
                environment: AWSEnvironment(container(url).merging(["HOME": "/h"]) { $1 }),
                profile: nil,
                network: network,
                pace: .hurried,
                clock: { clock.now },
                notice: { _ in },
                readFile: read
            )
            await chain.ready()
            text.withLock { $0 = "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=s\n" }
            #expect(chain.reload())
            #expect(id(chain) == "AKIDFILE")
            let count = server.questions.count
            #expect(await chain.reloadOrKeep() == nil)
            #expect(server.questions.count == count)
        }
    }

    @Test func `a closed network ends waiting searches, and later ones fail at once`()
        async throws
    {
        let clock = TestClock()
        try await withAsked({ _ in .silence }) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock)
            let waiting = Task { await chain.found() }
            await until { server.questions.count == 1 }
            await network.close()
            guard case .failure(let error) = await waiting.value else {
                Issue.record("it was found")
                return
            }
            #expect(error.description.contains("cancelled"))
            let later = AWSTests.chain(container(url), network: network, clock: clock)
            guard case .failure(let other) = await later.found() else {
                Issue.record("it was found")
                return
            }
            #expect(other.description.contains("the gateway is ending"))
        }
    }

    // MARK: Calls

    @Test func `a call refused for an expired token waits for a new one and is sent once more`() async throws
    {
        let clock = TestClock()
        try await withAsked(Self.ending(clock.now.adding(seconds: 3_600), id: "ASIAOLD")) {
            server,
            url,
            network in
            let chain = chain(container(url), network: network, clock: clock)
            await chain.ready()
            server.answer(Self.ending(clock.now.adding(seconds: 7_200), id: "ASIANEW"))
            clock.advance(seconds: 5)
            let expired = refused(403, "ExpiredTokenException", #"{"message":"expired"}"#)
            try await withLoopOf { loop in
                let lambda = FakeLambda([.text(expired), .text(ok("1")), .text(expired), .text(expired)])
                let client = LambdaClient(
                    transport: lambda,
                    credentials: chain,
                    loop: loop,
                    clock: { clock.now }
                )
                let function = try preparedFunction()
                #expect(try await client.invoke(function, payload: ByteBuffer("{}")).payloadText == "1")
                #expect(lambda.requests.count == 2)
                #expect(lambda.lastText.contains("Credential=ASIANEW/"))
                // The source gives the same keys again, so the call isn't sent twice.
                clock.advance(seconds: 5)
                let error = await #expect(throws: LambdaError.self) {
                    _ = try await client.invoke(function, payload: ByteBuffer("{}"))
                }
                #expect(error?.kind == .unauthenticated)
                #expect(lambda.requests.count == 3)
            }
        }
    }

    @Test func `a call waits for a new token no longer than its own timeout`() async throws {
        let clock = TestClock()
        try await withAsked(Self.ending(clock.now.adding(seconds: 3_600))) { server, url, network in
            let chain = chain(container(url), network: network, clock: clock)
            await chain.ready()
            server.answer { _ in .silence }
            clock.advance(seconds: 5)
            try await withLoopOf { loop in
                let lambda = FakeLambda([.text(refused(403, "ExpiredTokenException", "{}"))])
                let client = LambdaClient(
                    transport: lambda,
                    credentials: chain,
                    loop: loop,
                    clock: { clock.now }
                )
                var hurried = InvokeOptions()
                hurried.timeout = .milliseconds(50)
                let options = hurried
                let function = try preparedFunction()
                let error = await #expect(throws: LambdaError.self) {
                    _ = try await client.invoke(function, payload: ByteBuffer("{}"), options: options)
                }
                #expect(error?.code == "ExpiredTokenException")
            }
        }
    }
}

/// Runs `body` with a loop of its own.
func withLoopOf(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop(name: "test-loop")
    try loop.start()
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await loop.run { try await body(loop) })
    } catch {
        outcome = .failure(error)
    }
    loop.stop()
    loop.join()
    try outcome.get()
}
