import Foundation
import JSON
import TestSupport
import Testing

struct SecretTests {
    @Test func `a key is printed once and found nowhere else, and neither is any other secret`() async throws
    {
        let credentials = FakeLambda.credentials
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
        }) { url in
            try await withWorkspace(environment: credentials) { workspace in
                let (key, prefix) = try await workspace.issueKey()
                let secret = try #require(key.split(separator: "_").last).description
                var told = ""
                try await workspace.run { gateway in
                    try await workspace.addShop(at: url)
                    told += try await workspace.command("target", "refresh")
                    for era in Agent.Era.allCases {
                        let agent = try await gateway.agent(era, key: key)
                        try await gateway.awaitTool("shop___look", agent)
                        told += try await agent.call("shop___look").response.text
                        told += try await agent.call("nosuch").response.text
                        told += try await Agent(port: agent.port, key: key + "x", era: era).list().response
                            .text
                    }
                    told += try await gateway.get("/metrics", port: gateway.adminPort).text
                    told += try await gateway.get("/status", port: gateway.adminPort).text
                    for words in [
                        ["key", "list"], ["doctor"], ["config", "show"], ["tenant", "list"],
                        ["target", "list"],
                    ] {
                        for format in ["table", "json"] {
                            let output = try await workspace.run(
                                words + ["-o", format, "--config", workspace.config]
                            )
                            told += output.out + output.err
                        }
                    }
                    let called = try await workspace.run(
                        ["call", "--url", gateway.agentsURL, "nosuch___tool"],
                        environment: ["MCP_GATEWAY_KEY": key]
                    )
                    told += called.out + called.err
                    told += try await workspace.command("key", "revoke", prefix)
                    let arguments = try String(
                        contentsOfFile: "/proc/\(gateway.program.pid)/cmdline",
                        encoding: .utf8
                    )
                    told += arguments
                    told += gateway.log
                }
                #expect(told.contains(prefix))
                #expect(!told.contains(secret))
                #expect(!told.contains(try #require(credentials["AWS_SECRET_ACCESS_KEY"])))
                for name in try FileManager.default.contentsOfDirectory(atPath: workspace.folder) {
                    guard let bytes = FileManager.default.contents(atPath: "\(workspace.folder)/\(name)")
                    else { continue }
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
                }
                let attributes = try FileManager.default.attributesOfItem(atPath: workspace.store)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }
}
