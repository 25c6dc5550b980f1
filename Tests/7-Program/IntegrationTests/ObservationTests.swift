import Foundation
import JSON
import TestSupport
import Testing

/// What monitoring and operators see.
@Suite(.gateway(.function("rpc"), listing: "rpc___add"))
struct ObservationTests {
    @Test func `the metrics satisfy promtool and count what happened`() async throws {
        let shared = try SharedGateway.current
        let agent = try await shared.agent(.modern)
        _ = try await agent.call("rpc___add", #"{"a":1,"b":2}"#)
        _ = try await agent.call("rpc___fail")
        _ = try await Agent(port: agent.port, key: "mgw_00000000_no", era: .modern).list()
        let url = "\(shared.gateway.adminURL)/metrics"
        let output = try await run([
            "sh", "-c", "command -v promtool >/dev/null || exit 127; curl -s \(url) | promtool check metrics",
        ])
        #expect(output.status == 0, "\(output.out)\(output.err)")
        let counted = try await shared.gateway.metric(
            #"mcp_gateway_calls_total{target="rpc",tool="add",outcome="ok"}"#
        )
        #expect((counted ?? 0) >= 1)
        let text = try await shared.gateway.get("/metrics", port: shared.gateway.adminPort).text
        for name in [
            "mcp_gateway_build_info", "mcp_gateway_call_own_duration_seconds_bucket",
            "mcp_gateway_call_upstream_duration_seconds_sum", "mcp_gateway_catalog_age_seconds",
            "mcp_gateway_authentication_failures_total", "process_resident_memory_bytes",
            "process_open_fds", "process_cpu_seconds_total",
        ] { #expect(text.contains(name), "\(name)") }
    }

    @Test(arguments: [
        ("/healthz", 200), ("/livez", 200), ("/readyz", 200), ("/health", 200), ("/nosuch", 404), ("/", 404),
    ])
    func `both listeners answer the health paths, to GET and to HEAD`(_ path: String, _ status: Int)
        async throws
    {
        let gateway = try SharedGateway.current.gateway
        for port in [gateway.agentsPort, gateway.adminPort] {
            let got = try await gateway.get(path, port: port)
            #expect(got.status == status)
            #expect(!got.body.isEmpty)
            let head = try await gateway.get(path, port: port, method: "HEAD")
            #expect(head.status == status)
            #expect(head.field("content-length") == got.field("content-length"))
        }
    }

    @Test func `a method that a path doesn't have is refused with the methods that it has`() async throws {
        let gateway = try SharedGateway.current.gateway
        let put = try await gateway.get("/metrics", port: gateway.adminPort, method: "DELETE")
        #expect(put.status == 405)
        #expect(put.field("allow")?.contains("GET") == true)
        // A new key, as other tests' requests may have used up the shared key's limit for this second.
        let key = try await gateway.agent().key
        let client = try RawClient(port: gateway.agentsPort)
        client.send("PUT /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n\r\n")
        let refused = try await client.readResponse()
        #expect(refused.status == 405)
        #expect(refused.field("allow")?.contains("POST") == true)
        client.close()
    }

    @Test func `the status page shows targets and tools`() async throws {
        let gateway = try SharedGateway.current.gateway
        let status = try JSONValue(parsing: try await gateway.get("/status", port: gateway.adminPort).text)
        #expect(status["tools"]?.intValue == 4)
        #expect(status["targets"]?[0]?["name"]?.stringValue == "rpc")
    }

    @Test(arguments: ["evil.example", "127.0.0.1.evil.example"])
    func `a foreign Host is refused on both listeners`(_ host: String) async throws {
        let gateway = try SharedGateway.current.gateway
        for (port, path) in [(gateway.agentsPort, "/mcp"), (gateway.adminPort, "/metrics")] {
            let client = try RawClient(port: port)
            client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await client.readResponse().status == 403)
            client.close()
        }
    }
}
