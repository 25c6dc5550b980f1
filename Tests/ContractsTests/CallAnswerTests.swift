import Bytes
import Contracts
import JSON
import Testing

/// The members of the result, or `code: message` of a protocol error.
func read(_ contract: Contract, _ payload: [UInt8], isFunctionError: Bool = false) -> String {
    // The payload stands inside something larger, as it does in an HTTP response.
    let bytes = Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + payload + Array("trailing".utf8)
    let range = 19..<19 + payload.count
    let answer = contract.readCallAnswer(bytes, payload: range, isFunctionError: isFunctionError)
    if case .protocolError(let code, let message) = answer.kind { return "\(code): \(message)" }
    var out = ByteBuffer("{")
    let isResult = answer.appendResultMembers(requestID: nil, to: &out)
    out.append("}")
    #expect(isResult)
    #expect(throws: Never.self, "\(out.text)") { try JSON.validate(out.bytes.span) }
    return String(out.text.dropFirst().dropLast())
}

func read(_ contract: Contract, _ payload: String, isFunctionError: Bool = false) -> String {
    read(contract, Array(payload.utf8), isFunctionError: isFunctionError)
}

/// `body` as the article's wrapper sends it.
func wrapped(_ body: String, status: Int = 200) -> String {
    var out = ByteBuffer(#"{"statusCode":\#(status),"body":"#)
    JSON.appendString(body, to: &out)
    out.append("}")
    return out.text
}

/// The members of a result that is one text.
private func text(_ text: String, _ rest: String = "") -> String {
    var out = ByteBuffer(#""content":[{"type":"text","text":"#)
    JSON.appendString(text, to: &out)
    out.append("}]\(rest)")
    return out.text
}

private func bad(_ reason: String) -> String { "The function's answer can't be used: \(reason)" }

struct WrapperAnswerTests {
    struct Row: Sendable {
        let body: String
        let members: String
    }

    private static let block = #"{"type":"text","text":"é \"x\" \\ \n","annotations":{"n":1.50}}"#

    /// Each body arrives in four ways: as a string, as a value, without a status, and bare.
    @Test(arguments: [
        Row(body: #"{"content":[\#(block)]}"#, members: #""content":[\#(block)]"#),
        Row(
            body:
                #"{ "content" : [\#(block)], "structuredContent":{"a":1.0},"isError":true, "_meta":{"k":1e2} }"#,
            members:
                #" "content" : [\#(block)], "structuredContent":{"a":1.0},"isError":true, "_meta":{"k":1e2} "#
        ),
        Row(
            body: #"{"content":[],"isError":false,"resultType":"complete"}"#,
            members: #""content":[],"isError":false"#
        ),
        Row(body: #"{"resultType":"complete", "content":[]}"#, members: #""content":[]"#),
        Row(body: #"{"content":[],"resultType":"complete","x":1}"#, members: #""content":[],"x":1"#),
        Row(body: "[\(block)]", members: #""content":[\#(block)]"#),
        Row(body: "[]", members: #""content":[]"#),
        Row(
            body: #"[[\#(block)],{"a":1.0}]"#,
            members: #""content":[\#(block)],"structuredContent":{"a":1.0}"#
        ),
        Row(body: "[[\(block)],null]", members: #""content":[\#(block)]"#),
        Row(
            body: #"{"result":{"content":[\#(block)],"isError":true}}"#,
            members: #""content":[\#(block)],"isError":true"#
        ),
        Row(body: #"{"result":[\#(block)]}"#, members: #""content":[\#(block)]"#),
        Row(
            body: #"{"result":[[\#(block)],{"a":1}]}"#,
            members: #""content":[\#(block)],"structuredContent":{"a":1}"#
        ),
        Row(
            body: #"{"jsonrpc":"2.0","id":1,"result":{"content":[\#(block)]}}"#,
            members: #""content":[\#(block)]"#
        ),
        Row(
            body: #"{"result":42}"#,
            members: text(#"{"result":42}"#, #","structuredContent":{"result":42}"#)
        ),
        Row(
            body: #"{"result":[1,2]}"#,
            members: text(#"{"result":[1,2]}"#, #","structuredContent":{"result":[1,2]}"#)
        ),
        Row(body: #"{"result":{"a":1}}"#, members: text(#"{"a":1}"#, #","structuredContent":{"a":1}"#)),
        Row(
            body: #"{"structuredContent":{"a":1}}"#,
            members: text(#"{"a":1}"#, #","structuredContent":{"a":1}"#)
        ),
        Row(
            body: #"{"a":[1, 2.50],"b":"x"}"#,
            members: text(#"{"a":[1, 2.50],"b":"x"}"#, #","structuredContent":{"a":[1, 2.50],"b":"x"}"#)
        ),
        Row(
            body: #"{"content":"plain"}"#,
            members: text(#"{"content":"plain"}"#, #","structuredContent":{"content":"plain"}"#)
        ),
        Row(
            body: #"{"result":1,"unit":"m"}"#,
            members: text(#"{"result":1,"unit":"m"}"#, #","structuredContent":{"result":1,"unit":"m"}"#)
        ),
        Row(body: #"[1,"x"]"#, members: text(#"[1,"x"]"#)),
        Row(body: #"[{"type":"row"}]"#, members: text(#"[{"type":"row"}]"#)),
        Row(body: "42", members: text("42")),
        Row(body: "true", members: text("true")),
        Row(body: #"{"error":"no such city"}"#, members: text("no such city", #","isError":true"#)),
        Row(
            body: #"{"error":{"message":"no such city","code":3}}"#,
            members: text("no such city", #","isError":true"#)
        ),
        Row(
            body: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool: x"}}"#,
            members: "-32602: Unknown tool: x"
        ),
    ])
    func `the whole family of bodies is read, however it is wrapped`(_ row: Row) {
        #expect(read(.mcpWrapper, wrapped(row.body)) == row.members)
        #expect(
            read(.mcpWrapper, #"{"statusCode":"200","headers":{"a":"b"},"body":\#(row.body)}"#) == row.members
        )
        #expect(
            read(.mcpWrapper, wrapped(row.body).replacing(#""statusCode":200,"#, with: "")) == row.members
        )
        #expect(read(.mcpWrapper, "\n \(row.body)\t ") == row.members)
    }

    @Test
    func `a body that is text, or a JSON string, is text`() {
        #expect(read(.mcpWrapper, wrapped("It is noon.\nIn Tokyo.")) == text("It is noon.\nIn Tokyo."))
        #expect(read(.mcpWrapper, wrapped("\"quoted\"")) == text("quoted"))
        #expect(read(.mcpWrapper, wrapped("")) == text(""))
        #expect(read(.mcpWrapper, "plain text from bytes") == text("plain text from bytes"))
        #expect(read(.mcpWrapper, "NaN") == text("NaN"))
        #expect(read(.mcpWrapper, wrapped("null")) == text("null"))
        #expect(read(.mcpWrapper, #""a string""#) == text("a string"))
    }

    struct Failure: Sendable {
        let payload: String
        let text: String
        let code: String
    }

    @Test(arguments: [
        Failure(
            payload: wrapped(#"{"error":"bad date"}"#, status: 400),
            text: "bad date",
            code: "Status.400"
        ),
        Failure(
            payload: wrapped(#"{"error":{"message":"bad"}}"#, status: 404),
            text: "bad",
            code: "Status.404"
        ),
        Failure(
            payload: wrapped(#"{"message":"Internal"}"#, status: 500),
            text: "Internal",
            code: "Status.500"
        ),
        Failure(payload: wrapped("Not found", status: 404), text: "Not found", code: "Status.404"),
        Failure(
            payload: wrapped("", status: 502),
            text: "The function answered with status 502.",
            code: "Status.502"
        ),
        Failure(
            payload: #"{"statusCode":503}"#,
            text: "The function answered with status 503.",
            code: "Status.503"
        ),
        Failure(
            payload: #"{"statusCode":"500","body":null}"#,
            text: "The function answered with status 500.",
            code: "Status.500"
        ),
        Failure(
            payload: wrapped(#"{"content":[{"type":"text","text":"broke"}]}"#, status: 500),
            text: "broke",
            code: "Status.500"
        ),
        Failure(
            payload: wrapped(
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"boom"}}"#,
                status: 500
            ),
            text: "boom",
            code: "Status.500"
        ),
        Failure(
            payload: wrapped(#"{"content":[],"structuredContent":{"x": NaN}}"#),
            text: bad(
                "the body is not valid JSON: 'N' cannot start a JSON value at byte 40 of 45; it begins {\"content\":[],\"[…]\":{\"x\": NaN}}"
            ),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: #"{"x": Infinity}"#,
            text: bad(
                "the function's answer is not valid JSON: 'I' cannot start a JSON value at byte 6 of 15; it begins {\"x\": Infinity}"
            ),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: "",
            text: bad("the function returned nothing; a tool call or list needs an answer"),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: " \n",
            text: bad("the function returned nothing; a tool call or list needs an answer"),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: " null",
            text: bad("the function returned null; its handler must return the answer"),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: #"{"statusCode":200}"#,
            text: bad("the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}"),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: #"{"statusCode":200,"isBase64Encoded":true,"body":"e30="}"#,
            text: bad("the body is base64 (isBase64Encoded), which this contract doesn't have; return text"),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: #"{"content":[],"content":[]}"#,
            text: bad(
                "the function's answer is not valid JSON: the object names a member twice at byte 15 of 27; it begins {\"content\":[],\"content\":[]}"
            ),
            code: "Contract.BadAnswer"
        ),
        Failure(
            payload: wrapped(#"{"resultType":"input_required","content":[]}"#),
            text: bad("its resultType is input_required; only \"complete\" can be passed on"),
            code: "Contract.BadAnswer"
        ),
    ])
    func `a failure is a tool error with words to act on`(_ row: Failure) {
        let expected = text(
            row.text,
            #","isError":true,"_meta":{"mcp-gateway/error":{"code":"\#(row.code)"}}"#
        )
        #expect(read(.mcpWrapper, row.payload) == expected)
    }

    @Test
    func `bytes that are neither JSON nor text are named, not shown`() {
        let answer = read(.mcpWrapper, [0x89, 0x50, 0x4e, 0x47, 0x00, 0xff])
        #expect(
            answer.contains("the function's answer is not valid JSON")
                && answer.contains("Contract.BadAnswer")
        )
    }

    @Test
    func `tokens in a broken answer are cut out of the message`() {
        let answer = read(
            .mcpWrapper,
            #"{"key": "AKIAIOSFODNN7EXAMPLEKEY", "t": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", x}"#
        )
        #expect(
            answer.contains("it begins {") && !answer.contains("AKIA") && !answer.contains("eyJ"),
            "\(answer)"
        )
    }
}

struct EnvelopeAnswerTests {
    struct Row: Sendable {
        let payload: String
        let members: String
    }

    @Test(arguments: [
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":7,"result":{"content":[{"text":"x","type":"text"}],"isError":false,"structuredContent":{"a":1.0}}}"#,
            members: #""content":[{"text":"x","type":"text"}],"isError":false,"structuredContent":{"a":1.0}"#
        ),
        Row(
            payload: #" {"result":{"content":[],"resultType":"complete"},"id":7,"jsonrpc":"2.0"} "#,
            members: #""content":[]"#
        ),
        Row(payload: #"{"result":{"content":[]}}"#, members: #""content":[]"#),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#,
            members: text(#"{"a":1}"#, #","structuredContent":{"a":1}"#)
        ),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"result":"x"}"#, members: text("x")),
        Row(
            payload: wrapped(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
            members: #""content":[]"#
        ),
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":0,"error":{"code":400,"message":"Request is neither a valid JSON-RPC request nor a valid JSON-RPC notification"}}"#,
            members: "-32600: Request is neither a valid JSON-RPC request nor a valid JSON-RPC notification"
        ),
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":1,"error":{"code":500,"message":"Internal failure, please check Lambda function logs"}}"#,
            members: "-32603: Internal failure, please check Lambda function logs"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}}"#,
            members: "-32601: m"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"m"}}"#,
            members: "-32602: m"
        ),
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m","data":{"trace":"secret"}}}"#,
            members: "-32603: m"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32700,"message":"m"}}"#,
            members: "-32700: m"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"a\u0000b\u202ec"}}"#,
            members: "-32603: abc"
        ),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":{}}"#, members: "-32603: {}"),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":"boom"}"#, members: "-32603: boom"),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":null,"result":{"content":[]}}"#,
            members: #""content":[]"#
        ),
    ])
    func `results and errors are told apart, codes translated`(_ row: Row) {
        #expect(read(.jsonrpc, row.payload) == row.members)
    }

    @Test(arguments: [
        Row(payload: "{}", members: "it is {}, which a JSON-RPC function answers to a notification"),
        Row(payload: "null", members: "the function returned null; its handler must return the answer"),
        Row(payload: "", members: "the function returned nothing; a tool call or list needs an answer"),
        Row(payload: "hello", members: "it is not a JSON-RPC response; it begins hello"),
        Row(payload: #"{"a":1}"#, members: #"it is not a JSON-RPC response; it begins {"a":1}"#),
        Row(
            payload: #"{"content":[]}"#,
            members:
                #"it is not a JSON-RPC response; for a function that answers {"statusCode","body"} set contract = "mcp-wrapper""#
        ),
        Row(
            payload: wrapped(#"{"tools":[]}"#),
            members:
                #"it is not a JSON-RPC response; for a function that answers {"statusCode","body"} set contract = "mcp-wrapper""#
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1}"#,
            members: "the JSON-RPC response has neither a result nor an error"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"result":{"x":NaN}}"#,
            members:
                #"the function's answer is not valid JSON: 'N' cannot start a JSON value at byte 38 of 43; it begins {"jsonrpc":"2.0","id":1,"result":{"x":NaN}}"#
        ),
        Row(
            payload: #"[{"jsonrpc":"2.0","id":1,"result":{}}]"#,
            members: #"it is not a JSON-RPC response; it begins [{"jsonrpc":"2.0","id":1,"result":{}}]"#
        ),
    ])
    func `anything else is a bad answer`(_ row: Row) {
        let expected = text(
            bad(row.members),
            #","isError":true,"_meta":{"mcp-gateway/error":{"code":"Contract.BadAnswer"}}"#
        )
        #expect(read(.jsonrpc, row.payload) == expected)
    }

    @Test
    func `an answer knows whether it is an error`() {
        func isError(_ payload: String) -> Bool {
            let bytes = Array(payload.utf8)
            return Contract.jsonrpc.readCallAnswer(bytes, payload: 0..<bytes.count, isFunctionError: false)
                .isError
        }
        #expect(!isError(#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}"#))
        #expect(isError(#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#))
        #expect(isError(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#) && isError("{}"))
    }

    @Test
    func `a large wrapped answer keeps every byte`() {
        let content = (0..<2000).map { #"{"type":"text","text":"\#($0) \u00e9\ud83d\ude00 \" \\ / \t é😀"}"# }
        let body = #"{"content":[\#(content.joined(separator: ","))],"isError":false}"#
        #expect(read(.mcpWrapper, wrapped(body)) == String(body.dropFirst().dropLast()))
        // Python escapes all that isn't ASCII.
        let ascii =
            #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"\ud83d\ude00\u00e9\\u00e9\"}]}"}"#
        #expect(read(.mcpWrapper, ascii) == #""content":[{"type":"text","text":"😀é\u00e9"}]"#)
    }
}
