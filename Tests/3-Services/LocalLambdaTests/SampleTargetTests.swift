import Foundation
import JSON
import LocalLambda
import SigV4
import Testing

/// The sample targets of this repository, as `serve --local` runs them.
@Suite(.timeLimit(.minutes(3)))
struct SampleTargetTests {
    /// The function in the target's file; its interpreter is the tests' own.
    private func function(_ target: String, name: String) throws -> FunctionDefinition {
        FunctionDefinition(
            name: name,
            command: [try Place.python(), "-m", "awslambdaric"],
            handler: "handler.handler",
            environment: ["PROMETHEUS_URL": "http://127.0.0.1:9", "FASTMCP_LOG_LEVEL": "WARNING"],
            memoryMB: 256,
            directory: "\(Place.root)/targets/\(target)"
        )
    }

    @Test(arguments: [
        ("time", ["convert_time", "get_current_time"]),
        (
            "aws-documentation-target",
            ["read_documentation", "read_sections", "recommend", "search_documentation", "search_table"]
        ),
        ("prometheus-target", []),
        ("notes", ["add_note", "delete_note", "list_notes", "search_notes"]),
    ])
    func `a sample target lists its tools`(_ target: String, _ tools: [String]) async throws {
        try await withLambda([try function(target, name: "target")]) { subject in
            let answer = try await subject.invoke(
                "target",
                #"{"method":"tools/list"}"#,
                ["X-Amz-Log-Type": "Tail"]
            )
            let hint: Comment = "run scripts/setup, which makes the venv\n\(answer.text)\n\(answer.log)"
            #expect(answer.fields["x-amz-function-error"] == nil, hint)
            let body = try JSONValue(parsing: answer.json?["body"]?.stringValue ?? "null")
            let names = (body["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }.sorted()
            #expect(!names.isEmpty, hint)
            if !tools.isEmpty { #expect(names == tools) }
        }
    }

    @Test func `every check of boto3 against the time target passes`() async throws {
        try await withLambda([try function("time", name: "mcp-server-time")]) { subject in
            let report = try await runPython(
                [
                    "\(Place.root)/Tests/Python/boto3_local.py", "http://127.0.0.1:\(subject.port)",
                    "--function",
                    "mcp-server-time", "--region", "us-east-1",
                ],
                environment: [
                    "AWS_ACCESS_KEY_ID": Subject.credential.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": "test-secret",
                ]
            )
            #expect((report["passed"]?.arrayValue ?? []).count > 10)
            #expect(report["failed"]?.text == "{}", "\(report.text)")
        }
    }
}
