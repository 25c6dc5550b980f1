import Config
import Control
import EventLoop
import HTTP
import HTTPClient
import HTTPServer
import Sockets
import TestSupport
import Testing

@testable import Server

/// The connections with which a server reaches Lambda.
struct UpstreamMakerTests {
    /// A server whose certificate no authority of the system's has issued, behind a proxy.
    @Test(arguments: [true, false])
    func `behind a proxy, the authorities of SSL_CERT_FILE are trusted`(_ isNamed: Bool) async throws {
        let certificates = try TestCertificates.shared()
        let pair = certificates.wrongHost
        let tls = TLSContextBox(
            try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile)
        )
        try await withServer(tls: tls, handler: { $0.respond(.text(200, "reached")) }) { port, _ in
            let proxy = try TestProxy(toPort: port)
            var environment = [
                "HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret",
            ]
            if isNamed { environment["SSL_CERT_FILE"] = certificates.caFile }
            let access = try AWSAccess(config: GatewayConfig().aws, environment: environment)
            let transports = TransportList()
            let maker = try UpstreamMaker(
                access: access,
                environment: environment,
                local: nil,
                transports: transports
            )
            try await withLoop { loop in
                let transport = maker.transport(on: loop)
                let request = try OutboundRequest(
                    method: "GET",
                    endpoint: Endpoint(scheme: .https, host: "elsewhere.example"),
                    path: "/",
                    timeout: .seconds(10),
                    responseBytesMax: 1_000
                )
                let answer = try? await transport.send(request)
                #expect(
                    answer.map { String(decoding: $0.bytes[$0.body], as: UTF8.self) }
                        == (isNamed ? "reached" : nil)
                )
                await transports.close()
            }
            #expect(try proxy.stop().count == 1)
            await access.close()
        }
    }
}
