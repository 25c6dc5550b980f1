import Foundation
import JSON
import TestSupport
import Testing

/// Faulty files, words and bytes.
struct MisuseTests {
    struct Fault: Sendable, CustomStringConvertible {
        let config: String
        let words: [String]

        var description: String { config }
    }

    @Test(arguments: [
        Fault(config: "[agents]\nlisten = 3000\n", words: ["gateway.toml:2", "agents.listen"]),
        Fault(config: "[agents]\nlissen = \"127.0.0.1:0\"\n", words: ["gateway.toml:2", "lissen", "listen"]),
        Fault(config: "[agent]\n", words: ["gateway.toml:1", "agent"]),
        Fault(config: "[agents]\nlisten = \"nowhere\"\n", words: ["gateway.toml:2", "listen"]),
        Fault(
            config: "[refresh]\ninterval = \"5 minutes\"\n\njitter = 7\n",
            words: [":2", "interval", ":4", "jitter"]
        ),
        Fault(config: "[agents\n", words: ["gateway.toml:1"]),
        Fault(config: "[log]\nlevel = \"loud\"\n", words: ["gateway.toml:2", "level", "debug"]),
        Fault(
            config: "[aws]\naccess_key_id = \"AKIDPLAIN\"\nsecret_access_key = \"PLAINTEXT\"\n",
            words: ["gateway.toml:3", "secret_access_key", "${"]
        ),
    ])
    func `a faulty configuration is refused with file, line and key`(_ fault: Fault) async throws {
        try await withWorkspace { workspace in
            try fault.config.write(toFile: workspace.config, atomically: true, encoding: .utf8)
            let output = try await workspace.run(["serve", "--config", workspace.config])
            #expect(output.status == 1)
            #expect(output.out.isEmpty)
            for word in fault.words { #expect(output.err.contains(word), "\(output.err)") }
            #expect(!output.err.contains("PLAINTEXT"))
            let check = try await workspace.run(["config", "check", "--config", workspace.config])
            #expect(check.status == 1)
        }
    }

    @Test(arguments: [
        ("[target]\ncontract = \"mcp-wrapper\"\n", ["function"]),
        ("[target]\nfunction = 7\n", ["target.toml:2", "function"]),
        (
            "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\nfunctoin = \"g\"\n",
            ["target.toml:4", "functoin"]
        ),
        (
            "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\nmemory_mb = -1\n",
            ["target.toml:4", "memory_mb"]
        ),
        ("not toml at all", ["target.toml:1"]),
    ])
    func `a faulty target file is named with file, line and key, and the start goes on without it`(
        _ text: String,
        _ words: [String]
    ) async throws {
        try await withWorkspace { workspace in
            try workspace.addTargetFile("shop", text)
            try await workspace.run { (gateway: GatewayProcess) async throws -> Void in
                for word in words + ["shop/target.toml", "the target is not served"] {
                    #expect(gateway.log.contains(word), "\(gateway.log)")
                }
                #expect(try await gateway.get("/readyz", port: gateway.agentsPort).status == 200)
            }
        }
    }

    @Test(arguments: [
        ["serve", "--lokal"], ["target", "ad", "x"], ["tarjet", "list"], ["target", "add", "x"], [],
        ["target", "list", "--output", "yaml"], ["call"], ["call", "a___b", "[1]"], ["tenant"],
        ["key", "issue"],
        ["call", "a___b", "{}", "--key", "mgw_aaaaaaaa_secret"], ["target", "list", "surplus"],
    ])
    func `words that make no sense end with status 64 and a hint`(_ words: [String]) async throws {
        try await withWorkspace { workspace in
            let output = try await workspace.run(words)
            #expect(output.status == 64)
            #expect(output.out.isEmpty)
            #expect(output.err.contains("Usage") || output.err.contains("mcp-gateway"))
            #expect(!output.err.contains("mgw_aaaaaaaa_secret"))
        }
    }

    @Test func `a certificate that can't be read stops the start and is named`() async throws {
        try await withWorkspace(settings: ["tls": "certificate = \"nosuch.pem\"\nkey = \"nosuch.key\""]) {
            workspace in
            let output = try await workspace.run(["serve", "--config", workspace.config])
            #expect(output.status == 1)
            #expect(output.err.contains("nosuch."), "\(output.err)")
        }
    }

    @Test func `a missing configuration file is named`() async throws {
        try await withWorkspace { workspace in
            let output = try await workspace.run(["serve", "--config", "\(workspace.folder)/nosuch.toml"])
            #expect(output.status == 1)
            #expect(output.err.contains("nosuch.toml"))
        }
    }

    @Test func `a port that is in use is named, with what to do about it`() async throws {
        try await withGateway { gateway in
            try await withWorkspace { workspace in
                try workspace.write(settings: [:])
                let text = try String(contentsOfFile: workspace.config, encoding: .utf8)
                    .replacing(
                        "[admin]\nlisten = \"127.0.0.1:0\"",
                        with: "[admin]\nlisten = \"127.0.0.1:\(gateway.adminPort)\""
                    )
                try text.write(toFile: workspace.config, atomically: true, encoding: .utf8)
                let output = try await workspace.run(["serve", "--config", workspace.config])
                #expect(output.status == 1)
                #expect(output.err.contains("\(gateway.adminPort)"))
                #expect(output.err.contains("in use"), "\(output.err)")
            }
        }
    }

    @Test func `a file that isn't a store is refused, and left unchanged`() async throws {
        try await withWorkspace { workspace in
            let text = String(repeating: "this is a diary, not a database\n", count: 200)
            try text.write(toFile: workspace.store, atomically: true, encoding: .utf8)
            let output = try await workspace.run(["serve", "--config", workspace.config])
            #expect(output.status == 1)
            #expect(output.err.contains("gateway.db"))
            #expect(try String(contentsOfFile: workspace.store, encoding: .utf8) == text)
        }
    }

    @Test func `bytes that aren't a request, and bodies that aren't a message, leave the gateway serving`()
        async throws
    {
        try await withGateway { gateway in
            let agent = try await gateway.agent()
            let head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(agent.key)\r\n"
            let json = head + "Content-Type: application/json\r\nAccept: application/json\r\n"
            for (text, status) in [
                ("\u{16}\u{3}\u{1}garbage\r\n\r\n", 400),
                (head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                (json + "Content-Length: 1\r\n\r\n{", 400),
                (json + "Content-Length: 2\r\n\r\n[]", 400),
                (json + "Content-Length: 5\r\n\r\n\"abc\"", 400),
                (json + "Mcp-Session-Id: \u{e4}\r\nContent-Length: 2\r\n\r\n{}", 400),
                (head + "Content-Length: 99999999999999999999\r\n\r\n", 400),
                (head + "Content-Length: 999999999\r\n\r\n", 413),
                ("GET /\(String(repeating: "x", count: 70_000)) HTTP/1.1\r\n\r\n", 431),
            ] {
                let client = try RawClient(port: gateway.agentsPort)
                client.send(text)
                let response = try await client.readResponse()
                #expect(response.status == status, "\(text.prefix(200)) → \(response.head) \(response.text)")
                client.close()
            }
            let cursor = try await agent.list(cursor: "not-a-cursor")
            #expect(cursor.error?["code"]?.intValue == -32602)
            #expect(try await agent.list().status == 200)
        }
    }

    @Test func `listeners that other machines reach over plain HTTP are warned about, at start and before`()
        async throws
    {
        let listen = "listen = \"0.0.0.0:0\""
        try await withWorkspace(settings: [:]) { workspace in
            let text = try String(contentsOfFile: workspace.config, encoding: .utf8)
                .replacing("[agents]\nlisten = \"127.0.0.1:0\"", with: "[agents]\n\(listen)")
                .replacing("[admin]\nlisten = \"127.0.0.1:0\"", with: "[admin]\n\(listen)")
            try text.write(toFile: workspace.config, atomically: true, encoding: .utf8)
            let words = [
                "agents.listen is 0.0.0.0:0 and speaks plain HTTP", "admin.listen is 0.0.0.0:0 and speaks",
            ]
            for command in [["config", "check"], ["doctor"]] {
                let output = try await workspace.run(command + ["--config", workspace.config])
                for word in words { #expect((output.out + output.err).contains(word), "\(command)") }
            }
            try await workspace.run { gateway in
                for word in words { #expect(gateway.log.contains(word)) }
                #expect(gateway.log.contains("agents.trusted_proxies"))
            }
        }
        try await withGateway { gateway in #expect(!gateway.log.contains("plain HTTP")) }
    }
}
