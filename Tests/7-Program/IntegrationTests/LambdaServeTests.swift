import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// `mcp-gateway lambda serve`: the functions of this machine as a Lambda for any client, in a process of its own.
struct LambdaServeTests {
    /// Runs `body` with the endpoint's URL, and ends the endpoint in order.
    private func withLambda(_ target: Workspace.Target, _ body: (_ url: String) async throws -> Void)
        async throws
    {
        try await withWorkspace(targets: [target]) { workspace in
            let program = try Program(
                [try Programs.gateway, "lambda", "serve", "--config", workspace.config],
                environment: workspace.environment,
                folder: workspace.folder
            )
            do {
                let output = try await program.wait(for: "ready") { $0.out.contains("\n") }
                #expect(output.out.hasPrefix("ready lambda=http://127.0.0.1:"))
                try await body(output.out.dropFirst("ready lambda=".count).filter { $0 != "\n" })
                program.signal(SIGTERM)
                #expect(try await program.end(seconds: 20).status == 0)
            } catch {
                await program.stop()
                throw error
            }
            await program.stop()
        }
    }

    @Test func `a gateway calls it as it calls AWS, and doctor and target test find no fault`() async throws {
        try await withLambda(.function("rpc")) { url in
            let aws = [
                "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-secret",
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL_LAMBDA": url,
            ]
            try await withGateway(environment: aws) { gateway in
                let workspace = gateway.workspace
                let words = ["--function", "test-rpc", "--contract", "jsonrpc", "--approval", "open"]
                let added = try await workspace.run(
                    ["target", "add", "sums"] + words + ["--config", workspace.config]
                )
                #expect(added.status == 0, "\(added.err)")
                let tested = try await workspace.json("target", "test", "sums")
                #expect(tested["ok"]?.boolValue == true, "\(tested.text)")
                #expect(tested["tools"]?.arrayValue?.count == 4)
                let agent = try await gateway.agent()
                #expect(try await agent.toolNames() == [])
                try await workspace.command("target", "refresh", "sums")
                try await gateway.awaitTool("sums___add", agent)
                let answer = try await agent.call("sums___add", #"{"a":20,"b":22}"#)
                #expect(answer.structured?["sum"]?.intValue == 42, "\(answer.response.text)")
                let doctor = try await workspace.json("doctor")
                #expect(doctor["ok"]?.boolValue == true, "\(doctor.text)")
            }
        }
    }

    @Test func `a gateway with the wrong secret is denied, and doctor says so`() async throws {
        try await withLambda(.function("rpc")) { url in
            let aws = [
                "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "a-wrong-secret",
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL_LAMBDA": url,
            ]
            try await withGateway(environment: aws) { gateway in
                let workspace = gateway.workspace
                let tools = "\(workspace.folder)/tools.json"
                try #"[{"name":"add","description":"d","inputSchema":{"type":"object"}}]"#
                    .write(toFile: tools, atomically: true, encoding: .utf8)
                try await workspace.command(
                    "target",
                    "add",
                    "sums",
                    "--function",
                    "test-rpc",
                    "--contract",
                    "mcp-wrapper",
                    "--tools",
                    tools,
                    "--approval",
                    "open"
                )
                try await workspace.command("target", "refresh", "sums")
                let agent = try await gateway.agent()
                try await gateway.awaitTool("sums___add", agent)
                let answer = try await agent.call("sums___add")
                #expect(answer.failureCode == "misconfigured")
                #expect(answer.text?.contains("credentials are wrong") == true)
                try await gateway.program.wait(for: "the cause") {
                    $0.err.contains("the credentials are not accepted")
                }
                #expect(gateway.log.contains("\(url) has credentials of its own"))
                let doctor = try await workspace.run(["doctor", "--config", workspace.config])
                #expect(doctor.status == 1)
                #expect(
                    !(answer.response.text + doctor.out + doctor.err + gateway.log).contains("a-wrong-secret")
                )
            }
        }
    }
}
