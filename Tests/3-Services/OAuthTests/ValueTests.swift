import Bytes
import HTTPClient
import JSON
import Testing

@testable import OAuth

struct KeyScheduleTests {
    private let bounds = KeySchedule.Bounds()

    struct Age: Sendable {
        let maxAgeMs: Int64?
        let dueMs: Int64
    }

    @Test(arguments: [
        Age(maxAgeMs: nil, dueMs: 480_000), Age(maxAgeMs: 300_000, dueMs: 240_000),
        Age(maxAgeMs: 1_000, dueMs: 48_000), Age(maxAgeMs: 0, dueMs: 48_000),
        Age(maxAgeMs: 999_999_999, dueMs: 69_120_000),
    ])
    func `keys are fetched again when a fifth of their lifetime is left`(_ row: Age) {
        var schedule = KeySchedule(bounds)
        schedule.began(1000)
        schedule.succeeded(maxAgeMs: row.maxAgeMs, 1000)
        #expect(schedule.dueAtMs == 1000 + row.dueMs)
        #expect(schedule.allowedAtMs == 11_000)
    }

    @Test
    func `the wait after each failure doubles, up to five minutes, and a success resets it`() {
        var schedule = KeySchedule(bounds)
        var waits: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<8 {
            schedule.began(now)
            schedule.failed(now)
            waits.append(schedule.dueAtMs - now)
            now = schedule.dueAtMs
        }
        #expect(waits == [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000])
        schedule.succeeded(maxAgeMs: nil, now)
        schedule.began(now)
        schedule.failed(now)
        #expect(schedule.dueAtMs - now == 10_000)
    }
}

struct CacheControlTests {
    @Test(arguments: [
        ("max-age=600", 600), ("public, Max-Age=60, must-revalidate", 60), ("max-age=\"5\"", 5),
        ("max-age=1, max-age=2", 1), ("no-store, max-age=600", 0), ("max-age=600, no-cache", 0),
        ("public", nil),
        ("max-age=", nil), ("max-age=-1", nil), ("max-age=1e9", nil), ("s-maxage=5", nil), ("", nil),
        ("max-age=99999999999999999999999", 1 << 31),
    ])
    func `max-age is read strictly`(_ field: String, _ seconds: Int?) {
        #expect(CacheControl.maxAgeSeconds(field) == seconds)
    }
}

struct FetchURLTests {
    @Test(arguments: [
        ("https://issuer.example", "https://issuer.example", "/"),
        ("https://issuer.example/", "https://issuer.example", "/"),
        ("https://issuer.example:8443/a/b/?x=1", "https://issuer.example:8443", "/a/b/?x=1"),
        ("https://issuer.example?x=1", "https://issuer.example", "/?x=1"),
        ("http://127.0.0.1:9000/jwks", "http://127.0.0.1:9000", "/jwks"),
        ("http://localhost:9000", "http://localhost:9000", "/"),
        ("http://[::1]:9000/", "http://[::1]:9000", "/"),
        ("https://10.1.2.3/jwks", "https://10.1.2.3", "/jwks"),
    ])
    func `https URLs and local http URLs are read`(_ text: String, _ origin: String, _ target: String) throws
    {
        let url = try #require(FetchURL(text))
        #expect(url.origin == origin)
        #expect(url.target == target)
    }

    @Test(arguments: [
        "", "issuer.example", "http://issuer.example", "ftp://issuer.example", "https://", "https:///path",
        "https://user@issuer.example", "https://user:word@issuer.example/", "https://issuer.example/#x",
        "https://issuer.example/a b", "https://issuer.example/\r\nHost: x",
        "https://issuer.example\\@attacker.example",
        "https://169.254.169.254/latest", "https://[fe80::1]/", "https://[fd00:ec2::254]/",
        "https://100.100.100.200/",
        "https://168.63.129.16/", "https://0.0.0.0/", "https://[::]/", "https://[::ffff:169.254.169.254]/",
        "https://255.255.255.255/", "https://issuer.example:0/", "https://issuer.example:99999/",
        "HTTPS://issuer.example",
        "http://127.0.0.1.attacker.example/", "https://é.example/",
    ])
    func `any other URL is refused`(_ text: String) {
        #expect(FetchURL(text) == nil)
    }
}

struct AddressRuleTests {
    @Test(arguments: [
        ("93.184.216.34", true), ("10.0.0.1", true), ("192.168.1.1", true), ("172.16.0.1", true),
        ("169.254.0.1", false),
        ("169.254.169.254", false), ("100.100.100.200", false), ("100.100.100.201", true),
        ("168.63.129.16", false),
        ("0.0.0.0", false), ("224.0.0.1", false), ("255.255.255.255", false), ("127.0.0.1", false),
        ("127.9.9.9", false),
        ("::1", false), ("::", false), ("fe80::1", false), ("febf::1", false), ("fec0::1", true),
        ("ff02::1", false),
        ("fd00:ec2::254", false), ("fd00:ec3::254", true), ("2001:db8::1", true),
        ("::ffff:169.254.169.254", false),
        ("::ffff:127.0.0.1", false), ("64:ff9b::a9fe:a9fe", false), ("64:ff9b::5db8:d822", true),
    ])
    func `metadata services, link-local addresses and this machine are not asked for keys`(
        _ text: String,
        _ isAllowed: Bool
    )
        throws
    {
        let address = try #require(SocketAddress(literal: text, port: 443))
        #expect(AddressRule(allowsLoopback: false).allows(address) == isAllowed)
    }
}

struct DocumentTests {
    @Test
    func `the metadata document has the resource, its issuers and its scopes`() throws {
        let metadata = try #require(
            ResourceMetadata(
                resource: "https://gateway.example/mcp",
                issuers: ["https://issuer.example/"],
                scopes: ["tools:read"]
            )
        )
        #expect(metadata.url == "https://gateway.example/.well-known/oauth-protected-resource/mcp")
        #expect(
            metadata.paths == [
                "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
                "/.well-known/oauth-protected-resource/mcp/",
            ]
        )
        let document = try JSONValue(parsing: metadata.body.bytes.span)
        #expect(
            document == [
                "resource": "https://gateway.example/mcp",
                "authorization_servers": ["https://issuer.example/"],
                "scopes_supported": ["tools:read"], "bearer_methods_supported": ["header"],
            ]
        )
    }

    @Test
    func `for a resource with a path, the document is found at that path too`() throws {
        let metadata = try #require(
            ResourceMetadata(resource: "https://h.example:8443/public/mcp", issuers: [], scopes: [])
        )
        #expect(metadata.url == "https://h.example:8443/.well-known/oauth-protected-resource/public/mcp")
        #expect(metadata.paths.last == "/.well-known/oauth-protected-resource/public/mcp")
        #expect(ResourceMetadata(resource: "gateway.example", issuers: [], scopes: []) == nil)
        #expect(ResourceMetadata(resource: "https://g.example/mcp?x", issuers: [], scopes: []) == nil)
    }

    @Test
    func `challenges name the document and all scopes, and an error only if there was a token`() {
        let challenge = BearerChallenge(
            metadataURL: "https://g.example/.well-known/oauth-protected-resource/mcp"
        )
        let start = #"Bearer resource_metadata="https://g.example/.well-known/oauth-protected-resource/mcp""#
        #expect(challenge.missing(scopes: []) == start)
        #expect(challenge.missing(scopes: ["a", "b"]) == start + #", scope="a b""#)
        #expect(
            challenge.invalidToken(scopes: ["a"], description: "The token is not valid here")
                == start
                + #", error="invalid_token", error_description="The token is not valid here", scope="a""#
        )
        #expect(
            challenge.insufficientScope(scopes: ["a", "b"], description: "x")
                == start + #", error="insufficient_scope", scope="a b", error_description="x""#
        )
    }

    @Test(arguments: [
        ("a\"b", "\"a'b\""), ("a\\b", "\"a?b\""), ("a\r\nSet-Cookie: x", "\"a??Set-Cookie: x\""),
        ("é\u{0}", "\"??\""),
    ])
    func `no text in a challenge can end its quotes or its line`(_ text: String, _ quoted: String) {
        #expect(BearerChallenge.quoted(text) == quoted)
    }
}
