import CLinux
import Calendar
import Dispatch
import EventLoop
import Glibc
import HTTPClient
import Synchronization
import TestSupport
import Testing

/// A made-up DNS: answers from a table, counts the questions, and can be held up.
private final class FakeDNS: Sendable {
    private let questions = Atomic<Int>(0)
    private let now = Atomic<UInt64>(3_600_000_000_000)
    private let table: [String: [String]]
    private let held: DispatchSemaphore?

    init(_ table: [String: [String]], isHeld: Bool = false) {
        self.table = table
        held = isHeld ? DispatchSemaphore(value: 0) : nil
    }

    func letOneGo() { held?.signal() }

    func advance(_ duration: Duration) { now.wrappingAdd(duration.nanoseconds, ordering: .relaxed) }

    var questionCount: Int { questions.load(ordering: .relaxed) }

    func resolver(_ configuration: Resolver.Configuration = .init()) -> Resolver {
        Resolver(configuration, clock: { self.now.load(ordering: .relaxed) }) { host in
            self.questions.wrappingAdd(1, ordering: .relaxed)
            self.held?.wait()
            guard let texts = self.table[host] else { return .failure(ResolveError(host, .notFound)) }
            return .success(texts.compactMap { SocketAddress(literal: $0, port: 0) })
        }
    }
}

/// Waits, by yielding, for something that another task is about to bring about.
private func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

extension Resolver.Outcome {
    fileprivate var texts: [String]? { (try? get())?.map(\.description) }

    fileprivate var kind: ResolveError.Kind? {
        guard case .failure(let error) = self else { return nil }
        return error.kind
    }
}

struct ResolverTests {
    @Test func `a name is looked up once, then answered from the cache with the port asked for`() async {
        let dns = FakeDNS(["a.example": ["192.0.2.1", "2001:db8::1"]])
        let resolver = dns.resolver()
        #expect(resolver.cached("a.example", port: 1) == nil)
        let first = await resolver.resolve(host: "a.example", port: 443)
        #expect(first.texts == ["192.0.2.1:443", "[2001:db8::1]:443"])
        let second = await resolver.resolve(host: "A.Example", port: 80)
        #expect(second.texts == ["192.0.2.1:80", "[2001:db8::1]:80"])
        #expect(resolver.cached("a.example", port: 1)?.map(\.port) == [1, 1])
        #expect(dns.questionCount == 1)
    }

    @Test func `found names are kept for 30 s, missing ones for 1 s`() async {
        let dns = FakeDNS(["a.example": ["192.0.2.1"]])
        let resolver = dns.resolver()
        _ = await resolver.resolve(host: "a.example", port: 1)
        _ = await resolver.resolve(host: "b.example", port: 1)
        dns.advance(.milliseconds(999))
        let stillMissing = await resolver.resolve(host: "b.example", port: 1)
        #expect(stillMissing.kind == .notFound)
        #expect(dns.questionCount == 2)
        dns.advance(.milliseconds(1))
        _ = await resolver.resolve(host: "b.example", port: 1)
        #expect(dns.questionCount == 3)
        dns.advance(.milliseconds(28_999))
        #expect(resolver.cached("a.example", port: 1) != nil)
        dns.advance(.milliseconds(1))
        #expect(resolver.cached("a.example", port: 1) == nil)
    }

    @Test func `an address that did not answer comes last until the next look-up`() async throws {
        let dns = FakeDNS(["a.example": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]])
        let resolver = dns.resolver()
        let found = try await resolver.resolve(host: "a.example", port: 9).get()
        resolver.connectFailed(to: found[0], host: "A.example")
        #expect(
            resolver.cached("a.example", port: 9)?.map(\.text) == ["192.0.2.2", "192.0.2.3", "192.0.2.1"]
        )
        resolver.connectFailed(to: found[1], host: "a.example")
        #expect(
            resolver.cached("a.example", port: 9)?.map(\.text) == ["192.0.2.3", "192.0.2.1", "192.0.2.2"]
        )
        dns.advance(.seconds(31))
        let again = await resolver.resolve(host: "a.example", port: 9)
        #expect(again.texts == ["192.0.2.1:9", "192.0.2.2:9", "192.0.2.3:9"])
    }

    @Test(arguments: [
        ("127.0.0.1", ["127.0.0.1:80"]), ("::1", ["[::1]:80"]), ("[2001:DB8::5]", ["[2001:db8::5]:80"]),
        ("localhost", ["127.0.0.1:80", "[::1]:80"]), ("LocalHost.", ["127.0.0.1:80", "[::1]:80"]),
        ("app.localhost", ["127.0.0.1:80", "[::1]:80"]),
    ])
    func `literal addresses and localhost need no look-up`(host: String, expected: [String]) async {
        let dns = FakeDNS([:])
        let resolver = dns.resolver()
        #expect(resolver.cached(host, port: 80)?.map(\.description) == expected)
        let outcome = await resolver.resolve(host: host, port: 80)
        #expect(outcome.texts == expected)
        #expect(dns.questionCount == 0)
    }

    @Test(arguments: [
        "", ".", "a..b", "a b", "a/b", "a\r\nb", "ä.example", "127.1", "2130706433", "0x7f000001", "a.0x1",
        "::g",
        "[127.0.0.1]", "fe80::1%lo", String(repeating: "a", count: 64),
        String(repeating: "a.", count: 130) + "b",
    ])
    func `what is no host name is refused without a look-up`(host: String) async {
        let dns = FakeDNS([:])
        let outcome = await dns.resolver().resolve(host: host, port: 80)
        #expect(outcome.kind == .invalidHost)
        #expect(dns.questionCount == 0)
    }

    @Test(arguments: ["3f2a9c1b2d4e", "a_b.example", "xn--bcher-kva.example", "1.example.", "a"])
    func `unusual but valid names are asked for`(host: String) async {
        let dns = FakeDNS([host: ["192.0.2.1"]])
        let outcome = await dns.resolver().resolve(host: host, port: 80)
        #expect(outcome.texts == ["192.0.2.1:80"])
    }

    @Test func `simultaneous questions share one look-up`() async {
        let dns = FakeDNS(["a.example": ["192.0.2.1"]], isHeld: true)
        let resolver = dns.resolver()
        await withTaskGroup(of: Resolver.Outcome.self) { group in
            for _ in 0..<20 { group.addTask { await resolver.resolve(host: "a.example", port: 1) } }
            await until { resolver.waitingCount == 20 }
            dns.letOneGo()
            for await outcome in group { #expect(outcome.texts == ["192.0.2.1:1"]) }
        }
        #expect(dns.questionCount == 1)
        #expect(resolver.waitingCount == 0)
    }

    @Test func `names beyond the queue are refused at once, the others are answered`() async {
        var configuration = Resolver.Configuration()
        configuration.threadsMax = 1
        configuration.queueMax = 1
        let dns = FakeDNS(["a.example": ["192.0.2.1"], "b.example": ["192.0.2.2"]], isHeld: true)
        let resolver = dns.resolver(configuration)
        async let first = resolver.resolve(host: "a.example", port: 1)
        await until { dns.questionCount == 1 }
        async let second = resolver.resolve(host: "b.example", port: 1)
        await until { resolver.waitingCount == 2 }
        let third = await resolver.resolve(host: "c.example", port: 1)
        #expect(third.kind == .overloaded)
        dns.letOneGo()
        dns.letOneGo()
        #expect(await first.texts == ["192.0.2.1:1"])
        #expect(await second.texts == ["192.0.2.2:1"])
    }

    @Test func `a cancelled caller goes on at once and the look-up still fills the cache`() async {
        let dns = FakeDNS(["a.example": ["192.0.2.1"]], isHeld: true)
        let resolver = dns.resolver()
        let task = Task { await resolver.resolve(host: "a.example", port: 1) }
        await until { resolver.waitingCount == 1 }
        task.cancel()
        #expect(await task.value.kind == .cancelled)
        #expect(resolver.waitingCount == 0)
        dns.letOneGo()
        await until { resolver.cached("a.example", port: 1) != nil }
        #expect(dns.questionCount == 1)
    }

    @Test func `on a loop the caller stays on it and gives up when its time is over`() async throws {
        let dns = FakeDNS(["a.example": ["192.0.2.1"]], isHeld: true)
        let resolver = dns.resolver()
        try await withLoop { loop in
            let late = await resolver.resolve(host: "a.example", port: 1, on: loop, within: .milliseconds(1))
            #expect(late.kind == .timedOut)
            #expect(loop.isCurrent)
            dns.letOneGo()
            let good = await resolver.resolve(host: "a.example", port: 1, on: loop, within: .seconds(60))
            #expect(good.texts == ["192.0.2.1:1"])
            #expect(loop.isCurrent)
        }
        #expect(dns.questionCount == 1)
    }

    @Test func `the cache stays within its bound`() async {
        var configuration = Resolver.Configuration()
        configuration.entriesMax = 3
        let hosts = (0..<5).map { "h\($0).example" }
        let dns = FakeDNS(Dictionary(uniqueKeysWithValues: hosts.map { ($0, ["192.0.2.1"]) }))
        let resolver = dns.resolver(configuration)
        for host in hosts {
            _ = await resolver.resolve(host: host, port: 1)
            dns.advance(.milliseconds(1))
        }
        #expect(hosts.map { resolver.cached($0, port: 1) != nil } == [false, false, true, true, true])
    }

    @Test func `the system's own look-up answers off the loop`() async throws {
        // The machine's own name, from /etc/hosts: no name server is needed. What is known of it is not ours to say.
        var name = [CChar](repeating: 0, count: 256)
        try #require(gethostname(&name, 255) == 0)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let outcome = await Resolver().resolve(host: host, port: 7)
        switch outcome {
        case .success(let found): #expect(found.allSatisfy { $0.port == 7 && !$0.text.isEmpty })
        case .failure(let error): #expect(error.description.contains(host))
        }
    }
}

struct SocketAddressTests {
    @Test(arguments: [("192.0.2.1", "192.0.2.1:8080"), ("2001:db8:0::1", "[2001:db8::1]:8080")])
    func `reads literals and lends them to the kernel`(literal: String, expected: String) throws {
        let address = try #require(SocketAddress(literal: literal, port: 8080))
        #expect(address.description == expected)
        let family = address.withSockaddr { raw, count in
            (UnsafeRawPointer(raw).load(as: UInt16.self), Int(count))
        }
        #expect(family == (address.isIPv6 ? (UInt16(AF_INET6), 28) : (UInt16(AF_INET), 16)))
        #expect(address.with(port: 1) != address)
        #expect(address.with(port: 1).port == 1)
    }
}
