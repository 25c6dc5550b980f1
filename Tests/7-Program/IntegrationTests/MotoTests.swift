import Foundation
import JSON
import TestSupport
import Testing

/// A third party's Lambda behind the gateway: moto's server, which checks signatures.
struct MotoTests {
    @Test func `a call reaches a third party's Lambda, and a wrong secret is reported as access denied`()
        async throws
    {
        let moto = try Program(
            [try Programs.python, "\(Programs.root)/Tests/Python/moto_upstream.py", "--functions", "shop"],
            environment: Programs.environment,
            folder: Programs.root
        )
        do {
            try await check(moto)
            await moto.stop()
        } catch {
            await moto.stop()
            throw error
        }
    }

    private func check(_ moto: Program) async throws {
        let output = try await moto.wait(for: "moto") { $0.out.contains("\n") }
        let ready = try JSONValue(parsing: output.out)
        let endpoint = try #require(ready["endpoint"]?.stringValue)
        let credentials = [
            "AWS_ACCESS_KEY_ID": try #require(ready["accessKeyId"]?.stringValue),
            "AWS_SECRET_ACCESS_KEY": try #require(ready["secretAccessKey"]?.stringValue),
            "AWS_REGION": try #require(ready["region"]?.stringValue),
            "AWS_ENDPOINT_URL_LAMBDA": endpoint,
        ]
        try await withWorkspace(settings: ["refresh": "on_start = false"], environment: credentials) {
            workspace in
            try await workspace.run { gateway in
                let agent = try await gateway.agent()
                try await workspace.addShop()
                moto.send(FakeLambda.tools(["look"]) + "\n")
                try await moto.wait(for: "its acknowledgement") { $0.out.hasSuffix("queued\n") }
                try await workspace.command("target", "refresh", "shop")
                try await gateway.awaitTool("shop___look", agent)
                moto.send(FakeLambda.text("from moto") + "\n")
                try await moto.wait(for: "the second") { $0.out.hasSuffix("queued\nqueued\n") }
                let answer = try await agent.call("shop___look")
                #expect(answer.text == "from moto", "\(answer.response.text)")
            }
            var thief = workspace
            thief.environment["AWS_SECRET_ACCESS_KEY"] = "not-the-secret"
            try await thief.run { gateway in
                let agent = try await gateway.agent()
                for era in Agent.Era.allCases {
                    let answer = try await gateway.agent(era, key: agent.key).call("shop___look")
                    #expect(answer.status == 200)
                    #expect(answer.isError == true)
                    // Lambda reports a wrong secret in a header; moto does so in XML, so only the status is left.
                    #expect(answer.failureCode == "access_denied", "\(answer.response.text)")
                }
                let refreshed = try await thief.json("target", "refresh", "shop")
                #expect(refreshed["targets"]?[0]?["error"]?.stringValue?.isEmpty == false)
                #expect(try await agent.toolNames() == ["shop___look"])
            }
        }
    }
}
