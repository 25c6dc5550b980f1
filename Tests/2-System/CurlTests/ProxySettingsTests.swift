import Curl
import HTTPClient
import Testing

struct ProxySettingsTests {
    @Test func `each scheme has its own proxy, and ALL_PROXY serves a scheme without one`() throws {
        let settings = try ProxySettings(environment: [
            "HTTPS_PROXY": "http://s:1", "ALL_PROXY": "http://a:2",
        ])
        #expect(settings.proxy(for: Endpoint(scheme: .https, host: "x.example")) == "http://s:1")
        #expect(settings.proxy(for: Endpoint(scheme: .http, host: "x.example")) == "http://a:2")
        #expect(try ProxySettings(environment: [:]).isEmpty)
        #expect(try ProxySettings(environment: ["https_proxy": "", "HTTPS_PROXY": "http://s:1"]).isEmpty)
    }

    @Test func `the lower-case name wins, and a CGI request's header isn't taken for a proxy`() throws {
        #expect(
            try ProxySettings(environment: ["http_proxy": "http://l:1", "HTTP_PROXY": "http://u:1"]).http
                == "http://l:1"
        )
        #expect(try ProxySettings(environment: ["HTTP_PROXY": "http://u:1"]).http == "http://u:1")
        #expect(
            try ProxySettings(environment: ["HTTP_PROXY": "http://u:1", "REQUEST_METHOD": "GET"]).http == nil
        )
    }

    @Test(arguments: ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "no_proxy"])
    func
        `white space around a value is dropped, and a control character in it gives an error with the variable's name`(
            _ name: String
        ) throws
    {
        let good = try ProxySettings(environment: [name: "\thttp://u:hush@p:1\r\n"])
        #expect([good.http, good.https, good.exceptions.first].contains("http://u:hush@p:1"))
        let error = #expect(throws: ProxyVariableError.self) {
            _ = try ProxySettings(environment: [name: "http://u:hush@p\r\nX-Evil: 1"])
        }
        #expect(error?.variable == name && error.map { "\($0)".contains("hush") } == false)
    }

    struct Row: Sendable {
        let noProxy: String
        let host: String
        var port = 443
        let isDirect: Bool
    }

    @Test(arguments: [
        Row(noProxy: "", host: "x.example", isDirect: false),
        Row(noProxy: "*", host: "x.example", isDirect: true),
        Row(noProxy: "example", host: "x.example", isDirect: true),
        Row(noProxy: "x.example", host: "X.EXAMPLE", isDirect: true),
        Row(noProxy: "x.example", host: "x.example.", isDirect: true),
        Row(noProxy: "x.example.", host: "x.example", isDirect: true),
        Row(noProxy: "x.example", host: "a.x.example", isDirect: true),
        Row(noProxy: ".x.example", host: "a.x.example", isDirect: true),
        Row(noProxy: ".x.example", host: "x.example", isDirect: true),
        Row(noProxy: "*.x.example", host: "a.x.example", isDirect: true),
        Row(noProxy: "*.x.example", host: "a.b.X.example", isDirect: true),
        Row(noProxy: "*.x.example", host: "x.example", isDirect: true),
        Row(noProxy: "*.x.example", host: "ax.example", isDirect: false),
        Row(noProxy: "*.x.example:443", host: "a.x.example", isDirect: true),
        Row(noProxy: "*.x.example:80", host: "a.x.example", isDirect: false),
        Row(noProxy: "*.", host: "x.example", isDirect: false),
        Row(noProxy: "**.x.example", host: "a.x.example", isDirect: false),
        Row(noProxy: "a.*.example", host: "a.b.example", isDirect: false),
        Row(noProxy: " x.example\r\n", host: "x.example", isDirect: true),
        Row(noProxy: "x.example", host: "ax.example", isDirect: false),
        Row(noProxy: "x.example", host: "x.example.org", isDirect: false),
        Row(noProxy: "a, x.example ,b", host: "x.example", isDirect: true),
        Row(noProxy: "x.example:443", host: "x.example", isDirect: true),
        Row(noProxy: "x.example:80", host: "x.example", isDirect: false),
        Row(noProxy: "192.0.2.1", host: "192.0.2.1", isDirect: true),
        Row(noProxy: "192.0.2.1:443", host: "192.0.2.1", isDirect: true),
        Row(noProxy: "192.0.2.1", host: "192.0.2.10", isDirect: false),
        Row(noProxy: "2.1", host: "192.0.2.1", isDirect: false),
        Row(noProxy: "192.0.2.0/24", host: "192.0.2.200", isDirect: true),
        Row(noProxy: "192.0.2.0/25", host: "192.0.2.200", isDirect: false),
        Row(noProxy: "192.0.2.0/33", host: "192.0.2.0", isDirect: false),
        Row(noProxy: "0.0.0.0/0", host: "192.0.2.200", isDirect: true),
        Row(noProxy: "2001:db8::/33", host: "2001:db8:7fff::1", isDirect: true),
        Row(noProxy: "2001:db8::/33", host: "2001:db8:8000::1", isDirect: false),
        Row(noProxy: "2001:db8::1", host: "2001:DB8:0::1", isDirect: true),
        Row(noProxy: "10.0.0.0/8", host: "x.example", isDirect: false),
        Row(noProxy: "/ : :/8 a:b [ . ..", host: "x.example", isDirect: false),
        Row(noProxy: "", host: "localhost", isDirect: true),
        Row(noProxy: "", host: "127.9.9.9", isDirect: true),
        Row(noProxy: "", host: "::1", isDirect: true),
        Row(noProxy: "", host: "169.254.169.254", port: 80, isDirect: true),
        Row(noProxy: "", host: "fe80::1", isDirect: true),
        Row(noProxy: "", host: "::2", isDirect: false),
        Row(noProxy: "", host: "localhost.example", isDirect: false),
    ])
    func `hosts in NO_PROXY and this machine are reached directly`(_ row: Row) throws {
        let proxy = "http://proxy.example:3128"
        let settings = try ProxySettings(environment: [
            "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": row.noProxy,
        ])
        for scheme in [Endpoint.Scheme.http, .https] {
            let endpoint = Endpoint(scheme: scheme, host: row.host, port: row.port)
            #expect(settings.proxy(for: endpoint) == (row.isDirect ? nil : proxy))
        }
    }
}
