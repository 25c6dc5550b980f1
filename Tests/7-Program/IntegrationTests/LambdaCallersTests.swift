import Foundation
import JSON
import TestSupport
import Testing

/// Other projects that call functions as tools, against the local Lambda.
///
/// `AgentTests` and `LocalLambdaTests` cover boto3 itself.
@Suite(
    .gateway(
        .function("run-mcp"),
        .function("plain"),
        listing: "run-mcp___calculate"
    )
)
struct LambdaCallersTests {
    /// The variables that configure every AWS SDK.
    private func environment() throws -> [String: String] {
        let endpoint = try #require(try SharedGateway.current.gateway.lambdaURL)
        var environment = Programs.environment
        environment["AWS_ENDPOINT_URL_LAMBDA"] = endpoint
        environment["AWS_ACCESS_KEY_ID"] = "local"
        environment["AWS_SECRET_ACCESS_KEY"] = "local-secret"
        environment["AWS_REGION"] = "us-east-1"
        return environment
    }

    @Test func `the Lambda client of run-mcp-servers-with-aws-lambda has a session with its own function`()
        async throws
    {
        let output = try await run(
            [
                try Programs.pythonOfOldClient, "\(Programs.root)/Tests/Python/run_mcp_client.py",
                "test-run-mcp",
                "calculate", #"{"expression":"6*7"}"#,
            ],
            environment: try environment()
        )
        #expect(output.status == 0, "\(output.err)")
        let seen = try JSONValue(parsing: output.out)
        #expect(seen["tools"] == ["calculate"])
        #expect(seen["text"] == "42" && seen["isError"] == false, "\(seen.text)")
        #expect(seen["version"] == "2025-11-25")
        #expect(seen["unknown"]?.stringValue?.isEmpty == false)
    }

    @Test func `awslabs' lambda-tool-mcp-server finds a function by its prefix and calls it`() async throws {
        var environment = try environment()
        environment["FUNCTION_PREFIX"] = "test-pl"
        let output = try await run(
            [
                try Programs.python, "\(Programs.root)/Tests/Python/lambda_tool_client.py", "ain",
                #"{"name":"Ada"}"#,
            ],
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        let seen = try JSONValue(parsing: output.out)
        #expect(seen["tools"] == ["ain": "A function that takes its arguments from the event"])
        #expect(
            seen["text"] == "Function test-plain returned: {\n  \"greeting\": \"Hello, Ada\"\n}",
            "\(seen.text)"
        )
    }
}
