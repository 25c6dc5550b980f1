import Contracts
import Testing

struct OtherContractTests {
    struct Row: Sendable {
        var type: String?
        let message: String
        var isList = true
        let points: String
    }

    @Test(arguments: [
        Row(type: "KeyError", message: "'body'", points: "http-v2"),
        Row(type: "KeyError", message: "'httpMethod'", points: "http-v2"),
        Row(type: "KeyError", message: "'requestContext'", isList: false, points: "http-v2"),
        Row(type: "KeyError", message: "'headers'", points: "http-v2"),
        Row(
            type: "TypeError",
            message: "Cannot read properties of undefined (reading 'http')",
            points: "http-v2"
        ),
        Row(type: "SyntaxError", message: #""undefined" is not valid JSON"#, points: "http-v2"),
        Row(
            type: "TypeError",
            message: "the JSON object must be str, bytes or bytearray, not NoneType",
            points: "http-v2"
        ),
        Row(
            type: "RuntimeError",
            message: "The adapter was unable to infer a handler to use for the event.",
            points: "http-v2"
        ),
        Row(
            type: "AttributeError",
            message: "'NoneType' object has no attribute 'custom'",
            points: "agentcore"
        ),
        Row(type: "ValueError", message: "Missing bedrockAgentCoreToolName in context", points: "agentcore"),
        Row(type: "KeyError", message: "'city'", points: "contract function"),
        Row(type: "KeyError", message: "'city'", isList: false, points: ""),
        Row(type: "ValueError", message: "no such city: 'body'", points: ""),
        Row(message: "", points: ""),
    ])
    func `a failure that comes from another contract names it`(_ row: Row) {
        let hint = OtherContract.hint(errorType: row.type, message: row.message, isList: row.isList)
        #expect(
            row.points.isEmpty
                ? hint.isEmpty : hint.contains(row.points) && hint.contains("isn't supported yet")
        )
    }

    @Test(arguments: [
        (415, "", true), (405, "Method Not Allowed", true), (400, "Unsupported Media Type", true),
        (404, "Not Found", true), (404, "no such city", false), (400, "bad date", false), (500, "", false),
    ])
    func `a status of a web framework points to an HTTP event`(_ status: Int, _ text: String, _ points: Bool)
    {
        #expect(OtherContract.hint(status: status, text: text).contains("http-v2") == points)
    }
}
