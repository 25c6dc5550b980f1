import Bytes
import Curl
import EventLoop
import Glibc
import HTTP
import HTTPClient
import HTTPServer
import JSON
import OAuth
import Synchronization
import Policy
import TestSupport
import Testing

/// A refresher on a control loop of its own, and a verifier on another loop.
private struct Bench: Sendable {
    let settings: JWTSettings
    let keys: IssuerKeys
    let refresher: LoopBound<KeyRefresher>
    let events: Events

    final class Events: Sendable {
        private let list = Locked<[KeyRefresher.Event]>([])
        func add(_ event: KeyRefresher.Event) { list.withLock { $0.append(event) } }

        var failures: [(reason: String, isKept: Bool)] {
            list.withLock { $0 }.compactMap {
                if case .failed(_, let reason, let isKept) = $0 { (reason, isKept) } else { nil }
            }
        }
    }

    func verify(_ token: String) -> Verdict<VerifiedToken> {
        TokenVerifier(settings: settings, keys: keys).verify(token.utf8.span, nowMs: nowMs)
    }

    func refresh(issuer: Int = 0) async { await refresher.run { await $0.refresh(issuer: issuer) } }
}

private func withBench(
    _ issuer: String,
    floor: Duration = .zero,
    deadline: Duration = .seconds(10),
    waitersMax: Int = 1024,
    client configuration: CurlClient.Configuration? = nil,
    settings change: (inout JWTSettings) -> Void = { _ in },
    _ body: (Bench) async throws -> Void
) async throws {
    signal(SIGPIPE, SIG_IGN)
    let loop = try EventLoop(name: "test-control")
    try loop.start()
    defer {
        loop.stop()
        loop.join()
    }
    var configuration = configuration ?? CurlClient.Configuration()
    let rule = AddressRule(allowsLoopback: true)
    configuration.mayConnect = { rule.allows($0) }
    let whole = configuration
    let client = try await LoopBound.make(on: loop) { () throws(HTTPClientError) in
        try CurlClient(loop: loop, configuration: whole)
    }
    let url = try #require(FetchURL(issuer))
    let settings = try settings {
        $0.issuers = [.init(url: url)]
        change(&$0)
    }
    let keys = IssuerKeys(count: settings.issuers.count)
    let events = Bench.Events()
    var bounds = KeyRefresher.Bounds()
    bounds.floor = floor
    bounds.deadline = deadline
    bounds.waitersMax = waitersMax
    let allowed = bounds
    let refresher = await LoopBound.make(on: loop) {
        KeyRefresher(
            settings: settings,
            keys: keys,
            loop: loop,
            transport: client.value,
            bounds: allowed
        ) { events.add($0) }
    }
    let bench = Bench(settings: settings, keys: keys, refresher: refresher, events: events)
    let outcome: Result<Void, any Error>
    do {
        try await body(bench)
        outcome = .success(())
    } catch {
        outcome = .failure(error)
    }
    await refresher.run { $0.stop() }
    await client.run { $0.close() }
    try outcome.get()
}

struct KeyRefresherTests {
    private func token(_ key: SigningKey, _ issuer: TestIssuer) throws -> String {
        try key.token(claims([("iss", .string(issuer.url))]))
    }

    @Test
    func `keys are found through the issuer's metadata, and an unknown key causes a new fetch`()
        async throws
    {
        let (old, new) = (try Keys.good.get(), try Keys.next.get())
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? old.jwk()) ?? nil] }
            try await withBench(issuer.url) { bench in
                guard case .pending(.issuerKeys(let index), _) = bench.verify(try token(old, issuer)) else {
                    Issue.record("there are no keys yet")
                    return
                }
                await bench.refresh(issuer: index)
                let presented = try token(old, issuer)
                #expect(bench.verify(presented).token?.tenant == "acme")
                issuer.change { $0.keys = [(try? new.jwk()) ?? nil] }
                guard case .pending = bench.verify(try token(new, issuer)) else {
                    Issue.record("the new key is not known yet")
                    return
                }
                await bench.refresh()
                let rotated = try token(new, issuer)
                #expect(bench.verify(rotated).token?.tenant == "acme")
                guard case .pending = bench.verify(try token(old, issuer)) else {
                    Issue.record("the old key was withdrawn")
                    return
                }
                #expect(issuer.fetches(of: "/jwks") == 2)
                #expect(issuer.fetches(of: "/.well-known/oauth-authorization-server") == 1)
            }
        }
    }

    @Test
    func `start fetches the keys at once`() async throws {
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? Keys.good.get().jwk()) ?? nil] }
            try await withBench(issuer.url, floor: .seconds(3600)) { bench in
                bench.refresher.execute { $0.start() }
                // Joins the fetch that `start` began, because the floor allows no other one.
                await bench.refresh()
                let presented = try token(Keys.good.get(), issuer)
                #expect(bench.verify(presented).token != nil)
                #expect(issuer.fetches(of: "/jwks") == 1)
            }
        }
    }

    @Test
    func `keys stay in force while their issuer is down`() async throws {
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? Keys.good.get().jwk()) ?? nil] }
            try await withBench(issuer.url) { bench in
                await bench.refresh()
                let broken: [Response] = [
                    .text(500, "no\n"), .text(200, "<html>"), .text(200, "{}"), .text(200, #"{"keys":[]}"#),
                    Response(status: 302, fields: [ResponseField("Location", "\(issuer.url)/other")]),
                    .text(200, String(repeating: " ", count: 300_000)),
                ]
                for answer in broken {
                    issuer.change { $0.answers["/jwks"] = answer }
                    await bench.refresh()
                    let presented = try token(Keys.good.get(), issuer)
                    #expect(bench.verify(presented).token != nil)
                }
                #expect(bench.events.failures.count == broken.count)
                #expect(bench.events.failures.allSatisfy { $0.isKept })
                #expect(issuer.fetches(of: "/other") == 0)
            }
        }
    }

    @Test
    func `many tokens with unknown keys cause one fetch per minimum interval`() async throws {
        let unknown = try SigningKey(.p256, id: "unknown")
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? Keys.good.get().jwk()) ?? nil] }
            try await withBench(issuer.url, floor: .seconds(3600)) { bench in
                let token = try token(unknown, issuer)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 {
                        group.addTask {
                            if case .pending = bench.verify(token) {
                                await bench.refresh()
                            }
                        }
                    }
                }
                #expect(bench.verify(token).refusal == .tokenUnknownKey)
                #expect(issuer.fetches(of: "/jwks") == 1)
                for _ in 0..<1000 { #expect(bench.verify(token).refusal == .tokenUnknownKey) }
                #expect(issuer.fetches(of: "/jwks") == 1)
            }
        }
    }

    @Test
    func `tokens of an issuer that was never reached are undecided rather than refused`() async throws {
        try await withIssuer { issuer in
            issuer.change { $0.answers["/jwks"] = .text(503, "later\n") }
            try await withBench(issuer.url, floor: .seconds(3600)) { bench in
                await bench.refresh()
                let presented = try token(Keys.good.get(), issuer)
                #expect(bench.verify(presented).refusal == .undecided)
                #expect(bench.events.failures.map { $0.isKept } == [false])
            }
        }
    }

    struct Metadata: Sendable {
        let why: String
        let document: @Sendable (String) -> String
        let reason: String
    }

    @Test(arguments: [
        Metadata(
            why: "another issuer",
            document: { _ in
                #"{"issuer":"https://attacker.example","jwks_uri":"https://attacker.example/jwks"}"#
            },
            reason: "belongs to another issuer"
        ),
        Metadata(
            why: "no issuer",
            document: { #"{"jwks_uri":"\#($0)/jwks"}"# },
            reason: "belongs to another issuer"
        ),
        Metadata(why: "no keys", document: { #"{"issuer":"\#($0)"}"# }, reason: "jwks_uri is missing"),
        Metadata(
            why: "plain http elsewhere",
            document: { #"{"issuer":"\#($0)","jwks_uri":"http://keys.example/jwks"}"# },
            reason: "not an https URL"
        ),
        Metadata(
            why: "instance metadata",
            document: { #"{"issuer":"\#($0)","jwks_uri":"https://169.254.169.254/latest"}"# },
            reason: "not an https URL"
        ),
        Metadata(
            why: "a file",
            document: { #"{"issuer":"\#($0)","jwks_uri":"file:///etc/passwd"}"# },
            reason: "not an https URL"
        ),
        Metadata(why: "not JSON", document: { _ in "<html>" }, reason: "not JSON"),
    ])
    func `metadata of another issuer, with an unsafe key URL, or malformed, is refused`(_ row: Metadata)
        async throws
    {
        try await withIssuer { issuer in
            let body = ByteBuffer(row.document(issuer.url))
            issuer.change {
                $0.answers["/.well-known/oauth-authorization-server"] = Response(
                    status: 200,
                    contentType: .json,
                    body: body
                )
            }
            try await withBench(issuer.url) { bench in
                await bench.refresh()
                #expect(bench.events.failures.first?.reason.contains(row.reason) == true, "\(row.why)")
                #expect(issuer.fetches(of: "/jwks") == 0)
            }
        }
    }

    @Test
    func `the metadata of an issuer with a path is searched for at three URLs`() async throws {
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? Keys.good.get().jwk()) ?? nil] }
            try await withBench("\(issuer.url)/realms/one/") { bench in
                await bench.refresh()
                #expect(
                    issuer.asked == [
                        "/.well-known/oauth-authorization-server/realms/one",
                        "/.well-known/openid-configuration/realms/one",
                        "/realms/one/.well-known/openid-configuration",
                    ]
                )
                let document: JSONValue = [
                    "issuer": "\(issuer.url)/realms/one/", "jwks_uri": "\(issuer.url)/jwks",
                ]
                issuer.change {
                    $0.answers["/realms/one/.well-known/openid-configuration"] = .text(200, document.text)
                }
                await bench.refresh()
                #expect(issuer.fetches(of: "/jwks") == 1)
            }
        }
    }

    @Test
    func `a configured key set URL is used unchanged, with its query and without metadata`() async throws {
        try await withIssuer { issuer in
            issuer.change { $0.keys = [(try? Keys.good.get().jwk()) ?? nil] }
            try await withBench(
                issuer.url,
                settings: { $0.issuers[0].keySetURL = FetchURL("\(issuer.url)/jwks?p=policy") }
            ) { bench in
                await bench.refresh()
                let presented = try token(Keys.good.get(), issuer)
                #expect(bench.verify(presented).token != nil)
                #expect(issuer.asked == ["/jwks"])
            }
        }
    }

    @Test
    func `a silent issuer delays nobody beyond the deadline, and stop ends all waits`()
        async throws
    {
        try await withIssuer { issuer in
            issuer.change { $0.isSilent = true }
            try await withBench(issuer.url, deadline: .milliseconds(100)) { bench in
                await bench.refresh()
                #expect(bench.events.failures.first?.reason.contains("out of time") == true)
            }
            try await withBench(issuer.url, deadline: .seconds(3600), waitersMax: 1) { bench in
                let first = Task { await bench.refresh() }
                while issuer.asked.count < 2 { await Task.yield() }
                // The greatest allowed number is already waiting, so a further caller returns at once.
                await bench.refresh()
                await bench.refresher.run { $0.stop() }
                await first.value
            }
        }
    }

    @Test
    func `over https the issuer's certificate is verified`() async throws {
        let certificates = try TestCertificates.shared()
        let document = Locked("")
        let tls = try TLSContextPairs.server(certificates)
        try await withServer(
            tls: tls,
            handler: { exchange in
                if exchange.request.path == "/jwks" {
                    exchange.respond(.text(200, (try? SigningKey.set([Keys.good.get().jwk()])) ?? ""))
                } else {
                    exchange.respond(.text(200, document.withLock { $0 }))
                }
            }
        ) { port, _ in
            let url = "https://localhost:\(port)"
            document.withLock { $0 = #"{"issuer":"\#(url)","jwks_uri":"\#(url)/jwks"}"# }
            var trusting = CurlClient.Configuration()
            trusting.caFile = certificates.caFile
            try await withBench(url, client: trusting) { bench in
                await bench.refresh()
                #expect(bench.events.failures.isEmpty)
                let token = try Keys.good.get().token(claims([("iss", .string(url))]))
                #expect(bench.verify(token).token != nil)
            }
            var doubting = CurlClient.Configuration()
            doubting.caFile = certificates.otherCAFile
            try await withBench(url, client: doubting) { bench in
                await bench.refresh()
                #expect(bench.events.failures.first?.reason.contains("secure") == true)
            }
        }
    }
}
