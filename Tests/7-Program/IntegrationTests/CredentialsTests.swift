import Bytes
import EventLoop
import HTTP
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

/// The program with credentials that it fetches, and settings that are kept at AWS.
struct CredentialsTests {
    /// A stand-in for a container's credentials endpoint and for the Parameter Store.
    private final class Giver: Sendable {
        let id = Locked("ASIAFIRST")

        func handle(_ exchange: Exchange) async {
            let isStore = exchange.request.header("x-amz-target") == "AmazonSSM.GetParameter"
            let id = id.withLock { $0 }
            let keys =
                #"{"AccessKeyId":"\#(id)","SecretAccessKey":"s3cr3t","Token":"t0ken","Expiration":"2099-01-01T00:00:00Z"}"#
            let body = isStore ? #"{"Parameter":{"Value":"77"}}"# : keys
            exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(body)))
        }
    }

    @Test func `calls are signed with the container endpoint's credentials, and a reload fetches them again`()
        async throws
    {
        let giver = Giver()
        let signers = Locked<Set<String>>([])
        let answer: @Sendable (FakeLambda.Call) async -> String = { call in
            let field = call.exchange.request.header("authorization") ?? ""
            let id = field.split(separator: "Credential=").last?.split(separator: "/").first ?? "none"
            signers.withLock { _ = $0.insert(String(id)) }
            return call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("seen")
        }
        try await FakeLambda.with(answer) { url in
            try await withServer(handler: { await giver.handle($0) }) { port, _ in
                let environment = [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(port)/v1/credentials",
                    "AWS_ENDPOINT_URL_LAMBDA": url, "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:\(port)",
                    "AWS_REGION": "eu-west-1",
                ]
                let settings = [
                    "defaults": "page_size = \"${aws:ssm:/gateway/size}\"", "refresh": "on_start = false",
                ]
                try await withWorkspace(settings: settings, environment: environment) { workspace in
                    try await check(workspace, giver, signers)
                }
            }
        }
    }

    private func check(_ workspace: Workspace, _ giver: Giver, _ signers: borrowing Locked<Set<String>>)
        async throws
    {
        let shown = try await workspace.json("config", "show")
        let size = shown["settings"]?.arrayValue?.first { $0["key"]?.stringValue == "page_size" }
        #expect(size?["value"]?.stringValue == "\"<redacted>\"")
        #expect(size?["origin"]?.stringValue?.hasSuffix("(aws:ssm:/gateway/size)") == true)
        try await workspace.run { gateway in
            let agent = try await gateway.agent()
            try await workspace.addShop()
            try await workspace.command("target", "refresh", "shop")
            try await gateway.awaitTool("shop___look", agent)
            #expect(try await agent.call("shop___look").text == "seen")
            #expect(try await gateway.metric("mcp_gateway_aws_credentials") == 1)
            #expect(
                try await gateway.metric("mcp_gateway_aws_credentials_expiry_timestamp_seconds")
                    == 4_070_908_800
            )
            giver.id.withLock { $0 = "ASIASECOND" }
            try await workspace.command("reload")
            #expect(try await agent.call("shop___look").text == "seen")
            let found = "AWS credentials were found source=\"the container's endpoint http://127.0.0.1:"
            #expect(gateway.log.contains(found))
            for secret in ["s3cr3t", "t0ken"] { #expect(!gateway.log.contains(secret)) }
        }
        #expect(signers.withLock { $0 } == ["ASIAFIRST", "ASIASECOND"])
    }
}
