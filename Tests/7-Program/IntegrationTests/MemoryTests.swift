import Foundation
import JSON
import TestSupport
import Testing

/// How much memory many large requests at once may cost, from anybody, and that it is given back afterwards.
@Suite(.serialized)
struct MemoryTests {
    private static let connections = 300
    private static let bodyBytes = 4 << 20
    private static let megabyte = 1_000_000
    /// What 300 connections without a credential may cost, whatever they send.
    private static let strangersMax = 32 * megabyte
    /// What may still be in use after a burst.
    private static let restMax = 20 * megabyte
    /// The cost beyond the bound itself: connections, pooled buffers, and the allocator's reserve.
    private static let margin = 32 * megabyte

    enum Surface: String, Sendable, CaseIterable {
        case endpoint = "/mcp"
        case portal = "/portal/v1/subscriptions"
        case admin = "/admin/v1/tenants"
    }

    private func head(_ surface: Surface, _ credential: String?) -> String {
        "POST \(surface.rawValue) HTTP/1.1\r\nContent-Type: application/json\r\n"
            + "Accept: application/json, text/event-stream\r\n"
            + (credential.map { "Authorization: Bearer \($0)\r\n" } ?? "")
    }

    private func flood(
        _ gateway: GatewayProcess,
        _ surface: Surface,
        _ credential: String?,
        bodyBytes: Int = bodyBytes
    ) throws -> Flood {
        try Flood(
            Self.connections,
            port: surface == .admin ? gateway.adminPort : gateway.agentsPort,
            head: head(surface, credential),
            bodyBytes: bodyBytes
        )
    }

    /// Pushes until every connection is over.
    /// - Returns: the peak of the memory in use.
    private func pushToTheEnd(_ flood: Flood, _ gateway: GatewayProcess) async throws -> Int {
        var peak = 0
        try await eventually("all are answered") {
            _ = flood.push()
            peak = max(peak, gateway.residentBytes)
            return flood.endedCount == flood.count
        }
        return peak
    }

    /// Pushes until the gateway takes nothing more for a while; `between` runs after each push.
    /// - Returns: the peak of the memory in use.
    private func pushWhileItTakes(
        _ flood: Flood,
        _ gateway: GatewayProcess,
        _ between: () async throws -> Void = {}
    ) async throws -> Int {
        var (peak, quiet) = (0, 0)
        try await eventually("the gateway takes no more") {
            quiet = flood.push() == 0 ? quiet + 1 : 0
            peak = max(peak, gateway.residentBytes)
            try await between()
            return quiet > 50
        }
        return peak
    }

    private func expectRest(_ gateway: GatewayProcess, idle: Int) async throws {
        try await eventually("all is given back", seconds: 90) {
            try await gateway.metric("mcp_gateway_buffer_bytes") == 0
        }
        try await eventually("memory is given back", seconds: 90) {
            gateway.residentBytes - idle < Self.restMax
        }
    }

    @Test(arguments: Surface.allCases, [nil, "mgw_00000000_wrong"])
    func `300 connections of 4 MiB without a key cost little memory, and all of it is given back`(
        _ surface: Surface,
        _ credential: String?
    ) async throws {
        try await withGateway { gateway in
            let idle = gateway.residentBytes
            let flood = try flood(gateway, surface, credential)
            let peak = try await pushToTheEnd(flood, gateway)
            #expect(peak - idle < Self.strangersMax)
            let answers = flood.statuses
            // Too many wrong keys from one address get 429, too many connections of one peer 503.
            #expect(answers.keys.allSatisfy { [401, 429, 503].contains($0) }, "\(answers)")
            #expect(answers.values.reduce(0, +) == Self.connections, "\(answers)")
            flood.close()
            try await expectRest(gateway, idle: idle)
        }
    }

    @Test func `300 connections with a valid key stay under the bound, while another tenant's calls go on`()
        async throws
    {
        let boundBytes = 64 << 20
        let settings = [
            "server": "buffer_bytes_max = \(boundBytes)", "limits": "\(Mall.patience)\n\(Mall.leniency)",
        ]
        try await Mall.with(settings: settings) { mall in
            let gateway = mall.gateway
            let hog = try await mall.key().key
            _ = try await gateway.agent(key: hog)
            try await mall.people.command("tenant", "create", "other")
            let other = try await gateway.agent(key: mall.key("other").key)
            #expect(try await other.call("shop___look").isError != true)
            let idle = gateway.residentBytes
            let flood = try flood(gateway, .endpoint, hog)
            var calls = 0
            let large = #"{"text":"\#(String(repeating: "a", count: 200_000))"}"#
            let peak = try await pushWhileItTakes(flood, gateway) {
                let answer = try await other.call("shop___look", calls.isMultiple(of: 10) ? large : "{}")
                #expect(answer.text == "look")
                calls += 1
            }
            #expect(peak - idle < boundBytes + Self.margin)
            #expect(try await gateway.metric("mcp_gateway_buffer_waits_total") ?? 0 > 200)
            let used = try await gateway.metric("mcp_gateway_buffer_bytes") ?? 0
            #expect(used > 0 && used <= Double(boundBytes / 2), "one tenant has half at most: \(used)")
            flood.close()
            try await expectRest(gateway, idle: idle)
        }
    }

    @Test func `the portal and the admin API stay under the bound too, for permitted callers`() async throws {
        let boundBytes = 64 << 20
        try await withGateway(settings: ["server": "buffer_bytes_max = \(boundBytes)"]) { gateway in
            let people = try await gateway.workspace.command(
                "admin-token",
                "issue",
                "ci",
                "--role",
                "operator"
            )
            let token = String(people.prefix { !$0.isWhitespace })
            let key = try await gateway.workspace.issueKey().key
            _ = try await gateway.agent(key: key)
            let idle = gateway.residentBytes
            let portal = try flood(gateway, .portal, key, bodyBytes: 60_000)
            let admin = try flood(gateway, .admin, token)
            var peak = try await pushWhileItTakes(portal, gateway)
            try await eventually("300 bodies of 60 kB are counted") {
                try await gateway.metric("mcp_gateway_buffer_bytes") ?? 0 > Double(15 * Self.megabyte)
            }
            peak = max(peak, gateway.residentBytes)
            peak = max(peak, try await pushWhileItTakes(admin, gateway))
            #expect(peak - idle < boundBytes + Self.margin)
            portal.close()
            admin.close()
            try await expectRest(gateway, idle: idle)
        }
    }

    @Test func `a body larger than the portal takes is refused by its head`() async throws {
        try await withGateway { gateway in
            let key = try await gateway.workspace.issueKey().key
            _ = try await gateway.agent(key: key)
            let flood = try flood(gateway, .portal, key)
            _ = try await pushToTheEnd(flood, gateway)
            #expect(flood.statuses == [413: Self.connections])
        }
    }

    @Test func `over TLS, strangers' connections cost little too`() async throws {
        let certificates = try TestCertificates.shared()
        let settings = [
            "tls": """
            certificate = "\(certificates.server.certificateFile)"
            key = "\(certificates.server.keyFile)"
            """
        ]
        try await withGateway(settings: settings) { gateway in
            let idle = gateway.residentBytes
            let flood = try Flood(
                Self.connections,
                port: gateway.agentsPort,
                head: head(.endpoint, nil),
                bodyBytes: Self.bodyBytes,
                caFile: certificates.caFile
            )
            let peak = try await pushToTheEnd(flood, gateway)
            #expect(peak - idle < Self.strangersMax)
            #expect(flood.statuses == [401: Self.connections])
            flood.close()
            try await expectRest(gateway, idle: idle)
        }
    }

    /// A request that can't succeed is refused by its head, and the connection closed, whatever was still to come.
    @Test(arguments: [
        ("POST /nowhere HTTP/1.1\r\n", 404), ("PUT /mcp HTTP/1.1\r\n", 405),
        ("POST /healthz HTTP/1.1\r\n", 404), ("GET /healthz HTTP/1.1\r\n", 200),
        ("POST /mcp HTTP/1.1\r\nContent-Type: text/plain\r\n", 415),
        ("POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n", 415),
        ("POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\n", 400),
        ("POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: https://evil.example\r\n", 403),
    ])
    func `a request that will be refused is refused before its body`(_ start: String, _ status: Int)
        async throws
    {
        try await withGateway { gateway in
            let key = try await gateway.workspace.issueKey().key
            _ = try await gateway.agent(key: key)
            let client = try RawClient(port: gateway.agentsPort)
            client.send(
                start + "Host: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 100000\r\n\r\n"
            )
            let answer = try await client.readResponse()
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.field("connection") == "close")
        }
    }

    @Test func `a key that is revoked while its body arrives is refused`() async throws {
        try await withGateway { gateway in
            let (key, prefix) = try await gateway.workspace.issueKey()
            let agent = try await gateway.agent(key: key)
            let client = try RawClient(port: gateway.agentsPort)
            let body = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
            client.send(
                head(.endpoint, key) + "Host: 127.0.0.1\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n"
            )
            #expect(try await client.readResponse().status == 100)
            try await gateway.workspace.command("key", "revoke", prefix)
            try await eventually("it is revoked") { try await agent.list().status == 401 }
            client.send(body)
            #expect(try await client.readResponse().status == 401)
        }
    }
}
