import Bytes
import Curl
import Foundation
import HTTP
import HTTPClient
import HTTPServer
import Sockets
import Testing
import TestSupport

private let mirror: @Sendable (Exchange) async -> Void = { exchange in
    let request = exchange.request
    let text = request.bytes.span.text(0..<request.body.upperBound)
    exchange.respond(Response(status: 200, contentType: .plainText, body: ByteBuffer(text)))
}

private func serverTLS(_ pair: TestCertificates.Pair) throws -> TLSContextBox {
    TLSContextBox(try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile))
}

private let path = "/2015-03-31//functions/a%3Ab%2fc/../x/invocations?Qualifier=%24LATEST&b="

private func invoke(_ endpoint: Endpoint) throws(HTTPClientError) -> OutboundRequest {
    try OutboundRequest(
        method: "POST",
        endpoint: endpoint,
        path: path,
        fields: [("X-Amz-Date", "20150830T123600Z"), ("Authorization", "AWS4-HMAC-SHA256 Signature=0f")],
        body: ByteBuffer("{}")
    )
}

struct CurlProxyTests {
    @Test func `a plain request goes through the proxy and arrives with its path and fields`() async throws {
        try await withServer(handler: mirror) { port, _ in
            let proxy = try TestProxy(toPort: port)
            var configuration = CurlClient.Configuration()
            configuration.proxies.http = "http://user:pa55@127.0.0.1:\(proxy.port)"
            let request = try invoke(local(80, host: "elsewhere.example"))
            let arrived = try #require(try await sendOne(request, configuration).response).bodyText
            let heads = try proxy.stop()
            #expect(heads.count == 1)
            #expect(heads.first?.first == "POST http://elsewhere.example\(path) HTTP/1.1")
            #expect(arrived.hasPrefix("POST \(path) HTTP/1.1\r\n"))
            #expect(arrived.contains("\r\nHost: elsewhere.example\r\n"))
            #expect(arrived.contains("\r\nX-Amz-Date: 20150830T123600Z\r\n"))
            #expect(arrived.contains("\r\nAuthorization: AWS4-HMAC-SHA256 Signature=0f\r\n"))
            #expect(heads.first?.contains { $0.hasPrefix("Proxy-Authorization: Basic ") } == true)
        }
    }

    @Test func `an https request tunnels through the proxy, which sees the host and nothing else`()
        async throws
    {
        let made = try TestCertificates.shared()
        try await withServer(tls: serverTLS(made.wrongHost), handler: mirror) { port, _ in
            let proxy = try TestProxy(toPort: port)
            var configuration = CurlClient.Configuration()
            configuration.proxies.https = "http://127.0.0.1:\(proxy.port)"
            configuration.caFile = made.caFile
            let request = try invoke(Endpoint(scheme: .https, host: "elsewhere.example"))
            let arrived = try #require(try await sendOne(request, configuration).response).bodyText
            let head = try #require(try proxy.stop().first)
            #expect(head.first == "CONNECT elsewhere.example:443 HTTP/1.1")
            #expect(!head.contains { $0.hasPrefix("Authorization") || $0.hasPrefix("X-Amz") })
            #expect(arrived.hasPrefix("POST \(path) HTTP/1.1\r\n"))
            #expect(arrived.contains("\r\nX-Amz-Date: 20150830T123600Z\r\n"))
            #expect(arrived.contains("\r\nAuthorization: AWS4-HMAC-SHA256 Signature=0f\r\n"))
        }
    }

    @Test func `a refused tunnel is a connection error with the proxy's status and without its password`()
        async throws
    {
        let proxy = try TestProxy(toPort: 1, refusal: 407)
        var configuration = CurlClient.Configuration()
        configuration.proxies.https = "http://user:pa55@127.0.0.1:\(proxy.port)"
        let error = try await sendOne(
            try invoke(local(443, scheme: .https, host: "elsewhere.example")),
            configuration
        ).error
        _ = try proxy.stop()
        guard case .connect(let endpoint, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(endpoint == "https://elsewhere.example")
        #expect(reason.contains("407"), "\(reason)")
        #expect(!reason.contains("pa55"))
    }

    @Test func `this machine is reached without the proxy`() async throws {
        try await withServer(handler: mirror) { port, _ in
            let proxy = try TestProxy(toPort: port, refusal: 500)
            var configuration = CurlClient.Configuration()
            configuration.proxies.http = "http://127.0.0.1:\(proxy.port)"
            let outcome = try await sendOne(invoke(local(port)), configuration)
            #expect(outcome.response?.status == 200)
            #expect(try proxy.stop().isEmpty)
        }
    }
}

struct CurlSocketsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let pair: @Sendable (TestCertificates) -> TestCertificates.Pair
        let ca: @Sendable (TestCertificates) -> String
        let isAccepted: Bool
    }

    @Test(arguments: [
        Row(testDescription: "good", pair: { $0.server }, ca: { $0.caFile }, isAccepted: true),
        Row(testDescription: "chained", pair: { $0.chained }, ca: { $0.caFile }, isAccepted: true),
        Row(testDescription: "expired", pair: { $0.expired }, ca: { $0.caFile }, isAccepted: false),
        Row(testDescription: "wrong host", pair: { $0.wrongHost }, ca: { $0.caFile }, isAccepted: false),
        Row(
            testDescription: "unknown issuer",
            pair: { $0.server },
            ca: { $0.otherCAFile },
            isAccepted: false
        ),
    ])
    func `only a certificate that verifies for the host is accepted`(_ row: Row) async throws {
        let made = try TestCertificates.shared()
        try await withServer(tls: serverTLS(row.pair(made)), handler: mirror) { port, _ in
            var configuration = CurlClient.Configuration()
            configuration.caFile = row.ca(made)
            let outcome = try await sendOne(invoke(local(port, scheme: .https)), configuration)
            #expect((outcome.response?.status == 200) == row.isAccepted)
            guard !row.isAccepted else { return }
            guard case .tls(let endpoint, _)? = outcome.error else {
                Issue.record("\(outcome)")
                return
            }
            #expect(endpoint == "https://localhost:\(port)")
        }
    }
}
