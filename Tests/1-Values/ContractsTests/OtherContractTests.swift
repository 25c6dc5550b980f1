import Contracts
import Testing

struct OtherContractTests {
    struct Failure: Sendable {
        var type: String?
        let message: String
        var isList = true
        let points: OtherContract?
    }

    /// The errors that real functions raised when asked for a list, in Python's or Node's own words.
    @Test(arguments: [
        // awsgi, serverless-wsgi, apig-wsgi, Powertools' resolvers, and handlers that read a member.
        Failure(type: "KeyError", message: "'httpMethod'", points: .contract(.httpV1)),
        Failure(type: "KeyError", message: "'path'", points: .contract(.httpV1)),
        Failure(type: "KeyError", message: "'headers'", points: .contract(.httpV2)),
        Failure(type: "KeyError", message: "'requestContext'", isList: false, points: nil),
        Failure(type: "KeyError", message: "'body'", points: .contract(.httpV2)),
        Failure(type: "KeyError", message: "'queryStringParameters'", points: .contract(.httpV2)),
        Failure(type: "KeyError", message: #"key not found: "body""#, points: .contract(.httpV2)),
        Failure(
            type: "TypeError",
            message: "the JSON object must be str, bytes or bytearray, not NoneType",
            points: .contract(.httpV2)
        ),
        Failure(
            type: "RuntimeError",
            message:
                "The adapter was unable to infer a handler to use for the event. This is likely related to "
                + "how the Lambda function was invoked. (Are you testing locally? Make sure the request payload is "
                + "valid for a supported handler.)",
            points: .contract(.httpV2)
        ),
        Failure(
            type: "TypeError",
            message: "Cannot read properties of undefined (reading 'http')",
            points: .contract(.httpV2)
        ),
        Failure(
            type: "TypeError",
            message: "Cannot destructure property 'http' of 'event.requestContext' as it is undefined.",
            points: .contract(.httpV2)
        ),
        Failure(
            type: "TypeError",
            message:
                "Cannot destructure property 'name' of 'event.queryStringParameters' as it is undefined.",
            points: .contract(.httpV2)
        ),
        Failure(type: "SyntaxError", message: #""undefined" is not valid JSON"#, points: .contract(.httpV2)),
        Failure(
            type: "Error",
            message: "Unable to determine event source based on event.",
            points: .contract(.httpV2)
        ),
        Failure(
            type: "com.amazonaws.serverless.exceptions.InvalidRequestEventException",
            message:
                "The incoming event is not a valid request from Amazon API Gateway or an Application Load "
                + "Balancer",
            points: .contract(.httpV1)
        ),
        Failure(
            type: "lambda_runtime::deserializer::DeserializeError",
            message:
                "failed to deserialize the incoming data into the function's payload type: this function "
                + "expects a JSON payload from Amazon API Gateway, Amazon Elastic Load Balancer, or AWS Lambda "
                + "Function URLs, but the data doesn't match any of those services' events",
            points: .contract(.httpV2)
        ),
        // Tools for AgentCore, in Python, in Node, and those of run-mcp-servers-with-aws-lambda.
        Failure(
            type: "AttributeError",
            message: "'NoneType' object has no attribute 'custom'",
            points: .contract(.agentcore)
        ),
        Failure(
            type: "TypeError",
            message: "Cannot read properties of undefined (reading 'custom')",
            points: .contract(.agentcore)
        ),
        Failure(
            type: "TypeError",
            message: "Cannot read properties of null (reading 'Custom')",
            points: .contract(.agentcore)
        ),
        Failure(
            type: "TypeError",
            message: "Cannot destructure property 'custom' of 'context.clientContext' as it is undefined.",
            points: .contract(.agentcore)
        ),
        Failure(
            type: "ValueError",
            message: "Missing bedrockAgentCoreToolName in context",
            points: .contract(.agentcore)
        ),
        Failure(type: "ValueError", message: "Unknown tool: ", points: .contract(.agentcore)),
        // Plain functions: an index, keyword arguments, a model of pydantic, a check of their own.
        Failure(type: "KeyError", message: "'city'", points: .contract(.function)),
        Failure(type: "KeyError", message: "'city'", isList: false, points: nil),
        Failure(
            type: "TypeError",
            message: "send() got an unexpected keyword argument 'method'",
            points: .contract(.function)
        ),
        Failure(
            type: "ValidationError",
            message: "1 validation error for In\nemail\n  Field required [type=missing]",
            points: .contract(.function)
        ),
        Failure(type: "ValueError", message: "email is required", points: .contract(.function)),
        Failure(type: "ValueError", message: "email is required", isList: false, points: nil),
        // Events that no contract sends.
        Failure(type: "KeyError", message: "'Records'", points: .serviceEvent),
        Failure(type: "TypeError", message: "event.Records is not iterable", points: .serviceEvent),
        // Failures that any function may have.
        Failure(type: "ValueError", message: "no such city: 'body'", points: nil),
        Failure(type: "KeyError", message: "0", points: nil),
        Failure(
            type: "TypeError",
            message: "Cannot read properties of undefined (reading 'split')",
            points: nil
        ),
        Failure(type: "ConnectionError", message: "database is down", points: nil),
        Failure(message: "", points: nil),
    ])
    func `an exception that points to another contract names it`(_ row: Failure) {
        #expect(
            OtherContract.behind(errorType: row.type, message: row.message, isList: row.isList) == row.points
        )
    }

    struct Status: Sendable {
        let status: Int
        let text: String
        var hasHeaders = false
        var isList = true
        let points: OtherContract?
    }

    @Test(arguments: [
        Status(status: 400, text: "Unsupported Media Type", points: .contract(.httpV1)),
        Status(status: 415, text: "", isList: false, points: .contract(.httpV2)),
        Status(status: 405, text: "Method Not Allowed", isList: false, points: .contract(.httpV2)),
        Status(status: 404, text: "Not Found", isList: false, points: .contract(.httpV2)),
        Status(status: 404, text: "Cannot POST /events", points: .contract(.httpV2)),
        Status(status: 404, text: "no such city", isList: false, points: nil),
        Status(status: 404, text: "no such city", hasHeaders: true, isList: false, points: nil),
        Status(status: 404, text: "Route GET:/ not found", hasHeaders: true, points: .contract(.httpV2)),
        Status(status: 400, text: "bad date", points: nil),
        Status(status: 400, text: "name is required", hasHeaders: true, points: .contract(.function)),
        Status(status: 400, text: "Unknown tool", points: .contract(.agentcore)),
        Status(
            status: 500,
            text: "'NoneType' object has no attribute 'custom'",
            points: .contract(.agentcore)
        ),
        Status(status: 500, text: "", hasHeaders: true, points: nil),
    ])
    func `a status that points to another contract names it`(_ row: Status) {
        let found = OtherContract.behind(
            status: row.status,
            text: row.text,
            hasHeaders: row.hasHeaders,
            isList: row.isList
        )
        #expect(found == row.points)
    }

    struct Listing: Sendable {
        let answer: String
        let points: OtherContract?
        /// The part of the function's own message that the operator reads.
        let says: String
    }

    /// The answers of real functions to a list, without an exception.
    @Test(arguments: [
        Listing(
            answer:
                #"{"statusCode": 400, "body": "{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {\"code\": "#
                + #"-32700, \"message\": \"Unsupported Media Type\"}}", "headers": {"Content-Type": "#
                + #""application/json", "MCP-Version": "0.6"}}"#,
            points: .contract(.httpV1),
            says: "status 400: Unsupported Media Type"
        ),
        Listing(
            answer: #"{"statusCode": 405, "headers": {"Content-Type": "application/json", "Allow": "POST, "#
                + #"OPTIONS"}, "body": "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32000, \"message\": "#
                + #"\"Method Not Allowed: SSE streaming not supported\"}, \"id\": null}"}"#,
            points: .contract(.httpV2),
            says: "Method Not Allowed: SSE streaming not supported"
        ),
        Listing(
            answer: #"{"statusCode": 500, "headers": {"Content-Type": "application/json"}, "body": "#
                + #""{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32603, \"message\": \"Internal error\", "#
                + #"\"data\": \"'httpMethod'\"}, \"id\": null}"}"#,
            points: .contract(.httpV1),
            says: "status 500: Internal error"
        ),
        Listing(
            answer: #"{"jsonrpc":"2.0","id":0,"error":{"code":400,"message":"Request is neither a valid "#
                + #"JSON-RPC request nor a valid JSON-RPC notification"}}"#,
            points: .contract(.jsonrpc),
            says: "neither a valid JSON-RPC request"
        ),
        Listing(
            answer: #"{"statusCode": 400, "body": "Unknown tool"}"#,
            points: .contract(.agentcore),
            says: "status 400: Unknown tool"
        ),
        Listing(
            answer: #"{"error": "email is required"}"#,
            points: .contract(.function),
            says: "email is required"
        ),
        Listing(answer: #"{"hello": "you"}"#, points: .contract(.function), says: #"{"hello": "you"}"#),
        Listing(answer: #""order stored""#, points: .contract(.function), says: "order stored"),
        Listing(answer: "42", points: .contract(.function), says: "42"),
        Listing(answer: "null", points: .contract(.function), says: "returned null"),
        Listing(answer: "", points: .contract(.function), says: "returned nothing"),
        Listing(
            answer: #"{"statusCode": 500, "body": "{\"error\": \"database is down\"}"}"#,
            points: nil,
            says: "status 500: database is down"
        ),
        Listing(
            answer: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#,
            points: nil,
            says: "Method not found"
        ),
    ])
    func `an answer that isn't a list gets a hint at its contract, beside the function's message`(
        _ row: Listing
    ) {
        let bytes = Array(row.answer.utf8)
        for contract in [Contract.mcpWrapper, .jsonrpc] {
            let error = #expect(throws: ContractError.self) {
                try contract.readToolList(bytes, payload: 0..<bytes.count)
            }
            #expect(error?.description.contains(row.says) == true)
            #expect(error?.hint == row.points?.hint ?? "")
        }
    }

    @Test func `a hint names the contract and what to do`() {
        #expect(
            OtherContract.contract(.jsonrpc).hint.contains("(contract jsonrpc)? Then give the target that")
        )
        for contract in Contract.allCases {
            let hint = OtherContract.contract(contract).hint
            #expect(hint.contains("(contract \(contract.rawValue))?"))
            // Tools of agentcore can only be declared.
            #expect(hint.contains("declare its tools") == (contract == .agentcore))
        }
    }
}
