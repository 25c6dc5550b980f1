import Bytes
import Contracts
import JSON
import Testing

/// The answer as it was read, in one line: the members of the result, `error: …` for one that is marked as an error,
/// `failed(type, status): text`, `unusable: text`, or `code: message data` of a JSON-RPC error.
func read(_ contract: Contract, _ payload: [UInt8]) -> String {
    // The payload is inside larger bytes, as it is in an HTTP response.
    let bytes = Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + payload + Array("trailing".utf8)
    let answer = contract.readCallAnswer(bytes, payload: 19..<19 + payload.count)
    let span = answer.bytes.span
    switch answer.kind {
    case .result(let range, let isError):
        #expect(throws: Never.self, "\(span.text(range))") { try JSON.validate(span, in: range) }
        return (isError ? "error: " : "") + String(span.text(range).dropFirst().dropLast())
    case .inputRequired(let range): return "asks: \(span.text(range))"
    case .failed(let error):
        let facts = [error.type, error.status.map(String.init)].compactMap { $0 }.joined(separator: ", ")
        return "failed(\(facts)): \(error.text)"
    case .unusable(let text): return "unusable: \(text)"
    case .protocolError(let code, let message, let data):
        return "\(code): \(message)" + (data.map { " \(span.text($0))" } ?? "")
    }
}

func read(_ contract: Contract, _ payload: String) -> String { read(contract, Array(payload.utf8)) }

/// `body` as the article's wrapper sends it.
func wrapped(_ body: String, status: Int = 200) -> String {
    var out = ByteBuffer(#"{"statusCode":\#(status),"body":"#)
    JSON.appendString(body, to: &out)
    out.append("}")
    return out.text
}

/// The members of a result that is one text.
func text(_ text: String, _ rest: String = "") -> String {
    var out = ByteBuffer(#""content":[{"type":"text","text":"#)
    JSON.appendString(text, to: &out)
    out.append("}]\(rest)")
    return out.text
}

func bad(_ reason: String) -> String { "unusable: The function's answer can't be used: \(reason)" }

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
                #"error:  "content" : [\#(block)], "structuredContent":{"a":1.0},"isError":true, "_meta":{"k":1e2} "#
        ),
        Row(
            body: #"{"content":[],"isError":false,"resultType":"complete"}"#,
            members: #""content":[],"isError":false,"resultType":"complete""#
        ),
        Row(body: "[\(block)]", members: #""content":[\#(block)]"#),
        Row(body: "[]", members: #""content":[]"#),
        Row(
            body: #"[[\#(block)],{"a":1.0}]"#,
            members: #""content":[\#(block)],"structuredContent":{"a":1.0}"#
        ),
        Row(body: "[[\(block)],null]", members: #""content":[\#(block)]"#),
        Row(
            body: #"{"result":{"content":[\#(block)],"isError":true}}"#,
            members: #"error: "content":[\#(block)],"isError":true"#
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
            members: #""structuredContent":{"a":1}"#
        ),
        Row(
            body: #"{"a":[1, 2.50],"b":"x"}"#,
            members: text(#"{"a":[1, 2.50],"b":"x"}"#, #","structuredContent":{"a":[1, 2.50],"b":"x"}"#)
        ),
        Row(
            body: #"{"content":"plain"}"#,
            members: text("plain", #","structuredContent":{"content":"plain"}"#)
        ),
        Row(
            body: #"{"content":"plain","title":"t"}"#,
            members: text(
                #"{"content":"plain","title":"t"}"#,
                #","structuredContent":{"content":"plain","title":"t"}"#
            )
        ),
        Row(
            body: #"{"result":1,"unit":"m"}"#,
            members: text(#"{"result":1,"unit":"m"}"#, #","structuredContent":{"result":1,"unit":"m"}"#)
        ),
        Row(body: #"[1,"x"]"#, members: text(#"[1,"x"]"#)),
        Row(body: #"[{"type":"row"}]"#, members: text(#"[{"type":"row"}]"#)),
        Row(body: "42", members: text("42")),
        Row(body: "true", members: text("true")),
        Row(body: #"{"error":"no such city"}"#, members: "failed(): no such city"),
        Row(body: #"{"error":{"message":"no such city","code":3}}"#, members: "failed(): no such city"),
        Row(
            body:
                #"{"errorMessage":"'id'","errorType":"KeyError","stackTrace":["  File x"],"requestId":"r"}"#,
            members: "failed(KeyError): 'id'"
        ),
        Row(
            body: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool: x"}}"#,
            members: "-32602: Unknown tool: x"
        ),
    ])
    func `each kind of body is read, in each kind of wrapper`(_ row: Row) {
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

    @Test(arguments: [
        (wrapped(#"{"error":"bad date"}"#, status: 400), "failed(400): bad date"),
        (wrapped(#"{"error":{"message":"bad"}}"#, status: 404), "failed(404): bad"),
        (wrapped(#"{"message":"Internal"}"#, status: 500), "failed(500): Internal"),
        (wrapped("Not found", status: 404), "failed(404): Not found"),
        (wrapped("", status: 502), "failed(502): The function answered with status 502."),
        (#"{"statusCode":503}"#, "failed(503): The function answered with status 503."),
        (#"{"statusCode":"500","body":null}"#, "failed(500): The function answered with status 500."),
        (wrapped("moved", status: 307), "failed(307): moved"),
        (
            wrapped(#"{"errorMessage":"no","errorType":"ValueError","stackTrace":[]}"#, status: 500),
            "failed(ValueError, 500): no"
        ),
        // A result is kept whole, whatever its status.
        (
            wrapped(
                #"{"content":[{"type":"text","text":"broke"}],"structuredContent":{"a":1}}"#,
                status: 500
            ),
            #"error: "content":[{"type":"text","text":"broke"}],"structuredContent":{"a":1}"#
        ),
        (wrapped(#"{"content":"boom"}"#, status: 500), "error: " + text("boom")),
        (
            wrapped(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"boom"}}"#, status: 500),
            "failed(500): boom"
        ),
        (
            wrapped(
                #"{"jsonrpc":"2.0","error":{"code":-32700,"message":"Unsupported Media Type"}}"#,
                status: 400
            ),
            "failed(400): Unsupported Media Type"
        ),
        (
            wrapped(
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"m","data":{"a":1}}}"#,
                status: 400
            ),
            #"-32021: m {"a":1}"#
        ),
        (
            wrapped(#"{"content":[],"structuredContent":{"x": NaN}}"#),
            bad(
                "the body is not valid JSON: 'N' cannot start a JSON value at byte 40 of 45; it begins {\"content\":[],\"[…]\":{\"x\": NaN}}"
            )
        ),
        (
            #"{"x": Infinity}"#,
            bad(
                "the function's answer is not valid JSON: 'I' cannot start a JSON value at byte 6 of 15; it begins {\"x\": Infinity}"
            )
        ),
        ("", bad("the function returned nothing; a tool call or list needs an answer")),
        (" \n", bad("the function returned nothing; a tool call or list needs an answer")),
        (" null", bad("the function returned null; its handler must return the answer")),
        (
            #"{"statusCode":200}"#,
            bad("the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}")
        ),
        (
            #"{"statusCode":200,"body":null}"#,
            bad("the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}")
        ),
        (
            #"{"statusCode":302,"headers":{"Location":"/x"},"body":""}"#,
            bad(
                "it has the status 302 and an empty body (a redirect to \"/x\", which isn't followed); return the answer in the body"
            )
        ),
        (
            wrapped("", status: 202),
            bad("it has the status 202 and an empty body; return the answer in the body")
        ),
        (
            #"{"statusCode":204}"#,
            bad("it has the status 204 and an empty body; return the answer in the body")
        ),
        (
            #"{"statusCode":200,"isBase64Encoded":true,"body":"e"}"#,
            bad("isBase64Encoded is true, but the body is not Base64; return text and leave it out")
        ),
        (
            #"{"statusCode":200,"isBase64Encoded":true,"body":"H4sIAAAAAAAA"}"#,
            bad("the body is compressed with gzip; return it uncompressed")
        ),
        (
            #"{"content":[],"content":[]}"#,
            bad(
                "the function's answer is not valid JSON: the object names a member twice at byte 15 of 27; it begins {\"content\":[],\"content\":[]}"
            )
        ),
        (
            wrapped(#"{"resultType":"input_required","content":[]}"#),
            bad("its resultType is input_required; only \"complete\" can be passed on")
        ),
        (
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
            bad("the JSON-RPC message has neither a result nor an error")
        ),
    ])
    func `a failure becomes a message that can be acted on`(_ payload: String, _ expected: String) {
        #expect(read(.mcpWrapper, payload) == expected)
    }

    @Test
    func `bytes that are neither JSON nor text are reported, but not shown`() {
        let answer = read(.mcpWrapper, [0x89, 0x50, 0x4e, 0x47, 0x00, 0xff])
        #expect(
            answer.hasPrefix("unusable: ") && answer.contains("the function's answer is not valid JSON")
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
            members: #""content":[],"resultType":"complete""#
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
            members: "400: Request is neither a valid JSON-RPC request nor a valid JSON-RPC notification"
        ),
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":1,"error":{"code":500,"message":"Internal failure, please check Lambda function logs"}}"#,
            members: "500: Internal failure, please check Lambda function logs"
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
            members: #"-32603: m {"trace":"secret"}"#
        ),
        Row(
            payload:
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":{"elicitations":[]}}}"#,
            members: #"-32042: m {"elicitations":[]}"#
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":"-32001","message":"m","data":null}}"#,
            members: "-32001: m"
        ),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":1e30,"message":"m"}}"#, members: "-32603: m"),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"m"}}"#, members: "-32603: m"),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32700,"message":"m"}}"#,
            members: "-32700: m"
        ),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"a\u0000b\u202ec"}}"#,
            members: "1: abc"
        ),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":{}}"#, members: "-32603: {}"),
        Row(payload: #"{"jsonrpc":"2.0","id":1,"error":"boom"}"#, members: "-32603: boom"),
        Row(
            payload: #"{"jsonrpc":"2.0","id":1,"error":null,"result":{"content":[]}}"#,
            members: #""content":[]"#
        ),
    ])
    func `results and errors are told apart, with codes and data kept`(_ row: Row) {
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
    func `anything but a JSON-RPC response is a bad answer`(_ row: Row) {
        #expect(read(.jsonrpc, row.payload) == bad(row.members))
    }

    @Test
    func `a large wrapped answer keeps every byte`() {
        let content = (0..<2000).map { #"{"type":"text","text":"\#($0) \u00e9\ud83d\ude00 \" \\ / \t é😀"}"# }
        let body = #"{"content":[\#(content.joined(separator: ","))],"isError":false}"#
        #expect(read(.mcpWrapper, wrapped(body)) == String(body.dropFirst().dropLast()))
        // Python escapes all characters outside ASCII.
        let ascii =
            #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"\ud83d\ude00\u00e9\\u00e9\"}]}"}"#
        #expect(read(.mcpWrapper, ascii) == #""content":[{"type":"text","text":"😀é\u00e9"}]"#)
    }
}

/// A JSON string that holds `text`.
func quoted(_ text: String) -> String {
    var out = ByteBuffer()
    JSON.appendString(text, to: &out)
    return out.text
}
