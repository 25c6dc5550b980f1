import Gateway
import HTTP
import Testing

/// The answers to browsers about pages of other origins.
struct CrossOriginTests {
    private static let app = "https://app.example"
    private static let allowOrigin = "Access-Control-Allow-Origin"

    private static func preflight(_ origin: String? = app, asks names: String? = nil) -> Ask {
        Ask().method("OPTIONS").with("Authorization", nil).with("Content-Type", nil).with("Origin", origin)
            .with("Access-Control-Request-Method", "POST").with("Access-Control-Request-Headers", names)
    }

    /// The answer to a preflight; nil when the request isn't taken for one.
    private static func answer(
        _ ask: Ask,
        hosts: [String] = SourceCheck.loopbackHosts,
        origins: [String] = [app]
    ) throws -> Reply? {
        try CrossOrigin(SourceCheck(hosts: hosts, origins: origins)).preflight(ask.request())
            .map { Reply(.whole($0)) }
    }

    @Test func `a preflight from a listed origin needs no credential, and its answer allows that origin`()
        throws
    {
        let reply = try #require(try Self.answer(Self.preflight()))
        #expect(reply.status == 204)
        #expect(reply.body.isEmpty)
        #expect(reply.field(Self.allowOrigin) == Self.app)
        #expect(reply.field("Access-Control-Allow-Methods")?.contains("POST") == true)
        #expect(reply.field("Vary")?.hasPrefix("Origin") == true)
        #expect(reply.field("Access-Control-Max-Age") == "600")
        #expect(reply.field("Access-Control-Allow-Credentials") == nil, "no cookies are ever taken")
        #expect(reply.field("Access-Control-Allow-Private-Network") == nil, "nobody asked")
        let usual = reply.field("Access-Control-Allow-Headers")?.split(separator: ", ") ?? []
        #expect(usual.contains("Authorization") && usual.contains("Mcp-Session-Id"))
    }

    struct Names: Sendable {
        let asked: String
        /// nil for the usual names.
        let allowed: String?
    }

    @Test(arguments: [
        Names(
            asked: "authorization,content-type,mcp-protocol-version",
            allowed: "authorization, content-type, mcp-protocol-version"
        ),
        Names(asked: "mcp-param-region, mcp-param-x_y", allowed: "mcp-param-region, mcp-param-x_y"),
        Names(asked: "X-Mine", allowed: "X-Mine"),
        Names(asked: "", allowed: nil),
        Names(asked: "*", allowed: nil),
        Names(asked: "a,,b", allowed: nil),
        Names(asked: "a b", allowed: nil),
        Names(asked: "a;b", allowed: nil),
        Names(asked: "a\tb", allowed: nil),
        Names(asked: "é", allowed: nil),
        Names(asked: String(repeating: "a", count: 2048), allowed: String(repeating: "a", count: 2048)),
        Names(asked: String(repeating: "a", count: 2049), allowed: nil),
    ])
    func `requested header names are repeated if they are valid and not too long`(_ row: Names)
        throws
    {
        let names = try Self.answer(Self.preflight(asks: row.asked))?.field("Access-Control-Allow-Headers")
        let usual = try Self.answer(Self.preflight())?.field("Access-Control-Allow-Headers")
        #expect(names == row.allowed ?? usual)
        #expect(usual != nil)
    }

    @Test(arguments: [
        preflight(nil), preflight("https://evil.example"), preflight("null"), preflight(""),
        preflight("https://app.example.evil.example"), preflight("http://app.example"),
        preflight("https://app.example:443"), preflight("https://app.example/"), preflight("*"),
        preflight().with("Host", "evil.example"), preflight().with("Access-Control-Request-Method", nil),
        preflight().adding("Origin", "https://evil.example"), preflight().adding("Origin", app),
        preflight().method("POST"), preflight().method("GET"),
    ])
    func `other requests and origins are not taken for an allowed preflight`(_ ask: Ask) throws {
        #expect(try Self.answer(ask) == nil)
    }

    @Test func `private network access is allowed when a listed origin asks for it`() throws {
        let ask = Self.preflight().with("Access-Control-Request-Private-Network", "true")
        #expect(try Self.answer(ask)?.field("Access-Control-Allow-Private-Network") == "true")
        #expect(try Self.answer(ask.with("Origin", "https://evil.example")) == nil)
    }

    @Test func `an answer to a listed origin names that origin, the exposed fields and Vary: Origin`()
        throws
    {
        let cross = CrossOrigin(SourceCheck(hosts: ["*"], origins: [Self.app]))
        for origin in [Self.app, "HTTPS://App.Example"] {
            let fields = try cross.fields(for: Ask.modern("tools/list").with("Origin", origin).request())
            #expect(fields.first { $0.name == Self.allowOrigin }?.value == origin)
            #expect(fields.first { $0.name == "Vary" }?.value == "Origin")
            let exposed = fields.first { $0.name == "Access-Control-Expose-Headers" }?.value ?? ""
            for name in ["Mcp-Session-Id", "WWW-Authenticate", "Retry-After", "X-RateLimit-Remaining"] {
                #expect(exposed.contains(name))
            }
        }
        for origin in [nil, "https://evil.example", "null", "http://127.0.0.1:3000"] {
            let request = try Ask.modern("tools/list").with("Origin", origin).request()
            #expect(cross.fields(for: request) == [])
        }
        let closed = CrossOrigin(SourceCheck(hosts: ["*"], origins: []))
        let request = try Ask().with("Origin", Self.app).request()
        #expect(closed.fields(for: request) == [])
    }

    struct Own: Sendable {
        var hosts = SourceCheck.loopbackHosts
        var isEncrypted = false
        var publicOrigin: String?
        let host: String
        let origin: String
        let isAllowed: Bool
    }

    @Test(arguments: [
        Own(host: "127.0.0.1:3000", origin: "http://127.0.0.1:3000", isAllowed: true),
        Own(host: "localhost:3000", origin: "http://localhost:3000", isAllowed: true),
        Own(host: "LocalHost:3000", origin: "HTTP://localHOST:3000", isAllowed: true),
        Own(host: "[::1]:3000", origin: "http://[::1]:3000", isAllowed: true),
        Own(host: "192.168.7.4:80", origin: "http://192.168.7.4:80", isAllowed: true),
        Own(host: "localhost", origin: "http://localhost", isAllowed: true),
        Own(isEncrypted: true, host: "localhost:3000", origin: "https://localhost:3000", isAllowed: true),
        Own(hosts: ["gw.example"], host: "gw.example", origin: "http://gw.example", isAllowed: true),
        // Another port, scheme or name on the same machine is another origin.
        Own(host: "localhost:3000", origin: "http://localhost:8080", isAllowed: false),
        Own(host: "localhost:3000", origin: "http://localhost", isAllowed: false),
        Own(host: "localhost", origin: "http://localhost:3000", isAllowed: false),
        Own(host: "localhost:3000", origin: "http://127.0.0.1:3000", isAllowed: false),
        Own(host: "localhost:3000", origin: "https://localhost:3000", isAllowed: false),
        Own(isEncrypted: true, host: "localhost:3000", origin: "http://localhost:3000", isAllowed: false),
        Own(host: "localhost:3000", origin: "ws://localhost:3000", isAllowed: false),
        Own(host: "localhost:3000", origin: "localhost:3000", isAllowed: false),
        Own(host: "localhost:3000", origin: "http://", isAllowed: false),
        Own(host: "localhost:3000", origin: "http:", isAllowed: false),
        Own(host: "localhost:3000", origin: "", isAllowed: false),
        // A foreign name that points here is refused for its host, and `*` among the hosts makes no name the listener's
        // own.
        Own(host: "evil.example:3000", origin: "http://evil.example:3000", isAllowed: false),
        Own(hosts: ["*"], host: "evil.example:3000", origin: "http://evil.example:3000", isAllowed: false),
        Own(hosts: ["*", "gw.example"], host: "gw.example", origin: "http://gw.example", isAllowed: true),
        // Behind a proxy that speaks TLS, the origin is that of the URL in the settings.
        Own(
            publicOrigin: "https://gw.example",
            host: "127.0.0.1:3000",
            origin: "https://gw.example",
            isAllowed: true
        ),
        Own(
            publicOrigin: "https://gw.example",
            host: "127.0.0.1:3000",
            origin: "http://gw.example",
            isAllowed: false
        ),
        Own(
            publicOrigin: "https://gw.example",
            host: "evil.example",
            origin: "https://gw.example",
            isAllowed: false
        ),
    ])
    func `pages of the listener's own origin may call, and similar origins may not`(_ row: Own) throws {
        let check = SourceCheck(
            hosts: row.hosts,
            origins: [],
            isEncrypted: row.isEncrypted,
            publicOrigin: row.publicOrigin
        )
        let request = try Ask().with("Host", row.host).with("Origin", row.origin).request()
        #expect((check.refusal(of: request) == nil) == row.isAllowed)
        let two = try Ask().with("Host", row.host).with("Origin", row.origin)
            .adding("Origin", "https://evil.example").request()
        #expect(check.refusal(of: two) != nil, "each of several must be allowed")
        #expect(
            CrossOrigin(check).fields(for: request) == [],
            "a page of one's own needs no leave to read"
        )
    }

    @Test
    func `2,000 mutated preflights: only the listed origin is allowed, and only valid names are repeated`()
        throws
    {
        let source = SourceCheck(hosts: SourceCheck.loopbackHosts, origins: [Self.app])
        let cross = CrossOrigin(source)
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        func mutated(_ text: String) -> String {
            var bytes = Array(text.utf8)
            for _ in 0..<random(3) where !bytes.isEmpty {
                bytes[random(bytes.count)] = Array("aZ0-_,;: *\"/\t.\u{E9}".utf8)[random(14)]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        var (given, refused) = (0, 0)
        for _ in 0..<2000 {
            let ask = Self.preflight(mutated(Self.app), asks: mutated("authorization, mcp-param-region,x"))
            guard let request = try? ask.request() else { continue }
            guard let reply = cross.preflight(request).map({ Reply(.whole($0)) }) else {
                refused += 1
                continue
            }
            given += 1
            #expect(reply.field(Self.allowOrigin)?.lowercased() == Self.app)
            let names = try #require(reply.field("Access-Control-Allow-Headers"))
            #expect(names.wholeMatch(of: /[A-Za-z0-9_-]+(, [A-Za-z0-9_-]+)*/) != nil, "\(names)")
        }
        #expect(given > 200 && refused > 200, "\(given) given, \(refused) refused")
    }
}
