import Bytes
import Foundation
import HTTP
import HTTPServer
import JSON
import TestSupport
import Testing

/// What an agent and the operator's log are told when Lambda refuses a call: each cause has its own words.
struct RefusalTextTests {
    struct Row: Sendable, CustomStringConvertible {
        /// The function's name, by which the endpoint below chooses its answer.
        let function: String
        let code: String
        let text: String
        let logged: String
        var description: String { function }
    }

    static let rows = [
        Row(
            function: "denied",
            code: "access_denied",
            text: "The gateway is not allowed to invoke the tool's function. Its operator must grant that.",
            logged: "allow them lambda:InvokeFunction"
        ),
        Row(
            function: "secret",
            code: "misconfigured",
            text: "The gateway's AWS credentials are wrong: Lambda does not accept them. "
                + "Its operator can see why in the log.",
            logged: "the credentials are not accepted"
        ),
        Row(
            function: "clock",
            code: "misconfigured",
            text:
                "The gateway's clock is wrong, so AWS refuses its calls. Its operator can see why in the log.",
            logged: "this machine's clock is wrong"
        ),
        Row(
            function: "bare502",
            code: "unavailable",
            text: "Lambda is not available at the moment. Try again in a few seconds.",
            logged: "502"
        ),
        Row(
            function: "bare408",
            code: "unavailable",
            text: "Lambda is not available at the moment. Try again in a few seconds.",
            logged: "408"
        ),
        Row(
            function: "keyerror",
            code: "function_error",
            text: "KeyError: 'body'",
            logged: "'body'"
        ),
        Row(
            function: "status415",
            code: "function_error",
            text: "The function answered with status 415.",
            logged: "contract http-v2"
        ),
    ]

    private static func answer(_ function: String) -> Response {
        func refusal(_ status: Int, _ type: String, _ message: String) -> Response {
            Response(
                status: status,
                contentType: .json,
                fields: [ResponseField("x-amzn-ErrorType", type)],
                body: ByteBuffer(#"{"message":"\#(message)"}"#)
            )
        }
        switch function {
        case "denied": return refusal(403, "AccessDeniedException", "User is not authorized to perform: x")
        case "secret":
            return refusal(
                403,
                "InvalidSignatureException",
                "The request signature we calculated does not match"
            )
        case "clock":
            return refusal(
                403,
                "InvalidSignatureException",
                "Signature expired: 20200101T000000Z is earlier than x"
            )
        case "bare502": return Response(status: 502, contentType: .plainText, body: ByteBuffer("Bad Gateway"))
        case "bare408": return Response(status: 408, contentType: .plainText, body: ByteBuffer(""))
        case "keyerror":
            return Response(
                status: 200,
                contentType: .json,
                fields: [ResponseField("X-Amz-Function-Error", "Unhandled")],
                body: ByteBuffer(
                    #"{"errorMessage":"'body'","errorType":"KeyError","requestId":"r","stackTrace":[]}"#
                )
            )
        default:
            return Response(
                status: 200,
                contentType: .json,
                body: ByteBuffer(#"{"statusCode":415,"body":""}"#)
            )
        }
    }

    @Test func `each cause of a refusal has its own words, for the agent and in the log`() async throws {
        try await withServer(handler: { exchange in
            let name = exchange.request.path.split(separator: "/").dropFirst(2).first.map { String($0) } ?? ""
            exchange.respond(Self.answer(name))
        }) { port, _ in
            let environment = FakeLambda.credentials.merging(
                ["AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:\(port)"]
            ) { $1 }
            try await withGateway(environment: environment) { gateway in
                let agent = try await gateway.agent()
                for row in Self.rows {
                    try await declare(row.function, gateway.workspace)
                    try await gateway.awaitTool("\(row.function)___run", agent)
                    let answer = try await agent.call("\(row.function)___run")
                    #expect(answer.status == 200)
                    #expect(answer.failureCode == row.code, "\(answer.response.text)")
                    #expect(answer.text == row.text)
                    try await gateway.program.wait(for: "the cause of \(row.function)") {
                        $0.err.contains("target=\(row.function)") && $0.err.contains(row.logged)
                    }
                }
            }
        }
    }

    @Test func `a gateway without credentials says that it has none`() async throws {
        let environment = [
            "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:9",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        try await withGateway(environment: environment) { gateway in
            let agent = try await gateway.agent()
            try await declare("poor", gateway.workspace)
            try await gateway.awaitTool("poor___run", agent)
            let answer = try await agent.call("poor___run")
            #expect(answer.failureCode == "misconfigured", "\(answer.response.text)")
            #expect(
                answer.text == "The gateway has no AWS credentials. Its operator can see why in the log."
            )
            try await gateway.program.wait(for: "the cause") {
                $0.err.contains("there are no AWS credentials")
            }
        }
    }

    @Test func `a call that was never sent is not reported as running`() async throws {
        // Nothing listens on the discard port.
        let environment = FakeLambda.credentials.merging(["AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:9"]) {
            $1
        }
        try await withGateway(environment: environment) { gateway in
            let agent = try await gateway.agent()
            try await declare("gone", gateway.workspace)
            try await gateway.awaitTool("gone___run", agent)
            let answer = try await agent.call("gone___run")
            #expect(answer.failureCode == "unreachable")
            #expect(answer.text == "The tool's function could not be reached; the call was not sent.")
        }
    }

    /// Adds a target whose one tool is declared, so that the function isn't asked.
    private func declare(_ name: String, _ workspace: Workspace) async throws {
        let tools = "\(workspace.folder)/\(name).json"
        try #"[{"name":"run","description":"d","inputSchema":{"type":"object"}}]"#
            .write(toFile: tools, atomically: true, encoding: .utf8)
        try await workspace.command(
            "target",
            "add",
            name,
            "--function",
            name,
            "--contract",
            "mcp-wrapper",
            "--tools",
            tools,
            "--approval",
            "open"
        )
        try await workspace.command("target", "refresh", name)
    }
}
