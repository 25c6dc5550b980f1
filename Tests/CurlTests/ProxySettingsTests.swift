import Curl
import HTTPClient
import Testing

struct ProxySettingsTests {
    @Test func `each scheme has its own proxy, and ALL_PROXY stands in`() {
        let settings = ProxySettings(environment: ["HTTPS_PROXY": "http://s:1", "ALL_PROXY": "http://a:2"])
        #expect(settings.proxy(for: Endpoint(scheme: .https, host: "x.example")) == "http://s:1")
        #expect(settings.proxy(for: Endpoint(scheme: .http, host: "x.example")) == "http://a:2")
        #expect(ProxySettings(environment: [:]).isEmpty)
        #expect(ProxySettings(environment: ["https_proxy": "", "HTTPS_PROXY": "http://s:1"]).isEmpty)
    }

    @Test func `the lower-case name wins, and a CGI request's header is no proxy`() {
        #expect(
            ProxySettings(environment: ["http_proxy": "http://l:1", "HTTP_PROXY": "http://u:1"]).http
                == "http://l:1"
        )
        #expect(ProxySettings(environment: ["HTTP_PROXY": "http://u:1"]).http == "http://u:1")
        #expect(
            ProxySettings(environment: ["HTTP_PROXY": "http://u:1", "REQUEST_METHOD": "GET"]).http == nil
        )
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
    func `NO_PROXY and this machine are reached directly`(_ row: Row) {
        let proxy = "http://proxy.example:3128"
        let settings = ProxySettings(environment: [
            "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": row.noProxy,
        ])
        for scheme in [Endpoint.Scheme.http, .https] {
            let endpoint = Endpoint(scheme: scheme, host: row.host, port: row.port)
            #expect(settings.proxy(for: endpoint) == (row.isDirect ? nil : proxy))
        }
    }
}
