import Config
import TOML
import Testing

struct LimitSettingsTests {
    static func read(_ text: String, _ environment: [String: String] = [:]) throws -> GatewayConfig {
        let root = try TOMLDocument(parsing: Array(text.utf8)).root
        return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment).config
    }

    @Test
    func `limits of requests, failures and proxies are read`() throws {
        let config = try Self.read(
            """
            [agents]
            trusted_proxies = ["10.0.0.0/8", "::1"]
            [limits]
            request_rate = 7
            request_burst = 8
            failure_rate = 9
            failure_burst = 1
            """,
            ["MCP_GATEWAY_LIMITS_FAILURE_RATE": "11"]
        )
        #expect(config.agents.trustedProxies == ["10.0.0.0/8", "::1"])
        #expect(config.limits.requestRate == 7)
        #expect(config.limits.requestBurst == 8)
        #expect(config.limits.failureRate == 11)
        #expect(config.limits.failureBurst == 1)
    }

    @Test func `bounds of memory and connections are read, and checked against the largest body`() throws {
        let plain = try Self.read("")
        #expect(plain.server.bufferBytesMax == 128 << 20)
        #expect(plain.agents.connectionsPerPeerMax == 1024)
        let config = try Self.read(
            "[agents]\nconnections_per_peer_max = 9\n[server]\nbuffer_bytes_max = 67108864"
        )
        #expect(config.server.bufferBytesMax == 64 << 20)
        #expect(config.agents.connectionsPerPeerMax == 9)
        let error = #expect(throws: (any Error).self) {
            try Self.read("[agents]\nbody_bytes_max = 67108864\n[server]\nbuffer_bytes_max = 134217728")
        }
        #expect("\(String(describing: error))".contains("server.buffer_bytes_max"))
    }

    @Test(arguments: [
        "[server]\nbuffer_bytes_max = 33554431", "[agents]\nconnections_per_peer_max = 0",
        "[limits]\nrequest_rate = 0", "[limits]\nrequest_burst = 1000001",
        "[limits]\nfailure_rate = \"10/s\"",
        "[limits]\nfailure_bursts = 1", "[agents]\ntrusted_proxies = [\"10.0.0.0/40\"]",
        "[agents]\ntrusted_proxies = [\"proxy.example.com\"]",
    ])
    func `a value out of bounds is refused`(_ text: String) {
        #expect(throws: (any Error).self) { try Self.read(text) }
    }
}
